import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Gallery, Panel, Report, View } from '../schema/report.ts';
import {
  addFilters,
  coverPanels,
  ImageSections,
  panelsOfLayer,
  sampleOf,
  type FacePanel,
  type Group,
  type ReportImage,
  type ViewPanels,
} from './facets.ts';
import type { ImageIndex } from './techniques/presentation.ts';
import { UnitFinds } from './search/unit-finds.ts';
import { presentations } from './techniques/table.ts';

/** One image's panels of a layer, out of `total`. */
export interface LayerSample extends Group {
  readonly layer: string;
  readonly total: number;
}

/** What has to be known of a whole report before its pages can be listed. Panels of large views are read once for it. */
export interface ReportIndex {
  /** Filters that have a page, ascending, by layer name. */
  readonly filters: ReadonlyMap<string, readonly number[]>;
  readonly sections: ImageSections;
  /** By what the search finds units. */
  readonly finds: UnitFinds;
  /** What the pages of images show of some techniques, by their names. */
  readonly found: ReadonlyMap<string, ImageIndex>;
  readonly images: ReadonlyMap<string, ReportImage>;
}

/** Reads the data folder that the pipeline wrote and checked. Keeps only what was used last: galleries may be large. */
export class SiteData {
  readonly #dataDir: string;
  readonly #reports = new Recent<Report>(3);
  readonly #indexes = new Recent<ReportIndex>(2);
  readonly #panelFiles = new Recent<Panel[]>(4);

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  gallery(): Promise<Gallery> {
    return this.#read<Gallery>('gallery.json');
  }

  report(id: string): Promise<Report> {
    return this.#reports.get(id, () => this.#read<Report>(join(id, 'report.json')));
  }

  async readyReports(): Promise<Report[]> {
    const { experiments } = await this.gallery();
    const ready = experiments.filter(({ status }) => status === 'ready');
    return Promise.all(ready.map(({ id }) => this.report(id)));
  }

  reportIndex(report: Report): Promise<ReportIndex> {
    return this.#indexes.get(report.experiment.id, async () => {
      const filters = new Map<string, Set<number>>();
      const sections = new ImageSections(report);
      const images = new Map(report.images.map((image) => [image.id, image]));
      const finds = new UnitFinds(images);
      const layerIndex = new Map(report.model.layers.map(({ name, index }) => [name, index]));
      const found = new Map(
        Object.entries(presentations).flatMap(([technique, { imageSection }]): [string, ImageIndex][] =>
          imageSection ? [[technique, imageSection.collect(layerIndex)]] : [],
        ),
      );
      for (const view of report.views) {
        for await (const panels of this.#chunks(report, view)) {
          addFilters(filters, panels);
          sections.add(view, panels);
          finds.add(view, panels);
          found.get(view.technique)?.add(view, panels);
        }
      }
      const ascending = [...filters].map(([layer, set]): [string, number[]] => [
        layer,
        [...set].sort((a, b) => a - b),
      ]);
      return {
        filters: new Map(ascending),
        ...{ sections, found, finds, images },
      };
    });
  }

  /** Panels of a layer, view by view. */
  async layerPanels(report: Report, layer: string): Promise<ViewPanels[]> {
    const found = await Promise.all(
      report.views.map(async (view): Promise<ViewPanels[]> => {
        const file = view.panelFiles?.find((candidate) => candidate.layer === layer);
        if (!file) return panelsOfLayer([view], layer);
        return [{ view, panels: await this.#panels(report, file.src) }];
      }),
    );
    return found.flat();
  }

  /** Panels of one filter, view by view. */
  async filterPanels(report: Report, layer: string, filter: number): Promise<ViewPanels[]> {
    const all = await this.layerPanels(report, layer);
    return all
      .map(({ view, panels }) => ({ view, panels: panels.filter((panel) => panel.filter === filter) }))
      .filter(({ panels }) => panels.length > 0);
  }

  /** What the page of a large view shows of each layer. */
  async viewSamples(report: Report, view: View): Promise<LayerSample[]> {
    const { images } = await this.reportIndex(report);
    const samples: LayerSample[] = [];
    for (const { layer, src, count } of view.panelFiles ?? []) {
      samples.push({ ...sampleOf(view, await this.#panels(report, src), images), layer, total: count });
    }
    return samples;
  }

  /** A few panels that stand for a whole report; of large views those of their first layer are read. */
  async cover(report: Report, count: number): Promise<FacePanel[]> {
    const views = report.views.map(async (view): Promise<View> => ({
      ...view,
      panels: [...(await this.facePanels(report, view))],
    }));
    return coverPanels({ ...report, views: await Promise.all(views) }, count);
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
    const path = join(report.experiment.id, src);
    return this.#panelFiles.get(path, () => this.#read<Panel[]>(path));
  }

  async #read<T>(path: string): Promise<T> {
    return JSON.parse(await readFile(join(this.#dataDir, path), 'utf8')) as T;
  }
}

/** Remembers the values that were asked for last. */
class Recent<V> {
  readonly #entries = new Map<string, Promise<V>>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: string, make: () => Promise<V>): Promise<V> {
    const known = this.#entries.get(key);
    const value = known ?? make();
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size > this.#limit) this.#entries.delete(this.#entries.keys().next().value!);
    return value;
  }
}
