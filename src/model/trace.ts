import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { tf } from '../backend/tf.ts';
import type { Manner } from './backward.ts';
import { forwardRun, readsOf, sendBack } from './backward.ts';
import type { ConeLayer, Window } from './cone.ts';
import type { GraphLayer } from './graph.ts';
import type { LayerTensors, Reads } from './layers/layer-type.ts';
import { backwardRules } from './layers/rules.ts';
import type { Trace, TraceOptions } from './model.ts';

interface Step {
  readonly layer: ConeLayer;
  readonly manner: Manner;
  readonly reads: Reads;
}

/** Layers of which all is computed. */
export function wholeLayers(part: readonly GraphLayer[]): readonly ConeLayer[] {
  return part.map((layer) => ({ ...layer, window: undefined, needs: layer.inputs.map(() => undefined) }));
}

/**
 * @param part the layers that the last of them needs
 * @param input float32 [batch, height, width, channels] as the part was built for; stays the caller's
 */
export function traceThrough(
  part: readonly ConeLayer[],
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
  /** Of the map of an input, as much as a layer needs. */
  const taken = ({ inputs, needs }: ConeLayer): Tensor[] =>
    inputs.map((i, k) => cutTo(maps.get(i), part[i]!.window, needs[k]));
  countUses(steps).forEach((uses, index) => maps.expect(index, uses));

  try {
    for (const { layer, manner } of steps) {
      const { index, inputs } = layer;
      const output = tf.tidy(() => {
        const pieces = inputs.length ? taken(layer) : [input];
        const result = layer.layer.forward(forwardRun(manner), pieces, weightsOf(layer));
        // A layer that changes nothing hands its input on: a clone shares the values but has a life of its own.
        return pieces.includes(result) ? result.clone() : result;
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

    backward(signal, { rule = 'gradient', keep = false, cone } = {}): Tensor4D {
      if (spent) throw new Error('the trace is used up: keep it for more than one signal');
      if (!rules.includes(rule)) throw new Error(`the trace was not made for the rule ${rule}`);
      const way = cone?.layers ?? part;
      const expected = shapeWithin(output.shape, way[last]!.window);
      if (signal.shape.join() !== expected.join()) {
        throw new Error(`the signal's shape [${signal.shape.join(', ')}] is not [${expected.join(', ')}]`);
      }
      spent = !keep;
      const signals: (Tensor | undefined)[] = [];
      signals[last] = signal.clone();
      try {
        for (const { layer: recorded, manner, reads } of [...steps].reverse()) {
          const { index, inputs } = recorded;
          if (!inputs.length) continue;
          const layer = way[index]!;
          const arrived = signals[index]!;
          const results = tf.tidy(() => {
            const passed = {
              signal: arrived,
              inputShapes: inputs.map((i, k) => shapeWithin(maps.shape(i), layer.needs[k])),
              inputs: reads.inputs ? taken(layer) : [],
              output: reads.output ? cutTo(maps.get(index), recorded.window, layer.window) : undefined,
            };
            return sendBack(layer, rule, manner, passed, weightsOf(layer)).map((result, k) =>
              spreadTo(result, layer.needs[k], way[inputs[k]!]!.window ?? wholeOf(maps.shape(inputs[k]!))),
            );
          });
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

/** What a window holds of a map of which there is another, larger one; the map itself where they are the same. */
function cutTo(map: Tensor, from: Window | undefined, to: Window | undefined): Tensor {
  if (!to || isSame(from, to)) return map;
  const start = [0, to.y - (from?.y ?? 0), to.x - (from?.x ?? 0), 0];
  const size = [map.shape[0]!, to.height, to.width, map.shape[3]!];
  return size.join() === map.shape.join()
    ? map
    : tf.slice(map as Tensor4D, start as [number], size as [number]);
}

/** A signal for a window, as one for a larger window: nothing arrives at the rest. */
function spreadTo(signal: Tensor, from: Window | undefined, to: Window): Tensor {
  if (!from || isSame(from, to)) return signal;
  const [top, left] = [from.y - to.y, from.x - to.x];
  return tf.pad(signal as Tensor4D, [
    [0, 0],
    [top, to.height - from.height - top],
    [left, to.width - from.width - left],
    [0, 0],
  ]);
}

function isSame(a: Window | undefined, b: Window | undefined): boolean {
  return a?.x === b?.x && a?.y === b?.y && a?.width === b?.width && a?.height === b?.height;
}

const wholeOf = ([, height = 1, width = 1]: readonly number[]): Window => ({ x: 0, y: 0, width, height });

function shapeWithin(shape: readonly number[], window: Window | undefined): readonly number[] {
  return window ? [shape[0]!, window.height, window.width, shape[3]!] : shape;
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
