import type { Tensor } from '@tensorflow/tfjs-core';
import type { Tf } from './layer-type.ts';

/** A nonlinearity with its parameters, all by Keras' names. */
export interface ActivationFunction {
  readonly name: ActivationName;
  readonly parameters: Readonly<Record<string, number>>;
}

export type ActivationName = keyof typeof functions;

type Apply = (tf: Tf, x: Tensor, p: Readonly<Record<string, number>>) => Tensor;

// Built from ops whose gradients every backend has: EluGrad, for one, is missing in wasm.
const elu = (tf: Tf, x: Tensor, alpha: number): Tensor =>
  tf.add(tf.relu(x), tf.mul(tf.sub(tf.exp(tf.minimum(x, 0)), 1), alpha));

const hardSigmoid: Apply = (tf, x, { slope = 1 / 6 }) => tf.clipByValue(tf.add(tf.mul(x, slope), 0.5), 0, 1);

// Abramowitz and Stegun's erf, as backends have it, is good to 1.5e-7.
const gelu: Apply = (tf, x, { approximate = 0 }) => {
  const inner = approximate
    ? tf.tanh(tf.mul(tf.add(x, tf.mul(tf.mul(tf.mul(x, x), x), 0.044715)), Math.sqrt(2 / Math.PI)))
    : tf.erf(tf.mul(x, Math.SQRT1_2));
  return tf.mul(tf.mul(x, 0.5), tf.add(inner, 1));
};

/** max_value for x >= max_value, x down to the threshold, negative_slope·(x - threshold) below. */
const relu: Apply = (tf, x, { max_value, negative_slope = 0, threshold = 0 }) => {
  let y: Tensor;
  if (threshold !== 0)
    y = tf.where(tf.greaterEqual(x, threshold), x, tf.mul(tf.sub(x, threshold), negative_slope));
  else if (negative_slope !== 0) y = tf.leakyRelu(x, negative_slope);
  else if (max_value === 6) return tf.relu6(x);
  else y = tf.relu(x);
  return max_value === undefined ? y : tf.minimum(y, max_value);
};

const functions = {
  linear: (_tf, x) => x,
  relu,
  relu6: (tf, x) => tf.relu6(x),
  leaky_relu: (tf, x, { negative_slope = 0.2 }) => tf.leakyRelu(x, negative_slope),
  elu: (tf, x, { alpha = 1 }) => elu(tf, x, alpha),
  selu: (tf, x) => tf.mul(elu(tf, x, 1.6732632423543772), 1.0507009873554805),
  sigmoid: (tf, x) => tf.sigmoid(x),
  hard_sigmoid: hardSigmoid,
  tanh: (tf, x) => tf.tanh(x),
  softplus: (tf, x) => tf.softplus(x),
  softsign: (tf, x) => tf.div(x, tf.add(tf.abs(x), 1)),
  swish: (tf, x) => tf.mul(x, tf.sigmoid(x)),
  hard_swish: (tf, x, p) => tf.mul(x, hardSigmoid(tf, x, p)),
  gelu,
  mish: (tf, x) => tf.mul(x, tf.tanh(tf.softplus(x))),
  exponential: (tf, x) => tf.exp(x),
  softmax: (tf, x) => tf.softmax(x),
  log_softmax: (tf, x) => tf.logSoftmax(x),
} satisfies Record<string, Apply>;

export const activationNames = Object.keys(functions) as readonly ActivationName[];

const aliases: Readonly<Record<string, ActivationName>> = {
  silu: 'swish',
  hard_silu: 'hard_swish',
};

/** The canonical name, or undefined for a function this project does not know. */
export function activationName(name: string): ActivationName | undefined {
  const canonical = Object.hasOwn(aliases, name) ? aliases[name]! : name;
  return Object.hasOwn(functions, canonical) ? (canonical as ActivationName) : undefined;
}

/** Any shape in, the same out. softmax runs over the last axis. */
export function applyActivation(tf: Tf, { name, parameters }: ActivationFunction, x: Tensor): Tensor {
  return functions[name](tf, x, parameters);
}
