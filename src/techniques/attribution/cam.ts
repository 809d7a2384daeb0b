import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { Tf } from '../../model/layers/basic-types.ts';

/**
 * Class activation maps: which places of a layer's maps speak for a score. Computed where maps and gradients are, since both together are
 * many times as large as what is made of them.
 */

export const CAM_METHODS = ['grad-cam', 'grad-cam++', 'hires-cam', 'layer-cam'] as const;
export type CamMethod = (typeof CAM_METHODS)[number];

interface Maps {
  /** The layer's output for one image: float32 [1, height, width, channels]. */
  readonly map: Tensor4D;
  /** The derivative of the score with respect to each of its values, of the same shape, but for the scale. */
  readonly gradient: Tensor4D;
  /** What the gradient of each channel is still to be multiplied by: float32 [channels]. */
  readonly scale?: Tensor | undefined;
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
 */
export function classActivation(tf: Tf, method: CamMethod, { map, gradient, scale }: Maps): ClassActivation {
  const [, height, width] = map.shape;
  // The fastest mean over places of each backend.
  const means = (values: Tensor): Tensor =>
    tf.getBackend() === 'tensorflow'
      ? tf.mean(values, [1, 2], true)
      : tf.avgPool(values as Tensor4D, [height, width], 1, 'valid');
  const sums = (values: Tensor): Tensor => tf.mul(means(values), height * width);
  /** Σₖ weightₖ Aₖ */
  const weighted = (weights: Tensor): Tensor => tf.sum(tf.mul(map, weights), -1);
  const scaled = (values: Tensor): Tensor => (scale ? tf.mul(values, scale) : values);
  const products = tf.mul(gradient, map);
  const cam = {
    'grad-cam': () => weighted(scaled(means(gradient))),
    'grad-cam++': () => {
      const own = scaled(gradient);
      const squares = tf.square(own);
      const cubes = tf.mul(squares, own);
      const divisor = tf.add(tf.mul(squares, 2), tf.mul(sums(map), cubes));
      return weighted(sums(tf.mul(tf.divNoNan(squares, divisor), tf.relu(own))));
    },
    'hires-cam': () => tf.sum(scaled(products), -1),
    'layer-cam': () => tf.sum(tf.mul(map, tf.relu(scaled(gradient))), -1),
  }[method]();
  return { cam, means: scaled(means(products)) };
}

/** NaN stays NaN. */
export const positive = (value: number): number => (value < 0 ? 0 : value);

/** A channel and its contribution to the score. */
export interface Contribution {
  readonly filter: number;
  readonly contribution: number;
}

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
