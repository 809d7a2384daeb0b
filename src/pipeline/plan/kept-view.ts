import { codeVersion } from '../../code-version.ts';
import { ENCODE_VERSION } from '../../image/encode.ts';
import { colormapKey } from '../../schema/colormaps.ts';
import type { View } from '../../schema/report.ts';
import { keyOf } from '../../store/store.ts';
import type { Store } from '../../store/store.ts';
import { techniques } from '../../techniques/registry.ts';
import type { ExperimentPlan, PlannedJob, ViewPlan } from './plan.ts';
import { areThere } from '../results/used-entries.ts';
import type { UsedEntries } from '../results/used-entries.ts';

/** Raise it when what is kept of a view changes. */
const VIEW_VERSION = 2;
/** Of records. */
const VIEW_RECORD = 'view';

/** A view as it was described last: one read instead of one for each of its jobs. */
export interface KeptView {
  readonly view: View;
  /** Panels with NaN or infinite values, by layer. */
  readonly notFinite: readonly (readonly [layer: string, panels: number])[];
  /** SHA-256 of its lists of panels, by their paths below the report's folder. */
  readonly lists: readonly (readonly [src: string, sha256: string])[];
  readonly entries: UsedEntries;
  /** Its figure, which has titles on it: where these change, nothing else does. */
  readonly figure: KeptFigure;
}

export interface KeptFigure {
  readonly titles: Titles;
  readonly entries: UsedEntries;
}

/** Of a view and of its experiment. */
export type Titles = readonly [title: string, subtitle: string];

export const titlesOf = ({ experiment }: ExperimentPlan, { view }: ViewPlan): Titles => [
  view.title,
  experiment.title,
];

/** Whether its figure has these titles, and is there. */
export async function hasFigure(store: Store, { figure }: KeptView, titles: Titles): Promise<boolean> {
  if (figure.titles.some((title, index) => title !== titles[index])) return false;
  return areThere(store, figure.entries);
}

/** Stands for all that a view's description depends on but its titles. */
export function viewKey(plan: ExperimentPlan, { view, jobs, display, grid, settings }: ViewPlan): string {
  const { id, technique } = view;
  const { source, images, experiment } = plan;
  return keyOf({
    version: [VIEW_VERSION, ENCODE_VERSION, codeVersion],
    code: [techniques.get(technique)?.version, techniques.codeOf(technique)],
    ...{ id, technique, experiment: experiment.id },
    ...{ display, colormap: colormapKey(display.colormap), grid, settings },
    model: modelKey(source),
    jobs: jobs.map(({ key, layers }) => [key, layers]),
    images: imagesIn(jobs).map((index) => {
      const { id: image, name, file, class: label } = images.images[index]!;
      return [index, image, name, file, label];
    }),
  });
}

/**
 * What earlier runs kept of a view, if all that it needs is still there.
 * @param checked whether that has just been looked at
 */
export async function findKeptView(
  store: Store,
  key: string,
  checked = false,
): Promise<KeptView | undefined> {
  const kept = (await store.readRecord(VIEW_RECORD, key)) as KeptView | undefined;
  return kept && (checked || (await areThere(store, kept.entries))) ? kept : undefined;
}

export async function keepView(store: Store, key: string, kept: KeptView): Promise<void> {
  await store.writeRecord(VIEW_RECORD, key, kept);
}

/** Puts its lists of panels back. @returns false where one is missing or damaged */
export async function restoreLists(store: Store, experiment: string, { lists }: KeptView): Promise<boolean> {
  for (const [src, hash] of lists) {
    if (!(await store.restoreSite(`${experiment}/${src}`, hash))) return false;
  }
  return true;
}

const modelKeys = new WeakMap<ExperimentPlan['source'], string>();

/** All that panels are told of their layers. */
function modelKey(source: ExperimentPlan['source']): string {
  const { network, layers, classes } = source;
  const key = modelKeys.get(source) ?? keyOf([network.inputShape, layers, classes]);
  modelKeys.set(source, key);
  return key;
}

function imagesIn(jobs: readonly PlannedJob[]): number[] {
  const found = new Set<number>();
  let before: readonly number[] | undefined;
  for (const { images } of jobs) {
    // Jobs of a search have one list of all images.
    if (images !== before) for (const image of images) found.add(image);
    before = images;
  }
  return [...found];
}
