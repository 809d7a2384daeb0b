import type { Tensor } from '@tensorflow/tfjs-core';
import { tf } from '../backend/tf.ts';
import type { GraphLayer } from './graph.ts';
import type { ActivationFunction } from './layers/activation-functions.ts';
import { fusedName } from './layers/convolution-options.ts';
import type { LayerTensors } from './layers/layer-type.ts';

/**
 * Convolutions with the batch normalization and the activation behind them as one layer each: the kernel takes in the scale, the
 * bias the offset. One operation in place of four, and one kernel to send a signal back through.
 */

/** What stands for several layers has the last one's index and output. */
export interface MergedLayer extends GraphLayer {
  /** In order; the first is the convolution. */
  readonly merges: readonly GraphLayer[];
}

export const isMerged = (layer: GraphLayer): layer is MergedLayer => 'merges' in layer;

const LINEAR: ActivationFunction = { name: 'linear', parameters: {} };

/**
 * The same layers in the same order, chains of them merged. What a merged layer gives does not depend on `ends` or `starts`.
 *
 * @param layers all that take a layer's output are among them
 * @param ends indices of layers whose outputs are needed: chains end there
 * @param starts where the output of a chain's first layer is needed, too: `apart` cuts the chain there; `besides` does so only before an
 * activation, and leaves a convolution that is scaled in the list, to be computed in addition: the scaled one rounds otherwise
 */
export function mergeLayers(
  layers: readonly GraphLayer[],
  ends: ReadonlySet<number>,
  starts: 'apart' | 'besides',
): readonly GraphLayer[] {
  const followers = new Map<number, GraphLayer[]>();
  for (const layer of layers)
    for (const input of layer.inputs) followers.set(input, [...(followers.get(input) ?? []), layer]);
  /** The one layer that takes a layer's output. */
  const next = ({ index }: GraphLayer, isEnd: boolean): GraphLayer | undefined => {
    const [only, ...others] = followers.get(index) ?? [];
    return isEnd || others.length > 0 ? undefined : only;
  };
  const merged = new Map<number, GraphLayer | undefined>();
  for (const first of layers) {
    const { merge } = first.layer;
    if (!merge) continue;
    const chain = [first];
    let activation = LINEAR;
    const follower = next(first, false);
    const isScaled = follower?.layer.scalesChannels ?? false;
    const second = ends.has(first.index) && (starts === 'apart' || !isScaled) ? undefined : follower;
    if (second && isScaled) chain.push(second);
    const last = chain.at(-1)!;
    const end = chain.length > 1 ? next(last, ends.has(last.index)) : second;
    const formula = end?.layer.formula;
    if (end && formula?.kind === 'function' && fusedName(formula.activation)) {
      chain.push(end);
      activation = formula.activation;
    }
    if (chain.length === 1) continue;
    const tail = chain.at(-1)!;
    for (const { index } of chain) merged.set(index, undefined);
    if (ends.has(first.index)) merged.set(first.index, first);
    const layer = { ...tail.layer, ...merge.operation(activation) };
    merged.set(tail.index, { ...tail, inputs: first.inputs, layer, merges: chain } as MergedLayer);
  }
  return layers.flatMap((layer) => {
    const found = merged.has(layer.index) ? merged.get(layer.index) : layer;
    return found ? [found] : [];
  });
}

/** Weights of merged layers, made when they are first asked for. */
export class MergedWeights {
  readonly #made = new Map<string, LayerTensors>();

  constructor(private readonly weightsOf: (layer: GraphLayer) => LayerTensors) {}

  of({ merges: [first, ...others] }: MergedLayer): LayerTensors {
    const key = [first!, ...others].map(({ node }) => node.sharesWeightsOf ?? node.name).join('\n');
    const known = this.#made.get(key);
    if (known) return known;
    const scaling = others.find(({ layer }) => layer.scalesChannels);
    const own = this.weightsOf(first!);
    if (!scaling) return own;
    const { scale, offset } = this.weightsOf(scaling) as { scale: Tensor; offset: Tensor };
    const made = tf.tidy(() => {
      const { bias } = own;
      const weights: LayerTensors = {
        ...first!.layer.merge!.scale(tf, own, scale),
        bias: bias ? tf.add(tf.mul(bias, scale), offset) : tf.clone(offset),
      };
      for (const [name, tensor] of Object.entries(weights)) if (tensor !== own[name]) tf.keep(tensor);
      return weights;
    });
    this.#made.set(key, made);
    return made;
  }

  /** Before the layers' own weights, some of which are among these. */
  dispose(): void {
    for (const weights of this.#made.values()) tf.dispose({ ...weights });
    this.#made.clear();
  }
}
