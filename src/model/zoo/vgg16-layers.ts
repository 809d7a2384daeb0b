import type { NetworkNode } from '../network.ts';

const BLOCKS = [
  { convolutions: 2, filters: 64 },
  { convolutions: 2, filters: 128 },
  { convolutions: 3, filters: 256 },
  { convolutions: 3, filters: 512 },
  { convolutions: 3, filters: 512 },
];

export type Unlinked = Omit<NetworkNode, 'inputs'>;

/** Thirteen convolutions in five blocks, each with a pooling at its end, with the layer names of Keras' applications. */
export function* trunk(): Generator<Unlinked> {
  yield { name: 'input_1', type: 'InputLayer', config: {} };
  for (const [b, { convolutions, filters }] of BLOCKS.entries()) {
    for (let c = 1; c <= convolutions; c++) {
      yield {
        name: `block${b + 1}_conv${c}`,
        type: 'Conv2D',
        config: { filters, kernel_size: [3, 3], padding: 'same', activation: 'relu' },
      };
    }
    yield {
      name: `block${b + 1}_pool`,
      type: 'MaxPooling2D',
      config: { pool_size: [2, 2], strides: [2, 2], padding: 'valid' },
    };
  }
}

/** Each layer takes the output of the one before. */
export function chain(layers: readonly Unlinked[]): readonly NetworkNode[] {
  return layers.map((layer, i) => ({ ...layer, inputs: i === 0 ? [] : [layers[i - 1]!.name] }));
}
