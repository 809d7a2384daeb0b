import type { Tensor } from '@tensorflow/tfjs-core';
import { tf } from '../backend/tf.ts';
import { randomFrom } from '../random.ts';
import type { GraphLayer } from './graph.ts';
import type { Layer, LayerTensors } from './layers/layer-type.ts';

/** Layers that have weights of their own, in the order of the network. */
export const weightedLayers = (graph: readonly GraphLayer[]): readonly GraphLayer[] =>
  graph.filter(({ node, layer }) => layer.weights.length > 0 && node.sharesWeightsOf === undefined);

/** See `Model.trainedLayers`. Statistics alone are not trained. */
export function trainedLayers(graph: readonly GraphLayer[], layer: number): readonly number[] {
  const leading = new Set([layer]);
  for (let index = layer; index >= 0; index--) {
    if (leading.has(index)) for (const input of graph[index]!.inputs) leading.add(input);
  }
  return weightedLayers(graph)
    .filter(({ index, layer: { weights } }) => leading.has(index) && weights.some(({ fixed }) => !fixed))
    .map(({ index }) => index);
}

/** A layer's weights with what it makes of them once. All are kept. */
export function withDerived(layer: Layer, own: LayerTensors): LayerTensors {
  const derived = tf.tidy(() => {
    const made = layer.derive?.(tf, own) ?? {};
    for (const tensor of Object.values(made)) tf.keep(tensor);
    return made;
  });
  return { ...derived, ...own };
}

/** Channels that were normalized by statistics of their own: those of random kernels are alike. */
const STATISTICS: ReadonlySet<string> = new Set(['moving_mean', 'moving_variance']);

/** See `Model.shuffled`. @returns tensors of their own, also where they share values */
export async function shuffledWeights(
  graph: readonly GraphLayer[],
  weights: ReadonlyMap<string, LayerTensors>,
  layers: readonly number[],
  seed: number,
): Promise<Map<string, LayerTensors>> {
  const made = new Map<string, LayerTensors>();
  for (const { index, node, layer } of weightedLayers(graph)) {
    const tensors = weights.get(node.name)!;
    if (!layers.includes(index)) {
      made.set(
        node.name,
        Object.fromEntries(
          Object.entries(tensors).map(([name, tensor]) => [name, tf.keep(tf.clone(tensor))]),
        ),
      );
      continue;
    }
    const own: [string, Tensor][] = [];
    for (const { name, fixed } of layer.weights) {
      const values = Float32Array.from((await tensors[name]!.data()) as Float32Array);
      if (STATISTICS.has(name)) values.fill(values.reduce((sum, value) => sum + value, 0) / values.length);
      else if (!fixed) shuffle(values, `shuffled ${seed} ${node.name} ${name}`);
      own.push([name, tf.keep(tf.tensor(values, tensors[name]!.shape, 'float32'))]);
    }
    made.set(node.name, withDerived(layer, Object.fromEntries(own)));
  }
  return made;
}

/** In place (Fisher and Yates). */
function shuffle(values: Float32Array, seed: string): void {
  const random = randomFrom(seed);
  for (let last = values.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [values[last], values[other]] = [values[other]!, values[last]!];
  }
}
