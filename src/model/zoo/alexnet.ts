import type { NetworkNode } from '../network.ts';
import { CLASSES, colourNetwork, imagenetClassifier } from './imagenet-network.ts';
import { LayerChain } from './layer-chain.ts';
import { torchvisionWeights } from './published.ts';
import type { ZooModel, ZooOptions } from './zoo-model.ts';

/** With the module names of torchvision, whose pooling to 6 x 6 does nothing at 224 pixels. */
function layers({ includeTop }: ZooOptions): readonly NetworkNode[] {
  const chain = new LayerChain();
  const convolution = (index: number, filters: number, kernel: number): void => {
    chain.add(`features.${index}`, 'Conv2D', { filters, kernel_size: [kernel, kernel], padding: 'same' });
    chain.add(`features.${index + 1}`, 'ReLU');
  };
  const pool = (index: number): string =>
    chain.add(`features.${index}`, 'MaxPooling2D', { pool_size: [3, 3], strides: [2, 2] });
  chain.add('features.0.pad', 'ZeroPadding2D', { padding: [2, 2] });
  chain.add('features.0', 'Conv2D', { filters: 64, kernel_size: [11, 11], strides: [4, 4] });
  chain.add('features.1', 'ReLU');
  pool(2);
  convolution(3, 192, 5);
  pool(5);
  convolution(6, 384, 3);
  convolution(8, 256, 3);
  convolution(10, 256, 3);
  pool(12);
  if (!includeTop) return chain.nodes;
  chain.add('flatten', 'Flatten');
  for (const index of [1, 4]) {
    chain.add(`classifier.${index}`, 'Dense', { units: 4096 });
    chain.add(`classifier.${index + 1}`, 'ReLU');
  }
  chain.add('classifier.6', 'Dense', { units: CLASSES, activation: 'softmax' });
  return chain.nodes;
}

export const alexnet: ZooModel = {
  name: 'alexnet',
  description: 'AlexNet (Krizhevsky 2014) as in torchvision: five convolutions, trained on ImageNet',
  licence: 'BSD-3-Clause (torchvision)',
  preprocess: 'torch',
  ...imagenetClassifier,
  anySize: false,
  network: (options) => colourNetwork('alexnet', options, layers(options)),
  stateDict: { moduleOf: (layer) => layer },
  weights: () => torchvisionWeights.alexnet,
};
