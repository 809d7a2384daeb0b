import type { Tensor } from '@tensorflow/tfjs-core';
import type { ActivationFunction } from './activation-functions.ts';
import { applyActivation, isRectifier } from './activation-functions.ts';
import { slopeReads, throughSlope } from './activation-slopes.ts';
import type { Reads, Tf } from './basic-types.ts';
import { READS_NOTHING } from './basic-types.ts';

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

/** What the backward pass through a nonlinearity looks at again: `inputs` of what it is applied to, `output` of what it gives. */
export function activationReads(activation: ActivationFunction, rules: readonly BackwardRule[]): Reads {
  if (activation.name === 'linear') return READS_NOTHING;
  const looking = isRectifier(activation) ? rules.filter((rule) => rule !== 'deconvnet') : rules;
  if (looking.length === 0) return READS_NOTHING;
  const reads = rampOf(activation) ? 'y' : slopeReads(activation);
  return { inputs: reads === 'x', output: reads === 'y' };
}

/**
 * A signal through a nonlinearity y = f(x).
 *
 * @param reluGradient g·[0 < y < ceiling]
 * @param y where `activationReads` asks for the output
 * @param x where it asks for the inputs
 */
export function throughActivation(
  tf: Tf,
  reluGradient: ReluGradient,
  activation: ActivationFunction,
  rule: BackwardRule,
  signal: Tensor,
  y: Tensor | undefined,
  x: () => Tensor,
): Tensor {
  if (activation.name === 'linear') return signal;
  const rectifies = isRectifier(activation);
  if (rectifies && rule === 'deconvnet') return tf.relu(signal);
  const arrived = rectifies && rule === 'guided' ? tf.relu(signal) : signal;
  const ramp = rampOf(activation);
  if (!ramp) return throughSlope(tf, activation, arrived, slopeReads(activation) === 'x' ? x() : y!);
  const passed = rampGradient(tf, reluGradient, ramp, arrived, y!);
  return rule === 'redirected' && ramp.leak === 0 ? redirected(tf, ramp, signal, passed, y!) : passed;
}

/** @param passed the gradient */
function redirected(tf: Tf, { ceiling }: Ramp, signal: Tensor, passed: Tensor, y: Tensor): Tensor {
  const blocked = blockedSamples(tf, passed);
  if (!blocked) return passed;
  const up = tf.relu(signal);
  const pushing = ceiling === Infinity ? up : tf.where(tf.less(y, ceiling), up, tf.minimum(signal, 0));
  // Where nothing passed there are only zeros to add to.
  return tf.add(passed, tf.mul(pushing, tf.cast(blocked, 'float32')));
}

/** Samples of which nothing passed: bool [batch, 1, ...]; undefined where that is known to be none. */
function blockedSamples(tf: Tf, passed: Tensor): Tensor | undefined {
  const axes = passed.shape.map((_, axis) => axis).slice(1);
  const backend = tf.getBackend();
  if (backend === 'wasm' || backend === 'cpu') {
    // Values lie in memory, and the first ones settle it; a reduction takes longer than all the rest of the pass.
    const values = passed.dataSync();
    const each = passed.size / passed.shape[0]!;
    const silent = Array.from({ length: passed.shape[0]! }, (_, sample) =>
      values.subarray(sample * each, (sample + 1) * each).every((value) => value === 0),
    );
    return silent.some(Boolean)
      ? tf.tensor(silent, [passed.shape[0]!, ...axes.map(() => 1)], 'bool')
      : undefined;
  }
  const blocked = tf.logicalNot(tf.any(tf.notEqual(passed, 0), axes, true));
  // It seldom happens, and a glance is cheaper than what follows; but a graphics card would be waited for.
  return backend !== 'webgpu' && !blocked.dataSync().some(Boolean) ? undefined : blocked;
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
  if (rule === 'gradient' || !isRectifier(activation)) return applyActivation(tf, activation, x);
  const replaced = tf.customGrad((input, save) => {
    const output = applyActivation(tf, activation, input as Tensor);
    (save as (tensors: Tensor[]) => void)([input as Tensor, output]);
    return {
      value: output,
      gradFunc: (signal: Tensor, saved: Tensor[]) =>
        throughActivation(tf, reluGradient, activation, rule, signal, saved[1]!, () => saved[0]!),
    };
  });
  return replaced(x);
}
