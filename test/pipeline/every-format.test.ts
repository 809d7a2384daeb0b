import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.ts';
import { shareHost } from '../../src/pipeline/compute/worker-host.ts';
import { runPipeline } from '../../src/pipeline/pipeline.ts';
import { silentProgress } from '../../src/pipeline/progress.ts';
import { randomFrom } from '../../src/random.ts';
import { reportSchema } from '../../src/schema/report.ts';
import { makeWorkspace } from '../publish/workspace.ts';

/** Random weights of the zoo's LeNet as safetensors: a header, then values row by row, in PyTorch's order of axes. */
function lenetStateDict(): Uint8Array {
  const shapes = {
    ...{ 'conv1.weight': [6, 1, 5, 5], 'conv2.weight': [16, 6, 5, 5], 'fc1.weight': [120, 256] },
    ...{ 'fc2.weight': [84, 120], 'predictions.weight': [10, 84] },
  };
  const biases = Object.entries(shapes).map(([name, [units]]) => [name.replace('weight', 'bias'), [units!]]);
  const header: Record<string, unknown> = {};
  const random = randomFrom('state dict');
  const values: number[] = [];
  for (const [name, shape] of [...Object.entries(shapes), ...biases] as [string, number[]][]) {
    const start = values.length * 4;
    for (let n = shape.reduce((a, b) => a * b, 1); n > 0; n--) values.push((random() - 0.4) / 4);
    header[name] = { dtype: 'F32', shape, data_offsets: [start, values.length * 4] };
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, new Uint8Array(Float32Array.from(values).buffer)]);
}

const fixture = (path: string): string => JSON.stringify(join(packageRoot, path));

/** `model:` by what its file is. */
const formats: Readonly<Record<string, string>> = {
  'Keras 3': `{file: ${fixture('test/fixtures/keras/lenet.keras')}}`,
  'Keras .h5': `{file: ${fixture('test/fixtures/keras/resnet_like.h5')}}`,
  'TensorFlow.js layers': `{file: ${fixture('models/lenet-digits/model.json')}}`,
  'TensorFlow.js graph': `{file: ${fixture('test/fixtures/tfjs-graph/mobile/model.json')}, preprocess: none}`,
  ONNX: `{file: ${fixture('test/fixtures/onnx/resnet_like_twin.onnx')}}`,
  'a state dict on a zoo network': '{zoo: lenet, weights: ../lenet.safetensors}',
  inline: `
  input: [20, 24]
  layers:
    - conv2d: {name: first, filters: 4, kernel: 3, activation: relu}
    - max_pool: {name: pool, pool: 2}
    - conv2d: {name: second, filters: 5, kernel: 3, activation: relu}
    - flatten: {name: flat}
    - dense: {name: scores, units: 3, activation: softmax}`,
};

const views = `
  - {id: maps, technique: feature-maps, layer: last-conv, filters: [0, 1], images: 0}
  - {id: stages, technique: stages, images: 0}
  - {id: kernels, technique: kernels, layer: first-conv, filters: [0, 1]}
  - {id: dreams, technique: activation-maximization, layer: last-conv, filters: 1, steps: 2, size: 32}
  - {id: patches, technique: top-patches, layer: last-conv, filters: {first: 2}, top: 2, projection: deconvnet}
  - {id: cam, technique: attribution, method: grad-cam, images: 0, controls: false}
  - {id: saliency, technique: attribution, method: integrated-gradients, images: 0, controls: false}
  - {id: classes, technique: predictions, images: all, top: 2}
`;

const host = shareHost();
afterAll(() => host.close());

describe.each(Object.entries(formats))('every technique on %s', (_, model) => {
  it('gives its panels, without a warning', async () => {
    const workspace = await makeWorkspace({
      'lenet.safetensors': lenetStateDict(),
      'experiments/all.yaml': `title: All\nmodel: ${model}\nimages: {folder: ../photos}\nseed: 3\nviews:${views}`,
    });
    const warnings: string[] = [];
    await runPipeline({
      ...{ ids: [], options: workspace.options, effects: workspace.effects, sharedHost: host },
      signal: new AbortController().signal,
      progress: {
        ...silentProgress,
        tell: (event) => void (event.event === 'warning' && warnings.push(event.message)),
      },
    });
    expect([...warnings, ...workspace.warnings]).toEqual([]);
    const path = join(workspace.options.cache, 'site/all/report.json');
    const report = reportSchema.parse(JSON.parse(await readFile(path, 'utf8')));
    expect(report.views.map(({ id, panels }) => [id, (panels?.length ?? 0) > 0])).toEqual(
      ['maps', 'stages', 'kernels', 'dreams', 'patches', 'cam', 'saliency', 'classes'].map((id) => [
        id,
        true,
      ]),
    );
    // Numbers, not only panels: a network that gives nothing but zeros or NaN would show.
    for (const { id, panels } of report.views) {
      const ranges = (panels ?? []).flatMap(({ range }) => (range ? [range] : []));
      expect(ranges.flat().every(Number.isFinite), id).toBe(true);
    }
    const maps = report.views[0]!.panels!.map(({ range }) => range!);
    expect(maps.some(([least, most]) => most! > least!)).toBe(true);
  });
});
