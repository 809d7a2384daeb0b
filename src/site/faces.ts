import type { Panel, View } from '../schema/report.ts';
import { groupBy, pixelsKeyOf } from './facets.ts';
import { mosaicShape } from './measures.ts';
import { presentationOf } from './techniques/table.ts';

/** Panels that stand for a view or a report, on cards and previews. Pure. */

/** A panel on the face of a card, and what it was made by. */
export interface FacePanel {
  readonly panel: Panel;
  readonly technique: string;
}

/** Panels of a view that may stand for its report, at most `count`. */
export interface CoverCandidates {
  readonly technique: string;
  readonly panels: readonly Panel[];
}

export function coverCandidates(
  { technique }: View,
  panels: readonly Panel[],
  count: number,
): CoverCandidates {
  const informative = panels.filter((panel) => isInformative(panel, technique));
  return { technique, panels: spread(informative, count) };
}

/**
 * A few panels that stand for a whole report: of each technique in turn, and of its views in turn, no image twice, one of the inputs at
 * most.
 * @param views those of the report, for the same `count`
 */
export function coverPanels(views: readonly CoverCandidates[], count: number): FacePanel[] {
  const techniques = [...groupBy(views, ({ technique }) => technique)];
  const queues = techniques.map(([technique, some]) => ({
    technique,
    panels: inTurn(some.map(({ panels }) => panels)),
  }));
  const chosen = new Map<string, FacePanel>();
  let inputs = 0;
  for (let round = 0; chosen.size < count && queues.some(({ panels }) => panels.length > round); round++) {
    for (const { technique, panels } of queues) {
      const panel = panels[round];
      if (!panel || chosen.size === count) continue;
      const key = pixelsKeyOf(panel);
      if (chosen.has(key) || (panel.layer === undefined && inputs++ > 0)) continue;
      chosen.set(key, { panel, technique });
    }
  }
  return [...chosen.values()];
}

/** The first of every list, then the second of every list, and so on. */
function inTurn<T>(lists: readonly (readonly T[])[]): T[] {
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, round) =>
    lists.flatMap((list) => list.slice(round, round + 1)),
  ).flat();
}

/** As many panels as make a full face of a card, evenly over a view: those in which something is to be seen, where there are any. */
export function facesOfView({ technique, panels }: View): FacePanel[] {
  const informative = panels.filter((panel) => isInformative(panel, technique));
  const shown = informative.length > 0 ? informative : panels;
  return spread(shown, mosaicShape(shown.length).count).map((panel) => ({ panel, technique }));
}

/** Something is to be seen in it. */
export function isInformative(panel: Panel, technique: string): boolean {
  const { range } = panel;
  if (range[0] === null) return false;
  return presentationOf(technique).isInformative?.(panel) ?? range[0] !== range[1];
}

/** At most `count` items, evenly over the list. */
export function spread<T>(list: readonly T[], count: number): T[] {
  if (list.length <= count) return [...list];
  return Array.from({ length: count }, (_, index) => list[Math.floor((index * list.length) / count)]!);
}
