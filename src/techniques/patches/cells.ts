import quickselect from 'quickselect';
import type { ImagePixels } from '../../model/model.ts';
import type { Box } from '../technique.ts';

/** A small image as numbers: [height, width, channels] row-major. */
export interface Cell {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Float32Array;
  /** The part that lies in the image; the rest is zero. Absent: all of it. */
  readonly inside?: Box;
}

type Rgb = readonly [number, number, number];

/** A piece of an image in red, green and blue, 0..255. */
export function cutPixels({ width, height, channels, data }: ImagePixels, box: Box): Cell {
  const inside = insideOf(box, { x: 0, y: 0, width, height });
  const cell = new Float32Array(box.width * box.height * 3);
  for (let row = inside.y; row < inside.y + inside.height; row++) {
    let from = ((box.y + row) * width + box.x + inside.x) * channels;
    let to = (row * box.width + inside.x) * 3;
    for (let column = 0; column < inside.width; column++, from += channels) {
      for (let c = 0; c < 3; c++) cell[to++] = data[from + (channels === 3 ? c : 0)]!;
    }
  }
  return { width: box.width, height: box.height, channels: 3, data: cell, inside };
}

/** Values that are known for a region of the input, and are zero elsewhere. */
export interface RegionValues {
  /** float32 [region.height, region.width, channels] */
  readonly values: Float32Array;
  readonly region: Box;
  readonly channels: number;
}

/** A piece of them. @param size of the whole input */
export function cutValues(
  { values, region, channels }: RegionValues,
  box: Box,
  [height, width]: readonly number[],
): Cell {
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
  const inside = insideOf(box, { x: 0, y: 0, width: width!, height: height! });
  return { width: box.width, height: box.height, channels, data: cell, inside };
}

/** The part of a box that lies in another, counted from the box's own corner; without area where there is none. */
function insideOf(box: Box, other: Box): Box {
  const along = (
    start: number,
    size: number,
    from: number,
    length: number,
  ): readonly [first: number, count: number] => {
    const first = Math.min(Math.max(from - start, 0), size);
    return [first, Math.max(0, Math.min(from + length - start, size) - first)];
  };
  const [x, width] = along(box.x, box.width, other.x, other.width);
  const [y, height] = along(box.y, box.height, other.y, other.height);
  return { x, y, width, height };
}

/**
 * Enlarged by a whole factor with its pixels as squares, or averaged down: whatever brings it to this size. What lies outside the
 * image has no part in an average; a pixel more than half of which lies outside is outside.
 */
export function resize(cell: Cell, width: number, height: number): Cell {
  if (cell.width === width && cell.height === height) return cell;
  const { channels, inside = wholeOf(cell) } = cell;
  const columns = overlaps(cell.width, width, inside.x, inside.width);
  const rows = overlaps(cell.height, height, inside.y, inside.height);
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
  const [left, across] = filled(columns);
  const [top, down] = filled(rows);
  return { width, height, channels, data, inside: { x: left, y: top, width: across, height: down } };
}

function wholeOf({ width, height }: Cell): Box {
  return { x: 0, y: 0, width, height };
}

type Overlap = readonly (readonly [pixel: number, weight: number])[];

/** Of a stretch, the share that must lie in the image for it to count as inside: half, but for rounding. */
const SHARE_INSIDE = 0.5 - 1e-9;

/**
 * For each of `to` stretches of a line of `from` pixels: the pixels it covers among the `count` from `first` on, with weights that
 * add up to 1; none where too little of it lies there.
 */
function overlaps(from: number, to: number, first: number, count: number): readonly Overlap[] {
  const length = from / to;
  const isInside = (pixel: number): boolean => pixel >= first && pixel < first + count;
  return Array.from({ length: to }, (_, index): Overlap => {
    if (to % from === 0) {
      const pixel = Math.floor(index / (to / from));
      return isInside(pixel) ? [[pixel, 1]] : [];
    }
    const [start, end] = [index * length, (index + 1) * length];
    const found: (readonly [number, number])[] = [];
    for (let pixel = Math.floor(start); pixel < Math.min(from, Math.ceil(end)); pixel++) {
      const weight = Math.min(end, pixel + 1) - Math.max(start, pixel);
      if (weight > 1e-9) found.push([pixel, weight / length]);
    }
    const counted = found.filter(([pixel]) => isInside(pixel));
    if (counted.length === found.length) return found;
    const share = counted.reduce((sum, [, weight]) => sum + weight, 0);
    return share < SHARE_INSIDE ? [] : counted.map(([pixel, weight]) => [pixel, weight / share] as const);
  });
}

/** Where the stretches lie that cover something. */
function filled(stretches: readonly Overlap[]): readonly [first: number, count: number] {
  const count = stretches.filter(({ length }) => length > 0).length;
  return [count > 0 ? stretches.findIndex(({ length }) => length > 0) : 0, count];
}

/** Pixels from one stripe to the next, and of a stripe. */
const STRIPES = { period: 8, width: 3 };
/** Neutral, and neither the paper between cells, nor an empty cell, nor the zero of a projection. */
const STRIPE_GREY = 172;
const GROUND_GREY = 212;

/** A cell in red, green and blue whose part outside the image is hatched: no image looks like that, and no projection. */
export function hatchOutside(cell: Cell): Cell {
  const { width, height, inside = wholeOf(cell) } = cell;
  if (inside.width === width && inside.height === height) return cell;
  const data = cell.data.slice();
  for (let y = 0; y < height; y++) {
    const rowInside = y >= inside.y && y < inside.y + inside.height;
    for (let x = 0; x < width; x++) {
      if (rowInside && x >= inside.x && x < inside.x + inside.width) continue;
      const grey = (x + y) % STRIPES.period < STRIPES.width ? STRIPE_GREY : GROUND_GREY;
      data.fill(grey, (y * width + x) * 3, (y * width + x + 1) * 3);
    }
  }
  return { ...cell, data };
}

/** Of a projection's values: single ones beyond leave the others some contrast. */
const STRETCHED = 0.995;

/**
 * Signed values as an image on grey, stretched to their own contrast as in Zeiler & Fergus (2014): zero is the middle grey, and
 * all but the 0.5 % farthest from zero lie between black and white. Only values inside the image count.
 *
 * @param order which channel of the values shows red, which green, and which blue; one channel is grey
 */
export function onGrey(cell: Cell, order: Rgb): Cell {
  const { width, height, channels } = cell;
  const farthest = farthestOf(cell);
  const scale = farthest > 0 ? 127.5 / farthest : 0;
  const data = new Float32Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) {
      const value = cell.data[i * channels + (channels === 3 ? order[c]! : 0)]!;
      const shade = 127.5 + (Number.isFinite(value) ? value * scale : 0);
      data[i * 3 + c] = Math.min(Math.max(shade, 0), 255);
    }
  }
  return { ...cell, channels: 3, data };
}

/** Of the finite values inside the image: how far all but the 0.5 % farthest lie from zero; where that is zero, the farthest of all. */
function farthestOf(cell: Cell): number {
  const { data, channels, width, inside = wholeOf(cell) } = cell;
  const sizes = new Float32Array(inside.width * inside.height * channels);
  let count = 0;
  let most = 0;
  for (let row = inside.y; row < inside.y + inside.height; row++) {
    const first = (row * width + inside.x) * channels;
    // One loop: a typed array's own `map` and `filter` take twenty times as long.
    for (let i = first; i < first + inside.width * channels; i++) {
      const size = Math.abs(data[i]!);
      if (!(size < Infinity)) continue;
      sizes[count++] = size;
      if (size > most) most = size;
    }
  }
  if (count === 0) return 0;
  const rank = Math.ceil(STRETCHED * count) - 1;
  // Its type asks for an array, but it only swaps elements.
  quickselect(sizes as unknown as number[], rank, 0, count - 1);
  return sizes[rank]! || most;
}
