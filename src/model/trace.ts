import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { tf } from '../backend/tf.ts';
import type { Manner } from './backward.ts';
import { forwardRun, readsOf, sendBack } from './backward.ts';
import type { GraphLayer } from './graph.ts';
import type { LayerTensors, Reads } from './layers/layer-type.ts';
import { backwardRules } from './layers/rules.ts';
import type { Trace, TraceOptions } from './model.ts';

interface Step {
  readonly layer: GraphLayer;
  readonly manner: Manner;
  readonly reads: Reads;
}

/**
 * @param part the layers that the last of them needs
 * @param input float32 [batch, height, width, channels] as the part was built for; stays the caller's
 */
export function traceThrough(
  part: readonly GraphLayer[],
  weightsOf: (layer: GraphLayer) => LayerTensors,
  input: Tensor4D,
  { preactivation = false, rules = backwardRules }: TraceOptions,
): Trace {
  const last = part.length - 1;
  const steps = part.map((layer): Step => {
    const manner = { bare: preactivation && layer.index === last };
    return { layer, manner, reads: readsOf(layer, rules, manner) };
  });
  const maps = new Maps();
  countUses(steps).forEach((uses, index) => maps.expect(index, uses));

  try {
    for (const { layer, manner } of steps) {
      const { index, inputs } = layer;
      const taken = inputs.length ? inputs.map((i) => maps.get(i)) : [input];
      // A layer that changes nothing hands its input on: a clone shares the values but has a life of its own.
      const output = tf.tidy(() => {
        const result = layer.layer.forward(forwardRun(manner), taken, weightsOf(layer));
        return taken.includes(result) ? result.clone() : result;
      });
      maps.set(index, output);
      inputs.forEach((i) => maps.release(i));
    }
  } catch (error) {
    maps.dispose();
    throw error;
  }

  let spent = false;
  const output = maps.get(last);
  return {
    output,

    backward(signal, { rule = 'gradient', keep = false } = {}): Tensor4D {
      if (spent) throw new Error('the trace is used up: keep it for more than one signal');
      if (!rules.includes(rule)) throw new Error(`the trace was not made for the rule ${rule}`);
      if (signal.shape.join() !== output.shape.join()) {
        throw new Error(
          `the signal's shape [${signal.shape.join(', ')}] is not [${output.shape.join(', ')}]`,
        );
      }
      spent = !keep;
      const signals: (Tensor | undefined)[] = [];
      signals[last] = signal.clone();
      try {
        for (const step of [...steps].reverse()) {
          const { layer, manner, reads } = step;
          const { index, inputs } = layer;
          if (!inputs.length) continue;
          const arrived = signals[index]!;
          const results = tf.tidy(() => [
            ...sendBack(
              layer,
              rule,
              manner,
              {
                signal: arrived,
                inputShapes: inputs.map((i) => maps.shape(i)),
                inputs: reads.inputs ? inputs.map((i) => maps.get(i)) : [],
                output: reads.output ? maps.get(index) : undefined,
              },
              weightsOf(layer),
            ),
          ]);
          if (spent) {
            if (reads.output) maps.release(index);
            if (reads.inputs) inputs.forEach((i) => maps.release(i));
          }
          signals[index] = undefined;
          deliver(signals, inputs, results);
          if (!results.includes(arrived)) arrived.dispose();
        }
        return signals[0] as Tensor4D;
      } catch (error) {
        signals.forEach((left) => left?.dispose());
        throw error;
      }
    },

    dispose() {
      spent = true;
      maps.dispose();
    },
  };
}

/** Adds each result to what its input has got already. */
function deliver(
  signals: (Tensor | undefined)[],
  inputs: readonly number[],
  results: readonly Tensor[],
): void {
  results.forEach((result, i) => {
    const own = results.indexOf(result) === i ? result : result.clone();
    const before = signals[inputs[i]!];
    signals[inputs[i]!] = before ? tf.add(before, own) : own;
    if (before) tf.dispose([before, own]);
  });
}

/** How often each layer's output is taken, there and back; once by the trace itself if it is the last. */
function countUses(steps: readonly Step[]): number[] {
  const uses = steps.map((_, index) => (index === steps.length - 1 ? 1 : 0));
  for (const { layer, reads } of steps) {
    for (const input of layer.inputs) uses[input]! += reads.inputs ? 2 : 1;
    if (reads.output) uses[layer.index]!++;
  }
  return uses;
}

/** Outputs of layers, each disposed once it has been used as often as expected. */
class Maps {
  readonly #tensors = new Map<number, Tensor>();
  readonly #uses = new Map<number, number>();
  readonly #shapes = new Map<number, readonly number[]>();

  expect(index: number, uses: number): void {
    this.#uses.set(index, uses);
  }

  set(index: number, tensor: Tensor): void {
    this.#tensors.set(index, tensor);
    this.#shapes.set(index, tensor.shape);
  }

  get(index: number): Tensor {
    return this.#tensors.get(index)!;
  }

  /** Known after the map is gone, too. */
  shape(index: number): readonly number[] {
    return this.#shapes.get(index)!;
  }

  release(index: number): void {
    const left = this.#uses.get(index)! - 1;
    this.#uses.set(index, left);
    if (left > 0) return;
    this.#tensors.get(index)?.dispose();
    this.#tensors.delete(index);
  }

  dispose(): void {
    for (const tensor of this.#tensors.values()) tensor.dispose();
    this.#tensors.clear();
  }
}
