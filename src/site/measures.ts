import type { Panel } from '../schema/report.ts';
import { presentationOf } from './techniques/table.ts';
import type { Part } from './types.ts';

/** Widest and narrowest a panel is drawn, in CSS pixels. */
const WIDEST = 620;
const NARROWEST = 36;

export type { Part } from './types.ts';

export interface GridOptions {
  /** Each panel has its image beside it. */
  readonly paired?: boolean;
  /** Pixels that a panel's width counts at least. */
  readonly leastWidth?: number | undefined;
}

/**
 * The style of a grid: how many columns, how narrow a cell may get before the grid takes fewer, how wide the grid may
 * grow. Small maps are enlarged a few times, photographs hardly, so that neither gets lost or blurred.
 * @param columns as the view says; absent: as many as fit
 */
export function gridMeasures(
  panels: readonly Panel[],
  columns: number | undefined,
  { paired = false, leastWidth = 1 }: GridOptions = {},
): string {
  const widest = Math.max(leastWidth, ...panels.map(({ width }) => width));
  const shapes = paired ? 2 : 1;
  const most = widestCell(widest) * shapes;
  const large = widest >= 160;
  if (columns === undefined) {
    const least = Math.min(
      most,
      large ? (paired ? 220 : 150) : Math.max(72, Math.min(104, widest * 1.6)) * shapes,
    );
    // On a phone three or four images stand beside each other.
    return `--columns:99;--least:min(100%, ${Math.round(least)}px, ${paired ? 44 : 29}vw);--most:none`;
  }
  const used = Math.max(1, Math.min(columns, panels.length));
  // A figure keeps its columns on a desk, where its panels may get small; on a phone it takes fewer.
  const least = large
    ? `clamp(${72 * shapes}px, 260px - 20vw, ${110 * shapes}px)`
    : `clamp(${NARROWEST}px, ${132 * shapes}px - ${12 * shapes}vw, ${80 * shapes}px)`;
  return `--columns:${used};--least:min(100%, ${least});--most:${Math.round(used * most)}px`;
}

/** CSS pixels that a panel of so many pixels is drawn across at most. */
const widestCell = (pixels: number): number => Math.min(WIDEST, Math.max(110, pixels * 1.6));

/** How wide a whole sprite may grow: its panels get as wide as those of a grid. */
export const sheetWidth = ({
  columns,
  stepX,
}: {
  readonly columns: number;
  readonly stepX: number;
}): string => `max-width:${Math.round(columns * widestCell(stepX))}px`;

/** Columns for one layer's part of a view: a few more than the view's where that leaves no row half empty. */
export function columnsFor(count: number, columns: number | undefined): number | undefined {
  if (columns === undefined || count <= columns) return columns;
  return [0, 1, 2, 3].map((more) => columns + more).find((wider) => count % wider === 0) ?? columns;
}

/** How many panels make a card's face, and in how many columns; the face is always twice as wide as high. */
export function mosaicShape(available: number): { count: number; columns: number; rows: number } {
  if (available >= 8) return { count: 8, columns: 4, rows: 2 };
  if (available >= 6) return { count: 6, columns: 3, rows: 2 };
  if (available >= 4) return { count: 4, columns: 2, rows: 2 };
  const columns = Math.max(1, available);
  return { count: columns, columns, rows: 1 };
}

/** Pixels below which a panel keeps its square pixels: maps far sooner than photographs and what is like them. */
export function pixelLimit(technique: string): number {
  return presentationOf(technique).detail === 'photographs' ? PHOTOGRAPHIC_LIMIT : 200;
}

export const PHOTOGRAPHIC_LIMIT = 40;

export interface CutStyles {
  /** Of the box that shows the panel; undefined where the image is the panel. */
  readonly box: string | undefined;
  readonly image: string | undefined;
  /** Pixels of the image in `src`. */
  readonly width: number;
  readonly height: number;
  readonly classes: string;
}

/** A panel is cut from its sprite by enlarging and moving the whole sprite inside a box, by parts of the box. */
export function cutStyles({ crop, sheet, width, height }: Part, pixelsBelow = 200): CutStyles {
  // Small maps keep their square pixels; photographs and large maps are smoothed.
  const pixels = Math.max(width, height) < pixelsBelow;
  if (!crop || !sheet) {
    return { box: undefined, image: undefined, width, height, classes: pixels ? 'whole pixels' : 'whole' };
  }
  const left = percent(-crop.x / crop.width);
  const top = percent(-crop.y / crop.height);
  return {
    box: `aspect-ratio:${crop.width}/${crop.height}`,
    image: `width:${percent(sheet.width / crop.width)};left:${left};top:${top}`,
    ...sheet,
    classes: pixels ? 'pixels' : '',
  };
}

/** The same for a box that has the sprite for its background. @param href of the sprite */
export function spotStyle({ crop, sheet }: Part, href: string): string {
  const { x, y, width, height } = crop!;
  const place = (at: number, room: number): string => percent(room > 0 ? at / room : 0);
  const size = `${percent(sheet!.width / width)} ${percent(sheet!.height / height)}`;
  const [left, top] = [place(x, sheet!.width - width), place(y, sheet!.height - height)];
  return `background-image:url(${href});background-size:${size};background-position-x:${left};background-position-y:${top}`;
}

function percent(part: number): string {
  return `${Math.round(part * 1e6) / 1e4}%`;
}
