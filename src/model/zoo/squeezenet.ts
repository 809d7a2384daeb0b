import type { NetworkNode } from '../network.ts';
import { addCeilPool, CLASSES, colourNetwork, imagenetClassifier } from './imagenet-network.ts';
import { LayerChain } from './layer-chain.ts';
import { torchvisionWeights } from './published.ts';
import type { ZooModel, ZooOptions } from './zoo-model.ts';

/** Filters of the squeezing convolution of each module, and of each of the two behind it; null: a pooling. */
const MODULES = [
  null,
  [16, 64],
  [16, 64],
  null,
  [32, 128],
  [32, 128],
  null,
  [48, 192],
  [48, 192],
  [64, 256],
  [64, 256],
] as const;

/** With the module names of torchvision. */
function layers({ input, includeTop }: ZooOptions): readonly NetworkNode[] {
  const chain = new LayerChain();
  const convolution = (name: string, filters: number, kernel: number): string => {
    chain.add(name, 'Conv2D', { filters, kernel_size: [kernel, kernel], padding: 'same' });
    return chain.add(`${name}_activation`, 'ReLU');
  };
  chain.add('features.0', 'Conv2D', { filters: 64, kernel_size: [3, 3], strides: [2, 2] });
  chain.add('features.1', 'ReLU');
  let size = input.map((n) => Math.floor((n - 3) / 2) + 1) as unknown as readonly [number, number];
  for (const [i, filters] of MODULES.entries()) {
    const name = `features.${i + 2}`;
    if (!filters) {
      size = addCeilPool(chain, name, size, 3);
      continue;
    }
    const squeezed = convolution(`${name}.squeeze`, filters[0], 1);
    const narrow = convolution(`${name}.expand1x1`, filters[1], 1);
    chain.last = squeezed;
    const wide = convolution(`${name}.expand3x3`, filters[1], 3);
    chain.add(name, 'Concatenate', {}, [narrow, wide]);
  }
  if (!includeTop) return chain.nodes;
  chain.add('classifier.1', 'Conv2D', { filters: CLASSES, kernel_size: [1, 1] });
  chain.add('classifier.2', 'ReLU');
  chain.add('classifier.3', 'GlobalAveragePooling2D');
  chain.add('predictions', 'Softmax');
  return chain.nodes;
}

export const squeezenet: ZooModel = {
  name: 'squeezenet1_1',
  description:
    'SqueezeNet 1.1 (Iandola et al. 2016) as in torchvision: eight fire modules, trained on ImageNet',
  licence: 'BSD-3-Clause (torchvision)',
  preprocess: 'torch',
  ...imagenetClassifier,
  network: (options) => colourNetwork('squeezenet1_1', options, layers(options)),
  stateDict: { moduleOf: (layer) => layer },
  weights: () => torchvisionWeights.squeezenet1_1,
};
