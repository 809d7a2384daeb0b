/** What the targets for state dicts share: weights of a network, by every command's way, and each tensor by itself. */
import { UserError } from '../../../src/errors.ts';
import { countOf, readTensor } from '../../../src/model/state-dict/stored-tensor.ts';
import type { StateDict } from '../../../src/model/state-dict/torch-contents.ts';
import { withSafetensors } from '../../../src/model/state-dict/safetensors-file.ts';
import { withTorchFile } from '../../../src/model/state-dict/torch-file.ts';
import type { InlineLayer } from '../../../src/schema/experiment.ts';
import { expect } from '../target.ts';
import { readModel } from './models.ts';

const layer = (name: string, type: string, config: Record<string, unknown>, from: string): InlineLayer => ({
  ...{ name, type, config, from },
});

/** Of test/fixtures/state-dicts/make.py. */
const layers: readonly InlineLayer[] = [
  layer('pad', 'ZeroPadding2D', { padding: [1, 1] }, 'input'),
  layer('conv', 'Conv2D', { filters: 4, kernel_size: [3, 3], strides: [2, 2] }, 'pad'),
  layer(
    'depthwise',
    'DepthwiseConv2D',
    { kernel_size: [3, 3], depth_multiplier: 2, padding: 'same', use_bias: false },
    'conv',
  ),
  layer('norm', 'BatchNormalization', { epsilon: 1e-3 }, 'depthwise'),
  layer('act', 'PReLU', { shared_axes: [1, 2] }, 'norm'),
  layer('grouped', 'Conv2D', { filters: 6, kernel_size: [1, 1], groups: 2 }, 'act'),
  layer('flatten', 'Flatten', {}, 'grouped'),
  layer('fc1', 'Dense', { units: 5 }, 'flatten'),
  layer('fc2', 'Dense', { units: 3 }, 'fc1'),
];

/** A network would not have larger ones of a file as small as these. */
const MOST_VALUES = 2 ** 20;

/** @param path absolute path of the file */
export async function readWeights(path: string): Promise<void> {
  const tensors = async (entries: StateDict): Promise<void> => {
    for (const [name, tensor] of entries) {
      const count = countOf(tensor.shape);
      if (!tensor.type.decode || count > MOST_VALUES) continue;
      expect((await readTensor(tensor)).length === count, `${name} has another length`);
    }
  };
  try {
    const open = path.endsWith('.safetensors') ? withSafetensors : withTorchFile;
    await open(path, { file: path }, tensors);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
  await readModel(path, {
    source: { kind: 'inline', layers },
    input: [8, 6],
    weights: path,
  });
}
