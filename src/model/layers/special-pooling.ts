import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { ConfigReader } from './config-reader.ts';
import type { Layer, LayerBuilder, LayerType, Margins, Pair, Tf } from './layer-type.ts';
import { GLOBAL, NO_MARGINS } from './layer-type.ts';
import type { Placed } from './windows.ts';
import { mapShape, placeWindows, readPlacement, widen } from './windows.ts';

/** Poolings of ONNX that TensorFlow.js has no operation for: put together from others, whose gradients are known. */

interface Windowed {
  readonly input: readonly [number, number, number];
  readonly size: Pair;
  readonly strides: Pair;
  readonly dilation: Pair;
  readonly placed: Placed;
  readonly margins: Margins;
}

/** Windows with gaps, and where they lie. */
export function readWindows(config: ConfigReader, input: readonly [number, number, number]): Windowed {
  const size = config.pair('pool_size');
  const strides = config.pair('strides', [1, 1]);
  const dilation = config.pair('dilation_rate', [1, 1]);
  const span: Pair = [(size[0] - 1) * dilation[0] + 1, (size[1] - 1) * dilation[1] + 1];
  const ceil = config.boolean('ceil_mode', false);
  const written = readPlacement(config);
  const placement = written === 'valid' ? NO_MARGINS : written;
  const placed = placeWindows(config, input, span, strides, placement, ceil);
  const { pad, field, height, width } = placed;
  const after = (axis: 0 | 1, out: number): number =>
    Math.max((out - 1) * strides[axis] + span[axis] - input[axis] - field.before[axis], 0);
  const margins =
    typeof pad !== 'string'
      ? pad
      : { top: field.before[0], bottom: after(0, height), left: field.before[1], right: after(1, width) };
  return { input, size, strides, dilation, placed, margins };
}

/** For each tap of the windows, the values that it falls on: [batch, height, width, channels]. */
function taps(tf: Tf, x: Tensor4D, { size, strides, dilation, placed }: Windowed): Tensor4D[] {
  const [batch, , , channels] = x.shape;
  const rows = (placed.height - 1) * strides[0] + 1;
  const columns = (placed.width - 1) * strides[1] + 1;
  const found: Tensor4D[] = [];
  for (let i = 0; i < size[0]; i++) {
    for (let j = 0; j < size[1]; j++) {
      const part = tf.slice(x, [0, i * dilation[0], j * dilation[1], 0], [batch, rows, columns, channels]);
      // A pooling of single values takes every so-many-th, and has a gradient, which a slice with steps has not.
      found.push(strides.join() === '1,1' ? part : tf.avgPool(part, 1, [...strides], 'valid'));
    }
  }
  return found;
}

const base = ({ placed, input }: Windowed): Pick<Layer, 'outputShape' | 'weights' | 'field'> => ({
  outputShape: [placed.height, placed.width, input[2]],
  weights: [],
  field: placed.field,
});

const sum = (tf: Tf, parts: readonly Tensor4D[]): Tensor4D => parts.reduce((a, b) => tf.add(a, b));

/** A pooling whose windows have gaps. */
export function dilatedPooling(
  config: ConfigReader,
  input: readonly [number, number, number],
  kind: 'maxPool' | 'avgPool',
): Layer {
  const windows = readWindows(config, input);
  const { margins, placed, size } = windows;
  const countsPadding = kind === 'avgPool' && config.boolean('count_include_pad', false);
  if (kind === 'maxPool') {
    return {
      ...base(windows),
      forward({ tf }, [x]) {
        // The least number there is: infinite ones times zero, in a gradient, are none.
        const wide = widen(tf, x as Tensor4D, margins, -3.4e38);
        return taps(tf, wide, windows).reduce((a, b) => tf.maximum(a, b));
      },
    };
  }
  const [below, right] = placed.overhang;
  const counts = (tf: Tf): Tensor4D => {
    const counted = countsPadding
      ? [input[0] + margins.top + margins.bottom - below, input[1] + margins.left + margins.right - right]
      : [input[0], input[1]];
    const rest = countsPadding ? { top: 0, left: 0, bottom: below, right } : margins;
    return sum(tf, taps(tf, widen(tf, tf.ones([1, counted[0]!, counted[1]!, 1]) as Tensor4D, rest), windows));
  };
  return {
    ...base(windows),
    forward: ({ tf }, [x]) =>
      tf.div(
        sum(tf, taps(tf, widen(tf, x as Tensor4D, margins), windows)),
        size[0] * size[1] === 1 ? 1 : counts(tf),
      ),
  };
}

/** |x|^p, whose gradient at 0 is 0. */
const powers = (tf: Tf, x: Tensor, p: number): Tensor => {
  if (p === 2) return tf.mul(x, x);
  return p === 1 ? tf.abs(x) : tf.pow(tf.abs(x), p);
};

const root = (tf: Tf, x: Tensor, p: number): Tensor => {
  if (p === 1) return x;
  return p === 2 ? tf.sqrt(x) : tf.pow(x, 1 / p);
};

const lpPooling: LayerBuilder = (config, inputs) => {
  const windows = readWindows(config, mapShape(config, inputs));
  const p = config.integer('p', 2);
  return {
    ...base(windows),
    forward({ tf }, [x]) {
      const wide = widen(tf, powers(tf, x!, p) as Tensor4D, windows.margins);
      return root(tf, sum(tf, taps(tf, wide, windows)), p);
    },
  };
};

const globalLpPooling: LayerBuilder = (config, inputs) => {
  const [, , channels] = mapShape(config, inputs);
  const keep = config.boolean('keepdims', false);
  const p = config.integer('p', 2);
  return {
    outputShape: keep ? [1, 1, channels] : [channels],
    weights: [],
    field: GLOBAL,
    forward: ({ tf }, [x]) => root(tf, tf.sum(powers(tf, x!, p), [1, 2], keep), p),
  };
};

export const specialPoolings: readonly LayerType[] = [
  { name: 'LpPooling2D', kind: 'pooling', build: lpPooling },
  { name: 'GlobalLpPooling2D', kind: 'pooling', build: globalLpPooling },
];
