import type { Panel, Report, View } from '../schema/report.ts';
import { addFilters, type ReportImage } from './facets.ts';
import { FilmStrips } from './film-strips.ts';
import { ImageSections } from './image-sections.ts';
import { UnitFinds } from './search/unit-finds.ts';
import type { ImageIndex, UnitIndex } from './techniques/presentation.ts';
import { presentations } from './techniques/table.ts';

/** Which units of a report have pages. Panels of large views are read once for it. */
export interface ReportUnits {
  /** Filters that have a page, ascending, by layer name. */
  readonly filters: ReadonlyMap<string, readonly number[]>;
}

/** What pages show of all panels of a report together. Panels of large views are read once for it. */
export interface ReportIndex extends ReportUnits {
  readonly sections: ImageSections;
  readonly films: FilmStrips;
  /** By what the search finds units. */
  readonly finds: UnitFinds;
  /** What the pages of images show of some techniques, by their names. */
  readonly found: ReadonlyMap<string, ImageIndex>;
  /** What the pages of units show of other units' panels, by technique. */
  readonly foundOfUnits: ReadonlyMap<string, UnitIndex>;
  readonly images: ReadonlyMap<string, ReportImage>;
}

/** Collects, view after view, which units there are. */
export class UnitsCollector {
  readonly #filters = new Map<string, Set<number>>();

  add(view: View, panels: readonly Panel[]): void {
    addFilters(this.#filters, view, panels);
  }

  get units(): ReportUnits {
    const ascending = [...this.#filters].map(([layer, set]): [string, number[]] => [
      layer,
      [...set].sort((a, b) => a - b),
    ]);
    return { filters: new Map(ascending) };
  }
}

/** Collects, view after view, what there is of images and units. */
export class IndexCollector {
  readonly #units = new UnitsCollector();
  readonly #rest: Omit<ReportIndex, 'filters'>;
  /** Panels of techniques that keep all they want. */
  #own = 0;

  readonly #layers: number;

  constructor(report: Report) {
    this.#layers = report.model.layers.length;
    const images = new Map(report.images.map((image) => [image.id, image]));
    const layerIndex = new Map(report.model.layers.map(({ name, index }) => [name, index]));
    const found = new Map<string, ImageIndex>();
    const foundOfUnits = new Map<string, UnitIndex>();
    for (const [technique, { imageSection, unitSection }] of Object.entries(presentations)) {
      if (imageSection) found.set(technique, imageSection.collect(layerIndex));
      if (unitSection) foundOfUnits.set(technique, unitSection.collect(layerIndex));
    }
    this.#rest = {
      sections: new ImageSections(report),
      films: new FilmStrips(report.model.layers),
      finds: new UnitFinds(images),
      ...{ found, foundOfUnits, images },
    };
  }

  add(view: View, panels: readonly Panel[]): void {
    const { sections, films, finds, found, foundOfUnits } = this.#rest;
    this.#units.add(view, panels);
    finds.add(view, panels);
    const ofUnits = foundOfUnits.get(view.technique);
    ofUnits?.add(view, panels);
    const own = found.get(view.technique);
    own?.add(view, panels);
    if (own ?? ofUnits) this.#own += panels.length;
    if (own) return;
    sections.add(view, panels);
    films.add(view, panels);
  }

  /** How many panels are kept, at most. */
  get kept(): number {
    const { sections, images } = this.#rest;
    return sections.kept + this.#own + images.size * this.#layers;
  }

  get index(): ReportIndex {
    return { ...this.#units.units, ...this.#rest };
  }
}
