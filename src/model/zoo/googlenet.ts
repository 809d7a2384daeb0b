import type { NetworkNode } from '../network.ts';
import { addCeilPool, CLASSES, colourNetwork, imagenetClassifier } from './imagenet-network.ts';
import { LayerChain } from './layer-chain.ts';
import type { ZooModel, ZooOptions } from './zoo-model.ts';

/** Filters: 1 x 1; 3 x 3 with those in front of it; 5 x 5 (3 x 3 in torchvision) with those in front; behind the pooling. */
const MODULES: Readonly<Record<string, readonly [number, number, number, number, number, number]>> = {
  ...{ '3a': [64, 96, 128, 16, 32, 32], '3b': [128, 128, 192, 32, 96, 64] },
  ...{
    '4a': [192, 96, 208, 16, 48, 64],
    '4b': [160, 112, 224, 24, 64, 64],
    '4c': [128, 128, 256, 24, 64, 64],
  },
  ...{ '4d': [112, 144, 288, 32, 64, 64], '4e': [256, 160, 320, 32, 128, 128] },
  ...{ '5a': [256, 160, 320, 32, 128, 128], '5b': [384, 192, 384, 48, 128, 128] },
};

/** With the module names of torchvision. */
function layers({ input, includeTop }: ZooOptions): readonly NetworkNode[] {
  const chain = new LayerChain();
  const convolution = (name: string, filters: number, kernel: number, from = chain.last): string => {
    chain.last = from;
    const isFirst = name === 'conv1';
    if (isFirst) chain.add(`${name}.pad`, 'ZeroPadding2D', { padding: [3, 3] });
    chain.add(`${name}.conv`, 'Conv2D', {
      ...{ filters, kernel_size: [kernel, kernel], use_bias: false },
      ...(isFirst ? { strides: [2, 2] } : { padding: 'same' }),
    });
    chain.add(`${name}.bn`, 'BatchNormalization', { epsilon: 1e-3 });
    return chain.add(name, 'ReLU');
  };
  convolution('conv1', 64, 7);
  let size = input.map((n) => Math.floor((n - 1) / 2) + 1) as unknown as readonly [number, number];
  size = addCeilPool(chain, 'maxpool1', size, 3);
  convolution('conv2', 64, 1);
  convolution('conv3', 192, 3);
  size = addCeilPool(chain, 'maxpool2', size, 3);
  for (const [id, [one, threeBefore, three, fiveBefore, five, pooled]] of Object.entries(MODULES)) {
    const name = `inception${id}`;
    if (id === '4a') size = addCeilPool(chain, 'maxpool3', size, 3);
    if (id === '5a') size = addCeilPool(chain, 'maxpool4', size, 2);
    const from = chain.last;
    const branches = [
      convolution(`${name}.branch1`, one, 1, from),
      convolution(`${name}.branch2.1`, three, 3, convolution(`${name}.branch2.0`, threeBefore, 1, from)),
      convolution(`${name}.branch3.1`, five, 3, convolution(`${name}.branch3.0`, fiveBefore, 1, from)),
    ];
    const pool = { pool_size: [3, 3], strides: [1, 1], padding: 'same' };
    const behind = chain.add(`${name}.branch4.0`, 'MaxPooling2D', pool, [from]);
    branches.push(convolution(`${name}.branch4.1`, pooled, 1, behind));
    chain.add(name, 'Concatenate', {}, branches);
  }
  if (!includeTop) return chain.nodes;
  chain.add('avgpool', 'GlobalAveragePooling2D');
  chain.add('fc', 'Dense', { units: CLASSES, activation: 'softmax' });
  return chain.nodes;
}

export const googlenet: ZooModel = {
  name: 'googlenet',
  description: 'GoogLeNet, InceptionV1 (Szegedy et al. 2015) as in torchvision: nine inception modules',
  licence: 'BSD-3-Clause (torchvision)',
  // Its weights are TensorFlow's: torchvision turns its own normalization into that one.
  preprocess: 'tf',
  ...imagenetClassifier,
  network: (options) => colourNetwork('googlenet', options, layers(options)),
  stateDict: { moduleOf: (layer) => layer, others: ['aux1', 'aux2'] },
};
