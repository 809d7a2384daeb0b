import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { LayerType } from './layer-type.ts';
import { GLOBAL, READS_NOTHING } from './layer-type.ts';
import type { Padding } from './windows.ts';
import { mapShape, windows } from './windows.ts';

const PADDINGS: readonly Padding[] = ['valid', 'same'];

/** Average pooling counts only what lies inside the input, as Keras does. */
function pooling(kind: 'maxPool' | 'avgPool'): LayerType {
  return (config, inputs) => {
    config.channelsLast();
    const input = mapShape(config, inputs);
    const size = config.pair('pool_size', [2, 2]);
    const strides = config.pair('strides', size);
    const padding = config.choice('padding', PADDINGS, 'valid');
    const { height, width, field } = windows(config, input, size, strides, padding);
    return {
      outputShape: [height, width, input[2]],
      weights: [],
      field,
      forward: ({ tf }, [x]) => tf[kind](x as Tensor4D, [...size], [...strides], padding),
      back: {
        reads: () => ({ inputs: true, output: kind === 'maxPool' }),
        signals({ tf }, { signal: dy, inputs: [x], output }) {
          const attributes = { filterSize: [...size], strides: [...strides], pad: padding };
          // The operations that TensorFlow.js' gradients of the two are made of; they have no public function.
          const gradient =
            kind === 'maxPool'
              ? tf.engine().runKernel('MaxPoolGrad', { dy, input: x!, output: output! }, attributes)
              : tf.engine().runKernel('AvgPoolGrad', { dy, input: x! }, attributes);
          return [gradient as Tensor];
        },
      },
    };
  };
}

function globalPooling(kind: 'max' | 'mean'): LayerType {
  return (config, inputs) => {
    config.channelsLast();
    const [, , channels] = mapShape(config, inputs);
    const keep = config.boolean('keepdims', false);
    return {
      outputShape: keep ? [1, 1, channels] : [channels],
      weights: [],
      field: GLOBAL,
      forward: ({ tf }, [x]) => tf[kind](x!, [1, 2], keep),
      back: {
        reads: () => (kind === 'max' ? { inputs: true, output: true } : READS_NOTHING),
        signals({ tf }, { signal, inputShapes: [shape], inputs: [x], output }) {
          const spread = [shape![0]!, 1, 1, channels];
          const upstream = tf.reshape(signal, spread);
          if (kind === 'mean') {
            const places = shape![1]! * shape![2]!;
            return [tf.tile(tf.div(upstream, places), [1, shape![1]!, shape![2]!, 1])];
          }
          // Equal maxima share the signal, as in TensorFlow.
          const strongest = tf.cast(tf.equal(x!, tf.reshape(output!, spread)), 'float32');
          return [tf.mul(strongest, tf.div(upstream, tf.sum(strongest, [1, 2], true)))];
        },
      },
    };
  };
}

export const maxPooling2d = pooling('maxPool');
export const averagePooling2d = pooling('avgPool');
export const globalMaxPooling2d = globalPooling('max');
export const globalAveragePooling2d = globalPooling('mean');
