import type { Tensor } from '@tensorflow/tfjs-core';
import type { ActivationFunction } from './activation-functions.ts';
import { applyActivation, isRectifier } from './activation-functions.ts';
import type { Tf } from './basic-types.ts';

/**
 * What becomes of a signal g that comes back to a nonlinearity y = f(x):
 *
 * - `gradient`: g·f'(x)
 * - `deconvnet`: max(g, 0), whatever x was (Zeiler & Fergus 2014)
 * - `guided`: max(g, 0)·f'(x) (Springenberg et al. 2015)
 * - `redirected`: the gradient; but where it blocks the whole of a sample's signal, the part of that signal that pushes
 *   x towards where f passes something on (Lucid's redirected_relu_grad). The signal points the way up: it is the
 *   gradient of what is to grow.
 *
 * `deconvnet` and `guided` are made for rectifiers, bent ones (ELU, swish, GELU, …) included. Nonlinearities that
 * squash (sigmoid, tanh, softmax, …) and the linear one have their gradient under every rule.
 */
export type BackwardRule = 'gradient' | 'deconvnet' | 'guided' | 'redirected';

export const backwardRules: readonly BackwardRule[] = ['gradient', 'deconvnet', 'guided', 'redirected'];

/** Piecewise linear: slope 1 where it passes, `leak` below, 0 from `ceiling` on. All of it follows from y. */
interface Ramp {
  readonly leak: number;
  readonly ceiling: number;
  /** Where x was below the threshold, y is 0, and above it, it is not; y is positive there if that is 0 or more. */
  readonly threshold: number;
}

/** g·[0 < y < ceiling] */
type ReluGradient = (signal: Tensor, y: Tensor, ceiling?: number) => Tensor;

function rampOf({ name, parameters: p }: ActivationFunction): Ramp | undefined {
  if (name === 'relu6') return { leak: 0, ceiling: 6, threshold: 0 };
  if (name === 'leaky_relu') return { leak: p['negative_slope'] ?? 0.2, ceiling: Infinity, threshold: 0 };
  if (name !== 'relu') return undefined;
  const { negative_slope: leak = 0, max_value: ceiling = Infinity, threshold = 0 } = p;
  // Only a rising ramp shows in y on which side of the threshold x was; a ceiling also cuts off what is below 0.
  if (leak < 0 || ceiling <= threshold) return undefined;
  if (threshold < 0 && (leak !== 0 || ceiling !== Infinity)) return undefined;
  return { leak, ceiling, threshold };
}

/** What the backward pass through a nonlinearity needs to know of the forward pass; undefined where y alone does not do. */
export function readsOutput(
  activation: ActivationFunction,
  rules: readonly BackwardRule[],
): boolean | undefined {
  if (activation.name === 'linear') return false;
  if (!rampOf(activation)) return undefined;
  return rules.some((rule) => rule !== 'deconvnet');
}

/**
 * A signal through a nonlinearity for which `readsOutput` is not undefined.
 *
 * @param reluGradient g·[0 < y < ceiling]
 */
export function throughRamp(
  tf: Tf,
  reluGradient: ReluGradient,
  activation: ActivationFunction,
  rule: BackwardRule,
  signal: Tensor,
  y: Tensor | undefined,
): Tensor {
  if (activation.name === 'linear') return signal;
  const ramp = rampOf(activation)!;
  if (rule === 'deconvnet') return tf.relu(signal);
  const gradient = (g: Tensor): Tensor => rampGradient(tf, reluGradient, ramp, g, y!);
  if (rule === 'guided') return gradient(tf.relu(signal));
  const passed = gradient(signal);
  if (rule === 'gradient' || ramp.leak !== 0) return passed;
  const axes = signal.shape.map((_, axis) => axis).slice(1);
  const blocked = tf.logicalNot(tf.any(tf.notEqual(passed, 0), axes, true));
  // It seldom happens, and a glance is cheaper than what follows; but a graphics card would be waited for.
  if (tf.getBackend() !== 'webgpu' && !blocked.dataSync().some(Boolean)) return passed;
  const up = tf.relu(signal);
  const pushing =
    ramp.ceiling === Infinity ? up : tf.where(tf.less(y!, ramp.ceiling), up, tf.minimum(signal, 0));
  // Where nothing passed there are only zeros to add to.
  return tf.add(passed, tf.mul(pushing, tf.cast(blocked, 'float32')));
}

function rampGradient(
  tf: Tf,
  reluGradient: ReluGradient,
  { leak, ceiling, threshold }: Ramp,
  signal: Tensor,
  y: Tensor,
): Tensor {
  if (leak === 0 && threshold >= 0) return reluGradient(signal, y, ceiling);
  const bounded = (g: Tensor): Tensor =>
    ceiling === Infinity ? g : tf.mul(g, tf.cast(tf.less(y, ceiling), 'float32'));
  const passes = threshold < 0 ? tf.notEqual(y, 0) : tf.greater(y, 0);
  return bounded(tf.where(passes, signal, tf.mul(signal, leak)));
}

/** The nonlinearity as an operation whose gradient, as TensorFlow.js takes it, follows the rule. */
export function activateByRule(
  tf: Tf,
  reluGradient: ReluGradient,
  activation: ActivationFunction,
  rule: BackwardRule,
  x: Tensor,
): Tensor {
  const y = applyActivation(tf, activation, x);
  if (rule === 'gradient' || !isRectifier(activation)) return y;
  if (rule === 'guided') return positiveSignal(tf, y);
  if (rule === 'redirected' && !rampOf(activation)) return y;
  const replaced = tf.customGrad((input, save) => {
    const output = applyActivation(tf, activation, input as Tensor);
    (save as (tensors: Tensor[]) => void)([output]);
    return {
      value: output,
      gradFunc: (signal: Tensor, saved: Tensor[]) =>
        rampOf(activation)
          ? throughRamp(tf, reluGradient, activation, rule, signal, saved[0]!)
          : tf.relu(signal),
    };
  });
  return replaced(x);
}

/** The same values; of a signal that comes back, the positive part. */
function positiveSignal(tf: Tf, y: Tensor): Tensor {
  const positive = tf.customGrad((input) => ({
    value: tf.clone(input as Tensor),
    gradFunc: (signal: Tensor) => tf.relu(signal),
  }));
  return positive(y);
}
