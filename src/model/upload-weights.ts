import { tf } from '../backend/tf.ts';
import { copyToBackend, moveToBackend } from '../backend/upload.ts';
import type { GraphLayer } from './graph.ts';
import type { LayerTensors } from './layers/layer-type.ts';
import type { Model } from './model.ts';
import type { NodeWeights, TakeWeights } from './network.ts';
import type { LoadableModel } from './open.ts';
import { withDerived } from './shuffled-weights.ts';

export interface UploadedWeights {
  /** By the name of the layer. */
  readonly weights: Map<string, LayerTensors>;
  readonly badWeights: Model['badWeights'];
}

/** Loads a model's weights onto the current backend, each layer's while the next one's are read. */
export async function uploadWeights({ graph, loadWeights }: LoadableModel): Promise<UploadedWeights> {
  const layers = new Map(
    graph
      .filter(({ node, layer }) => layer.weights.length > 0 && node.sharesWeightsOf === undefined)
      .map((layer) => [layer.node.name, layer]),
  );
  const weights = new Map<string, LayerTensors>();
  const badWeights: { layer: string; count: number }[] = [];
  const add = (name: string, own: NodeWeights, move: typeof copyToBackend): void => {
    const count = countBad(own);
    if (count) badWeights.push({ layer: name, count });
    const layer = layers.get(name);
    if (layer) weights.set(name, uploadLayer(layer, own, move));
  };
  // What is handed over belongs to whoever takes it; other weights may be used elsewhere.
  const take: TakeWeights = (name, own) => add(name, own, moveToBackend);
  try {
    for (const [name, own] of await loadWeights(take)) add(name, own, copyToBackend);
    for (const name of layers.keys())
      if (!weights.has(name)) throw new Error(`layer "${name}" has no weights`);
  } catch (error) {
    for (const tensors of weights.values()) tf.dispose({ ...tensors });
    throw error;
  }
  return { weights, badWeights };
}

function uploadLayer(
  { node, layer }: GraphLayer,
  own: NodeWeights,
  move: typeof copyToBackend,
): LayerTensors {
  const tensors = layer.weights.map(({ name, shape }) => {
    const stored = own.get(name);
    if (!stored) throw new Error(`layer "${node.name}" has no weights "${name}"`);
    return [name, tf.keep(move(stored.data, shape))];
  });
  return withDerived(layer, Object.fromEntries(tensors) as LayerTensors);
}

/** All bits of a float32's exponent: set where it is infinite or no number. */
const EXPONENT = 0x7f800000;

function countBad(weights: NodeWeights): number {
  let count = 0;
  for (const { data } of weights.values()) {
    const bits = new Int32Array(data.buffer, data.byteOffset, data.length);
    for (let at = firstBad(bits); at < bits.length; at++) if ((bits[at]! & EXPONENT) === EXPONENT) count++;
  }
  return count;
}

/** Where the first one is, or up to seven places before it. Eight at a time: all weights of a network are gone through. */
function firstBad(bits: Int32Array): number {
  const whole = bits.length - 8;
  let at = 0;
  for (; at <= whole; at += 8) {
    const isBad =
      (bits[at]! & EXPONENT) === EXPONENT ||
      (bits[at + 1]! & EXPONENT) === EXPONENT ||
      (bits[at + 2]! & EXPONENT) === EXPONENT ||
      (bits[at + 3]! & EXPONENT) === EXPONENT ||
      (bits[at + 4]! & EXPONENT) === EXPONENT ||
      (bits[at + 5]! & EXPONENT) === EXPONENT ||
      (bits[at + 6]! & EXPONENT) === EXPONENT ||
      (bits[at + 7]! & EXPONENT) === EXPONENT;
    if (isBad) break;
  }
  return at;
}
