import { PIECE, ROOMS, simdKernels } from '../../simd/kernels.ts';
import type { Kernels } from '../../simd/kernels.ts';
import type { IndexedMap, Lut, Range } from '../../image/colormap.ts';
import { placeScale } from '../../image/colormap.ts';
import type { Display } from '../../techniques/technique.ts';
import { QUANTIZED, stepOf } from '../results/quantize.ts';
import type { StoredPanel } from '../results/stored-job.ts';
import { cellsAlong, gridFactor, gridOfMeans } from './value-grids.ts';
import type { ValueGrid } from './value-grids.ts';

/** Maps that are drawn from their stored steps, without the numbers that these stand for: the most, and a third of the work. */

/** Whether a map's colours follow from its values one by one. */
export const isPlain = ({ style, overlay, magnitude, saturate = 0 }: Display): boolean =>
  style === 'heatmap' && overlay !== 'image' && !magnitude && saturate === 0;

/** As `indexMap` of the numbers; undefined where one is not finite. @param into where places go; memory of its own where absent */
export function indexSteps(
  { width, height, scale }: StoredPanel,
  steps: Uint16Array,
  lut: Lut,
  range: Range,
  into?: Uint8Array,
): IndexedMap | undefined {
  const places = into ?? new Uint8Array(steps.length);
  const step = stepOf(scale);
  const start = scale[0];
  const { low, factor, most } = placeScale(range);
  const kernels = simdKernels();
  if (kernels) {
    const isWhole = placesByVectors(kernels, steps, places, [start, step, low, factor, 0]);
    return isWhole ? { width, height, places, lut } : undefined;
  }
  for (let at = 0; at < places.length; at++) {
    const stored = steps[at]!;
    if (stored === QUANTIZED.notFinite) return undefined;
    const place = (Math.fround(start + stored * step) - low) * factor;
    places[at] = place >= most ? most : place > 0 ? place | 0 : 0;
  }
  return { width, height, places, lut };
}

/** Steps that are done together: they stay in the processor's cache. */
const TOGETHER = 2 ** 15;
/** Of steps in a vector. */
const VECTOR = 8;

/** As the loop of `indexSteps`, to the bit; false where a number is not finite. */
function placesByVectors(
  kernels: Kernels,
  steps: Uint16Array,
  into: Uint8Array,
  scale: readonly [start: number, step: number, low: number, factor: number, more: number],
): boolean {
  const { input, output } = ROOMS;
  const { halves, bytes } = kernels;
  const [start, step, low, factor, more] = scale;
  for (let first = 0; first < steps.length; first += TOGETHER) {
    const count = Math.min(TOGETHER, steps.length - first);
    halves.set(steps.subarray(first, first + count), input / 2);
    halves.fill(0, input / 2 + count, input / 2 + count + VECTOR);
    if (kernels.places(input, input + 2 * count, output, start, step, low, factor, more) !== 0) return false;
    into.set(bytes.subarray(output, output + count), first);
  }
  return true;
}

/** As `gridOf` of the numbers; undefined where one is not finite, or cells have no whole number of values each. */
export function gridOfSteps(
  { width, height, scale }: StoredPanel,
  steps: Uint16Array,
): ValueGrid | undefined {
  const [rows, columns] = [cellsAlong(height), cellsAlong(width)];
  const [down, across] = [height / rows, width / columns];
  if (!Number.isInteger(down) || !Number.isInteger(across)) return undefined;
  if (down === 1 && across === 1) return gridOfAll(rows, columns, scale, steps);
  const kernels = simdKernels();
  const isWide = width % VECTOR === 0 && down > 1 && 2 * width <= PIECE / 4;
  const sums =
    kernels && isWide
      ? sumsByVectors(kernels, steps, { rows, columns, down, across })
      : sumsOf(steps, { rows, columns, down, across });
  if (!sums) return undefined;
  const factor = stepOf(scale) / (down * across);
  const means = new Float32Array(sums.length);
  for (let cell = 0; cell < means.length; cell++) means[cell] = scale[0] + sums[cell]! * factor;
  return gridOfMeans(rows, columns, means);
}

/** A cell for each value. */
function gridOfAll(
  rows: number,
  columns: number,
  scale: StoredPanel['scale'],
  steps: Uint16Array,
): ValueGrid | undefined {
  const [start] = scale;
  const step = stepOf(scale);
  const [least, most] = rangeOfSteps(steps);
  if (most === QUANTIZED.notFinite) return undefined;
  const valueOf = (stored: number): number => Math.fround(start + stored * step);
  // The more steps, the greater the value. Zeros that are rounded from below have a sign, and the first of them counts.
  const range: Range = [valueOf(least), valueOf(most)];
  const kernels = simdKernels();
  if (!kernels || (start < 0 && (range[0] === 0 || range[1] === 0)))
    return gridOfMeans(rows, columns, Float32Array.from(steps, valueOf));
  const bytes = new Uint8Array(steps.length);
  const isWhole = placesByVectors(kernels, steps, bytes, [start, step, range[0], gridFactor(range), 0.5]);
  return isWhole ? { rows, columns, bytes, range } : undefined;
}

/** Least and greatest step; where it begins at 0, the greatest may be one that stands for no finite number. */
function rangeOfSteps(steps: Uint16Array): [least: number, most: number] {
  // Mostly both ends are there, and are found long before the last step.
  if (steps.includes(0) && steps.includes(QUANTIZED.steps)) return [0, QUANTIZED.steps];
  let [least, most] = [QUANTIZED.notFinite as number, 0];
  for (let at = 0; at < steps.length; at++) {
    const stored = steps[at]!;
    if (stored > most) most = stored;
    if (stored < least) least = stored;
  }
  return [least, most];
}

/** How many cells a grid has along both sides, and how many numbers a cell has. */
interface Cells {
  readonly rows: number;
  readonly columns: number;
  readonly down: number;
  readonly across: number;
}

/** Of the steps of each cell; undefined where a number is not finite. */
function sumsOf(steps: Uint16Array, { rows, columns, down, across }: Cells): Float64Array | undefined {
  const sums = new Float64Array(rows * columns);
  const height = rows * down;
  let at = 0;
  for (let y = 0; y < height; y++) {
    const line = Math.floor(y / down) * columns;
    for (let cell = line; cell < line + columns; cell++) {
      const end = at + across;
      let sum = 0;
      while (at < end) {
        const stored = steps[at++]!;
        if (stored === QUANTIZED.notFinite) return undefined;
        sum += stored;
      }
      sums[cell]! += sum;
    }
  }
  return sums;
}

/** As `sumsOf`. Sums of whole numbers are the same in any order. */
function sumsByVectors(
  { halves, words, addLine }: Kernels,
  steps: Uint16Array,
  { rows, columns, down, across }: Cells,
): Float64Array | undefined {
  if (steps.includes(QUANTIZED.notFinite)) return undefined;
  const { input, output } = ROOMS;
  const width = columns * across;
  const sums = new Float64Array(rows * columns);
  const together = Math.min(down, Math.floor(TOGETHER / width) || 1);
  for (let row = 0; row < rows; row++) {
    words.fill(0, output / 4, output / 4 + width);
    for (let line = 0; line < down; line += together) {
      const count = Math.min(together, down - line);
      const from = (row * down + line) * width;
      halves.set(steps.subarray(from, from + count * width), input / 2);
      for (let each = 0; each < count; each++) {
        const at = input + 2 * each * width;
        addLine(at, at + 2 * width, output);
      }
    }
    let at = output / 4;
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      for (const end = at + across; at < end; at++) sum += words[at]!;
      sums[row * columns + column] = sum;
    }
  }
  return sums;
}
