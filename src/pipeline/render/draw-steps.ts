import type { IndexedMap, Lut, Range } from '../../image/colormap.ts';
import { placeScale } from '../../image/colormap.ts';
import type { Display } from '../../techniques/technique.ts';
import { QUANTIZED, stepOf } from '../results/quantize.ts';
import type { StoredPanel } from '../results/stored-job.ts';
import { cellsAlong, gridOfMeans } from './value-grids.ts';
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
  for (let at = 0; at < places.length; at++) {
    const stored = steps[at]!;
    if (stored === QUANTIZED.notFinite) return undefined;
    const place = (Math.fround(start + stored * step) - low) * factor;
    places[at] = place >= most ? most : place > 0 ? place | 0 : 0;
  }
  return { width, height, places, lut };
}

/** As `gridOf` of the numbers; undefined where one is not finite, or cells have no whole number of values each. */
export function gridOfSteps(
  { width, height, scale }: StoredPanel,
  steps: Uint16Array,
): ValueGrid | undefined {
  const [rows, columns] = [cellsAlong(height), cellsAlong(width)];
  const [down, across] = [height / rows, width / columns];
  if (!Number.isInteger(down) || !Number.isInteger(across)) return undefined;
  const sums = new Float64Array(rows * columns);
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
  const factor = stepOf(scale) / (down * across);
  const means = new Float32Array(sums.length);
  for (let cell = 0; cell < means.length; cell++) means[cell] = scale[0] + sums[cell]! * factor;
  return gridOfMeans(rows, columns, means);
}
