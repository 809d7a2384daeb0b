import type { Objective } from '../../optim/objective.ts';
import { randomFrom } from '../../random.ts';
import { atInput } from './at-input.ts';
import type { Attribution, AttributionMethod, AttributionRequest } from './attribution-types.ts';
import type { Curve } from './facts.ts';
import { rankCorrelation } from './rank-correlation.ts';
import type { Input, Scoring } from './scoring.ts';

/** Steps in which pixels are taken away or given back. */
const CURVE_STEPS = 16;
/** The blur of the image that insertion starts from: its radius as a fraction of the longer side. */
const BLUR = 1 / 16;

/** The sums of layers that are randomized, from the last one up: one, a quarter, half, three quarters and all. */
export function cascade(trained: readonly number[], whole: boolean): readonly (readonly number[])[] {
  const shares = whole ? [0, 0.25, 0.5, 0.75, 1] : [1];
  const counts = new Set(shares.map((share) => Math.max(1, Math.round(share * trained.length))));
  return trained.length === 0 ? [] : [...counts].map((count) => trained.slice(trained.length - count));
}

/** A map and what it is a map of. */
export interface Controlled {
  readonly objective: Objective;
  /** Of the maps of one input; -1: of the input. */
  readonly layer: number;
  readonly map: Attribution;
}

/**
 * The same maps of randomized networks (Adebayo et al. 2018): correlations by map, then by stage.
 * @param stages networks of the same architecture; of several in a stage, the mean
 */
export async function randomizedCorrelations(
  method: AttributionMethod,
  request: AttributionRequest,
  objectives: readonly Objective[],
  maps: readonly (readonly Attribution[])[],
  stages: readonly (readonly Scoring[])[],
): Promise<(number | null)[][][]> {
  const found = maps.map((ofObjective) => ofObjective.map((): (number | null)[] => []));
  for (const stage of stages) {
    const others: (readonly (readonly Attribution[])[])[] = [];
    for (const scoring of stage) others.push(await method({ ...request, scoring }, objectives));
    for (const [i, ofObjective] of maps.entries()) {
      for (const [k, map] of ofObjective.entries()) {
        const correlations = others.flatMap((other) => rankCorrelation(map.data, other[i]![k]!.data) ?? []);
        const sum = correlations.reduce((all, one) => all + one, 0);
        found[i]![k]!.push(correlations.length > 0 ? sum / correlations.length : null);
      }
    }
  }
  return found;
}

/** An image of one colour, the mean of all pixels, as the network gets it. */
export function uniformInput({ shape, data }: Input): Input {
  const mean = meanColour({ shape, data });
  return { shape, data: data.map((_, at) => mean[at % shape[2]]!) };
}

function meanColour({ shape, data }: Input): Float64Array {
  const mean = new Float64Array(shape[2]);
  const pixels = shape[0] * shape[1];
  for (let at = 0; at < data.length; at++) mean[at % shape[2]]! += data[at]! / pixels;
  return mean;
}

/**
 * Deletion and insertion (Petsiuk et al. 2018): pixels are replaced by the image's mean colour, or put into a blurred image, those
 * first where the map is highest.
 *
 * @param measure of the output for an image: what the curves show
 */
export async function curvesOf(
  scoring: Scoring,
  input: Input,
  { map, layer }: Pick<Controlled, 'map' | 'layer'>,
  measure: (output: Float32Array) => number,
  seed: number,
): Promise<{ readonly deletion: Curve; readonly insertion: Curve }> {
  const random = randomFrom(`attribution control ${seed}`);
  const noise = { ...map, data: map.data.map(() => random()) };
  const info = scoring.model.layers[layer];
  const orders = [map, noise].map((each) =>
    byImportance(info && layer >= 0 ? atInput(each, info, input.shape) : each.data),
  );
  const grounds = [uniformInput(input).data, blurred(input)];
  const steps = CURVE_STEPS + 1;
  const [, , channels] = input.shape;
  const pixels = input.shape[0] * input.shape[1];
  const fill = (index: number, into: Float32Array): void => {
    const inserting = Math.floor(index / (2 * steps)) === 1;
    const order = orders[Math.floor(index / steps) % 2]!;
    const changed = Math.round(((index % steps) / CURVE_STEPS) * pixels);
    const [from, to] = inserting ? [grounds[1]!, input.data] : [input.data, grounds[0]!];
    into.set(from);
    for (let i = 0; i < changed; i++) {
      for (let at = order[i]! * channels, k = 0; k < channels; k++, at++) into[at] = to[at]!;
    }
  };
  const scores: number[] = [];
  for await (const output of scoring.outputs(input.shape, 4 * steps, fill)) scores.push(measure(output));
  const of = (kind: 0 | 1): Curve => {
    const own = scores.slice(2 * kind * steps, (2 * kind + 1) * steps);
    const other = scores.slice((2 * kind + 1) * steps, (2 * kind + 2) * steps);
    return { scores: own.map(Math.fround), area: areaOf(own), random: areaOf(other) };
  };
  return { deletion: of(0), insertion: of(1) };
}

/** Mean height by the trapezoidal rule. */
export function areaOf(scores: readonly number[]): number {
  const inner = scores.reduce((sum, score) => sum + score, 0) - (scores[0]! + scores.at(-1)!) / 2;
  return inner / (scores.length - 1);
}

/** Pixels from the greatest value to the least; of equal ones, the first first. */
function byImportance(map: Float32Array): Uint32Array {
  return Uint32Array.from(map.keys()).sort((a, b) => map[b]! - map[a]! || a - b);
}

/** The mean over a square around each pixel, twice, of as much of it as lies in the image. */
function blurred({ shape, data }: Input): Float32Array {
  const radius = Math.max(1, Math.round(BLUR * Math.max(shape[0], shape[1])));
  let values = data;
  for (let round = 0; round < 2; round++) {
    values = boxAlong(values, shape, 0, radius);
    values = boxAlong(values, shape, 1, radius);
  }
  return values;
}

function boxAlong(data: Float32Array, shape: Input['shape'], axis: 0 | 1, radius: number): Float32Array {
  const [, width, channels] = shape;
  const length = shape[axis];
  const lines = shape[1 - axis]!;
  const step = axis === 0 ? width * channels : channels;
  const across = axis === 0 ? channels : width * channels;
  const out = new Float32Array(data.length);
  for (let line = 0; line < lines; line++) {
    for (let k = 0; k < channels; k++) {
      const first = line * across + k;
      let sum = 0;
      for (let i = 0; i < Math.min(radius, length); i++) sum += data[first + i * step]!;
      let count = Math.min(radius, length);
      for (let i = 0; i < length; i++) {
        if (i + radius < length) {
          sum += data[first + (i + radius) * step]!;
          count++;
        }
        if (i - radius - 1 >= 0) {
          sum -= data[first + (i - radius - 1) * step]!;
          count--;
        }
        out[first + i * step] = sum / count;
      }
    }
  }
  return out;
}
