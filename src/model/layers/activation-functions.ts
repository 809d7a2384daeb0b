import type { Tensor } from '@tensorflow/tfjs-core';
import type { Activation } from '../../schema/model-words.ts';
import type { Tf } from './basic-types.ts';

/** A nonlinearity with its parameters, all by Keras' names. */
export interface ActivationFunction {
  readonly name: ActivationName;
  readonly parameters: Readonly<Record<string, number>>;
  /** Of softmax and its logarithm: the axes it runs over, the batch counted as 0; the last one without. */
  readonly axes?: readonly number[];
}

export type ActivationName = keyof typeof functions;

type Apply = (
  tf: Tf,
  x: Tensor,
  p: Readonly<Record<string, number>>,
  axes: readonly number[] | undefined,
) => Tensor;

// Built from ops whose gradients every backend has: EluGrad, for one, is missing in wasm.
const elu = (tf: Tf, x: Tensor, alpha: number): Tensor =>
  tf.add(tf.relu(x), tf.mul(tf.sub(tf.exp(tf.minimum(x, 0)), 1), alpha));

const hardSigmoid: Apply = (tf, x, { slope = 1 / 6, offset = 0.5 }) =>
  tf.clipByValue(tf.add(tf.mul(x, slope), offset), 0, 1);

// Abramowitz and Stegun's erf, as backends have it, is good to 1.5e-7.
const gelu: Apply = (tf, x, { approximate = 0 }) => {
  const inner = approximate
    ? tf.tanh(tf.mul(tf.add(x, tf.mul(tf.mul(tf.mul(x, x), x), 0.044715)), Math.sqrt(2 / Math.PI)))
    : tf.erf(tf.mul(x, Math.SQRT1_2));
  return tf.mul(tf.mul(x, 0.5), tf.add(inner, 1));
};

/** x where `by` is more than 0, 0 elsewhere. TensorFlow.js knows the gradient of a step, not of a comparison. */
const whereAbove = (tf: Tf, by: Tensor, x: Tensor): Tensor => tf.mul(x, tf.step(by));

/**
 * x above the threshold, negative_slope·(x - threshold) elsewhere. A max_value also cuts off what is below 0 of the first part, as
 * Keras does, which matters where the threshold is negative.
 */
const relu: Apply = (tf, x, { max_value, negative_slope = 0, threshold = 0 }) => {
  if (threshold === 0 && max_value === undefined)
    return negative_slope === 0 ? tf.relu(x) : tf.leakyRelu(x, negative_slope);
  if (threshold === 0 && negative_slope === 0 && max_value === 6) return tf.relu6(x);
  const above = threshold === 0 ? tf.relu(x) : whereAbove(tf, tf.sub(x, threshold), x);
  const upper = max_value === undefined ? above : tf.minimum(tf.relu(above), max_value);
  return negative_slope === 0
    ? upper
    : tf.add(upper, tf.mul(tf.minimum(tf.sub(x, threshold), 0), negative_slope));
};

/** The library's softmax runs over the last axis alone. */
function softmaxOver(tf: Tf, x: Tensor, axes: readonly number[] | undefined): Tensor {
  if (!axes) return tf.softmax(x);
  const powers = tf.exp(tf.sub(x, tf.max(x, [...axes], true)));
  return tf.div(powers, tf.sum(powers, [...axes], true));
}

const functions = {
  linear: (_tf, x) => x,
  relu,
  relu6: (tf, x) => tf.relu6(x),
  leaky_relu: (tf, x, { negative_slope = 0.2 }) => tf.leakyRelu(x, negative_slope),
  elu: (tf, x, { alpha = 1 }) => elu(tf, x, alpha),
  celu: (tf, x, { alpha = 1 }) =>
    tf.add(tf.relu(x), tf.mul(tf.sub(tf.exp(tf.div(tf.minimum(x, 0), alpha)), 1), alpha)),
  selu: (tf, x, { alpha = 1.6732632423543772, gamma = 1.0507009873554805 }) =>
    tf.mul(elu(tf, x, alpha), gamma),
  sigmoid: (tf, x) => tf.sigmoid(x),
  hard_sigmoid: hardSigmoid,
  sparse_sigmoid: (tf, x) => tf.clipByValue(tf.mul(tf.add(x, 1), 0.5), 0, 1),
  log_sigmoid: (tf, x) => tf.neg(tf.softplus(tf.neg(x))),
  tanh: (tf, x) => tf.tanh(x),
  hard_tanh: (tf, x) => tf.clipByValue(x, -1, 1),
  tanh_shrink: (tf, x) => tf.sub(x, tf.tanh(x)),
  soft_shrink: (tf, x, { threshold = 0.5 }) => tf.sub(x, tf.clipByValue(x, -threshold, threshold)),
  hard_shrink: (tf, x, { threshold = 0.5 }) => tf.mul(x, tf.step(tf.sub(tf.abs(x), threshold))),
  /** 0 between -threshold and threshold, elsewhere nearer to 0 by `bias`. */
  shrink: (tf, x, { threshold = 0.5, bias = 0 }) => {
    const outside = tf.step(tf.sub(tf.abs(x), threshold));
    return tf.mul(tf.sub(x, tf.mul(tf.sign(x), bias)), outside);
  },
  softplus: (tf, x) => tf.softplus(x),
  softsign: (tf, x) => tf.div(x, tf.add(tf.abs(x), 1)),
  squareplus: (tf, x, { b = 4 }) => tf.div(tf.add(x, tf.sqrt(tf.add(tf.mul(x, x), b))), 2),
  sparse_plus: (tf, x) => {
    const middle = tf.clipByValue(tf.add(x, 1), 0, 2);
    return tf.add(tf.div(tf.mul(middle, middle), 4), tf.relu(tf.sub(x, 1)));
  },
  swish: (tf, x, { alpha = 1 }) => tf.mul(x, tf.sigmoid(alpha === 1 ? x : tf.mul(x, alpha))),
  hard_swish: (tf, x) => tf.mul(x, hardSigmoid(tf, x, {}, undefined)),
  gelu,
  mish: (tf, x) => tf.mul(x, tf.tanh(tf.softplus(x))),
  exponential: (tf, x) => tf.exp(x),
  softmax: (tf, x, _p, axes) => softmaxOver(tf, x, axes),
  log_softmax: (tf, x, _p, axes) => {
    if (!axes) return tf.logSoftmax(x);
    const centered = tf.sub(x, tf.max(x, [...axes], true));
    return tf.sub(centered, tf.log(tf.sum(tf.exp(centered), [...axes], true)));
  },
} satisfies Record<Activation, Apply> & Record<string, Apply>;

/** Those that hand positive values on nearly as they are and block, or nearly block, others. */
const RECTIFIERS: ReadonlySet<ActivationName> = new Set([
  'relu',
  'relu6',
  'leaky_relu',
  'elu',
  'celu',
  'selu',
  'softplus',
  'swish',
  'hard_swish',
  'gelu',
  'mish',
]);

export const isRectifier = ({ name }: ActivationFunction): boolean => RECTIFIERS.has(name);

export const activationNames = Object.keys(functions) as readonly ActivationName[];

/** Any shape in, the same out. */
export function applyActivation(tf: Tf, { name, parameters, axes }: ActivationFunction, x: Tensor): Tensor {
  return functions[name](tf, x, parameters, axes);
}
