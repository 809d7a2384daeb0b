import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../../src/package-root.ts';
import { mutateBytes } from '../mutate-bytes.ts';
import { mutateJson } from '../mutate-json.ts';
import type { Sample, Target } from '../target.ts';
import { endingOf, originOf } from '../target.ts';
import { readModel } from './models.ts';

/** A network of two layers with a branch, whose weights are of each stored type. */
function branched(): readonly Sample[] {
  const layer = (class_name: string, config: Record<string, unknown>, ...inputs: string[]) => ({
    ...{ class_name, name: config['name'], config },
    inbound_nodes: inputs.length > 0 ? [inputs.map((input) => [input, 0, 0, {}])] : [],
  });
  const conv = { filters: 2, kernel_size: [3, 3], padding: 'same', activation: 'relu', use_bias: true };
  const model_config = {
    class_name: 'Model',
    config: {
      name: 'branched',
      layers: [
        layer('InputLayer', { name: 'in', batch_input_shape: [null, 6, 6, 3], dtype: 'float32' }),
        layer('Conv2D', { name: 'a', ...conv }, 'in'),
        layer('Conv2D', { name: 'b', ...conv }, 'in'),
        layer('Add', { name: 'sum' }, 'a', 'b'),
        layer('MaxPooling2D', { name: 'pool', pool_size: [2, 2], strides: [2, 2], padding: 'valid' }, 'sum'),
      ],
      input_layers: [['in', 0, 0]],
      output_layers: [['pool', 0, 0]],
    },
  };
  const quantization = (dtype: string) => ({
    quantization: { dtype, scale: 0.01, min: -1, original_dtype: 'float32' },
  });
  const weights = [
    { name: 'a/kernel', shape: [3, 3, 3, 2], dtype: 'float32', ...quantization('uint8') },
    { name: 'a/bias', shape: [2], dtype: 'float32' },
    { name: 'b/kernel', shape: [3, 3, 3, 2], dtype: 'float32', ...quantization('uint16') },
    { name: 'b/bias', shape: [2], dtype: 'float32', quantization: { dtype: 'float16' } },
  ];
  const json = {
    format: 'layers-model',
    modelTopology: { keras_version: 'tfjs-layers 4.22.0', backend: 'tensor_flow.js', model_config },
    weightsManifest: [{ paths: ['weights.bin'], weights }],
  };
  const bin = Uint8Array.from({ length: 54 + 8 + 108 + 4 }, (_, index) => (index * 37) % 256);
  return [
    { name: 'branched.json', bytes: Buffer.from(JSON.stringify(json)) },
    { name: 'branched.bin', bytes: bin },
  ];
}

/** TensorFlow.js' model.json with its weight file; one of the two is changed. */
export const tfjs: Target = {
  name: 'tfjs',
  async corpus() {
    const folder = join(packageRoot, 'models/lenet-digits');
    return [
      ...branched(),
      { name: 'lenet.json', bytes: await readFile(join(folder, 'model.json')) },
      { name: 'lenet.bin', bytes: await readFile(join(folder, 'weights.bin')) },
    ];
  },
  mutate({ name, bytes }, random, other) {
    if (endingOf(name) === '.bin' || random.below(4) === 0) return mutateBytes(bytes, random, other.bytes);
    return Buffer.from(JSON.stringify(mutateJson(JSON.parse(Buffer.from(bytes).toString()), random)) ?? '');
  },
  async read(input, own) {
    const sound = (await tfjs.corpus()).filter(({ name }) => originOf(name) === originOf(input.name));
    for (const { name, bytes } of [...sound, input]) {
      await writeFile(join(own, endingOf(name) === '.bin' ? 'weights.bin' : 'model.json'), bytes);
    }
    await readModel(join(own, 'model.json'));
  },
};
