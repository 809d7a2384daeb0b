import type { NetworkNode } from '../network.ts';
import { kerasOrder } from './keras-order.ts';
import { CLASSES, colourNetwork, imagenetClassifier } from './imagenet-network.ts';
import { LayerChain } from './layer-chain.ts';
import { V2_STAGES } from './mobilenet-shapes.ts';
import { mobilenetV2Layers } from './mobilenet-torch.ts';
import { torchvisionWeights } from './published.ts';
import type { ZooModel, ZooOptions } from './zoo-model.ts';

/** Keras pads before a stride of 2 so that even sizes are halved. @returns the padding, and the size behind the convolution */
export function halvingPad(
  [height, width]: readonly [number, number],
  kernel: number,
): { readonly padding: readonly (readonly [number, number])[]; readonly size: readonly [number, number] } {
  const half = (kernel - 1) / 2;
  return {
    padding: [height, width].map((n) => [half - (1 - (n % 2)), half] as const),
    size: [Math.ceil(height / 2), Math.ceil(width / 2)],
  };
}

/** With the layer names of Keras' applications. */
function layers({ input, includeTop }: ZooOptions): readonly NetworkNode[] {
  const chain = new LayerChain('input_layer');
  const norm = (name: string): string => chain.add(name, 'BatchNormalization', { epsilon: 1e-3 });
  const relu = (name: string): string => chain.add(name, 'ReLU', { max_value: 6 });
  const pointwise = (name: string, filters: number): string =>
    chain.add(name, 'Conv2D', { filters, kernel_size: [1, 1], padding: 'same', use_bias: false });
  chain.add('Conv1', 'Conv2D', {
    ...{ filters: 32, kernel_size: [3, 3], strides: [2, 2], padding: 'same', use_bias: false },
  });
  norm('bn_Conv1');
  relu('Conv1_relu');
  let size = input.map((n) => Math.ceil(n / 2)) as unknown as readonly [number, number];
  let channels = 32;
  let block = 0;
  for (const [filters, blocks, first] of V2_STAGES) {
    for (let b = 0; b < blocks; b++, block++) {
      const name = block === 0 ? 'expanded_conv_' : `block_${block}_`;
      const stride = b === 0 ? first : 1;
      const from = chain.last;
      if (block > 0) {
        pointwise(`${name}expand`, 6 * channels);
        norm(`${name}expand_BN`);
        relu(`${name}expand_relu`);
      }
      if (stride === 2) {
        const { padding, size: halved } = halvingPad(size, 3);
        chain.add(`${name}pad`, 'ZeroPadding2D', { padding });
        size = halved;
      }
      chain.add(`${name}depthwise`, 'DepthwiseConv2D', {
        ...{ kernel_size: [3, 3], strides: [stride, stride], use_bias: false },
        padding: stride === 1 ? 'same' : 'valid',
      });
      norm(`${name}depthwise_BN`);
      relu(`${name}depthwise_relu`);
      pointwise(`${name}project`, filters);
      norm(`${name}project_BN`);
      if (stride === 1 && channels === filters) chain.add(`${name}add`, 'Add', {}, [from, chain.last]);
      channels = filters;
    }
  }
  chain.add('Conv_1', 'Conv2D', { filters: 1280, kernel_size: [1, 1], use_bias: false });
  norm('Conv_1_bn');
  relu('out_relu');
  if (includeTop) {
    chain.add('global_average_pooling2d', 'GlobalAveragePooling2D');
    chain.add('predictions', 'Dense', { units: CLASSES, activation: 'softmax' });
  }
  return kerasOrder(chain.nodes);
}

export const mobilenetV2: ZooModel = {
  name: 'mobilenet_v2',
  description:
    'MobileNetV2 (Sandler et al. 2018) as in torchvision, trained on ImageNet; as in Keras for its files',
  licence: 'BSD-3-Clause (torchvision)',
  preprocess: 'tf',
  ...imagenetClassifier,
  network: (options) => colourNetwork('mobilenet_v2', options, layers(options)),
  weights: () => torchvisionWeights.mobilenet_v2,
  stateDict: {
    moduleOf: (layer) => layer,
    preprocess: 'torch',
    network: (options) => colourNetwork('mobilenet_v2', options, mobilenetV2Layers(options)),
  },
};
