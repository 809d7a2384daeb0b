import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { LayerType } from './layer-type.ts';
import { GLOBAL } from './layer-type.ts';
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
    };
  };
}

export const maxPooling2d = pooling('maxPool');
export const averagePooling2d = pooling('avgPool');
export const globalMaxPooling2d = globalPooling('max');
export const globalAveragePooling2d = globalPooling('mean');
