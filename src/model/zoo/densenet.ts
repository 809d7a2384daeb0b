import type { NetworkNode } from '../network.ts';
import { kerasOrder } from './keras-order.ts';
import { CLASSES, colourNetwork, imagenetClassifier } from './imagenet-network.ts';
import { LayerChain } from './layer-chain.ts';
import { torchvisionWeights } from './published.ts';
import type { ZooModel, ZooOptions } from './zoo-model.ts';

const BLOCKS = [6, 12, 24, 16];
const GROWTH = 32;

/** With the layer names of Keras' applications. */
function layers({ includeTop }: ZooOptions): readonly NetworkNode[] {
  const chain = new LayerChain('input_layer');
  const norm = (name: string): string => chain.add(name, 'BatchNormalization', { epsilon: 1.001e-5 });
  const relu = (name: string): string => chain.add(name, 'Activation', { activation: 'relu' });
  const convolution = (name: string, filters: number, kernel: number, stride = 1): string =>
    chain.add(name, 'Conv2D', {
      ...{ filters, kernel_size: [kernel, kernel], strides: [stride, stride], use_bias: false },
      padding: kernel === 3 ? 'same' : 'valid',
    });
  chain.add('zero_padding2d', 'ZeroPadding2D', { padding: [3, 3] });
  convolution('conv1_conv', 64, 7, 2);
  norm('conv1_bn');
  relu('conv1_relu');
  chain.add('zero_padding2d_1', 'ZeroPadding2D', { padding: [1, 1] });
  chain.add('pool1', 'MaxPooling2D', { pool_size: [3, 3], strides: [2, 2] });
  let channels = 64;
  for (const [i, blocks] of BLOCKS.entries()) {
    const stage = i + 2;
    for (let b = 1; b <= blocks; b++) {
      const name = `conv${stage}_block${b}`;
      const from = chain.last;
      norm(`${name}_0_bn`);
      relu(`${name}_0_relu`);
      convolution(`${name}_1_conv`, 4 * GROWTH, 1);
      norm(`${name}_1_bn`);
      relu(`${name}_1_relu`);
      const grown = convolution(`${name}_2_conv`, GROWTH, 3);
      chain.add(`${name}_concat`, 'Concatenate', {}, [from, grown]);
      channels += GROWTH;
    }
    if (i === BLOCKS.length - 1) break;
    norm(`pool${stage}_bn`);
    relu(`pool${stage}_relu`);
    channels /= 2;
    convolution(`pool${stage}_conv`, channels, 1);
    chain.add(`pool${stage}_pool`, 'AveragePooling2D', { pool_size: [2, 2], strides: [2, 2] });
  }
  norm('bn');
  relu('relu');
  if (includeTop) {
    chain.add('avg_pool', 'GlobalAveragePooling2D');
    chain.add('predictions', 'Dense', { units: CLASSES, activation: 'softmax' });
  }
  return kerasOrder(chain.nodes);
}

/** Of torchvision, whose network is the same but for a constant of its batch normalization (1e-5, and 1.001e-5 in Keras). */
function moduleOf(layer: string): string {
  const [, stage, block, part] = /^conv([2-5])_block(\d+)_(.*)$/.exec(layer) ?? [];
  if (stage !== undefined && part !== undefined) {
    const modules: Readonly<Record<string, string>> = {
      ...{ '0_bn': 'norm1', '1_conv': 'conv1', '1_bn': 'norm2', '2_conv': 'conv2' },
    };
    return `features.denseblock${Number(stage) - 1}.denselayer${block}.${modules[part] ?? part}`;
  }
  const [, transition, kind] = /^pool([2-4])_(bn|conv)$/.exec(layer) ?? [];
  if (transition !== undefined)
    return `features.transition${Number(transition) - 1}.${kind === 'bn' ? 'norm' : 'conv'}`;
  const others: Readonly<Record<string, string>> = {
    ...{
      conv1_conv: 'features.conv0',
      conv1_bn: 'features.norm0',
      bn: 'features.norm5',
      predictions: 'classifier',
    },
  };
  return others[layer] ?? layer;
}

/** In torchvision's published file `norm1` is `norm.1`, and so on. */
const olderModuleOf = (layer: string): string | undefined =>
  /_block\d+_[0-2]_(bn|conv)$/.test(layer)
    ? moduleOf(layer).replace(/(norm|conv)([12])$/, '$1.$2')
    : undefined;

export const densenet121: ZooModel = {
  name: 'densenet121',
  description:
    'DenseNet-121 (Huang et al. 2017) with the layer names of Keras and the weights of torchvision, trained on ImageNet',
  licence: 'BSD-3-Clause (torchvision)',
  preprocess: 'torch',
  ...imagenetClassifier,
  network: (options) => colourNetwork('densenet121', options, layers(options)),
  stateDict: { moduleOf, olderModuleOf },
  weights: () => torchvisionWeights.densenet121,
};
