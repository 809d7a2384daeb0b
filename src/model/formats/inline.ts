import type { InlineLayer, Preprocess } from '../../schema/experiment.ts';
import type { Network, NetworkNode } from '../network.ts';

/** The name of an inline stack's input, which its layers' `from` may say. */
export const INLINE_INPUT = 'input';

interface InlineOptions {
  /** [height, width, channels] */
  readonly inputShape: readonly [number, number, number];
  readonly preprocess: Preprocess;
}

/** The network of an experiment file's own `layers:`. */
export function inlineNetwork(
  layers: readonly InlineLayer[],
  { inputShape, preprocess }: InlineOptions,
): Network {
  const input: NetworkNode = { name: INLINE_INPUT, type: 'InputLayer', config: {}, inputs: [] };
  return {
    name: 'inline',
    format: 'inline',
    inputShape,
    nodes: [input, ...layers.map(inlineNode)],
    preprocess,
  };
}

function inlineNode(layer: InlineLayer): NetworkNode {
  const { name, from } = layer;
  return { name, inputs: [from], ...kerasLayer(layer) };
}

/** The layer in Keras' words. */
function kerasLayer(layer: InlineLayer): Pick<NetworkNode, 'type' | 'config'> {
  switch (layer.type) {
    case 'conv2d':
      return {
        type: 'Conv2D',
        config: {
          filters: layer.filters,
          kernel_size: layer.kernel,
          strides: layer.strides,
          padding: layer.padding,
          activation: layer.activation,
          use_bias: layer.useBias,
          kernel_initializer: layer.initializer,
        },
      };
    case 'dense':
      return {
        type: 'Dense',
        config: {
          units: layer.units,
          activation: layer.activation,
          use_bias: layer.useBias,
          kernel_initializer: layer.initializer,
        },
      };
    case 'activation':
      return { type: 'Activation', config: { activation: layer.activation } };
    case 'max_pool':
    case 'average_pool':
      return {
        type: layer.type === 'max_pool' ? 'MaxPooling2D' : 'AveragePooling2D',
        config: { pool_size: layer.pool, strides: layer.strides, padding: layer.padding },
      };
    case 'global_average_pool':
      return { type: 'GlobalAveragePooling2D', config: {} };
    case 'global_max_pool':
      return { type: 'GlobalMaxPooling2D', config: {} };
    case 'flatten':
      return { type: 'Flatten', config: {} };
  }
}
