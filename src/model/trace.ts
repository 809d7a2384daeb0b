import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { tf } from '../backend/tf.ts';
import type { Manner } from './backward.ts';
import { forwardRun, readsOf, sendBack } from './backward.ts';
import type { ConeLayer } from './cone.ts';
import type { GraphLayer } from './graph.ts';
import { KeptMaps } from './kept-maps.ts';
import type { LayerTensors, Reads } from './layers/layer-type.ts';
import { backwardRules } from './layers/rules.ts';
import type { Trace, TraceOptions } from './model.ts';
import { cutTo, shapeWithin, wayBack } from './way-back.ts';

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
  const maps = expectUses(steps);
  /** Of the map of an input, as much as a layer needs. */
  const taken = ({ inputs, needs }: ConeLayer): Tensor[] =>
    inputs.map((i, k) => cutTo(maps.get(i), part[i]!.window, needs[k]));

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
      return wayBack(way, signal, (layer, arrived, inputShapes) => {
        const { layer: recorded, manner, reads } = steps[layer.index]!;
        const { index, inputs } = recorded;
        const passed = {
          ...{ signal: arrived, inputShapes, inputs: reads.inputs ? taken(layer) : [] },
          output: reads.output ? cutTo(maps.get(index), recorded.window, layer.window) : undefined,
        };
        const results = sendBack(layer, rule, manner, passed, weightsOf(layer));
        if (spent) {
          if (reads.output) maps.release(index);
          if (reads.inputs) inputs.forEach((i) => maps.release(i));
        }
        return results;
      });
    },

    dispose() {
      spent = true;
      maps.dispose();
    },
  };
}

/** Expects the use of each layer's output, there and back, and one by the trace itself of the last. */
function expectUses(steps: readonly Step[]): KeptMaps {
  const maps = new KeptMaps();
  maps.expect(steps.length - 1);
  for (const { layer, reads } of steps) {
    for (const input of layer.inputs) {
      maps.expect(input);
      if (reads.inputs) maps.expect(input);
    }
    if (reads.output) maps.expect(layer.index);
  }
  return maps;
}
