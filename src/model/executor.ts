import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { eachSample, Repeats } from '../backend/repeats.ts';
import { tf } from '../backend/tf.ts';
import { forwardRun, WHOLE } from './backward.ts';
import { DerivedTensors, turnedKernels } from './derived-tensors.ts';
import { layerFormula } from './graph.ts';
import type { GraphLayer } from './graph.ts';
import type { PoolingSwitches } from './pooling-switches.ts';
import { backwardFromSwitches, switchesSize } from './pooling-switches.ts';
import { KeptMaps } from './kept-maps.ts';
import { isMerged, MergedWeights, mergeLayers } from './merged-layers.ts';
import type { LayerTensors } from './layers/layer-type.ts';
import type { ImagePixels, Model } from './model.ts';
import type { LoadableModel, ModelSource } from './open.ts';
import { partOf } from './part.ts';
import { shuffledWeights, trainedLayers } from './shuffled-weights.ts';
import { preprocessPixels, valueRange } from './preprocess.ts';
import { traceThrough } from './trace.ts';
import { uploadWeights } from './upload-weights.ts';

/** Computations of a network that are remembered: of several layers, image sizes and batches. */
const MOST_REPEATS = 32;

/** Loads a model's weights onto the current backend. */
export async function createModel(source: LoadableModel): Promise<Model> {
  const { weights, badWeights } = await uploadWeights(source);
  return modelWith(source, weights, badWeights);
}

/** @param weights by the name of the layer; become the model's */
function modelWith(
  source: Pick<ModelSource, 'network' | 'graph' | 'layers'>,
  weights: Map<string, LayerTensors>,
  badWeights: Model['badWeights'],
): Model {
  const { network, graph, layers } = source;
  const derived = new DerivedTensors();
  const turned = turnedKernels(derived);
  const repeats = new Repeats(MOST_REPEATS);
  const parts = new Map<string, readonly GraphLayer[]>();
  const [height, width, channels] = network.inputShape;

  const ownWeightsOf = ({ node }: GraphLayer): LayerTensors =>
    weights.get(node.sharesWeightsOf ?? node.name) ?? {};
  const merged = new MergedWeights(ownWeightsOf);
  const weightsOf = (layer: GraphLayer): LayerTensors =>
    isMerged(layer) ? merged.of(layer) : ownWeightsOf(layer);

  return {
    network,
    layers,
    valueRange: valueRange(network.preprocess),
    badWeights,

    input(pixels: ImagePixels): Tensor4D {
      if (pixels.height !== height || pixels.width !== width) {
        throw new Error(`the network takes ${height}x${width} pixels, got ${pixels.height}x${pixels.width}`);
      }
      const to = channels === 1 ? 1 : 3;
      const values = preprocessPixels(pixels.data, pixels.channels, to, network.preprocess);
      return tf.tensor4d(values, [1, height, width, to]);
    },

    trace(input, layer, options = {}) {
      const [, rows, columns, depth] = input.shape;
      if (depth !== channels) throw new Error(`the network takes ${channels} channels, got ${depth}`);
      const nameOf = (index: number): string | undefined => graph[index]?.node.name;
      // Each crop is a computation of its own.
      const once = { run: (_key: string, _inputs: unknown, run: () => readonly Tensor[]) => run() };
      if (options.crop)
        return traceThrough(options.crop.layers, weightsOf, nameOf, input, options, turned, once);
      const key = [rows, columns, layer].join();
      const part = parts.get(key) ?? partOf(network, graph, layer, [rows, columns]);
      parts.set(key, part);
      return traceThrough(part, weightsOf, nameOf, input, options, turned, {
        run: (what, inputs, run) => repeats.run(`${what} to ${layer}`, inputs, run),
      });
    },

    forward(input, requested, switches) {
      if (switches) return forward(graph, weightsOf, input, requested, switches);
      const run = ([images]: readonly Tensor[]) => forward(graph, weightsOf, images as Tensor4D, requested);
      return [...repeats.run(`forward ${requested.join('+')}`, [input], () => eachSample([input], run))];
    },

    repeat: (key, inputs, run) => repeats.run(`made: ${key}`, inputs, () => eachSample(inputs, run)),

    read: (input, requested, take, switches) => read(graph, weightsOf, input, requested, take, switches),

    switchesSize: (layer) => switchesSize(partOf(network, graph, layer, [height, width])),

    backwardFromSwitches: (switches, signal, crop) =>
      backwardFromSwitches(switches, crop, signal, weightsOf, turned),

    formula: (index) => layerFormula(graph, index),

    bias: (index) => (graph[index] ? weightsOf(graph[index])['bias'] : undefined),

    denseKernel: (index) =>
      graph[index]?.layer.formula?.kind === 'dense' ? weightsOf(graph[index])['kernel'] : undefined,

    kernel(index: number): Tensor4D | undefined {
      const found = graph[index];
      if (!found?.layer.kernel) return undefined;
      return derived.of(found, () => tf.clone(found.layer.kernel!.read(tf, weightsOf(found))));
    },

    scaledBy(index) {
      const [only, ...others] = graph.filter(({ inputs }) => inputs.includes(index));
      if (!only?.layer.scalesChannels || others.length > 0) return undefined;
      const { scale, offset } = ownWeightsOf(only);
      return { layer: only.index, scale: scale!, offset: offset! };
    },

    trainedLayers: (layer) => trainedLayers(graph, layer),

    async shuffled(chosen, seed) {
      return modelWith(source, await shuffledWeights(graph, weights, chosen, seed), badWeights);
    },

    dispose() {
      repeats.dispose();
      merged.dispose();
      for (const tensors of weights.values()) tf.dispose({ ...tensors });
      derived.dispose();
      weights.clear();
    },
  };
}

/** A layer that has just been run. */
interface Ran {
  readonly layer: GraphLayer;
  readonly inputs: readonly Tensor[];
}

/** Runs the layers that the requested ones need, one by one. @param outputs holds each map until its last use; that of a caller is one */
function* walk(
  graph: readonly GraphLayer[],
  weightsOf: (layer: GraphLayer) => LayerTensors,
  input: Tensor4D,
  outputs: KeptMaps,
): Generator<Ran> {
  for (const layer of graph) {
    if (!outputs.isExpected(layer.index)) continue;
    const inputs = layer.inputs.length ? layer.inputs.map((i) => outputs.get(i)) : [input];
    // A layer that changes nothing hands its input on: a clone shares the values but has a life of its own.
    const output = tf.tidy(() => {
      const result = layer.layer.forward(forwardRun(WHOLE), inputs, weightsOf(layer));
      return inputs.includes(result) ? result.clone() : result;
    });
    outputs.set(layer.index, output);
    yield { layer, inputs };
    layer.inputs.forEach((index) => outputs.release(index));
  }
}

function forward(
  graph: readonly GraphLayer[],
  weightsOf: (layer: GraphLayer) => LayerTensors,
  input: Tensor4D,
  requested: readonly number[],
  switches?: PoolingSwitches,
): Tensor[] {
  const layers = mergeLayers(graph, new Set(requested), 'besides');
  const outputs = expectUses(layers, graph.length, requested);
  try {
    for (const { layer, inputs } of walk(layers, weightsOf, input, outputs)) {
      switches?.pass(layer, () => inputs[0]!.dataSync() as Float32Array);
    }
    // On some backends a clone is a copy: only a layer that is asked for twice needs one.
    const results = requested.map((index, i) => {
      const output = outputs.get(index);
      return requested.indexOf(index) === i ? output : output.clone();
    });
    outputs.handOver();
    return results;
  } finally {
    outputs.dispose();
  }
}

async function read(
  graph: readonly GraphLayer[],
  weightsOf: (layer: GraphLayer) => LayerTensors,
  input: Tensor4D,
  requested: readonly number[],
  take: (layer: number, values: Float32Array) => Promise<void>,
  switches: PoolingSwitches | undefined,
): Promise<void> {
  const layers = mergeLayers(graph, new Set(requested), 'besides');
  const outputs = expectUses(layers, graph.length, requested);
  const values = new Map<number, Float32Array>();
  try {
    for (const { layer, inputs } of walk(layers, weightsOf, input, outputs)) {
      const { index } = layer;
      // The layer before a pooling is often asked for itself: it need not be brought here twice.
      switches?.pass(layer, () => values.get(layer.inputs[0]!) ?? (inputs[0]!.dataSync() as Float32Array));
      layer.inputs.forEach((i) => values.delete(i));
      if (!requested.includes(index)) continue;
      values.set(index, (await outputs.get(index).data()) as Float32Array);
      await take(index, values.get(index)!);
      outputs.release(index);
    }
  } finally {
    outputs.dispose();
  }
}

/** Expects the use of each output by the layers that the requested ones need, and one by the caller for each time it is requested. */
function expectUses(layers: readonly GraphLayer[], count: number, requested: readonly number[]): KeptMaps {
  const outputs = new KeptMaps();
  for (const index of requested) {
    if (!Number.isInteger(index) || index < 0 || index >= count)
      throw new Error(`there is no layer ${index}: the network has 0 to ${count - 1}`);
    outputs.expect(index);
  }
  for (const { index, inputs } of [...layers].reverse()) {
    if (outputs.isExpected(index)) inputs.forEach((input) => outputs.expect(input));
  }
  return outputs;
}
