import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { ConfigReader } from './config-reader.ts';
import type { Layer, LayerBuilder, LayerType, Margins, Pair, Tf } from './layer-type.ts';
import { GLOBAL, NO_MARGINS, READS_NOTHING } from './layer-type.ts';
import { dilate, throughDepthwise } from './convolution-options.ts';
import type { Placed } from './windows.ts';
import { mapShape, narrow, placeWindows, readPlacement, widen, widened } from './windows.ts';

/** Poolings of ONNX that TensorFlow.js has no operation for: put together from others. */

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

/**
 * Adds signals for taps up at what the taps fall on: [batch, height, width, channels] of the widened map.
 *
 * @param kernel float32 [height, width]: which taps get the signal
 */
function addTaps(
  tf: Tf,
  signal: Tensor4D,
  shape: Tensor4D['shape'],
  { strides, dilation }: Windowed,
  kernel: Tensor,
): Tensor4D {
  const [height, width] = kernel.shape as [number, number];
  const channels = shape[3];
  const every: Tensor4D = tf.tile(tf.reshape(kernel, [height, width, 1, 1]), [1, 1, channels, 1]);
  return throughDepthwise(tf, signal, dilate(tf, every, dilation), shape, strides, 'valid');
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
      back: {
        reads: () => ({ inputs: true, output: true }),
        signals({ tf }, { signal, inputs: [x], output }) {
          const shape = x!.shape as Tensor4D['shape'];
          const wide = widen(tf, x as Tensor4D, margins, -3.4e38);
          let left = signal as Tensor4D;
          // The first of equal maxima gets the signal.
          const parts = taps(tf, wide, windows).map((tap, i) => {
            const chosen = tf.cast(tf.equal(tap, output!), 'float32');
            const own: Tensor4D = tf.mul(left, chosen);
            left = tf.mul(left, tf.sub(1, chosen));
            const only = tf.oneHot(tf.scalar(i, 'int32'), size[0] * size[1]);
            const kernel = tf.reshape(tf.cast(only, 'float32'), [...size]);
            return addTaps(tf, own, wide.shape, windows, kernel);
          });
          return [narrow(tf, sum(tf, parts), margins, shape)];
        },
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
    back: {
      reads: () => READS_NOTHING,
      signals({ tf }, { signal, inputShapes: [whole] }) {
        const shape = whole as Tensor4D['shape'];
        const shares: Tensor4D = size[0] * size[1] === 1 ? (signal as Tensor4D) : tf.div(signal, counts(tf));
        const back = addTaps(tf, shares, widened(shape, margins), windows, tf.ones([...size]));
        return [narrow(tf, back, margins, shape)];
      },
    },
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

/** g / y^(p - 1) for y = (sum of |x|^p)^(1/p): times |x|^(p - 1) and the sign of x, the signal for x. Nothing comes through where y is 0. */
const perPower = (tf: Tf, signal: Tensor, y: Tensor, p: number): Tensor =>
  p === 1 ? signal : tf.divNoNan(signal, p === 2 ? y : tf.pow(y, p - 1));

const signedPower = (tf: Tf, x: Tensor, p: number): Tensor => {
  if (p === 2) return x;
  return p === 1 ? tf.sign(x) : tf.mul(tf.sign(x), tf.pow(tf.abs(x), p - 1));
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
    back: {
      reads: () => ({ inputs: true, output: true }),
      signals({ tf }, { signal, inputs: [x], output }) {
        const { margins, size } = windows;
        const shape = x!.shape as Tensor4D['shape'];
        const shares = perPower(tf, signal, output!, p) as Tensor4D;
        const back = addTaps(tf, shares, widened(shape, margins), windows, tf.ones([...size]));
        return [tf.mul(narrow(tf, back, margins, shape), signedPower(tf, x!, p))];
      },
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
    back: {
      reads: () => ({ inputs: true, output: true }),
      signals({ tf }, { signal, inputs: [x], output }) {
        const shares = tf.reshape(perPower(tf, signal, output!, p), [x!.shape[0]!, 1, 1, channels]);
        return [tf.mul(signedPower(tf, x!, p), shares)];
      },
    },
  };
};

export const specialPoolings: readonly LayerType[] = [
  { name: 'LpPooling2D', kind: 'pooling', build: lpPooling },
  { name: 'GlobalLpPooling2D', kind: 'pooling', build: globalLpPooling },
];
