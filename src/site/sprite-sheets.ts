import type { Panel } from '../schema/report.ts';

/**
 * A sprite shown whole: one image instead of hundreds of cut-out panels. `cells` says which filter lies where, so that a
 * script can turn a place into a link; absent where the panels do not lie on a regular lattice.
 */
export interface SpriteSheet {
  readonly src: string;
  readonly width: number;
  readonly height: number;
  readonly count: number;
  readonly range: Panel['range'];
  readonly cells?: Lattice;
  /** The panels whose values are all zero, as the path of an SVG in its pixels; absent where there are none. */
  readonly silent?: string;
}

/** Pixels of the sheet. Cells are numbered row by row. */
export interface Lattice {
  readonly x: number;
  readonly y: number;
  readonly stepX: number;
  readonly stepY: number;
  readonly columns: number;
  /** The filter in each cell. */
  readonly filters: readonly number[];
}

/** Below this part of a sheet's area, the sheet shows mostly other things than the panels asked for. */
const COVERED = 0.5;

/** The sheets that panels lie on, or undefined where some panel has none or the sheets are shared with other panels. */
export function sheetsOf(panels: readonly Panel[]): SpriteSheet[] | undefined {
  const bySrc = new Map<string, Panel[]>();
  for (const panel of panels) {
    if (!panel.crop || !panel.sheet) return undefined;
    const list = bySrc.get(panel.src);
    if (list) list.push(panel);
    else bySrc.set(panel.src, [panel]);
  }
  const sheets: SpriteSheet[] = [];
  for (const [src, list] of bySrc) {
    const { width, height } = list[0]!.sheet!;
    const area = list.reduce((sum, { crop }) => sum + crop!.width * crop!.height, 0);
    const covered = area / (width * height);
    // A sheet's last row may be nearly empty: only the full rows' part is held against it.
    if (covered < COVERED && list.length > 2) return undefined;
    const cells = latticeOf(list);
    const silent = list
      .filter(({ flags }) => flags?.includes('silent'))
      .map(({ crop }) => `M${crop!.x} ${crop!.y}h${crop!.width}v${crop!.height}h${-crop!.width}z`)
      .join('');
    sheets.push({
      src,
      width,
      height,
      count: list.length,
      range: joinRanges(list.map(({ range }) => range)),
      ...(cells && { cells }),
      ...(silent !== '' && { silent }),
    });
  }
  return sheets;
}

export function latticeOf(panels: readonly Panel[]): Lattice | undefined {
  const first = panels[0]?.crop;
  if (!first) return undefined;
  const second = panels.find(({ crop }) => crop!.y === first.y && crop!.x > first.x)?.crop;
  const below = panels.find(({ crop }) => crop!.y > first.y)?.crop;
  const stepX = second ? second.x - first.x : first.width;
  const stepY = below ? below.y - first.y : first.height;
  const inFirstRow = panels.filter(({ crop }) => crop!.y === first.y).length;
  const regular = panels.every(
    ({ crop, filter }, index) =>
      filter !== undefined &&
      crop!.x === first.x + (index % inFirstRow) * stepX &&
      crop!.y === first.y + Math.floor(index / inFirstRow) * stepY,
  );
  if (!regular) return undefined;
  return {
    x: first.x,
    y: first.y,
    stepX,
    stepY,
    columns: inFirstRow,
    filters: panels.map(({ filter }) => filter!),
  };
}

/** The range over several panels; what is not finite is left out. */
export function joinRanges(ranges: readonly Panel['range'][]): Panel['range'] {
  let least: number | null = null;
  let greatest: number | null = null;
  for (const [low, high] of ranges) {
    if (low !== null && (least === null || low < least)) least = low;
    if (high !== null && (greatest === null || high > greatest)) greatest = high;
  }
  return [least, greatest];
}

/** Where a sheet's lattice lies, as styles of two covers: lines between the cells, and what is left over in the last row. */
export function latticeStyles({
  width,
  height,
  cells,
}: SpriteSheet): { lines: string; rest: string } | undefined {
  if (!cells) return undefined;
  const part = (pixels: number, of: number): string => `${Math.round((1e6 * pixels) / of) / 1e4}%`;
  const rows = Math.ceil(cells.filters.length / cells.columns);
  const inLast = cells.filters.length - (rows - 1) * cells.columns;
  // Around every panel its sprite has a frame of the panel's own colours.
  const left = cells.x - (cells.x % cells.stepX) + inLast * cells.stepX;
  const top = cells.y - (cells.y % cells.stepY) + (rows - 1) * cells.stepY;
  return {
    lines: `background-size:${part(cells.stepX, width)} ${part(cells.stepY, height)}`,
    rest: `left:${part(left, width)};top:${part(top, height)}`,
  };
}
