import type { Objective } from '../../optim/objective.ts';
import { randomFrom } from '../../random.ts';
import { mapShape, planesOf } from '../maps.ts';
import { atInput } from './at-input.ts';
import type { Attribution, AttributionRequest } from './attribution-types.ts';
import { scoresOf } from './scores-of.ts';

type Maps = Promise<readonly (readonly Attribution[])[]>;

/**
 * The mean score of the input behind random masks, weighted by how much of a pixel each lets through (Petsiuk et al. 2018): masks of
 * `cells` x `cells` cells, each kept with the probability `kept`, bilinearly enlarged and shifted by up to one cell.
 */
export async function rise(
  { scoring, input, settings }: AttributionRequest,
  objectives: readonly Objective[],
): Maps {
  const { shape, data } = input;
  const [height, width, channels] = shape;
  const { samples } = settings;
  const scores = await scoresOf(scoring, objectives, shape, samples, (index, into) => {
    const mask = riseMask(settings, index, height, width);
    for (let at = 0; at < into.length; at++) into[at] = data[at]! * mask[Math.floor(at / channels)]!;
  });
  return objectives.map((_, i) => {
    const total = new Float64Array(height * width);
    const weight = new Float64Array(height * width);
    for (let index = 0; index < samples; index++) {
      const mask = riseMask(settings, index, height, width);
      const score = scores[index]![i]!;
      for (let at = 0; at < total.length; at++) {
        total[at]! += score * mask[at]!;
        weight[at]! += mask[at]!;
      }
    }
    return [
      {
        height,
        width,
        data: Float32Array.from(total, (sum, at) => (weight[at]! > 0 ? sum / weight[at]! : 0)),
      },
    ];
  });
}

/** float32 [height, width], 0..1: the same for the same seed and index. */
export function riseMask(
  { cells, kept, seed }: Pick<AttributionRequest['settings'], 'cells' | 'kept' | 'seed'>,
  index: number,
  height: number,
  width: number,
): Float32Array {
  const random = randomFrom(`rise ${seed} ${index}`);
  const [tall, wide] = [Math.ceil(height / cells), Math.ceil(width / cells)];
  const side = cells + 1;
  const grid = Float32Array.from({ length: side * side }, () => (random() < kept ? 1 : 0));
  const [down, across] = [Math.floor(random() * tall), Math.floor(random() * wide)];
  const mask = new Float32Array(height * width);
  for (let y = 0, at = 0; y < height; y++) {
    const row = (y + down) / tall;
    const top = Math.min(Math.floor(row), side - 2);
    for (let x = 0; x < width; x++, at++) {
      const column = (x + across) / wide;
      const left = Math.min(Math.floor(column), side - 2);
      const [below, beside] = [Math.min(row - top, 1), Math.min(column - left, 1)];
      const from = top * side + left;
      const upper = grid[from]! * (1 - beside) + grid[from + 1]! * beside;
      const lower = grid[from + side]! * (1 - beside) + grid[from + side + 1]! * beside;
      mask[at] = upper * (1 - below) + lower * below;
    }
  }
  return mask;
}

/**
 * relu(Σₖ softmaxₖ(sₖ) Aₖ), where sₖ is the score of the input seen through channel k's map: at the input's size, scaled to 0..1 (Wang
 * et al. 2020). A pass for every channel.
 */
export async function scoreCam(
  { scoring, input, layers }: AttributionRequest,
  objectives: readonly Objective[],
): Maps {
  const { model, tf } = scoring;
  const { shape, data } = input;
  const found: Attribution[][] = objectives.map(() => []);
  for (const index of layers) {
    const layer = model.layers[index]!;
    const [height, width, channels] = mapShape(layer);
    const tensor = tf.tensor4d(data, [1, ...shape]);
    const [output] = model.forward(tensor, [index]);
    const maps = (await output!.data()) as Float32Array;
    tf.dispose([tensor, output!]);
    const planes = planesOf(maps, channels);
    const scores = await scoresOf(scoring, objectives, shape, channels, (k, into) => {
      const mask = toUnit(atInput({ height, width, data: planes[k]! }, layer, shape));
      for (let at = 0; at < into.length; at++) into[at] = data[at]! * mask[Math.floor(at / shape[2])]!;
    });
    for (const i of objectives.keys()) {
      const weights = softmax(scores.map((each) => each[i]!));
      const sums = new Float64Array(height * width);
      for (const [k, plane] of planes.entries()) {
        for (let at = 0; at < sums.length; at++) sums[at]! += weights[k]! * plane[at]!;
      }
      found[i]!.push({ height, width, data: Float32Array.from(sums, (sum) => (sum < 0 ? 0 : sum)) });
    }
  }
  return found;
}

/** Scaled so that the least value is 0 and the greatest 1; all 0 where they are alike. */
function toUnit(map: Float32Array): Float32Array {
  let [low, high] = [Infinity, -Infinity];
  for (let at = 0; at < map.length; at++) {
    const value = map[at]!;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return high > low ? map.map((value) => (value - low) / (high - low)) : new Float32Array(map.length);
}

export function softmax(values: readonly number[]): number[] {
  const highest = values.reduce((most, value) => Math.max(most, value), -Infinity);
  const powers = values.map((value) => Math.exp(value - highest));
  const sum = powers.reduce((all, power) => all + power, 0);
  return powers.map((power) => power / sum);
}
