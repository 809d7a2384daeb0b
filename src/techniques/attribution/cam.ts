import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { channelMeans } from '../../backend/channel-means.ts';
import type { Tf } from '../../model/layers/basic-types.ts';
import type { CamMethod, Contribution } from './attribution-types.ts';

/**
 * Class activation maps: which places of a layer's maps speak for a score. Computed where maps and gradients are, since both together are
 * many times as large as what is made of them.
 */

interface Maps {
  /** The layer's output for one image, or that of the batch normalization behind it: float32 [1, height, width, channels]. */
  readonly map: Tensor4D;
  /** The derivative of the score with respect to each of its values, of the same shape. */
  readonly gradient: Tensor4D;
  /** What the batch normalization does to each channel of the layer's output: float32 [channels]. */
  readonly scaling?: { readonly scale: Tensor; readonly offset: Tensor } | undefined;
}

export type ClassActivation = {
  /** The map before its relu: float32 [1, height, width]. */
  readonly cam: Tensor;
  /** meanₓᵧ(g · A) of each channel: times the number of places, how much of the score its map stands for, to first order. */
  readonly means: Tensor;
};

/**
 * Called inside a tidy:
 *
 * - grad-cam: relu(Σₖ meanₓᵧ(gₖ) Aₖ) (Selvaraju et al. 2017)
 * - grad-cam++: relu(Σₖ wₖ Aₖ), wₖ = Σₓᵧ α relu(g), α = g² / (2 g² + ΣₓᵧA · g³), 0 where that divides by 0 (Chattopadhay et al. 2018)
 * - hires-cam: relu(Σₖ gₖ Aₖ) (Draelos and Carin 2020)
 * - layer-cam: relu(Σₖ relu(gₖ) Aₖ) (Jiang et al. 2021)
 *
 * None of them depends on a factor of Aₖ above 0, since gₖ has its inverse: behind a batch normalization its output less the offset is as
 * good as the layer's, but for the sign.
 */
export function classActivation(
  tf: Tf,
  method: CamMethod,
  { map, gradient, scaling }: Maps,
): ClassActivation {
  const [, height, width] = map.shape;
  const means = (values: Tensor): Tensor => channelMeans(values as Tensor4D);
  const sums = (values: Tensor): Tensor => tf.mul(means(values), height * width);
  /** Σₖ weightₖ Aₖ */
  const weighted = (maps: Tensor, weights: Tensor): Tensor => tf.sum(tf.mul(maps, weights), -1);
  const signed = (values: Tensor): Tensor => (scaling ? tf.mul(values, tf.sign(scaling.scale)) : values);
  /** A and g, of the same sign as the layer's. */
  const ofLayer = (): [Tensor, Tensor] => [
    signed(scaling ? tf.sub(map, scaling.offset) : map),
    signed(gradient),
  ];
  const slopes = means(gradient);
  const cam = {
    'grad-cam': () => {
      const sum = weighted(map, slopes);
      return scaling ? tf.sub(sum, tf.sum(tf.mul(slopes, scaling.offset))) : sum;
    },
    'grad-cam++': () => {
      const [maps, slope] = ofLayer();
      const squares = tf.square(slope);
      const cubes = tf.mul(squares, slope);
      const divisor = tf.add(tf.mul(squares, 2), tf.mul(sums(maps), cubes));
      return weighted(maps, sums(tf.mul(tf.divNoNan(squares, divisor), tf.relu(slope))));
    },
    'hires-cam': () => {
      const [maps, slope] = ofLayer();
      return weighted(maps, slope);
    },
    'layer-cam': () => {
      const [maps, slope] = ofLayer();
      return weighted(maps, tf.relu(slope));
    },
  }[method]();
  const products = means(tf.mul(gradient, map));
  return { cam, means: scaling ? tf.sub(products, tf.mul(slopes, scaling.offset)) : products };
}

/** NaN stays NaN. */
export const positive = (value: number): number => (value < 0 ? 0 : value);

/**
 * The channels that push the score up most, then those that push it down most, strongest first of each; at most `count` of both.
 * @param contributions of each channel
 */
export function strongestUnits(contributions: Float32Array, count: number): readonly Contribution[] {
  return [...strongest(contributions, count, 1), ...strongest(contributions, count, -1)];
}

/** Of those with this sign, the largest; of equal ones the first. A layer has many units, of which few are kept: nothing is sorted. */
function strongest(contributions: Float32Array, count: number, sign: 1 | -1): Contribution[] {
  const best: Contribution[] = [];
  for (let filter = 0; filter < contributions.length; filter++) {
    const contribution = contributions[filter]!;
    const size = sign * contribution;
    if (!(size > 0) || size === Infinity) continue;
    let at = best.length;
    while (at > 0 && sign * best[at - 1]!.contribution < size) at--;
    if (at < count) best.splice(at, 0, { filter, contribution });
    if (best.length > count) best.pop();
  }
  return best;
}
