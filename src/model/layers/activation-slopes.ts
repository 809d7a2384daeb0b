import type { Tensor } from '@tensorflow/tfjs-core';
import type { ActivationFunction, ActivationName } from './activation-functions.ts';
import type { Tf } from './basic-types.ts';

/** How a signal g comes through y = f(x): g·f'(x), made of x or of y alone. */
interface Slope {
  readonly reads: 'x' | 'y';
  readonly signal: (
    tf: Tf,
    g: Tensor,
    known: Tensor,
    p: Readonly<Record<string, number>>,
    axes: readonly number[] | undefined,
  ) => Tensor;
}

/** A slope of each value by itself. */
const of = (
  reads: Slope['reads'],
  slope: (tf: Tf, known: Tensor, p: Readonly<Record<string, number>>) => Tensor,
): Slope => ({ reads, signal: (tf, g, known, p) => tf.mul(g, slope(tf, known, p)) });

/** 1 where it holds, 0 elsewhere. */
const indicator = (tf: Tf, where: Tensor): Tensor => tf.cast(where, 'float32');

const between = (tf: Tf, x: Tensor, low: number, high: number): Tensor =>
  indicator(tf, tf.logicalAnd(tf.greater(x, low), tf.less(x, high)));

/** 1 above 0, `below` elsewhere. */
const bent = (tf: Tf, x: Tensor, below: Tensor): Tensor => tf.where(tf.greater(x, 0), tf.onesLike(x), below);

const square = (tf: Tf, x: Tensor): Tensor => tf.mul(x, x);

/** 1 - x² */
const complement = (tf: Tf, x: Tensor): Tensor => tf.sub(1, square(tf, x));

const slopes: Readonly<Record<Exclude<ActivationName, 'linear' | 'relu6' | 'leaky_relu'>, Slope>> = {
  // What is no ramp: with thresholds or slopes that do not show in y.
  relu: of('x', (tf, x, { max_value: ceiling = Infinity, negative_slope: leak = 0, threshold = 0 }) => {
    const above = indicator(tf, tf.greater(x, threshold));
    const upper = ceiling === Infinity ? above : tf.mul(above, between(tf, x, 0, ceiling));
    return leak === 0 ? upper : tf.add(upper, tf.mul(tf.sub(1, above), leak));
  }),
  elu: of('x', (tf, x, { alpha = 1 }) => bent(tf, x, tf.mul(tf.exp(tf.minimum(x, 0)), alpha))),
  celu: of('x', (tf, x, { alpha = 1 }) => bent(tf, x, tf.exp(tf.div(tf.minimum(x, 0), alpha)))),
  selu: of('x', (tf, x, { alpha = 1.6732632423543772, gamma = 1.0507009873554805 }) =>
    tf.mul(bent(tf, x, tf.mul(tf.exp(tf.minimum(x, 0)), alpha)), gamma),
  ),
  sigmoid: of('y', (tf, y) => tf.mul(y, tf.sub(1, y))),
  hard_sigmoid: of('y', (tf, y, { slope = 1 / 6 }) => tf.mul(between(tf, y, 0, 1), slope)),
  sparse_sigmoid: of('y', (tf, y) => tf.mul(between(tf, y, 0, 1), 0.5)),
  log_sigmoid: of('y', (tf, y) => tf.neg(tf.expm1(y))),
  tanh: of('y', complement),
  hard_tanh: of('y', (tf, y) => between(tf, y, -1, 1)),
  tanh_shrink: of('x', (tf, x) => square(tf, tf.tanh(x))),
  soft_shrink: of('y', (tf, y) => tf.abs(tf.sign(y))),
  hard_shrink: of('y', (tf, y) => tf.abs(tf.sign(y))),
  shrink: of('x', (tf, x, { threshold = 0.5 }) => indicator(tf, tf.greater(tf.abs(x), threshold))),
  softplus: of('y', (tf, y) => tf.neg(tf.expm1(tf.neg(y)))),
  softsign: of('y', (tf, y) => square(tf, tf.sub(1, tf.abs(y)))),
  squareplus: of('x', (tf, x, { b = 4 }) =>
    tf.mul(tf.add(tf.div(x, tf.sqrt(tf.add(square(tf, x), b))), 1), 0.5),
  ),
  sparse_plus: of('x', (tf, x) => tf.clipByValue(tf.mul(tf.add(x, 1), 0.5), 0, 1)),
  swish: of('x', (tf, x, { alpha = 1 }) => {
    const scaled = alpha === 1 ? x : tf.mul(x, alpha);
    const share = tf.sigmoid(scaled);
    return tf.mul(share, tf.add(tf.mul(scaled, tf.sub(1, share)), 1));
  }),
  // x / 6 + 1/2 between -3 and 3, and x / 6 more for the slope of that.
  hard_swish: of('x', (tf, x) =>
    tf.add(
      tf.clipByValue(tf.add(tf.mul(x, 1 / 6), 0.5), 0, 1),
      tf.mul(tf.mul(x, 1 / 6), between(tf, x, -3, 3)),
    ),
  ),
  gelu: of('x', (tf, x, { approximate = 0 }) => {
    if (!approximate) {
      const density = tf.mul(tf.exp(tf.mul(square(tf, x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
      return tf.add(tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5), tf.mul(x, density));
    }
    const root = Math.sqrt(2 / Math.PI);
    const squares = square(tf, x);
    const t = tf.tanh(tf.mul(tf.mul(x, tf.add(tf.mul(squares, 0.044715), 1)), root));
    const inner = tf.mul(tf.add(tf.mul(squares, 3 * 0.044715), 1), root / 2);
    return tf.add(tf.mul(tf.add(t, 1), 0.5), tf.mul(tf.mul(x, complement(tf, t)), inner));
  }),
  mish: of('x', (tf, x) => {
    const t = tf.tanh(tf.softplus(x));
    return tf.add(t, tf.mul(tf.mul(x, complement(tf, t)), tf.sigmoid(x)));
  }),
  exponential: of('y', (_tf, y) => y),
  softmax: {
    reads: 'y',
    signal(tf, g, y, _p, axes = [-1]) {
      const weighted = tf.mul(g, y);
      return tf.sub(weighted, tf.mul(y, tf.sum(weighted, [...axes], true)));
    },
  },
  log_softmax: {
    reads: 'y',
    signal: (tf, g, y, _p, axes = [-1]) => tf.sub(g, tf.mul(tf.exp(y), tf.sum(g, [...axes], true))),
  },
};

const slopeOf = ({ name }: ActivationFunction): Slope => slopes[name as keyof typeof slopes];

/** Whether g·f'(x) is made of x or of y. Not of the linear function, nor of ramps. */
export const slopeReads = (activation: ActivationFunction): 'x' | 'y' => slopeOf(activation).reads;

/** g·f'(x). @param known x or y, as `slopeReads` says */
export function throughSlope(tf: Tf, activation: ActivationFunction, g: Tensor, known: Tensor): Tensor {
  const { parameters, axes } = activation;
  return slopeOf(activation).signal(tf, g, known, parameters, axes);
}
