import type { Panel, View } from '../../schema/report.ts';
import type { Store } from '../../store/store.ts';
import { createBackgrounds } from './backgrounds.ts';
import { DrawnPanels } from './drawn-panels.ts';
import { findKeptView, hasFigure, keepView, restoreLists, titlesOf, viewKey } from '../plan/kept-view.ts';
import type { KeptFigure, KeptView } from '../plan/kept-view.ts';
import { scalesAmong, scalesBefore } from './render-panel.ts';
import type { SharedScales } from './render-panel.ts';
import { filesIn, numbersIn, readJob, readNumbers } from '../results/stored-job.ts';
import type { StoredJob, StoredPanel } from '../results/stored-job.ts';
import { assetSrc, toPanel } from './report-panels.ts';
import { collectViewFacts } from './view-facts.ts';
import type { ExperimentPlan, PlannedJob, ViewPlan } from '../plan/plan.ts';
import { drawSheet, planSheets } from './sprite-sheets.ts';
import type { ComputedView, SpriteSheetJobs } from './computed-view.ts';
import { watchStore } from '../results/used-entries.ts';
import { colorBarOf, figureJobs, figureOf, figurePanels } from './view-figure.ts';

/** Beyond this many panels a view's list of them goes into files of its own, one a layer. */
const INLINE_PANELS = 1000;

type ValueGrids = NonNullable<View['valueGrids']>[number];

/** Panels with the scripts that have their values. */
type PanelList = Pick<View, 'panels' | 'valueGrids'>;

/** Turns the numbers of one view into images and their description; what was drawn before is taken as it is. */
export interface ViewRenderer {
  /** This job (by key) has been computed: draws what is complete by it. @param payload its numbers, as they are stored @param panels its panels, where they need not be read */
  jobDone(key: string, payload: Uint16Array, panels?: readonly StoredPanel[]): Promise<void>;
  /** All jobs are computed: draws the rest and describes the view. */
  finish(): Promise<View>;
  /** Panels with NaN or infinite values, by layer; complete once `finish` is done. */
  readonly notFinite: ReadonlyMap<string, number>;
}

/**
 * @param waiting keys of jobs that are yet to be computed
 * @param known keys of views of which all is known to be there
 */
export function createViewRenderer(
  plan: ExperimentPlan,
  view: ViewPlan,
  store: Store,
  waiting: Iterable<string>,
  known: ReadonlySet<string> = new Set(),
): ViewRenderer {
  const { jobs, display } = view;
  const missing = new Set(waiting);
  const before = scalesBefore(display);
  const backgrounds = display.overlay === 'image' ? createBackgrounds(plan) : undefined;
  const drawn = new DrawnPanels(figurePanels(view));
  const sheets = sheetsOf(jobs);
  const notFinite = new Map<string, number>();
  let isComposed = figurePanels(view) === 0;
  const byKey = new Map<string, SpriteSheetJobs[]>();
  for (const sheet of sheets) {
    for (const { key } of sheet.jobs) byKey.set(key, [...(byKey.get(key) ?? []), sheet]);
  }

  /** While other jobs are computed: in the end nothing else would be left to do beside it. */
  const composeEarly = async (scales: SharedScales): Promise<void> => {
    if (isComposed) return;
    isComposed = true;
    const stored = await storedFor(figureJobs(view), store);
    const panels = [...stored.values()].flatMap((job) => job.panels);
    // Whether it has a colour bar is known, whatever panels follow.
    if (!panels.slice(0, figurePanels(view)).some(({ kind }) => kind === 'map')) return;
    await figureOf({ plan, view, store, scales, backgrounds, drawn, stored }, true);
  };

  const storedFor = async (some: readonly PlannedJob[], from: Store): Promise<Map<string, StoredJob>> => {
    const stored = new Map<string, StoredJob>();
    for (const { key } of some) stored.set(key, await readJob(from, key));
    return stored;
  };
  const composeNoted = async (
    computed: Pick<ComputedView, 'scales' | 'stored'>,
    coloured: boolean,
  ): Promise<{ picture: View['picture']; figure: KeptFigure | undefined }> => {
    const watched = watchStore(store);
    const source = { plan, view, backgrounds, drawn, ...computed, store: watched.store };
    const picture = await figureOf(source, coloured);
    const entries = await watched.entries();
    return { picture, figure: entries && { titles: titlesOf(plan, view), entries } };
  };
  /** A kept view with other titles. */
  const titled = async (key: string, kept: KeptView, scales: SharedScales): Promise<View> => {
    const stored = await storedFor(figureJobs(view), store);
    const { picture, figure } = await composeNoted({ scales, stored }, kept.view.colorBar !== undefined);
    const whole = { ...kept.view, title: view.view.title, picture };
    if (figure) await keepView(store, key, { ...kept, view: whole, figure });
    return whole;
  };

  return {
    async jobDone(key, payload, panels) {
      missing.delete(key);
      if (!before) return;
      for (const sheet of byKey.get(key) ?? []) {
        if (sheet.drawn || sheet.jobs.some((job) => missing.has(job.key))) continue;
        sheet.drawn = true;
        const panelsOf = async (job: PlannedJob) =>
          job.key === key && panels ? panels : (await readJob(store, job.key)).panels;
        const numbersOf = (job: PlannedJob) =>
          job.key === key ? Promise.resolve(numbersIn(payload)) : readNumbers(store, job.key);
        await drawSheet(sheet, {
          display,
          scales: before,
          ...{ store, backgrounds, panelsOf, numbersOf, drawn },
        });
      }
      if (drawn.complete) await composeEarly(before);
    },
    async finish() {
      const key = viewKey(plan, view);
      const kept = await findKeptView(store, key, known.has(key));
      if (kept && (await restoreLists(store, plan.experiment.id, kept))) {
        const isWhole = await hasFigure(store, kept, titlesOf(plan, view));
        if (isWhole || before) {
          for (const [layer, panels] of kept.notFinite) notFinite.set(layer, panels);
          return isWhole ? kept.view : titled(key, kept, before!);
        }
      }
      notFinite.clear();
      const watched = watchStore(store);
      const stored = new Map<string, StoredJob>();
      for (const { key } of jobs) stored.set(key, await lookedUp(watched.store, key));
      const scales = before ?? scalesAmong(display, jobs, (job) => stored.get(job.key)!.panels);
      const lists: [string, string][] = [];
      const computed = { plan, view, sheets, scales, backgrounds, drawn, stored };
      const { coloured, ...described } = await describe(
        { ...computed, store: watched.store },
        {
          notFinite: (layer) => notFinite.set(layer, (notFinite.get(layer) ?? 0) + 1),
          list: (src, hash) => lists.push([src, hash]),
        },
      );
      const { picture, figure } = await composeNoted(computed, coloured);
      const entries = await watched.entries();
      const whole = { ...described, picture };
      if (entries && figure)
        await keepView(store, key, { view: whole, notFinite: [...notFinite], lists, entries, figure });
      return whole;
    },
    notFinite,
  };
}

function sheetsOf(jobs: readonly PlannedJob[]): SpriteSheetJobs[] {
  const firsts: number[] = [];
  let next = 0;
  for (const { panels } of jobs) {
    firsts.push(next);
    next += panels;
  }
  return planSheets(jobs).map((sheet) => ({
    jobs: sheet.map((index) => jobs[index]!),
    first: firsts[sheet[0]!]!,
    drawn: false,
  }));
}

/** A job with all that belongs to it, which is noted. */
async function lookedUp(store: Store, key: string): Promise<StoredJob> {
  const job = await readJob(store, key);
  await store.rawSize(key);
  for (const asset of filesIn(job)) await store.assetSize(asset);
  return job;
}

/** What is found while a view is described. */
interface Findings {
  notFinite(layer: string): void;
  /** A list of panels has been written. */
  list(src: string, sha256: string): void;
}

/** A view without its figure, and whether that has a colour bar. */
async function describe(
  computed: ComputedView,
  found: Findings,
): Promise<Omit<View, 'picture'> & { readonly coloured: boolean }> {
  const { plan, view, store, sheets, scales, backgrounds, drawn, stored } = computed;
  const { display, grid, settings, panelCount } = view;
  const { id, title, technique } = view.view;
  const panelsOfJob = (job: PlannedJob) => Promise.resolve(stored.get(job.key)!.panels);
  const numbersOf = (job: PlannedJob) => readNumbers(store, job.key);
  const context = { store, display, scales, backgrounds, panelsOf: panelsOfJob, numbersOf, drawn };
  const viewFacts = collectViewFacts(plan, technique);
  let coloured = false;
  /** @param take called with the panels of each sheet in turn */
  const drawSheets = async (
    some: readonly SpriteSheetJobs[],
    take: (panels: readonly Panel[]) => void,
  ): Promise<Pick<View, 'valueGrids'>> => {
    const grids: ValueGrids[] = [];
    for (const sheet of some) {
      const { jobs, first } = sheet;
      const all = jobs.flatMap((job) => stored.get(job.key)!.panels.map((panel) => ({ job, panel })));
      const { placements, values } = await drawSheet(sheet, context);
      grids.push({ count: placements.length, ...(values === undefined ? {} : { src: assetSrc(values) }) });
      const panels = placements.map((placement, index) => {
        const { job, panel } = all[index]!;
        coloured ||= panel.kind === 'map';
        const [layer] = job.layers;
        if (panel.flags.includes('nan'))
          found.notFinite(layer === undefined ? 'input' : plan.source.layers[layer]!.name);
        return toPanel(plan, job, panel, placement, first + index, display.label);
      });
      viewFacts.add(panels);
      take(panels);
    }
    return grids.some(({ src }) => src !== undefined) ? { valueGrids: grids } : {};
  };

  let listed: PanelList = { panels: [] };
  const panelFiles: NonNullable<View['panelFiles']> = [];
  if (panelCount <= INLINE_PANELS) {
    const panels: Panel[] = [];
    const grids = await drawSheets(sheets, (some) => panels.push(...some));
    listed = { panels, ...grids };
  } else {
    // One layer at a time, as text.
    for (const [layer, some] of byLayer(plan, sheets)) {
      const src = `panels/${id}-${panelFiles.length}.json`;
      const texts: string[] = [];
      let count = 0;
      const grids = await drawSheets(some, (panels) => {
        if (panels.length > 0) texts.push(JSON.stringify(panels).slice(1, -1));
        count += panels.length;
      });
      found.list(src, await store.keepSite(`${plan.experiment.id}/${src}`, `[${texts.join(',')}]`));
      panelFiles.push({ layer, src, count, ...grids });
    }
  }
  const values = listValues(computed);
  const facts = viewFacts.make(settings);
  return {
    ...{ id, technique, title, grid, settings: { ...settings }, coloured },
    ...(coloured ? { colorBar: await colorBarOf(view, store, scales) } : {}),
    ...(facts ? { facts } : {}),
    ...{ panelCount, ...listed },
    ...(panelFiles.length > 0 ? { panelFiles } : {}),
    ...(values.length > 0 ? { values } : {}),
  };
}

function byLayer(
  { source }: ExperimentPlan,
  sheets: readonly SpriteSheetJobs[],
): Map<string, SpriteSheetJobs[]> {
  const layers = new Map<string, SpriteSheetJobs[]>();
  for (const sheet of sheets) {
    const layer = sheet.jobs[0]!.layers[0];
    const name = layer === undefined ? '' : source.layers[layer]!.name;
    layers.set(name, [...(layers.get(name) ?? []), sheet]);
  }
  return layers;
}

function listValues({ plan, view, stored }: ComputedView): NonNullable<View['values']> {
  return view.jobs.flatMap((job) => {
    const [layer] = job.layers;
    const [image] = job.images;
    return stored.get(job.key)!.values.map(({ filters, asset }) => ({
      layer: plan.source.layers[layer!]!.name,
      ...(image === undefined ? {} : { image: plan.images.images[image]!.id }),
      ...{ filters: [...filters], src: assetSrc(asset) },
    }));
  });
}
