import type { Objective } from '../../optim/objective.ts';
import { randomFrom } from '../../random.ts';
import { mapShape, planesOf } from '../maps.ts';
import { atInput } from './at-input.ts';
import type { Attribution, AttributionRequest } from './attribution-types.ts';
import { scoreOf } from './scoring.ts';

type Maps = Promise<readonly (readonly Attribution[])[]>;

/**
 * How much the score falls where a window of the input is set to 0 (after preprocessing), as the mean over all windows that
 * cover a pixel (Zeiler and Fergus 2014). Windows start at 0, stride, 2 · stride, … as long as they fit.
 */
export async function occlusion(
  { scoring, input, settings }: AttributionRequest,
  objectives: readonly Objective[],
): Maps {
  const { shape, data } = input;
  const [height, width, channels] = shape;
  const [tall, wide] = settings.window;
  const corners = startsOf(height, tall, settings.stride[0]).flatMap((top) =>
    startsOf(width, wide, settings.stride[1]).map((left) => [top, left] as const),
  );
  const fill = (index: number, into: Float32Array): void => {
    into.set(data);
    if (index === corners.length) return;
    const [top, left] = corners[index]!;
    for (let y = top; y < top + tall; y++) {
      into.fill(0, (y * width + left) * channels, (y * width + left + wide) * channels);
    }
  };
  const scores = await scoresOf(scoring, objectives, shape, corners.length + 1, fill);
  return objectives.map((_, i) => {
    const whole = scores[corners.length]![i]!;
    const total = new Float64Array(height * width);
    const count = new Uint32Array(height * width);
    for (const [index, [top, left]] of corners.entries()) {
      const fall = whole - scores[index]![i]!;
      for (let y = top; y < top + tall; y++) {
        for (let at = y * width + left; at < y * width + left + wide; at++) {
          total[at]! += fall;
          count[at]! += 1;
        }
      }
    }
    return [{ height, width, data: Float32Array.from(total, (sum, at) => sum / Math.max(count[at]!, 1)) }];
  });
}

function startsOf(side: number, window: number, stride: number): number[] {
  const starts: number[] = [];
  for (let at = 0; at + window <= side; at += stride) starts.push(at);
  return starts;
}

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

/** By input, then by objective. */
async function scoresOf(
  scoring: AttributionRequest['scoring'],
  objectives: readonly Objective[],
  shape: AttributionRequest['input']['shape'],
  count: number,
  fill: (index: number, into: Float32Array) => void,
): Promise<readonly (readonly number[])[]> {
  const scores: number[][] = [];
  for await (const output of scoring.outputs(shape, count, fill)) {
    scores.push(objectives.map((objective) => scoreOf(output, scoring.outputShape, objective)));
  }
  return scores;
}
