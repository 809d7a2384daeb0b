import type { LayerInfo, Panel, Report, View } from '../schema/report.ts';
import { compact, getOrAdd, groupBy, ON_IMAGE, pixelsKeyOf, type Group } from './facets.ts';
import { presentationOf } from './techniques/table.ts';

/** An image's page: its panels layer by layer. `layer` is absent for what belongs to none (the image itself). */
export interface ImageSection {
  readonly layer?: LayerInfo;
  /** Panels that are alone in their view, no image twice: they share one grid. */
  readonly singles: readonly { readonly view: View; readonly panel: Panel }[];
  readonly groups: readonly Group[];
  /** Views of maps that one of the groups shows with others. */
  readonly others: readonly View[];
}

/** Collects, view after view, what the pages of all images show, without keeping panels that none of them shows. */
export class ImageSections {
  /** How many panels are kept. */
  kept = 0;
  readonly #byImage = new Map<string, Map<string | undefined, Group[]>>();

  constructor(private readonly report: Report) {}

  /** @param panels of one view, all of one layer or of all its layers */
  add(view: View, panels: readonly Panel[]): void {
    for (const [image, ofImage] of groupBy(panels, (panel) => panel.image)) {
      if (image === undefined) continue;
      const layers = getOrAdd(this.#byImage, image, () => new Map<string | undefined, Group[]>());
      for (const [layer, list] of groupBy(ofImage, (panel) => panel.layer)) {
        const group = compact(view, list, ON_IMAGE);
        this.kept += group.panels.length + (group.sheets?.length ?? 0);
        getOrAdd(layers, layer, () => []).push(group);
      }
    }
  }

  /** In the order of the layers; what belongs to no layer comes first. */
  of(image: string): ImageSection[] {
    const layers = this.#byImage.get(image);
    if (!layers) return [];
    const sections: ImageSection[] = [];
    const loose = layers.get(undefined);
    if (loose) sections.push(imageSection(loose));
    for (const layer of this.report.model.layers) {
      const groups = layers.get(layer.name);
      if (groups) sections.push({ layer, ...imageSection(groups) });
    }
    return sections;
  }
}

function imageSection(all: readonly Group[]): Omit<ImageSection, 'layer'> {
  const singles = new Map<string, { view: View; panel: Panel }>();
  const groups: Group[] = [];
  const { shown, others } = withoutRepeats(all);
  for (const group of shown) {
    const panel = group.panels[0];
    if (group.count > 1 || !panel) {
      groups.push(group);
      continue;
    }
    const key = pixelsKeyOf(panel);
    if (!singles.has(key)) singles.set(key, { view: group.view, panel });
  }
  return { singles: [...singles.values()], groups, others };
}

/** Maps that a larger group of the same technique has, too, would say the same again. */
function withoutRepeats(all: readonly Group[]): { shown: readonly Group[]; others: readonly View[] } {
  const measured = all.filter(({ view }) => presentationOf(view.technique).measuresFilters);
  if (measured.length < 2) return { shown: all, others: [] };
  const maps = measured.map((group) => ({ group, filters: filtersShown(group) }));
  const repeated = new Set(
    maps
      .filter(({ group, filters }) =>
        maps.some(
          (other) =>
            other.group.view.technique === group.view.technique &&
            other.filters.size > group.count &&
            filters.size === group.count &&
            [...filters].every((filter) => other.filters.has(filter)),
        ),
      )
      .map(({ group }) => group),
  );
  return {
    shown: all.filter((group) => !repeated.has(group)),
    others: [...repeated].map(({ view }) => view),
  };
}

const filtersShown = ({ panels, sheets = [] }: Group): ReadonlySet<number> =>
  new Set([
    ...panels.flatMap(({ filter }) => filter ?? []),
    ...sheets.flatMap(({ cells }) => cells?.filters ?? []),
  ]);
