/** The figure of the gallery's first page: panels of the view that a visitor without knowledge understands best. Pure. */
import type { Panel, Report, View } from '../schema/report.ts';
import { isInformative, spread } from './faces.ts';
import { presentationOf } from './techniques/table.ts';

export interface Showpiece {
  readonly report: Report;
  readonly view: View;
  readonly panels: readonly Panel[];
  readonly caption: string;
}

const MOST = 6;
const LEAST = 3;

/** Undefined where no report has such a view. */
export function chooseShowpiece(reports: readonly Report[]): Showpiece | undefined {
  let best: (Showpiece & { readonly rank: number; readonly count: number }) | undefined;
  for (const report of reports) {
    for (const view of report.views) {
      const { showpiece } = presentationOf(view.technique);
      if (!showpiece) continue;
      const { rank } = showpiece;
      const informative = view.panels.filter(
        (panel) =>
          isInformative(panel, view.technique) && panel.layer !== undefined && panel.filter !== undefined,
      );
      const panels = spread(informative, MOST);
      const isBetter = !best || rank > best.rank || (rank === best.rank && informative.length > best.count);
      if (panels.length < LEAST || !isBetter) continue;
      best = {
        report,
        view,
        panels,
        rank,
        count: informative.length,
        caption: showpiece.caption(report.model.name),
      };
    }
  }
  return best;
}
