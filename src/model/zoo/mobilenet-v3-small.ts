import type { NetworkNode } from '../network.ts';
import { kerasOrder } from './keras-order.ts';
import { CLASSES, colourNetwork, imagenetClassifier } from './imagenet-network.ts';
import { LayerChain } from './layer-chain.ts';
import { depth, V3_SMALL_BLOCKS } from './mobilenet-shapes.ts';
import { mobilenetV3SmallLayers } from './mobilenet-torch.ts';
import { torchvisionWeights } from './published.ts';
import { halvingPad } from './mobilenet-v2.ts';
import type { ZooModel, ZooOptions } from './zoo-model.ts';

/** With the layer names of Keras' applications, the rescaling of pixels included. */
function layers({ input, includeTop }: ZooOptions): readonly NetworkNode[] {
  const chain = new LayerChain('input_layer');
  const counts = new Map<string, number>();
  /** Layers that Keras only numbers: re_lu, re_lu_1, … */
  const numbered = (base: string, type: string, config: Readonly<Record<string, unknown>>): string => {
    const count = counts.get(base) ?? 0;
    counts.set(base, count + 1);
    return chain.add(count === 0 ? base : `${base}_${count}`, type, config);
  };
  const norm = (name: string): string => chain.add(name, 'BatchNormalization', { epsilon: 1e-3 });
  const activation = (hard: boolean): string =>
    hard ? numbered('activation', 'Activation', { activation: 'hard_swish' }) : numbered('re_lu', 'ReLU', {});
  const pointwise = (name: string, filters: number, bias = false): string =>
    chain.add(name, 'Conv2D', { filters, kernel_size: [1, 1], padding: 'same', use_bias: bias });
  numbered('rescaling', 'Rescaling', { scale: 1 / 127.5, offset: -1 });
  chain.add('conv', 'Conv2D', {
    ...{ filters: 16, kernel_size: [3, 3], strides: [2, 2], padding: 'same', use_bias: false },
  });
  norm('conv_bn');
  activation(true);
  let size = input.map((n) => Math.ceil(n / 2)) as unknown as readonly [number, number];
  let channels = 16;
  for (const [b, [inner, filters, kernel, stride, squeezes, hard]] of V3_SMALL_BLOCKS.entries()) {
    const name = b === 0 ? 'expanded_conv_' : `expanded_conv_${b}_`;
    const from = chain.last;
    if (b > 0) {
      pointwise(`${name}expand`, inner);
      norm(`${name}expand_bn`);
      activation(hard);
    }
    if (stride === 2) {
      const { padding, size: halved } = halvingPad(size, kernel);
      chain.add(`${name}depthwise_pad`, 'ZeroPadding2D', { padding });
      size = halved;
    }
    chain.add(`${name}depthwise`, 'DepthwiseConv2D', {
      ...{ kernel_size: [kernel, kernel], strides: [stride, stride], use_bias: false },
      padding: stride === 1 ? 'same' : 'valid',
    });
    norm(`${name}depthwise_bn`);
    const map = activation(hard);
    if (squeezes) {
      const se = `${name}squeeze_excite_`;
      chain.add(`${se}avg_pool`, 'GlobalAveragePooling2D', { keepdims: true });
      pointwise(`${se}conv`, depth(inner / 4), true);
      chain.add(`${se}relu`, 'ReLU');
      pointwise(`${se}conv_1`, inner, true);
      // Keras' three operations relu6(x + 3) / 6.
      const gate = numbered('hard_sigmoid', 'Activation', { activation: 'hard_sigmoid' });
      chain.add(`${se}mul`, 'Multiply', {}, [map, gate]);
    }
    pointwise(`${name}project`, filters);
    norm(`${name}project_bn`);
    if (stride === 1 && channels === filters) chain.add(`${name}add`, 'Add', {}, [from, chain.last]);
    channels = filters;
  }
  pointwise('conv_1', depth(channels * 6));
  norm('conv_1_bn');
  activation(true);
  if (includeTop) {
    chain.add('global_average_pooling2d', 'GlobalAveragePooling2D', { keepdims: true });
    pointwise('conv_2', 1024, true);
    activation(true);
    chain.add('dropout', 'Dropout', { rate: 0.2 });
    pointwise('logits', CLASSES, true);
    chain.add('flatten', 'Flatten');
    chain.add('predictions', 'Activation', { activation: 'softmax' });
  }
  return kerasOrder(chain.nodes);
}

export const mobilenetV3Small: ZooModel = {
  name: 'mobilenet_v3_small',
  description:
    'MobileNetV3 Small (Howard et al. 2019) as in torchvision, trained on ImageNet; as in Keras, with its rescaling of pixels, for its files',
  licence: 'BSD-3-Clause (torchvision)',
  preprocess: 'none',
  ...imagenetClassifier,
  network: (options) => colourNetwork('mobilenet_v3_small', options, layers(options)),
  weights: () => torchvisionWeights.mobilenet_v3_small,
  stateDict: {
    moduleOf: (layer) => layer,
    preprocess: 'torch',
    network: (options) => colourNetwork('mobilenet_v3_small', options, mobilenetV3SmallLayers(options)),
  },
};
