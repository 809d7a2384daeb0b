import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Gallery, Panel, Report, View } from '../schema/report.ts';
import { groupBy, panelsOfUnit, sampleOf, type Group, type ViewPanels } from './facets.ts';
import { coverCandidates, coverPanels, type CoverCandidates, type FacePanel } from './faces.ts';
import { reads, recordRead } from './reads.ts';
import { Recent, type Weighed } from './recent.ts';
import { IndexCollector, UnitsCollector, type ReportIndex, type ReportUnits } from './report-index.ts';
import { recordingParts } from './report-parts.ts';
import { presentationOf } from './techniques/table.ts';

/** One image's panels of a layer, out of `total`. */
export interface LayerSample extends Group {
  readonly layer: string;
  readonly total: number;
}

/** Bytes of JSON that is kept, parsed: it takes several times as much memory. */
const MOST_REPORTS = 48e6;
const MOST_PANELS = 24e6;
/** An index keeps some of the panels of large views. */
const MOST_INDEXED = 64e6;

/** What another report on the same network shows of a unit. */
export interface UnitElsewhere {
  readonly report: Report;
  readonly views: readonly ViewPanels[];
}

/** Panels of one layer of a view. */
export interface ViewLayer {
  readonly layer: string | undefined;
  readonly panels: readonly Panel[];
  readonly valueGrids: View['valueGrids'];
}

/** How many panels a view has of each layer, in their order. */
export function layerCounts(view: View): { layer: string | undefined; count: number }[] {
  return [
    ...(view.panelFiles ?? []).map(({ layer, count }) => ({ layer: layerOf(layer), count })),
    ...inlineLayers(view).map(({ layer, panels }) => ({ layer, count: panels.length })),
  ];
}

/** Of a file of panels. */
const layerOf = (layer: string): string | undefined => (layer === '' ? undefined : layer);

/** Scripts have values of neighbours of one layer, so that each belongs to one layer as a whole. */
function inlineLayers({ panels, valueGrids = [] }: View): ViewLayer[] {
  const layers = new Map<
    string | undefined,
    { panels: Panel[]; valueGrids: NonNullable<View['valueGrids']> }
  >();
  const of = (panel: Panel) => {
    const list = layers.get(panel.layer) ?? { panels: [], valueGrids: [] };
    layers.set(panel.layer, list);
    return list;
  };
  for (const panel of panels) of(panel).panels.push(panel);
  let first = 0;
  for (const grids of valueGrids) {
    const panel = panels[first];
    if (panel) of(panel).valueGrids.push(grids);
    first += grids.count;
  }
  return [...layers].map(([layer, list]) => ({ layer, ...list }));
}

/** Reads the data folder that the pipeline wrote and checked. Keeps only what was used last: galleries may be large. */
export class SiteData {
  readonly #dataDir: string;
  readonly #reports = new Recent<Report>(MOST_REPORTS);
  readonly #indexes = new Recent<ReportIndex>(MOST_INDEXED);
  readonly #units = new Map<string, Promise<ReportUnits>>();
  readonly #panelFiles = new Recent<Panel[]>(MOST_PANELS);
  #networks: Promise<ReadonlyMap<string, readonly string[]>> | undefined;

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  gallery(): Promise<Gallery> {
    recordRead(reads.gallery);
    return this.#read<Gallery>('gallery.json');
  }

  report(id: string): Promise<Report> {
    recordRead(reads.report(id));
    return this.#report(id);
  }

  #report(id: string): Promise<Report> {
    return this.#reports.get(id, async () => {
      const { value, bytes } = await this.#weighed<Report>(join(id, 'report.json'));
      return { value: recordingParts(value), bytes };
    });
  }

  async readyReports(): Promise<Report[]> {
    const { experiments } = await this.gallery();
    const ready = experiments.filter(({ status }) => status === 'ready');
    return Promise.all(ready.map(({ id }) => this.report(id)));
  }

  /** Which units have pages: less than `reportIndex`, of which it is a part. */
  async units(report: Report): Promise<ReportUnits> {
    const { id } = report.experiment;
    recordRead(reads.report(id));
    let units = this.#units.get(id);
    if (!units) {
      const collector = new UnitsCollector();
      this.#units.set(id, (units = this.#collect(report, collector).then(() => collector.units)));
    }
    return units;
  }

  /** Those that were noted before. */
  setUnits(report: Report, units: ReportUnits): void {
    this.#units.set(report.experiment.id, Promise.resolve(units));
  }

  reportIndex(report: Report): Promise<ReportIndex> {
    const { id } = report.experiment;
    recordRead(reads.report(id));
    return this.#indexes.get(id, async () => {
      const collector = new IndexCollector(report);
      await this.#collect(report, collector);
      const { index } = collector;
      this.#units.set(id, Promise.resolve({ filters: index.filters }));
      // About as much as a panel takes in its file.
      return { value: index, bytes: 400 * collector.kept };
    });
  }

  /** What pages of units show of other units' panels, by technique. */
  async foundOfUnits(report: Report): Promise<ReportIndex['foundOfUnits']> {
    const isShown = report.views.some(({ technique }) => presentationOf(technique).unitSection !== undefined);
    return isShown ? (await this.reportIndex(report)).foundOfUnits : new Map();
  }

  async #collect(report: Report, collector: Pick<IndexCollector, 'add'>): Promise<void> {
    for (const view of report.views) {
      for await (const panels of this.#chunks(report, view)) collector.add(view, panels);
    }
  }

  /** Panels of a layer, view by view. */
  async layerPanels(report: Report, layer: string): Promise<ViewPanels[]> {
    recordRead(reads.report(report.experiment.id));
    const found = await Promise.all(
      report.views.map(async (view): Promise<ViewPanels[]> => {
        const file = view.panelFiles?.find((candidate) => candidate.layer === layer);
        const panels = file ? await this.#panels(report, file.src) : indexOf(view.panels).byLayer.get(layer);
        return panels ? [{ view, panels }] : [];
      }),
    );
    return found.flat();
  }

  /** Panels of one filter, view by view. */
  async filterPanels(report: Report, layer: string, filter: number): Promise<ViewPanels[]> {
    const all = await this.layerPanels(report, layer);
    return all
      .map(({ view, panels }) => ({
        view,
        panels: panelsOfUnit(view, panels, filter, indexOf(panels).byFilter),
      }))
      .filter(({ panels }) => panels.length > 0);
  }

  /** Ids of the reports that are on the same network as this one, itself among them, in the order of ids. */
  async sameNetwork({ experiment }: Report): Promise<readonly string[]> {
    recordRead(reads.network(experiment.id));
    this.#networks ??= this.#findNetworks();
    return (await this.#networks).get(experiment.id) ?? [];
  }

  /** What other reports on the same network know of a unit; those that know nothing are left out. */
  async unitElsewhere(report: Report, layer: string, filter: number): Promise<UnitElsewhere[]> {
    const found: UnitElsewhere[] = [];
    for (const id of await this.sameNetwork(report)) {
      if (id === report.experiment.id) continue;
      const other = await this.report(id);
      const views = await this.filterPanels(other, layer, filter);
      if (views.length > 0) found.push({ report: other, views });
    }
    return found;
  }

  async #findNetworks(): Promise<ReadonlyMap<string, readonly string[]>> {
    const networks = new Map<string, string[]>();
    const byReport = new Map<string, readonly string[]>();
    const { experiments } = await this.#read<Gallery>('gallery.json');
    const ready = experiments.filter(({ status }) => status === 'ready').map(({ id }) => id);
    for (const id of ready.sort()) {
      const { network } = (await this.#report(id)).model;
      const known = network === undefined ? undefined : networks.get(network);
      const ids = known ?? [];
      ids.push(id);
      if (network !== undefined) networks.set(network, ids);
      byReport.set(id, ids);
    }
    return byReport;
  }

  /** A view's panels of one layer, with where their values are. */
  async *viewLayers(report: Report, view: View, layer: string | undefined): AsyncIterable<ViewLayer> {
    for (const { layer: name, src, valueGrids } of view.panelFiles ?? []) {
      if (layerOf(name) === layer) yield { layer, panels: await this.#panels(report, src), valueGrids };
    }
    for (const inline of inlineLayers(view)) if (inline.layer === layer) yield inline;
  }

  /** All panels of a view. */
  async viewPanels(report: Report, view: View): Promise<readonly Panel[]> {
    if (!view.panelFiles) return view.panels;
    const lists = await Promise.all(view.panelFiles.map(({ src }) => this.#panels(report, src)));
    return lists.flat();
  }

  /** What the page of a large view shows of each layer. */
  async viewSamples(report: Report, view: View): Promise<LayerSample[]> {
    const images = new Map(report.images.map((image) => [image.id, image]));
    const samples: LayerSample[] = [];
    for (const { layer, src, count } of view.panelFiles ?? []) {
      samples.push({ ...sampleOf(view, await this.#panels(report, src), images), layer, total: count });
    }
    return samples;
  }

  /** A few panels that stand for a whole report; of large views those of their first layer are read. */
  async cover(report: Report, count: number): Promise<FacePanel[]> {
    const views: CoverCandidates[] = [];
    for (const view of report.views)
      views.push(coverCandidates(view, await this.facePanels(report, view), count));
    return coverPanels(views, count);
  }

  /** Panels of a view; of a large one those of its first layer. */
  async facePanels(report: Report, view: View): Promise<readonly Panel[]> {
    const first = view.panelFiles?.[0];
    return first ? this.#panels(report, first.src) : view.panels;
  }

  async *#chunks(report: Report, view: View): AsyncIterable<readonly Panel[]> {
    if (!view.panelFiles) yield view.panels;
    for (const { src } of view.panelFiles ?? []) yield await this.#panels(report, src);
  }

  #panels(report: Report, src: string): Promise<Panel[]> {
    recordRead(reads.report(report.experiment.id));
    const path = join(report.experiment.id, src);
    return this.#panelFiles.get(path, () => this.#weighed<Panel[]>(path));
  }

  async #read<T>(path: string): Promise<T> {
    return (await this.#weighed<T>(path)).value;
  }

  async #weighed<T>(path: string): Promise<Weighed<T>> {
    const bytes = await readFile(join(this.#dataDir, path));
    return { value: JSON.parse(bytes.toString('utf8')) as T, bytes: bytes.length };
  }
}

/** Panels of one list by what pages ask for. */
interface PanelIndex {
  readonly byLayer: ReadonlyMap<string | undefined, readonly Panel[]>;
  readonly byFilter: ReadonlyMap<number | undefined, readonly Panel[]>;
}

/** Made once for each list: a layer's page and those of all its filters ask the same one. */
const indexes = new WeakMap<readonly Panel[], PanelIndex>();

function indexOf(panels: readonly Panel[]): PanelIndex {
  const known = indexes.get(panels);
  if (known) return known;
  const made: PanelIndex = {
    byLayer: groupBy(panels, ({ layer }) => layer),
    byFilter: groupBy(panels, ({ filter }) => filter),
  };
  indexes.set(panels, made);
  return made;
}
