import type { ConfigReader } from './config-reader.ts';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { Padding } from '../../schema/model-words.ts';
import type { FieldStep, Margins, Pair, Shape, Tf } from './layer-type.ts';

export { PADDINGS } from '../../schema/model-words.ts';
export type { Padding } from '../../schema/model-words.ts';

/** A sliding window's output size and how far it hangs over the upper or left border, along one axis. */
export interface WindowAxis {
  readonly out: number;
  readonly before: number;
}

/** TensorFlow's arithmetic: SAME pads max((out-1)·stride + size - n, 0) in all, the smaller half before. */
export function windowAxis(n: number, size: number, stride: number, padding: Padding): WindowAxis {
  if (padding === 'valid') return { out: Math.floor((n - size) / stride) + 1, before: 0 };
  const out = Math.ceil(n / stride);
  return { out, before: Math.floor(Math.max((out - 1) * stride + size - n, 0) / 2) };
}

/** [height, width, channels] of the one input. */
export function mapShape(config: ConfigReader, inputs: readonly Shape[]): readonly [number, number, number] {
  const shape = oneInput(config, inputs);
  if (shape.length === 3) return shape as unknown as readonly [number, number, number];
  return config.fail(`its input has the shape [${shape.join(', ')}]`, {
    why: 'The layer needs maps: [height, width, channels].',
  });
}

export function oneInput(config: ConfigReader, inputs: readonly Shape[]): Shape {
  const [shape, ...others] = inputs;
  if (shape && !others.length) return shape;
  return config.fail(`the layer has ${inputs.length} inputs`, { why: 'A layer of this type has one input.' });
}

export interface Windows {
  readonly height: number;
  readonly width: number;
  readonly field: Extract<FieldStep, { kind: 'window' }>;
}

/** Windows of `size` (already spread by dilation) over [height, width]. */
export function windows(
  config: ConfigReader,
  input: readonly [number, number, ...number[]],
  size: Pair,
  stride: Pair,
  padding: Padding,
): Windows {
  const vertical = windowAxis(input[0], size[0], stride[0], padding);
  const horizontal = windowAxis(input[1], size[1], stride[1], padding);
  if (vertical.out < 1 || horizontal.out < 1) {
    config.fail(`its ${size[0]}x${size[1]} window is larger than its ${input[0]}x${input[1]} input`, {
      hint: 'Use a larger input, a smaller window, or `padding="same"`.',
    });
  }
  return {
    height: vertical.out,
    width: horizontal.out,
    field: { kind: 'window', size, stride, before: [vertical.before, horizontal.before] },
  };
}

/** Maps with a margin of one value. */
export function widen(tf: Tf, maps: Tensor4D, { top, bottom, left, right }: Margins, value = 0): Tensor4D {
  if (top + bottom + left + right === 0) return maps;
  return tf.pad(
    maps,
    [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ],
    value,
  );
}

/** Maps without their margin. @param shape of what is left */
export function narrow(
  tf: Tf,
  maps: Tensor4D,
  { top, bottom, left, right }: Margins,
  shape: Tensor4D['shape'],
): Tensor4D {
  return top + bottom + left + right === 0 ? maps : tf.slice(maps, [0, top, left, 0], shape);
}

/** The shape of maps with a margin. */
export function widened(
  [batch, height, width, channels]: Tensor4D['shape'],
  { top, bottom, left, right }: Margins,
): Tensor4D['shape'] {
  return [batch, height + top + bottom, width + left + right, channels];
}
