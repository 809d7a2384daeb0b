import { tf } from '../backend/tf.ts';
import { copyToBackend, isCopied } from '../backend/upload.ts';
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
  const add: TakeWeights = (name, given, release) => {
    const own = release ? withoutLent(given) : given;
    const count = countBad(own);
    if (count) badWeights.push({ layer: name, count });
    const layer = layers.get(name);
    if (layer) weights.set(name, uploadLayer(layer, own));
    release?.();
  };
  try {
    for (const [name, own] of await loadWeights(add)) add(name, own);
    for (const name of layers.keys())
      if (!weights.has(name)) throw new Error(`layer "${name}" has no weights`);
  } catch (error) {
    for (const tensors of weights.values()) tf.dispose({ ...tensors });
    throw error;
  }
  return { weights, badWeights };
}

/** The same weights, in memory of their own where the backend may go on using it. */
const withoutLent = (given: NodeWeights): NodeWeights =>
  new Map(
    [...given].map(([name, { shape, data }]) => [
      name,
      { shape, data: isCopied(data) ? data : data.slice() },
    ]),
  );

function uploadLayer({ node, layer }: GraphLayer, own: NodeWeights): LayerTensors {
  const tensors = layer.weights.map(({ name, shape }) => {
    const stored = own.get(name);
    if (!stored) throw new Error(`layer "${node.name}" has no weights "${name}"`);
    return [name, tf.keep(copyToBackend(stored.data, shape))];
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
  // A constant of the module would be read anew for each of them.
  const exponent = EXPONENT;
  const whole = bits.length - 8;
  let at = 0;
  for (; at <= whole; at += 8) {
    const isBad =
      (bits[at]! & exponent) === exponent ||
      (bits[at + 1]! & exponent) === exponent ||
      (bits[at + 2]! & exponent) === exponent ||
      (bits[at + 3]! & exponent) === exponent ||
      (bits[at + 4]! & exponent) === exponent ||
      (bits[at + 5]! & exponent) === exponent ||
      (bits[at + 6]! & exponent) === exponent ||
      (bits[at + 7]! & exponent) === exponent;
    if (isBad) break;
  }
  return at;
}
