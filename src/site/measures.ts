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
