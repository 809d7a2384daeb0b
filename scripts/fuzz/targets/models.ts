/** What the targets for model files share: opening one as every command does, down to the last weight. */
import { UserError } from '../../../src/errors.ts';
import { openModel } from '../../../src/model/open.ts';
import type { ModelSpec } from '../../../src/schema/experiment.ts';
import { expect } from '../target.ts';

/** @param path absolute path of the model file */
export async function readModel(path: string, more: Partial<ModelSpec> = {}): Promise<void> {
  const spec: ModelSpec = { source: { kind: 'file', path }, includeTop: true, inputChannels: 3, ...more };
  try {
    const model = await openModel(spec, {
      cacheDir: '/nowhere',
      seed: 1,
      place: (key) => ({ file: `experiment.yaml(${key})` }),
    });
    for (let layer = 0; layer < model.layers.length; layer++) {
      expect(/^[0-9a-f]{64}$/.test(model.fingerprint(layer)), 'a fingerprint is no SHA-256');
    }
    const weights = await model.loadWeights();
    for (const { node, layer } of model.graph) {
      for (const { name, shape } of layer.weights) {
        const loaded = weights.get(node.sharesWeightsOf ?? node.name)?.get(name);
        expect(loaded !== undefined, `weights ${name} are missing`);
        expect(
          loaded!.data.length === shape.reduce((a, b) => a * b, 1),
          `weights ${name} have another length`,
        );
      }
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
}
