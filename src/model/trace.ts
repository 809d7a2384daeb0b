import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { Repeats } from '../backend/repeats.ts';
import { tf } from '../backend/tf.ts';
import type { PassOptions } from './backward.ts';
import { forwardRun, readsOf, sendBack } from './backward.ts';
import type { CropLayer } from './receptive-field-crop.ts';
import type { GraphLayer } from './graph.ts';
import { KeptMaps } from './kept-maps.ts';
import { mergeLayers } from './merged-layers.ts';
import type { BackRun, LayerTensors, Reads } from './layers/layer-type.ts';
import { backwardRules } from './layers/rules.ts';
import type { BackwardOptions, Trace, TraceOptions } from './model.ts';
import { cutTo, shapeWithin, backwardPass } from './backward-pass.ts';

interface Step {
  readonly layer: CropLayer;
  readonly pass: PassOptions;
  readonly reads: Reads;
}

/** Layers of which all is computed. */
function wholeLayers(part: readonly GraphLayer[]): readonly CropLayer[] {
  return part.map((layer) => ({ ...layer, window: undefined, needs: layer.inputs.map(() => undefined) }));
}

/** Merged layers of a part, by what is needed of it: an ascent asks for the same ones at every step. */
const known = new WeakMap<readonly GraphLayer[], Map<string, readonly CropLayer[]>>();

function mergedOnce(
  part: readonly GraphLayer[],
  ends: readonly number[],
  starts: 'apart' | 'besides' = 'apart',
): readonly CropLayer[] {
  const lists = known.get(part) ?? new Map<string, readonly CropLayer[]>();
  known.set(part, lists);
  const key = [starts, ...ends].join();
  const list = lists.get(key) ?? wholeLayers(mergeLayers(part, new Set(ends), starts));
  lists.set(key, list);
  return list;
}

/**
 * @param part the layers that the last of them needs, their indices positions in it; whole ones, or those of `crop`
 * @param nameOf name of the layer at an index of the network
 * @param input float32 [batch, height, width, channels] as the part was built for; stays the caller's
 * @param repeats of this part and of these weights
 */
export function traceThrough(
  part: readonly GraphLayer[] | readonly CropLayer[],
  weightsOf: (layer: GraphLayer) => LayerTensors,
  nameOf: (index: number) => string | undefined,
  input: Tensor4D,
  { preactivation = false, rules = backwardRules, maps: requestedMaps = [], crop: traced }: TraceOptions,
  turned: BackRun['turned'],
  repeats: Pick<Repeats, 'run'>,
): Trace {
  const last = part.length - 1;
  const positions = new Map(part.map(({ node, index }) => [node.name, index]));
  const positionOf = (layer: number): number => {
    const position = positions.get(nameOf(layer) ?? '');
    if (position === undefined) throw new Error(`the traced layer is not made from layer ${layer}`);
    return position;
  };
  const kept = new Set(requestedMaps.map(positionOf));
  // What the last activation is applied to is the output then, so nothing before it is merged with it.
  const before = preactivation ? part[last]!.inputs : [];
  const cutLayers = traced?.layers;
  const run = cutLayers ?? mergedOnce(part, [...before, ...kept], kept.size > 0 ? 'besides' : 'apart');
  const passOf = ({ index }: GraphLayer): PassOptions => ({ bare: preactivation && index === last });
  const steps = run.map((layer): Step => ({ layer, pass: passOf(layer), reads: readsOf(layer, rules) }));
  const byIndex = new Map(steps.map((step) => [step.layer.index, step]));
  const maps = expectUses(steps, last, kept);
  /** Of the map of an input, as much as a layer needs. */
  const taken = ({ inputs, needs }: CropLayer): Tensor[] =>
    inputs.map((i, k) => cutTo(maps.get(i), cutLayers?.[i]!.window, needs[k]));

  const forward = (): Tensor[] => {
    for (const { layer, pass } of steps) {
      const { index, inputs } = layer;
      const output = tf.tidy(() => {
        const pieces = inputs.length ? taken(layer) : [input];
        const result = layer.layer.forward(forwardRun(pass), pieces, weightsOf(layer));
        // A layer that changes nothing hands its input on: a clone shares the values but has a life of its own.
        return pieces.includes(result) ? result.clone() : result;
      });
      maps.set(index, output);
      inputs.forEach((i) => maps.release(i));
    }
    return maps.stillExpected().map((index) => maps.get(index));
  };
  /** What decides which operations run, but for the part. */
  const what = [preactivation, rules.join('+'), requestedMaps.join('+')].join();

  try {
    let computed = false;
    const results = repeats.run(`there ${what}`, [input], () => {
      computed = true;
      return forward();
    });
    if (!computed) {
      for (const { layer } of steps) layer.inputs.forEach((i) => maps.release(i));
      maps.stillExpected().forEach((index, i) => maps.set(index, results[i]!));
    }
  } catch (error) {
    maps.dispose();
    throw error;
  }

  let spent = false;
  const output = maps.get(last);

  function backward(signal: Tensor, options?: BackwardOptions & { readonly to?: undefined }): Tensor4D;
  function backward(signal: Tensor, options: BackwardOptions & { readonly to: number }): Tensor;
  function backward(signal: Tensor, options: BackwardOptions & { readonly to: readonly number[] }): Tensor[];
  function backward(
    signal: Tensor,
    {
      rule = 'gradient',
      keep = false,
      crop,
      to,
    }: BackwardOptions & { readonly to?: number | readonly number[] | undefined } = {},
  ): Tensor | Tensor[] {
    if (spent) throw new Error('the trace is used up: keep it for more than one signal');
    if (!rules.includes(rule)) throw new Error(`the trace was not made for the rule ${rule}`);
    const several = typeof to === 'object';
    const targets = several ? to.map(positionOf) : [to === undefined ? 0 : positionOf(to)];
    // Where a signal is asked for within a chain of merged layers, it goes through them one by one.
    const cropLayers = crop?.layers ?? cutLayers ?? mergedOnce(part, [...targets, ...before]);
    const expected = shapeWithin(output.shape, cropLayers.at(-1)!.window);
    if (signal.shape.join() !== expected.join()) {
      throw new Error(`the signal's shape [${signal.shape.join(', ')}] is not [${expected.join(', ')}]`);
    }
    spent = !keep;
    const passed = new Set<number>();
    const free = ({ layer: { index, inputs }, reads }: Step): void => {
      passed.add(index);
      if (!spent) return;
      if (reads.output) maps.release(index);
      if (reads.inputs) inputs.forEach((i) => maps.release(i));
    };
    const held = maps.stillExpected();
    const run = (): Tensor[] =>
      backwardPass(cropLayers, signal, targets, (layer, arrived, inputShapes) => {
        const reads = readsOf(layer, rules);
        const recorded = cutLayers?.[layer.index]!.window;
        const results = sendBack(
          layer,
          rule,
          passOf(layer),
          {
            ...{ signal: arrived, inputShapes, inputs: reads.inputs ? taken(layer) : [] },
            output: reads.output ? cutTo(maps.get(layer.index), recorded, layer.window) : undefined,
          },
          weightsOf(layer),
          turned,
        );
        const step = byIndex.get(layer.index);
        if (step) free(step);
        return results;
      });
    const signals = crop
      ? run()
      : repeats.run(
          `back ${what} ${rule} ${targets.join('+')} ${held.join('+')}`,
          [signal, ...held.map((index) => maps.get(index))],
          run,
        );
    for (const step of steps) if (!passed.has(step.layer.index)) free(step);
    return several ? [...signals] : signals[0]!;
  }

  return {
    output,
    backward,
    map(layer) {
      const position = positionOf(layer);
      if (!kept.has(position)) throw new Error(`the trace was not made to keep the map of layer ${layer}`);
      return maps.get(position);
    },

    dispose() {
      spent = true;
      maps.dispose();
    },
  };
}

/** Expects the use of each layer's output, there and back, and one by the trace itself of the last and of those that are kept. */
function expectUses(steps: readonly Step[], last: number, kept: ReadonlySet<number>): KeptMaps {
  const maps = new KeptMaps();
  maps.expect(last);
  for (const index of kept) maps.expect(index);
  for (const { layer, reads } of steps) {
    for (const input of layer.inputs) {
      maps.expect(input);
      if (reads.inputs) maps.expect(input);
    }
    if (reads.output) maps.expect(layer.index);
  }
  return maps;
}
