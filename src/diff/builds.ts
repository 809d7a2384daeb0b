import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../errors.ts';
import { decodeNpy } from '../pipeline/results/npy.ts';
import { panelSchema, reportSchema } from '../schema/report.ts';
import type { Panel, Report, View } from '../schema/report.ts';
import { arrayDifference, parted, relativeDifference } from './difference.ts';
import type { Changed } from './networks.ts';

/** The reports of a gallery by their ids, with the folder of each. */
export type Build = ReadonlyMap<string, { readonly report: Report; readonly folder: string }>;

/** A view whose panels differ. */
export interface ChangedView {
  readonly report: string;
  readonly view: string;
  /** Panels that only one build has. */
  readonly onlyA: number;
  readonly onlyB: number;
  /** Of those in both, how many have other numbers, and the greatest difference. */
  readonly panels: number;
  readonly of: number;
  readonly most: number;
}

export interface BuildDifference {
  /** Reports, as `id`, and views, as `id/view`. */
  readonly onlyA: readonly string[];
  readonly onlyB: readonly string[];
  readonly changed: readonly Changed[];
  readonly views: readonly ChangedView[];
  /** Views with the same numbers whose images differ, as `id/view`. */
  readonly drawnOtherwise: readonly string[];
}

/** @param path of a gallery, of a report's folder, or of a report.json; undefined where it is none of them */
export function readBuild(path: string): Build | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  const hasReport = (folder: string): boolean =>
    statSync(join(folder, REPORT), { throwIfNoEntry: false })?.isFile() === true;
  const folders = found?.isDirectory()
    ? [path, ...foldersIn(path)].filter(hasReport)
    : found?.isFile() && basename(path) === REPORT
      ? [dirname(path)]
      : [];
  if (folders.length === 0) return undefined;
  return new Map(
    folders.map((folder) => {
      const report = parse(join(folder, REPORT), reportSchema);
      return [report.experiment.id, { report, folder }] as const;
    }),
  );
}

const REPORT = 'report.json';

const foldersIn = (path: string): readonly string[] =>
  readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(path, name));

function parse<T>(
  file: string,
  schema: { safeParse(value: unknown): { success: true; data: T } | { success: false; error: Error } },
): T {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UserError({ what: `\`${file}\` cannot be read.`, why: `${(error as Error).message}.` });
  }
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  throw new UserError({
    what: `\`${file}\` is no report of this version.`,
    why: read.error.message.slice(0, 300),
    hint: 'Build the gallery again with this version of Filterscope.',
  });
}

/** @param tolerance relative difference up to which numbers count as equal */
export function diffBuilds(a: Build, b: Build, tolerance: number): BuildDifference {
  const reports = parted(a.keys(), b.keys());
  const onlyA = [...reports.onlyA];
  const onlyB = [...reports.onlyB];
  const changed: Changed[] = [];
  const views: ChangedView[] = [];
  const drawnOtherwise: string[] = [];
  for (const id of reports.both) {
    const [left, right] = [a.get(id)!, b.get(id)!];
    const [one, other] = [left.report, right.report];
    const compare = (what: string, x: string, y: string): void => {
      if (x !== y) changed.push({ what: `${what} of ${id}`, a: x, b: y });
    };
    compare('weights', one.model.weightsSha256, other.model.weightsSha256);
    compare('layers', `${one.model.layers.length}`, `${other.model.layers.length}`);
    compare('images', idsOf(one), idsOf(other));
    const own = parted(
      one.views.map((view) => view.id),
      other.views.map((view) => view.id),
    );
    onlyA.push(...own.onlyA.map((view) => `${id}/${view}`));
    onlyB.push(...own.onlyB.map((view) => `${id}/${view}`));
    for (const view of own.both) {
      const found = [left, right].map(({ report, folder }) => ({
        folder,
        view: report.views.find((each) => each.id === view)!,
      })) as [InFolder, InFolder];
      const difference = diffView(...found, tolerance);
      if (difference.panels + difference.onlyA + difference.onlyB > 0)
        views.push({ report: id, view, ...difference });
      else if (found[0].view.picture.src !== found[1].view.picture.src) drawnOtherwise.push(`${id}/${view}`);
    }
  }
  return { onlyA, onlyB, changed, views, drawnOtherwise };
}

const idsOf = ({ images }: Report): string => images.map(({ id }) => id).join(', ');

interface InFolder {
  readonly folder: string;
  readonly view: View;
}

function diffView(a: InFolder, b: InFolder, tolerance: number): Omit<ChangedView, 'report' | 'view'> {
  const [left, right] = [panelsOf(a), panelsOf(b)];
  const { onlyA, onlyB, both } = parted(left.keys(), right.keys());
  let [panels, most] = [0, Math.max(relativeDifference(a.view.facts, b.view.facts), diffValues(a, b))];
  const whole = most;
  for (const key of both) {
    const difference = diffPanel(left.get(key)!, right.get(key)!, a.folder, b.folder);
    most = Math.max(most, difference);
    if (difference > tolerance) panels++;
  }
  // What belongs to the view as a whole counts as one.
  if (panels === 0 && whole > tolerance) panels = 1;
  return { onlyA: onlyA.length, onlyB: onlyB.length, panels, of: both.length, most };
}

/** By what they show; of several of the same the second is another one. */
function panelsOf({ view, folder }: InFolder): ReadonlyMap<string, Panel> {
  const all = view.panelFiles
    ? view.panelFiles.flatMap(({ src }) => parse(join(folder, src), panelSchema.array()))
    : view.panels;
  const found = new Map<string, Panel>();
  for (const panel of all) {
    const key = JSON.stringify([panel.layer, panel.filter, panel.image, panel.kind]);
    let unique = key;
    for (let n = 2; found.has(unique); n++) unique = `${key} ${n}`;
    found.set(unique, panel);
  }
  return found;
}

function diffPanel(a: Panel, b: Panel, folderA: string, folderB: string): number {
  const numbers = ({ range, flags, facts, width, height }: Panel) => ({ range, flags, facts, width, height });
  const files = parted(Object.keys(a.files ?? {}), Object.keys(b.files ?? {}));
  const arrays = files.both.map((name) => {
    const [one, other] = [a.files![name]!, b.files![name]!];
    return one.kind === 'array' && other.kind === 'array'
      ? diffArrays(join(folderA, one.src), join(folderB, other.src))
      : 0;
  });
  return Math.max(relativeDifference(numbers(a), numbers(b)), ...arrays);
}

/** Of the arrays of a view with `values: true`, of the same filters. */
function diffValues(a: InFolder, b: InFolder): number {
  const byName = ({ view }: InFolder) =>
    new Map(
      (view.values ?? []).map(({ layer, image, filters, src }) => [
        `${layer} ${image ?? ''} ${filters.join()}`,
        src,
      ]),
    );
  const [left, right] = [byName(a), byName(b)];
  const { both } = parted(left.keys(), right.keys());
  return both.reduce(
    (most, key) =>
      Math.max(most, diffArrays(join(a.folder, left.get(key)!), join(b.folder, right.get(key)!))),
    0,
  );
}

function diffArrays(a: string, b: string): number {
  const [left, right] = [decodeNpy(readFileSync(a)), decodeNpy(readFileSync(b))];
  return left.shape === right.shape ? arrayDifference(left.data, right.data).most : Infinity;
}
