import type { NetworkNode } from '../network.ts';

const FILTERS = [64, 128, 256, 512, 512];
/** In each block of VGG16, and of VGG19. */
const VGG16 = [2, 2, 3, 3, 3];
export const VGG19 = [2, 2, 4, 4, 4];

export type Unlinked = Omit<NetworkNode, 'inputs'>;

/**
 * Convolutions in five blocks (VGG16's thirteen unless other numbers are given), each with a pooling at its end, with the layer names of
 * Keras' applications.
 */
export function* trunk(counts: readonly number[] = VGG16): Generator<Unlinked> {
  yield { name: 'input_1', type: 'InputLayer', config: {} };
  for (const [b, filters] of FILTERS.entries()) {
    for (let c = 1; c <= counts[b]!; c++) {
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

/** The classifier of VGG16 and VGG19. */
export function* top(): Generator<Unlinked> {
  yield { name: 'flatten', type: 'Flatten', config: {} };
  yield { name: 'fc1', type: 'Dense', config: { units: 4096, activation: 'relu' } };
  yield { name: 'fc2', type: 'Dense', config: { units: 4096, activation: 'relu' } };
  yield { name: 'predictions', type: 'Dense', config: { units: 1000, activation: 'softmax' } };
}

/** Torchvision counts convolutions, activations and poolings together. @param counts convolutions in each block */
export function torchModule(layer: string, counts: readonly number[] = VGG16): string {
  const classifier: Readonly<Record<string, number>> = { fc1: 0, fc2: 3, predictions: 6 };
  if (layer in classifier) return `classifier.${classifier[layer]!}`;
  const [, block, convolution] = /^block(\d)_conv(\d)$/.exec(layer) ?? [];
  if (block === undefined || convolution === undefined) return layer;
  const before = counts.slice(0, Number(block) - 1).reduce((sum, count) => sum + 2 * count + 1, 0);
  return `features.${before + 2 * (Number(convolution) - 1)}`;
}
