import quickselect from 'quickselect';
import type { ImagePixels } from '../../model/model.ts';
import type { Box } from '../technique.ts';

/** A small picture as numbers: [height, width, channels] row-major. */
export interface Cell {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Float32Array;
}

type Rgb = readonly [number, number, number];

/**
 * A piece of a picture in red, green and blue, 0..255. Parts of the box beyond the picture get the colour that the network pads
 * with.
 */
export function cutPixels({ width, height, channels, data }: ImagePixels, box: Box, padding: Rgb): Cell {
  const cell = new Float32Array(box.width * box.height * 3);
  let to = 0;
  for (let y = box.y; y < box.y + box.height; y++) {
    for (let x = box.x; x < box.x + box.width; x++) {
      const inside = y >= 0 && y < height && x >= 0 && x < width;
      const from = (y * width + x) * channels;
      for (let c = 0; c < 3; c++) {
        cell[to++] = inside ? data[from + (channels === 3 ? c : 0)]! : padding[c]!;
      }
    }
  }
  return { width: box.width, height: box.height, channels: 3, data: cell };
}

/**
 * A piece of values that are known for a region of the input, and are zero elsewhere.
 * @param values float32 [region.height, region.width, channels]
 */
export function cutValues(values: Float32Array, region: Box, channels: number, box: Box): Cell {
  const cell = new Float32Array(box.width * box.height * channels);
  const top = Math.max(box.y, region.y);
  const bottom = Math.min(box.y + box.height, region.y + region.height);
  const left = Math.max(box.x, region.x);
  const right = Math.min(box.x + box.width, region.x + region.width);
  for (let y = top; y < bottom && left < right; y++) {
    const from = ((y - region.y) * region.width + (left - region.x)) * channels;
    const row = values.subarray(from, from + (right - left) * channels);
    cell.set(row, ((y - box.y) * box.width + (left - box.x)) * channels);
  }
  return { width: box.width, height: box.height, channels, data: cell };
}

/** Enlarged by a whole factor with its pixels as squares, or averaged down: whatever brings it to this size. */
export function resize(cell: Cell, width: number, height: number): Cell {
  if (cell.width === width && cell.height === height) return cell;
  const { channels } = cell;
  const columns = overlaps(cell.width, width);
  const rows = overlaps(cell.height, height);
  const data = new Float32Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const to = (y * width + x) * channels;
      for (const [row, tall] of rows[y]!) {
        for (const [column, wide] of columns[x]!) {
          const from = (row * cell.width + column) * channels;
          const weight = tall * wide;
          for (let c = 0; c < channels; c++) data[to + c]! += weight * cell.data[from + c]!;
        }
      }
    }
  }
  return { width, height, channels, data };
}

/** For each of `to` stretches of a line of `from` pixels: the pixels it covers, with weights that add up to 1. */
function overlaps(
  from: number,
  to: number,
): readonly (readonly (readonly [pixel: number, weight: number])[])[] {
  const length = from / to;
  return Array.from({ length: to }, (_, index) => {
    if (to % from === 0) return [[Math.floor(index / (to / from)), 1] as const];
    const [start, end] = [index * length, (index + 1) * length];
    const found: (readonly [number, number])[] = [];
    for (let pixel = Math.floor(start); pixel < Math.min(from, Math.ceil(end)); pixel++) {
      const weight = Math.min(end, pixel + 1) - Math.max(start, pixel);
      if (weight > 1e-9) found.push([pixel, weight / length]);
    }
    return found;
  });
}

/** Of a projection's values: single ones beyond leave the others some contrast. */
const STRETCHED = 0.995;

/**
 * Signed values as a picture on grey, stretched to their own contrast as in Zeiler & Fergus (2014): zero is the middle grey, and
 * all but the 0.5 % farthest from zero lie between black and white.
 *
 * @param order which channel of the values shows red, which green, and which blue; one channel is grey
 */
export function onGrey(cell: Cell, order: Rgb): Cell {
  const { width, height, channels } = cell;
  const farthest = farthestOf(cell.data);
  const scale = farthest > 0 ? 127.5 / farthest : 0;
  const data = new Float32Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) {
      const value = cell.data[i * channels + (channels === 3 ? order[c]! : 0)]!;
      const shade = 127.5 + (Number.isFinite(value) ? value * scale : 0);
      data[i * 3 + c] = Math.min(Math.max(shade, 0), 255);
    }
  }
  return { width, height, channels: 3, data };
}

/** Of the finite values: how far all but the 0.5 % farthest lie from zero; where that is zero, the farthest of all. */
function farthestOf(data: Float32Array): number {
  const sizes = new Float32Array(data.length);
  let count = 0;
  let most = 0;
  // One loop: a typed array's own `map` and `filter` take twenty times as long.
  for (const value of data) {
    const size = Math.abs(value);
    if (!(size < Infinity)) continue;
    sizes[count++] = size;
    if (size > most) most = size;
  }
  if (count === 0) return 0;
  const rank = Math.ceil(STRETCHED * count) - 1;
  // Its type asks for an array, but it only swaps elements.
  quickselect(sizes as unknown as number[], rank, 0, count - 1);
  return sizes[rank]! || most;
}
