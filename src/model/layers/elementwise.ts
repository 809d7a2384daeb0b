import type { Tensor } from '@tensorflow/tfjs-core';
import type { ConfigReader } from './config-reader.ts';
import { show } from './config-reader.ts';
import type { LayerBuilder, LayerType, Tf } from './layer-type.ts';
import { IDENTITY } from './layer-type.ts';
import { oneInput } from './windows.ts';

/** A function of one value, applied to each. */
interface ElementwiseFunction {
  readonly of: (tf: Tf, x: Tensor) => Tensor;
  /** Its derivative at x, where y = f(x); absent: 0 wherever it is defined. */
  readonly slope?: (tf: Tf, x: Tensor, y: Tensor) => Tensor;
  /** What the derivative is made from, unless it is the same everywhere. */
  readonly reads?: 'x' | 'y';
  /** By other libraries' names. */
  readonly aliases?: readonly string[];
}

const squareOf = (tf: Tf, x: Tensor): Tensor => tf.mul(x, x);

const functions: Readonly<Record<string, ElementwiseFunction>> = {
  Sqrt: { of: (tf, x) => tf.sqrt(x), slope: (tf, _x, y) => tf.div(0.5, y), reads: 'y' },
  Rsqrt: {
    of: (tf, x) => tf.rsqrt(x),
    slope: (tf, _x, y) => tf.mul(tf.mul(squareOf(tf, y), y), -0.5),
    reads: 'y',
  },
  Square: { of: squareOf, slope: (tf, x) => tf.mul(x, 2), reads: 'x' },
  Exp: { of: (tf, x) => tf.exp(x), slope: (_tf, _x, y) => y, reads: 'y' },
  Expm1: { of: (tf, x) => tf.expm1(x), slope: (tf, _x, y) => tf.add(y, 1), reads: 'y' },
  Log: { of: (tf, x) => tf.log(x), slope: (tf, x) => tf.reciprocal(x), reads: 'x' },
  Log1p: { of: (tf, x) => tf.log1p(x), slope: (tf, x) => tf.reciprocal(tf.add(x, 1)), reads: 'x' },
  Absolute: {
    of: (tf, x) => tf.abs(x),
    slope: (tf, x) => tf.sign(x),
    reads: 'x',
    aliases: ['Abs'],
  },
  Negative: { of: (tf, x) => tf.neg(x), slope: (tf) => tf.scalar(-1), aliases: ['Neg'] },
  Reciprocal: {
    of: (tf, x) => tf.reciprocal(x),
    slope: (tf, _x, y) => tf.neg(squareOf(tf, y)),
    reads: 'y',
  },
  Sign: { of: (tf, x) => tf.sign(x) },
  Floor: { of: (tf, x) => tf.floor(x) },
  Ceil: { of: (tf, x) => tf.ceil(x) },
  /** Towards zero. */
  Truncate: { of: (tf, x) => tf.mul(tf.sign(x), tf.floor(tf.abs(x))) },
  /** Halves to the even number, as NumPy, TensorFlow and ONNX round. */
  Round: { of: (tf, x) => tf.round(x) },
  /** Abramowitz and Stegun's, as backends have it, is good to 1.5e-7. */
  Erf: {
    of: (tf, x) => tf.erf(x),
    slope: (tf, x) => tf.mul(tf.exp(tf.neg(squareOf(tf, x))), 2 / Math.sqrt(Math.PI)),
    reads: 'x',
  },
  Sin: { of: (tf, x) => tf.sin(x), slope: (tf, x) => tf.cos(x), reads: 'x' },
  Cos: { of: (tf, x) => tf.cos(x), slope: (tf, x) => tf.neg(tf.sin(x)), reads: 'x' },
  Tan: { of: (tf, x) => tf.tan(x), slope: (tf, _x, y) => tf.add(squareOf(tf, y), 1), reads: 'y' },
  Arctan: {
    of: (tf, x) => tf.atan(x),
    slope: (tf, x) => tf.reciprocal(tf.add(squareOf(tf, x), 1)),
    reads: 'x',
    aliases: ['Atan'],
  },
  Sinh: { of: (tf, x) => tf.sinh(x), slope: (tf, x) => tf.cosh(x), reads: 'x' },
  Cosh: { of: (tf, x) => tf.cosh(x), slope: (tf, x) => tf.sinh(x), reads: 'x' },
};

function layerOf({ of, slope, reads }: ElementwiseFunction): LayerBuilder {
  return (config, inputs) => ({
    outputShape: oneInput(config, inputs),
    weights: [],
    field: IDENTITY,
    part: 'alike',
    forward: ({ tf }, [x]) => of(tf, x!),
    back: {
      reads: () => ({ inputs: reads === 'x', output: reads === 'y' }),
      signals({ tf }, { signal, inputs: [x], output }) {
        if (!slope) return [tf.zerosLike(signal)];
        // Of the two, only the one that `reads` names is there, and looked at.
        const known = x ?? output ?? signal;
        return [tf.mul(signal, slope(tf, known, known))];
      },
    },
  });
}

/** A bound: a number, or none. JSON has no infinity, which Python writes all the same. */
function bound(config: ConfigReader, key: string, none: number): number {
  const value = config.raw(key) ?? none;
  if (typeof value === 'number' && !Number.isNaN(value)) return value;
  return config.fail(`\`${key}\` is ${show(value)}`, { why: 'It must be a number.' });
}

/** Values below `x_min` become that, and those above `x_max`. Either may be left out. */
const clip: LayerBuilder = (config, inputs) => {
  const low = bound(config, 'x_min', -Infinity);
  const high = bound(config, 'x_max', Infinity);
  return {
    outputShape: oneInput(config, inputs),
    weights: [],
    field: IDENTITY,
    part: 'alike',
    // In NumPy the upper bound wins where it is the lower number.
    forward: ({ tf }, [x]) => tf.minimum(tf.maximum(x!, low), high),
    back: {
      reads: () => ({ inputs: true, output: false }),
      signals({ tf }, { signal, inputs: [x] }) {
        const inside = tf.logicalAnd(tf.greaterEqual(x!, low), tf.lessEqual(x!, high));
        return [tf.mul(signal, tf.cast(inside, 'float32'))];
      },
    },
  };
};

const kind = 'activation';

export const elementwise: readonly LayerType[] = [
  ...Object.entries(functions).map(([name, one]): LayerType => ({
    ...{ name, kind, build: layerOf(one) },
    ...(one.aliases ? { aliases: one.aliases } : {}),
  })),
  { name: 'Clip', kind, build: clip },
];
