import type { Bitmap, FloatMap } from './bitmap.ts';
import { colorIndex, NAN_COLOR, type Lut, type Range } from './colormap.ts';
import { contourLevels } from './levels.ts';

/** Samples a pixel in each direction: edges of bands get nine shades. */
const SAMPLES = 3;

/**
 * Filled contours, as matplotlib's `contourf(map, levels)` with y downwards: bands between equally spaced round levels,
 * each in the colour of its middle within the range from the first level to the last. Between the map's values the height is
 * linear in both directions; a value stands at the middle of its pixel, so that a contour lies exactly over the heat map
 * of the same map (contourf would stretch the outermost values to the edge). Edges are smooth at any size. Where a
 * neighbouring value is not finite, NAN_COLOR; where all values are alike, the lowest colour.
 *
 * @param range of the values; decides the levels. Values beyond it take the outermost band.
 * @param count requested number of levels, as in contourf
 * @param size of the image to be made, in pixels
 */
export function paintContours(
  map: FloatMap,
  lut: Lut,
  range: Range,
  count: number,
  size: { readonly width: number; readonly height: number },
): Bitmap {
  const { width, height } = size;
  const flat = !(range[1] > range[0]);
  const levels = flat ? [range[0], range[0] + 1] : contourLevels(range, count);
  const bands = flat ? [lut.subarray(0, 3)] : bandColors(levels, lut);
  const first = levels[0]!;
  const perBand = 1 / (levels[1]! - first);
  const last = bands.length - 1;

  const across = positions(map.width, width);
  const rgb = new Uint8Array(width * height * 3);
  // Band of every sample of one row of pixels; -1 where a value is missing.
  const samples = new Int16Array(width * SAMPLES * SAMPLES);
  const line = new Float64Array(map.width);
  const down = positions(map.height, height);
  for (let y = 0; y < height; y++) {
    for (let step = 0; step < SAMPLES; step++) {
      blendRows(map, down, y * SAMPLES + step, line);
      for (let x = 0; x < width * SAMPLES; x++) {
        const from = across.from[x]!;
        const left = line[from]!;
        const value = left + (line[across.to[x]!]! - left) * across.part[x]!;
        const band = (value - first) * perBand;
        samples[x * SAMPLES + step] = band - band !== 0 ? -1 : band >= last ? last : band > 0 ? band | 0 : 0;
      }
    }
    mixRow(samples, bands, rgb.subarray(y * width * 3, (y + 1) * width * 3));
  }
  return { width, height, rgb };
}

function bandColors(levels: readonly number[], lut: Lut): Uint8Array[] {
  const range: Range = [levels[0]!, levels.at(-1)!];
  return levels.slice(1).map((upper, index) => {
    const at = colorIndex((levels[index]! + upper) / 2, range) * 3;
    return lut.subarray(at, at + 3);
  });
}

interface Positions {
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly part: Float64Array;
}

/** For every sample along a side: the two values it lies between, and how far from the first. */
function positions(values: number, pixels: number): Positions {
  const count = pixels * SAMPLES;
  const from = new Int32Array(count);
  const to = new Int32Array(count);
  const part = new Float64Array(count);
  for (let index = 0; index < count; index++) {
    const at = Math.min(Math.max(((index + 0.5) / count) * values - 0.5, 0), values - 1);
    from[index] = Math.floor(at);
    to[index] = Math.min(from[index]! + 1, values - 1);
    part[index] = at - from[index]!;
  }
  return { from, to, part };
}

function blendRows(map: FloatMap, down: Positions, sample: number, line: Float64Array): void {
  const upper = down.from[sample]! * map.width;
  const lower = down.to[sample]! * map.width;
  const part = down.part[sample]!;
  for (let x = 0; x < map.width; x++) {
    const above = map.data[upper + x]!;
    line[x] = above + (map.data[lower + x]! - above) * part;
  }
}

/** The mean colour of each pixel's samples; all but the pixels on an edge have only one. */
function mixRow(samples: Int16Array, bands: readonly Uint8Array[], row: Uint8Array): void {
  const each = SAMPLES * SAMPLES;
  for (let at = 0, to = 0; to < row.length; at += each, to += 3) {
    const band = samples[at]!;
    let alike = 1;
    while (alike < each && samples[at + alike] === band) alike++;
    if (alike === each) {
      row.set(band < 0 ? NAN_COLOR : bands[band]!, to);
      continue;
    }
    let red = 0;
    let green = 0;
    let blue = 0;
    for (let index = at; index < at + each; index++) {
      const color = samples[index]! < 0 ? NAN_COLOR : bands[samples[index]!]!;
      red += color[0]!;
      green += color[1]!;
      blue += color[2]!;
    }
    row[to] = Math.round(red / each);
    row[to + 1] = Math.round(green / each);
    row[to + 2] = Math.round(blue / each);
  }
}
