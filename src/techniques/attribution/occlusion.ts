import type { Objective } from '../../optim/objective.ts';
import type { Attribution, AttributionRequest } from './attribution-types.ts';
import { scoresOf } from './scores-of.ts';

type Pair = readonly [height: number, width: number];
type Corner = readonly [top: number, left: number];

/** Windows of one size. */
interface Windows {
  readonly size: Pair;
  readonly corners: readonly Corner[];
}

/** Of all fine windows, the share that is covered. */
const REFINED = 1 / 8;

/**
 * How much the score falls where a window of the input is set to 0 (after preprocessing), as the mean over all windows that
 * cover a pixel (Zeiler and Fergus 2014). Windows start at 0, stride, 2 · stride, … as long as they fit. Coarse to fine, windows of half
 * the size follow where the first ones changed the score most, and their means are added.
 */
export async function occlusion(
  request: AttributionRequest,
  objectives: readonly Objective[],
): Promise<readonly (readonly Attribution[])[]> {
  const { input, settings } = request;
  const [height, width] = input.shape;
  const coarse = windowsOf([height, width], settings.window, settings.stride);
  const none: Windows = { size: [0, 0], corners: [] };
  const scores = await scoresBehind(request, objectives, [coarse, none]);
  const whole = scores.at(-1)!;
  const maps = objectives.map((_, i) =>
    meanOver(
      coarse,
      [height, width],
      coarse.corners.map((_, k) => whole[i]! - scores[k]![i]!),
    ),
  );
  const wrap = (data: Float64Array): Attribution[] => [{ height, width, data: Float32Array.from(data) }];
  if (!settings.coarseToFine) return maps.map(wrap);

  const all = windowsOf([height, width], halved(settings.window), halved(settings.stride));
  const chosen = maps.map((map) => strongest(all, map, width));
  // Each window once, whichever scores it is chosen for.
  const shared = [...new Set(chosen.flat())].sort((a, b) => a - b);
  const fine = { size: all.size, corners: shared.map((index) => all.corners[index]!) };
  const finer = shared.length > 0 ? await scoresBehind(request, objectives, [fine]) : [];
  const at = new Map(shared.map((index, k) => [index, k]));
  return maps.map((map, i) => {
    const own = { size: all.size, corners: chosen[i]!.map((index) => all.corners[index]!) };
    const falls = chosen[i]!.map((index) => whole[i]! - finer[at.get(index)!]![i]!);
    const added = meanOver(own, [height, width], falls);
    return wrap(map.map((value, pixel) => value + added[pixel]!));
  });
}

const halved = ([down, across]: Pair): Pair => [Math.max(1, down >> 1), Math.max(1, across >> 1)];

function windowsOf([height, width]: Pair, size: Pair, stride: Pair): Windows {
  const starts = (side: number, window: number, step: number): number[] =>
    Array.from({ length: Math.floor((side - window) / step) + 1 }, (_, i) => i * step);
  const corners = starts(height, size[0], stride[0]).flatMap((top) =>
    starts(width, size[1], stride[1]).map((left): Corner => [top, left]),
  );
  return { size, corners };
}

/** Scores by window, then by objective: of the windows of each list in turn; a list without windows is the input itself. */
function scoresBehind(
  { scoring, input }: AttributionRequest,
  objectives: readonly Objective[],
  lists: readonly Windows[],
): Promise<readonly (readonly number[])[]> {
  const { shape, data } = input;
  const [, width, channels] = shape;
  const masks = lists.flatMap(({ size, corners }) =>
    corners.length > 0 ? corners.map((corner) => ({ size, corner })) : [{ size, corner: [0, 0] as Corner }],
  );
  return scoresOf(scoring, objectives, shape, masks.length, (index, into) => {
    into.set(data);
    const { size, corner } = masks[index]!;
    for (let y = corner[0]; y < corner[0] + size[0]; y++) {
      const from = y * width + corner[1];
      into.fill(0, from * channels, (from + size[1]) * channels);
    }
  });
}

/** Positions of the windows over the values of greatest magnitude, in their order; none over zeros. */
function strongest({ size, corners }: Windows, map: Float64Array, width: number): number[] {
  const magnitudes = corners.map((corner) => {
    let sum = 0;
    forEachPixel(size, corner, width, (at) => (sum += Math.abs(map[at]!)));
    return sum;
  });
  return [...magnitudes.keys()]
    .filter((index) => magnitudes[index]! > 0)
    .sort((a, b) => magnitudes[b]! - magnitudes[a]! || a - b)
    .slice(0, Math.ceil(REFINED * corners.length))
    .sort((a, b) => a - b);
}

/** float64 [height, width]: of each pixel the mean over the windows that cover it; 0 where none does. */
function meanOver(
  { size, corners }: Windows,
  [height, width]: Pair,
  values: readonly number[],
): Float64Array {
  const total = new Float64Array(height * width);
  const count = new Uint32Array(height * width);
  for (const [index, corner] of corners.entries()) {
    forEachPixel(size, corner, width, (at) => {
      total[at]! += values[index]!;
      count[at]! += 1;
    });
  }
  return total.map((sum, at) => sum / Math.max(count[at]!, 1));
}

function forEachPixel(
  [tall, wide]: Pair,
  [top, left]: Corner,
  width: number,
  visit: (at: number) => void,
): void {
  for (let y = top; y < top + tall; y++) {
    for (let at = y * width + left; at < y * width + left + wide; at++) visit(at);
  }
}
