import type { Panel } from '../schema/report.ts';

/** Widest and narrowest a panel is drawn, in CSS pixels. */
const WIDEST = 620;
const NARROWEST = 36;

/**
 * The style of a grid: how many columns, how narrow a cell may get before the grid takes fewer, how wide the grid may
 * grow. Small maps are enlarged a few times, photographs hardly, so that neither gets lost or blurred.
 * @param columns as the view says; absent: as many as fit
 */
export function gridMeasures(panels: readonly Panel[], columns: number | undefined, paired = false): string {
  const widest = Math.max(1, ...panels.map(({ width }) => width));
  const shapes = paired ? 2 : 1;
  const most = Math.min(WIDEST, Math.max(110, widest * 1.6)) * shapes;
  const large = widest >= 160;
  if (columns === undefined) {
    const least = Math.min(most, large ? 150 * shapes : Math.max(72, Math.min(104, widest * 1.6)) * shapes);
    return `--columns:99;--least:min(100%, ${Math.round(least)}px);--most:none`;
  }
  const used = Math.max(1, Math.min(columns, panels.length));
  const least = large ? 150 * shapes : NARROWEST;
  return `--columns:${used};--least:min(100%, ${least}px);--most:${Math.round(used * most)}px`;
}

/** How many panels make a card's face, and in how many columns; the face is always twice as wide as high. */
export function mosaicShape(available: number): { count: number; columns: number; rows: number } {
  if (available >= 8) return { count: 8, columns: 4, rows: 2 };
  if (available >= 6) return { count: 6, columns: 3, rows: 2 };
  if (available >= 4) return { count: 4, columns: 2, rows: 2 };
  const columns = Math.max(1, available);
  return { count: columns, columns, rows: 1 };
}
