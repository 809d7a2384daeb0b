import type { Panel, View } from '../schema/report.ts';
import { groupBy, MANY_PANELS, type Group, type ViewPanels } from './facets.ts';
import type { ReportImage } from './types.ts';

/** Panels that a layer's page of many panels shows of each technique but the one it has most of, and of each further view of a technique. */
export const EXCERPTS = { technique: 20, view: 8 } as const;

export interface LayerSection {
  readonly view: View;
  /** Views whose panels are all among those of this one. */
  readonly also: readonly View[];
  readonly groups: readonly Group[];
  /** Images of this view whose grids stand on their own pages only. */
  readonly elsewhere: readonly ReportImage[];
  /** Panels of the view for this layer, on this page or elsewhere. */
  readonly count: number;
  /** Only the first panels are in `groups`. */
  readonly isExcerpt?: true;
}

/**
 * A layer's page: for each view one grid, or one for each image; where that would be too much, the first image's. On a page of many
 * panels only the largest view is shown whole. Single panels come last: the layer is about its units.
 */
export function layerSections(
  perView: readonly ViewPanels[],
  images: ReadonlyMap<string, ReportImage>,
): LayerSection[] {
  const found = sectionsOf(perView, images);
  const sections = [...found.filter(({ count }) => count > 1), ...found.filter(({ count }) => count <= 1)];
  if (sections.reduce((sum, { groups }) => sum + panelsIn(groups), 0) <= MANY_PANELS) return sections;
  const largest = new Map<string, LayerSection>();
  for (const section of sections) {
    const { technique } = section.view;
    const known = largest.get(technique);
    if (!known || section.count > known.count) largest.set(technique, section);
  }
  const most = Math.max(...sections.map(({ count }) => count));
  return sections.map((section) => {
    if (largest.get(section.view.technique) !== section) return excerptOf(section, EXCERPTS.view);
    return section.count === most ? section : excerptOf(section, EXCERPTS.technique);
  });
}

const panelsIn = (groups: readonly Group[]): number => groups.reduce((sum, { count }) => sum + count, 0);

function excerptOf(section: LayerSection, most: number): LayerSection {
  const [first] = section.groups;
  if (!first || section.count <= most) return section;
  const groups = [{ ...first, panels: first.panels.slice(0, most) }];
  return { ...section, groups, elsewhere: [], isExcerpt: true };
}

function sectionsOf(
  perView: readonly ViewPanels[],
  images: ReadonlyMap<string, ReportImage>,
): LayerSection[] {
  return mergeRepeats(perView).map(({ view, panels, also }) => {
    const count = panels.length;
    const byImage = groupBy(panels, (panel) => panel.image);
    const filters = new Set(panels.map(({ filter }) => filter));
    if (byImage.size <= 1 || filters.size <= 1) {
      return { view, also, count, groups: [group(view, panels, images)], elsewhere: [] };
    }
    const groups = [...byImage.values()].map((list) => group(view, list, images));
    if (count <= MANY_PANELS) return { view, also, count, groups, elsewhere: [] };
    const elsewhere = groups
      .slice(1)
      .map(({ image }) => image)
      .filter((image) => image !== undefined);
    return { view, also, count, groups: groups.slice(0, 1), elsewhere };
  });
}

/** Settings that choose panels and name them: they change no pixel of any. */
const CHOOSING = new Set(['layer', 'layers', 'filters', 'images', 'grid', 'label', 'values', 'title', 'id']);

/** Views of a layer, without those that would only repeat panels of another one. */
function mergeRepeats(perView: readonly ViewPanels[]): (ViewPanels & { also: View[] })[] {
  const appearance = ({ technique, settings, colorBar }: View): string =>
    JSON.stringify([
      technique,
      Object.entries(settings).filter(([key]) => !CHOOSING.has(key)),
      colorBar?.range,
    ]);
  const all = perView.map(({ view, panels }) => ({
    ...{ view, panels, also: [] as View[], appearance: appearance(view) },
    keys: new Set(panels.map(({ filter, image }) => `${filter} ${image}`)),
  }));
  return all.filter((one, index) => {
    const container = all.find(
      (other, at) =>
        other !== one &&
        other.appearance === one.appearance &&
        (other.keys.size > one.keys.size || (other.keys.size === one.keys.size && at < index)) &&
        [...one.keys].every((key) => other.keys.has(key)),
    );
    container?.also.push(one.view);
    return !container;
  });
}

function group(view: View, panels: readonly Panel[], images: ReadonlyMap<string, ReportImage>): Group {
  const ids = new Set(panels.map((panel) => panel.image));
  const only = ids.size === 1 ? [...ids][0] : undefined;
  const image = only === undefined ? undefined : images.get(only);
  return { view, panels, count: panels.length, ...(image && { image }) };
}
