import type { Box } from '../technique.ts';
import type { Cell } from './cells.ts';

/** Pixels between the cells of a grid, and between the two grids. */
const GAP = 2;
const GRIDS_APART = 10;
/** A small field is enlarged by a whole factor to about this size. */
const SMALL_CELL = 64;
const PAPER = 255;
const EMPTY_CELL = 238;

/** Two equal grids of cells side by side, or one; the same for all filters of a layer. */
export interface PanelLayout {
  readonly cell: { readonly width: number; readonly height: number };
  readonly columns: number;
  readonly rows: number;
  /** With projections, on the right. */
  readonly pair: boolean;
  readonly width: number;
  readonly height: number;
}

/**
 * @param shown pixels of the input that a cell shows
 * @param count cells of a grid
 * @param longest side in pixels that a cell has at most
 */
export function layoutOf(
  shown: { readonly width: number; readonly height: number },
  count: number,
  pair: boolean,
  longest: number,
): PanelLayout {
  const side = Math.max(shown.width, shown.height);
  const enlarged = Math.max(1, Math.floor(Math.min(SMALL_CELL, longest) / side));
  const factor = side > longest ? longest / side : enlarged;
  const cell = {
    width: Math.max(1, Math.round(shown.width * factor)),
    height: Math.max(1, Math.round(shown.height * factor)),
  };
  const columns = Math.ceil(Math.sqrt(count));
  const rows = Math.ceil(count / columns);
  const grid = columns * (cell.width + GAP) - GAP;
  return {
    ...{ cell, columns, rows, pair },
    width: pair ? 2 * grid + GRIDS_APART : grid,
    height: rows * (cell.height + GAP) - GAP,
  };
}

/** Where a cell stands in the panel. */
export function cellAt({ cell, columns, width }: PanelLayout, index: number, side: 'left' | 'right'): Box {
  const grid = columns * (cell.width + GAP) - GAP;
  return {
    x: (index % columns) * (cell.width + GAP) + (side === 'right' ? width - grid : 0),
    y: Math.floor(index / columns) * (cell.height + GAP),
    width: cell.width,
    height: cell.height,
  };
}

/**
 * The finished panel: float32 [height, width, 3], 0..255.
 * @param cells of the layout's cell size, in red, green and blue
 */
export function compose(layout: PanelLayout, left: readonly Cell[], right: readonly Cell[]): Float32Array {
  const panel = new Float32Array(layout.width * layout.height * 3).fill(PAPER);
  for (const [side, cells] of [
    ['left', left],
    ['right', right],
  ] as const) {
    if (side === 'right' && !layout.pair) break;
    for (let index = 0; index < layout.columns * layout.rows; index++) {
      const at = cellAt(layout, index, side);
      const data = cells[index]?.data;
      for (let y = 0; y < at.height; y++) {
        const to = ((at.y + y) * layout.width + at.x) * 3;
        const length = at.width * 3;
        if (data) panel.set(data.subarray(y * length, (y + 1) * length), to);
        else panel.fill(EMPTY_CELL, to, to + length);
      }
    }
  }
  return panel;
}
