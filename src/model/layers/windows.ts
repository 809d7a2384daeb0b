import type { ConfigReader } from './config-reader.ts';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { PADDINGS } from '../../schema/model-words.ts';
import type { Padding } from '../../schema/model-words.ts';
import type { FieldStep, Margins, Pair, Shape, Tf } from './layer-type.ts';

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

/**
 * How a layer's windows are placed. Besides Keras' two ways, ONNX has margins of its own, and SAME_LOWER: as `same`, with the larger
 * half of the padding before the first row.
 */
export type Placement = Padding | 'same_lower' | Margins;

/** @throws UserError where `padding` is none of what the library that wrote the layer has */
export function readPlacement(config: ConfigReader): Placement {
  const written = config.raw('padding');
  if (config.dialect === 'onnx' && Array.isArray(written)) {
    const [[top, bottom], [left, right]] = config.margins('padding');
    return { top, bottom, left, right };
  }
  if (config.dialect === 'onnx' && written === 'same_lower') return written;
  return config.choice('padding', PADDINGS, 'valid');
}

/** Where windows lie on a map of one size. */
export interface Placed extends Windows {
  /** How the map is padded; margins where TensorFlow's two ways do not come to the same. */
  readonly pad: Padding | Margins;
  /** Rows and columns at the end of `pad` that no padding of the file asks for: a last window hangs over it (`ceil_mode`). */
  readonly overhang: Pair;
}

/** @param ceil whether a last window that only its padding, or part of it, fills is counted, as `ceil_mode` of PyTorch does */
export function placeWindows(
  config: ConfigReader,
  input: readonly [number, number, ...number[]],
  size: Pair,
  stride: Pair,
  placement: Placement,
  ceil = false,
): Placed {
  if (typeof placement === 'string' && placement !== 'same_lower')
    return { ...windows(config, input, size, stride, placement), pad: placement, overhang: [0, 0] };
  const sides: readonly [Pair, Pair] =
    placement === 'same_lower'
      ? [lowerSides(input[0], size[0], stride[0]), lowerSides(input[1], size[1], stride[1])]
      : [
          [placement.top, placement.bottom],
          [placement.left, placement.right],
        ];
  const axes = [0, 1].map((axis) => {
    const [before, after] = sides[axis]!;
    const rest = input[axis]! + before + after - size[axis]!;
    let out = (ceil ? Math.ceil(rest / stride[axis]!) : Math.floor(rest / stride[axis]!)) + 1;
    // A window that begins behind the input and its first padding is none.
    if (ceil && (out - 1) * stride[axis]! >= input[axis]! + before) out--;
    const overhang = Math.max((out - 1) * stride[axis]! + size[axis]! - input[axis]! - before - after, 0);
    return { out, before, after: after + overhang, overhang };
  });
  const [vertical, horizontal] = axes as [(typeof axes)[0], (typeof axes)[0]];
  if (vertical.out < 1 || horizontal.out < 1) tooSmall(config, input, size);
  const isSame = [0, 1].every((axis) => {
    const same = windowAxis(input[axis]!, size[axis]!, stride[axis]!, 'same');
    const total = Math.max((same.out - 1) * stride[axis]! + size[axis]! - input[axis]!, 0);
    const { out, before, after } = axes[axis]!;
    return out === same.out && before === same.before && before + after === total;
  });
  const isValid = axes.every(({ before, after }) => before + after === 0);
  const [height, width] = [vertical.out, horizontal.out];
  return {
    height,
    width,
    field: { kind: 'window', size, stride, before: [vertical.before, horizontal.before] },
    pad: isValid
      ? 'valid'
      : isSame
        ? 'same'
        : {
            top: vertical.before,
            bottom: vertical.after,
            left: horizontal.before,
            right: horizontal.after,
          },
    overhang: [vertical.overhang, horizontal.overhang],
  };
}

/** Padding before and after by SAME_LOWER. */
function lowerSides(n: number, size: number, stride: number): Pair {
  const total = Math.max((Math.ceil(n / stride) - 1) * stride + size - n, 0);
  return [Math.ceil(total / 2), Math.floor(total / 2)];
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
  if (vertical.out < 1 || horizontal.out < 1) tooSmall(config, input, size);
  return {
    height: vertical.out,
    width: horizontal.out,
    field: { kind: 'window', size, stride, before: [vertical.before, horizontal.before] },
  };
}

function tooSmall(config: ConfigReader, input: readonly number[], size: Pair): never {
  config.fail(`its ${size[0]}x${size[1]} window is larger than its ${input[0]}x${input[1]} input`, {
    hint:
      config.dialect === 'onnx'
        ? 'Use a larger input.'
        : 'Use a larger input, a smaller window, or `padding="same"`.',
  });
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
