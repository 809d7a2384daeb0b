/** The images that the page of one class shows, by what they are and what they are taken for. Pure. */
import type { Panel, View } from '../../../schema/report.ts';
import type { ReportImage } from '../../types.ts';
import { cellId } from './confusion.ts';
import { predictedClasses } from './cards.ts';
import { factsOf, type PredictionFacts, type Summary } from './facts.ts';
import { nameOf } from './sentences.ts';

/** Of a group, where it has more: the surest and the least sure. */
const FEW = 12;
const MOST = 48;

export interface ImageGroup {
  readonly id?: string;
  readonly title: string;
  readonly count: number;
  readonly panels: readonly Panel[];
  /** What is shown of a larger group. */
  readonly part?: string;
}

/**
 * @param panels of the view that the class's page shows
 * @param unit the output; of a network with two classes both are on the page of its only one
 */
export function classGroups(
  view: View,
  panels: readonly Panel[],
  unit: number,
  images: ReadonlyMap<string, ReportImage>,
): ImageGroup[] {
  const summary = view.facts as unknown as Summary;
  const { kind } = summary;
  const of = (panel: Panel): string | undefined => images.get(panel.image!)?.class;
  if (kind === 'scores') return scoreGroups(panels, unit);
  if (kind === 'multi-label') return labelGroups(panels, unit);
  const isShown = (folder: number, predicted: number): boolean =>
    kind === 'binary' || predicted === unit || summary.folders[folder]!.classes.includes(unit);
  const names = new Map(summary.classes.map((one) => [one.class, nameOf(one)]));
  const cells = (summary.confusion ?? []).flatMap(({ folder, predicted, right }) => {
    const index = summary.folders.findIndex((one) => one.folder === folder);
    return isShown(index, predicted) ? [{ folder, index, predicted, right }] : [];
  });
  const groups = cells
    .sort((a, b) => Number(b.right) - Number(a.right) || a.index - b.index)
    .flatMap(({ folder, predicted, right }) => {
      const found = panels.filter(
        (panel) => of(panel) === folder && factsOf(panel).predictions[0]?.class === predicted,
      );
      const sorted = byCertainty(found, predicted);
      const title = right ? `${folder}, right` : `${folder}, taken for ${names.get(predicted)!}`;
      return cutGroup(title, sorted, cellId(folder, predicted));
    });
  const loose = panels.filter((panel) => factsOf(panel).expected === undefined);
  return [...groups, ...(loose.length > 0 ? cutGroup('Images of no class', byCertainty(loose, unit)) : [])];
}

const probabilityOf = ({ predictions }: PredictionFacts, of: number): number =>
  predictions.find((one) => one.class === of)?.probability ?? 0;

const byCertainty = (panels: readonly Panel[], of: number): Panel[] =>
  panels.toSorted((a, b) => probabilityOf(factsOf(b), of) - probabilityOf(factsOf(a), of));

function cutGroup(title: string, sorted: readonly Panel[], id?: string): ImageGroup[] {
  const count = sorted.length;
  const own = { title, count, ...(id === undefined ? {} : { id }) };
  if (count <= FEW * 2) return count === 0 ? [] : [{ ...own, panels: sorted }];
  return [
    { ...own, panels: sorted.slice(0, FEW), part: `The ${FEW} surest` },
    { title, count, panels: sorted.slice(-FEW), part: `The ${FEW} least sure` },
  ];
}

function labelGroups(panels: readonly Panel[], unit: number): ImageGroup[] {
  const logit = (panel: Panel): number =>
    factsOf(panel).expected?.find((one) => one.class === unit)?.logit ?? -Infinity;
  const own = panels
    .filter((panel) => factsOf(panel).expected?.some((one) => one.class === unit))
    .sort((a, b) => logit(b) - logit(a));
  const has = (panel: Panel): boolean => predictedClasses(factsOf(panel)).includes(unit);
  return [
    ...cutGroup('Its images that are given this label', own.filter(has)),
    ...cutGroup(
      'Its images that are not',
      own.filter((panel) => !has(panel)),
    ),
    ...cutGroup(
      'Other images that are given this label',
      panels.filter((panel) => has(panel) && !own.includes(panel)),
    ),
  ];
}

function scoreGroups(panels: readonly Panel[], unit: number): ImageGroup[] {
  const logit = (panel: Panel): number =>
    factsOf(panel).predictions.find((one) => one.class === unit)?.logit ?? -Infinity;
  const sorted = panels.toSorted((a, b) => logit(b) - logit(a));
  const count = sorted.length;
  const title = 'By score';
  return count <= MOST
    ? [{ title, count, panels: sorted }]
    : [
        { title, count, panels: sorted.slice(0, FEW), part: `The ${FEW} highest` },
        { title, count, panels: sorted.slice(-FEW), part: `The ${FEW} lowest` },
      ];
}
