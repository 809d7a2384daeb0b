import { CLASSES, colourNetwork, imagenetClassifier } from './imagenet-network.ts';
import type { NetworkNode } from '../network.ts';
import { LayerChain } from './layer-chain.ts';
import { kerasOrder } from './keras-order.ts';
import { torchvisionWeights } from './published.ts';
import type { ZooModel, ZooOptions } from './zoo-model.ts';

const KERAS_EPSILON = 1.001e-5;
const TORCH_EPSILON = 1e-5;

/** With the layer names of Keras' applications: the first convolution of a block has the stride, and all have biases. */
function kerasLayers({ includeTop }: ZooOptions): readonly NetworkNode[] {
  const chain = new LayerChain('input_layer');
  const convolution = (
    name: string,
    filters: number,
    kernel: number,
    stride: number,
    padding: string,
  ): string => {
    chain.add(`${name}_conv`, 'Conv2D', {
      ...{ filters, kernel_size: [kernel, kernel], strides: [stride, stride], padding },
    });
    return chain.add(`${name}_bn`, 'BatchNormalization', { epsilon: KERAS_EPSILON });
  };
  const relu = (name: string): string => chain.add(name, 'Activation', { activation: 'relu' });
  chain.add('conv1_pad', 'ZeroPadding2D', { padding: [3, 3] });
  convolution('conv1', 64, 7, 2, 'valid');
  relu('conv1_relu');
  chain.add('pool1_pad', 'ZeroPadding2D', { padding: [1, 1] });
  chain.add('pool1_pool', 'MaxPooling2D', { pool_size: [3, 3], strides: [2, 2] });
  for (const [stage, blocks] of [3, 4, 6, 3].entries()) {
    const filters = 64 * 2 ** stage;
    for (let b = 1; b <= blocks; b++) {
      const name = `conv${stage + 2}_block${b}`;
      const stride = b === 1 && stage > 0 ? 2 : 1;
      const input = chain.last;
      const shortcut = b === 1 ? convolution(`${name}_0`, 4 * filters, 1, stride, 'valid') : input;
      chain.last = input;
      convolution(`${name}_1`, filters, 1, stride, 'valid');
      relu(`${name}_1_relu`);
      convolution(`${name}_2`, filters, 3, 1, 'same');
      relu(`${name}_2_relu`);
      const end = convolution(`${name}_3`, 4 * filters, 1, 1, 'valid');
      chain.add(`${name}_add`, 'Add', {}, [shortcut, end]);
      relu(`${name}_out`);
    }
  }
  if (includeTop) {
    chain.add('avg_pool', 'GlobalAveragePooling2D');
    chain.add('predictions', 'Dense', { units: CLASSES, activation: 'softmax' });
  }
  return kerasOrder(chain.nodes);
}

interface TorchResNet {
  readonly blocks: readonly number[];
  /** Three convolutions in a block, the second with its stride, instead of two. */
  readonly bottleneck: boolean;
}

/** With the module names of torchvision. */
function torchLayers(
  { blocks, bottleneck }: TorchResNet,
  { includeTop }: ZooOptions,
): readonly NetworkNode[] {
  const chain = new LayerChain();
  const convolution = (
    name: string,
    norm: string,
    filters: number,
    kernel: number,
    stride: number,
  ): string => {
    // PyTorch pads alike on all sides, TensorFlow's `same` less above and on the left.
    const padding = (kernel - 1) / 2;
    if (padding > 0 && stride > 1) chain.add(`${name}.pad`, 'ZeroPadding2D', { padding: [padding, padding] });
    chain.add(name, 'Conv2D', {
      ...{ filters, kernel_size: [kernel, kernel], strides: [stride, stride], use_bias: false },
      padding: stride > 1 ? 'valid' : 'same',
    });
    return chain.add(norm, 'BatchNormalization', { epsilon: TORCH_EPSILON });
  };
  const relu = (name: string): string => chain.add(name, 'ReLU');
  convolution('conv1', 'bn1', 64, 7, 2);
  relu('relu');
  chain.add('maxpool.pad', 'ZeroPadding2D', { padding: [1, 1] });
  chain.add('maxpool', 'MaxPooling2D', { pool_size: [3, 3], strides: [2, 2] });
  let channels = 64;
  for (const [stage, count] of blocks.entries()) {
    const filters = 64 * 2 ** stage;
    const outputs = bottleneck ? 4 * filters : filters;
    for (let b = 0; b < count; b++) {
      const name = `layer${stage + 1}.${b}`;
      const stride = b === 0 && stage > 0 ? 2 : 1;
      const input = chain.last;
      const sizes = bottleneck ? [1, 3, 1] : [3, 3];
      const strided = bottleneck ? 1 : 0;
      for (const [c, kernel] of sizes.entries()) {
        const isLast = c === sizes.length - 1;
        convolution(
          `${name}.conv${c + 1}`,
          `${name}.bn${c + 1}`,
          isLast ? outputs : filters,
          kernel,
          c === strided ? stride : 1,
        );
        if (!isLast) relu(`${name}.relu${c + 1}`);
      }
      const end = chain.last;
      chain.last = input;
      const shortcut =
        channels !== outputs || stride > 1
          ? convolution(`${name}.downsample.0`, `${name}.downsample.1`, outputs, 1, stride)
          : input;
      channels = outputs;
      chain.add(`${name}.add`, 'Add', {}, [end, shortcut]);
      relu(`${name}.relu`);
    }
  }
  if (includeTop) {
    chain.add('avgpool', 'GlobalAveragePooling2D');
    chain.add('fc', 'Dense', { units: CLASSES, activation: 'softmax' });
  }
  return chain.nodes;
}

export const resnet50: ZooModel = {
  name: 'resnet50',
  description:
    'ResNet-50 (He et al. 2016) as in torchvision, trained on ImageNet; as in Keras, with the stride at the first convolutions, for its files',
  licence: 'BSD-3-Clause (torchvision)',
  preprocess: 'caffe',
  ...imagenetClassifier,
  network: (options) => colourNetwork('resnet50', options, kerasLayers(options)),
  weights: () => torchvisionWeights.resnet50,
  stateDict: {
    moduleOf: (layer) => layer,
    preprocess: 'torch',
    network: (options) =>
      colourNetwork('resnet50', options, torchLayers({ blocks: [3, 4, 6, 3], bottleneck: true }, options)),
  },
};

export const resnet18: ZooModel = {
  name: 'resnet18',
  description: 'ResNet-18 (He et al. 2016) as in torchvision',
  licence: 'BSD-3-Clause (torchvision)',
  preprocess: 'torch',
  ...imagenetClassifier,
  network: (options) =>
    colourNetwork('resnet18', options, torchLayers({ blocks: [2, 2, 2, 2], bottleneck: false }, options)),
  stateDict: { moduleOf: (layer) => layer },
  weights: () => torchvisionWeights.resnet18,
};
