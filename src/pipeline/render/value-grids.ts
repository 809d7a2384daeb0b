import { promisify } from 'node:util';
import { constants, deflate, type ZlibOptions } from 'node:zlib';
import { averageTo } from '../../image/downscale.ts';
import type { Range } from '../../image/colormap.ts';
import type { StoredPanel } from '../results/stored-job.ts';

/**
 * The values of the maps on a sprite sheet, for pages: few of each map, as a script, since a page from disk can neither fetch a file nor read
 * the pixels of an image. The script sets `filterscopeValues[<its file name>]`; src/site/viewer/value-grids.ts reads it.
 */

const compress = promisify<Uint8Array, ZlibOptions, Buffer>(deflate);

/** Longest side of a map that is taken whole. */
const WHOLE = 32;
/** Cells along a side of a larger one. */
const MOST = 16;
/** With fewer cells of whole numbers of values than this, cells of broken numbers are better. */
const LEAST = 8;
/** Steps between the least and the greatest value of a grid, and the byte of what is not a number. */
const STEPS = 254;
const NOT_FINITE = 255;

/** A panel on a sprite sheet; maps have values. */
export interface GridPanel {
  readonly panel: StoredPanel;
  readonly grid?: ValueGrid | undefined;
  /** Of its colours. */
  readonly drawn?: Range | undefined;
}

export interface ValueGrid {
  readonly rows: number;
  readonly columns: number;
  /** uint8 [rows, columns]: steps from the least to the greatest value of the grid. */
  readonly bytes: Uint8Array;
  readonly range: Range;
}

/** Cells along a side of a map: as many as there are values, or, beyond WHOLE, so that each has the same whole number of them if possible. */
export function cellsAlong(side: number): number {
  if (side <= WHOLE) return side;
  for (let cells = MOST; cells >= LEAST; cells--) if (side % cells === 0) return cells;
  return MOST;
}

/** A map's values as bytes: each cell the mean of what it covers, in steps between the least and the greatest of these means. */
export function gridOf({ width, height }: StoredPanel, data: Float32Array): ValueGrid {
  const [rows, columns] = [cellsAlong(height), cellsAlong(width)];
  return gridOfMeans(rows, columns, averageTo({ width, height, channels: 1, data }, rows, columns).data);
}

/** What a difference of 1 is in steps of a grid. */
export const gridFactor = ([low, high]: Range): number => (high > low ? STEPS / (high - low) : 0);

/** @param means float32 [rows, columns] of the cells */
export function gridOfMeans(rows: number, columns: number, means: Float32Array): ValueGrid {
  let [low, high] = [Infinity, -Infinity];
  for (let at = 0; at < means.length; at++) {
    const value = means[at]!;
    if (value - value !== 0) continue; // NaN or infinite
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const factor = gridFactor([low, high]);
  const bytes = new Uint8Array(means.length);
  for (let at = 0; at < means.length; at++) {
    const value = means[at]!;
    bytes[at] = value - value === 0 ? ((value - low) * factor + 0.5) | 0 : NOT_FINITE;
  }
  return { rows, columns, bytes, range: low <= high ? [low, high] : [0, 0] };
}

/** The script; undefined where no panel is a map. */
export async function valueScript(panels: readonly GridPanel[]): Promise<string | undefined> {
  if (!panels.some(({ panel }) => panel.kind === 'map')) return undefined;
  /** Neighbours of one shape: [how many, rows, columns, height and width of the whole map]; no rows where there are no values. */
  const shapes: [count: number, rows: number, columns: number, height: number, width: number][] = [];
  const ranges: number[] = [];
  const cells: Uint8Array[] = [];
  for (const { panel, grid, drawn } of panels) {
    const shape = grid
      ? [grid.rows, grid.columns, panel.fullHeight, panel.fullWidth]
      : ([0, 0, 0, 0] as const);
    const last = shapes.at(-1);
    if (last && shape.every((part, at) => part === last[at + 1])) last[0]++;
    else shapes.push([1, shape[0]!, shape[1]!, shape[2]!, shape[3]!]);
    if (!grid) continue;
    ranges.push(...grid.range, ...drawn!);
    cells.push(grid.bytes);
  }
  const bytes = Buffer.concat([new Uint8Array(Float32Array.from(ranges).buffer), ...cells]);
  // Values repeat in runs of zeros alone: looking for other matches takes three times as long, and the result is larger.
  const data = (await compress(bytes, { strategy: constants.Z_RLE, memLevel: 9 })).toString('base64');
  const value = JSON.stringify({ shapes, data });
  return `(window.filterscopeValues??={})[document.currentScript.src.replace(/.*[/]/,"")]=${value};\n`;
}
