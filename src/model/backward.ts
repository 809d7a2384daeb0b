import type { Tensor } from '@tensorflow/tfjs-core';
import { reluGradient } from '../backend/rectify.ts';
import { tf } from '../backend/tf.ts';
import { UserError } from '../errors.ts';
import type { GraphLayer } from './graph.ts';
import { applyActivation } from './layers/activation-functions.ts';
import type { BackRun, LayerTensors, Passed, Reads, Run } from './layers/layer-type.ts';
import type { BackwardRule } from './layers/rules.ts';
import { activateByRule, throughActivation } from './layers/rules.ts';

/** How a layer is computed there and sent back; `bare`: without its own activation. */
export interface PassOptions {
  readonly bare: boolean;
}

export const WHOLE: PassOptions = { bare: false };

export const forwardRun = ({ bare }: PassOptions): Run => ({
  tf,
  activate: (activation, x) => (bare ? x : applyActivation(tf, activation, x)),
  // An operation's gradient in one piece would compute the filters' as well.
  fuses: !bare && tf.engine().state.gradientDepth === 0,
});

/** What has to be kept of a layer until a signal comes back to it. */
export function readsOf({ layer }: GraphLayer, rules: readonly BackwardRule[]): Reads {
  return layer.back?.reads(rules) ?? { inputs: true, output: false };
}

/**
 * The signals for a layer's inputs: by the layer's own backward pass if it has one, else by TensorFlow.js' gradient of this
 * layer, with the rule in place of its nonlinearity's. Called inside a tidy; a signal may be `passed.signal` itself.
 *
 * @throws UserError naming the layer, where there is no gradient either
 */
export function sendBack(
  { node, layer }: GraphLayer,
  rule: BackwardRule,
  pass: PassOptions,
  passed: Passed,
  weights: LayerTensors,
  turned?: BackRun['turned'],
): readonly Tensor[] {
  if (layer.back) {
    // What the activation is applied to is the layer's input, or computed from it once more.
    const activated = (): Tensor =>
      layer.forward({ tf, activate: (_activation, x) => x }, passed.inputs, weights);
    const run: BackRun = {
      tf,
      rule,
      turned,
      through: (activation, signal, output) =>
        pass.bare ? signal : throughActivation(tf, reluGradient, activation, rule, signal, output, activated),
    };
    return layer.back.signals(run, passed, weights);
  }
  const run: Run = {
    tf,
    activate: (activation, x) => (pass.bare ? x : activateByRule(tf, reluGradient, activation, rule, x)),
  };
  // A tensor that is taken twice would be one variable: both inputs would get the sum.
  const inputs = passed.inputs.map((x, i) => (passed.inputs.indexOf(x) === i ? x : tf.clone(x)));
  if (pass.bare && layer.forward(run, inputs, weights) === inputs[0]) return [passed.signal];
  try {
    return tf.grads((...xs: Tensor[]) => layer.forward(run, xs, weights))(inputs, passed.signal);
  } catch (error) {
    throw new UserError({
      what: `Cannot backpropagate through \`${node.name}\` (${node.type}) with the rule \`${rule}\`.`,
      why: `TensorFlow.js has no gradient for the layer on this backend: ${(error as Error).message.replace(/\.?$/, '.')}`,
      hint: 'Choose an earlier layer or another backend, or for patches `projection: none`.',
    });
  }
}
