import { FoldError } from '../fold-error.ts';
import { windowOptions } from './convolution.ts';
import type { Operator } from './operator.ts';
import { mapsOf, pairOf } from './operator.ts';

/** @param options of this kind alone */
function pooling(
  type: string,
  options: (step: Parameters<Operator>[0]) => Record<string, unknown>,
): Operator {
  return (step) => {
    const { node, attributes, builder } = step;
    const size = attributes.integers('kernel_shape', undefined);
    if (!size) throw new FoldError('its `kernel_shape` is missing');
    const { strides, dilation, padding } = windowOptions(step);
    // Which index a strongest place has is of no use to any layer that is supported.
    attributes.integer('storage_order', 0);
    const config = {
      ...{ pool_size: pairOf(size, [1, 1], 'kernel_shape'), strides, padding, dilation_rate: dilation },
      ceil_mode: attributes.integer('ceil_mode', 0) === 1,
      ...options(step),
    };
    return [builder.emit(node, type, config, [builder.asImages(node, mapsOf(step))])];
  };
}

function globalPooling(
  type: string,
  options: (step: Parameters<Operator>[0]) => Record<string, unknown>,
): Operator {
  return (step) => {
    const { node, builder } = step;
    const maps = builder.asImages(node, mapsOf(step));
    return [builder.emit(node, type, { keepdims: true, ...options(step) }, [maps])];
  };
}

const none = (): Record<string, unknown> => ({});

export const poolingOperators: Readonly<Record<string, Operator>> = {
  MaxPool: pooling('MaxPooling2D', none),
  AveragePool: pooling('AveragePooling2D', ({ attributes }) => ({
    count_include_pad: attributes.integer('count_include_pad', 0) === 1,
  })),
  LpPool: pooling('LpPooling2D', ({ attributes }) => ({ p: attributes.integer('p', 2) })),
  GlobalMaxPool: globalPooling('GlobalMaxPooling2D', none),
  GlobalAveragePool: globalPooling('GlobalAveragePooling2D', none),
  GlobalLpPool: globalPooling('GlobalLpPooling2D', ({ attributes }) => ({ p: attributes.integer('p', 2) })),
};
