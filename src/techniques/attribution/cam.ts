/**
 * Class activation maps: which places of a layer's maps speak for a score. All take maps and gradients as they stand in
 * memory, float32 [height, width, channels], and give float32 [height, width]; sums are made in float64.
 */

export const CAM_METHODS = ['grad-cam', 'grad-cam++', 'hires-cam', 'layer-cam'] as const;
export type CamMethod = (typeof CAM_METHODS)[number];

interface Maps {
  /** The layer's output for the image. */
  readonly map: Float32Array;
  /** The derivative of the score with respect to each of its values. */
  readonly gradient: Float32Array;
  readonly channels: number;
}

/**
 * - grad-cam: relu(Σₖ meanₓᵧ(gₖ) Aₖ) (Selvaraju et al. 2017)
 * - grad-cam++: relu(Σₖ wₖ Aₖ), wₖ = Σₓᵧ α relu(g), α = g² / (2 g² + ΣₓᵧA · g³), 0 where that divides by 0 (Chattopadhay et al. 2018)
 * - hires-cam: relu(Σₖ gₖ Aₖ) (Draelos and Carin 2020)
 * - layer-cam: relu(Σₖ relu(gₖ) Aₖ) (Jiang et al. 2021)
 */
export function classActivationMap(method: CamMethod, maps: Maps): Float32Array {
  const { map, gradient, channels } = maps;
  const places = map.length / channels;
  const weights = method === 'grad-cam' || method === 'grad-cam++' ? channelWeights(method, maps) : undefined;
  const result = new Float32Array(places);
  for (let place = 0, at = 0; place < places; place++) {
    let sum = 0;
    if (weights) for (let k = 0; k < channels; k++, at++) sum += weights[k]! * map[at]!;
    else if (method === 'layer-cam')
      for (let k = 0; k < channels; k++, at++) sum += positive(gradient[at]!) * map[at]!;
    else for (let k = 0; k < channels; k++, at++) sum += gradient[at]! * map[at]!;
    result[place] = positive(sum);
  }
  return result;
}

/** NaN stays NaN. */
const positive = (value: number): number => (value < 0 ? 0 : value);

function channelWeights(method: 'grad-cam' | 'grad-cam++', { map, gradient, channels }: Maps): Float64Array {
  const places = map.length / channels;
  const weights = new Float64Array(channels);
  if (method === 'grad-cam') {
    for (let at = 0; at < gradient.length;) {
      for (let k = 0; k < channels; k++, at++) weights[k]! += gradient[at]!;
    }
    return weights.map((sum) => sum / places);
  }
  const sums = new Float64Array(channels);
  for (let at = 0; at < map.length;) {
    for (let k = 0; k < channels; k++, at++) sums[k]! += map[at]!;
  }
  for (let at = 0; at < gradient.length;) {
    for (let k = 0; k < channels; k++, at++) {
      const g = gradient[at]!;
      const divisor = 2 * g * g + sums[k]! * g * g * g;
      if (divisor !== 0) weights[k]! += ((g * g) / divisor) * positive(g);
    }
  }
  return weights;
}

/** A channel and how much of the score its map stands for, to first order. */
export interface Contribution {
  readonly filter: number;
  /** Σₓᵧ g · A */
  readonly contribution: number;
}

/** The channels that push the score up most, then those that push it down most, strongest first of each; at most `count` of both. */
export function strongestUnits({ map, gradient, channels }: Maps, count: number): readonly Contribution[] {
  const sums = new Float64Array(channels);
  for (let at = 0; at < map.length;) {
    for (let k = 0; k < channels; k++, at++) sums[k]! += map[at]! * gradient[at]!;
  }
  const all = Array.from(sums, (contribution, filter): Contribution => ({ filter, contribution })).filter(
    ({ contribution }) => Number.isFinite(contribution) && contribution !== 0,
  );
  const sorted = all.toSorted((a, b) => b.contribution - a.contribution || a.filter - b.filter);
  const up = sorted.filter(({ contribution }) => contribution > 0).slice(0, count);
  const down = sorted
    .filter(({ contribution }) => contribution < 0)
    .reverse()
    .slice(0, count);
  return [...up, ...down].map(({ filter, contribution }) => ({
    filter,
    contribution: Math.fround(contribution),
  }));
}
