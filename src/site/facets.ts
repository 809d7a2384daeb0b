import type { Panel, View } from '../schema/report.ts';
import { sheetsOf, type SpriteSheet } from './sprite-sheets.ts';
import { presentationOf } from './techniques/table.ts';
import type { FilterSummary, ReportImage } from './types.ts';

/**
 * What each kind of page shows, cut out of a report. Pure: panels of large views are passed in, since files are read elsewhere.
 */

export type { ReportImage } from './types.ts';

/** Panels of one view that a page shows together. */
export interface ViewPanels {
  readonly view: View;
  readonly panels: readonly Panel[];
}

/** A grid on a page: all of one view, or of one view and one image. */
export interface Group {
  readonly view: View;
  /** The one image that all panels belong to; absent where they are of several or of none. */
  readonly image?: ReportImage;
  readonly panels: readonly Panel[];
  /** Instead of `panels`, where there are too many: whole sprites. */
  readonly sheets?: readonly SpriteSheet[];
  /** All panels there are; more than are shown where neither list holds all. */
  readonly count: number;
}

/** Several grids of one view stand on a page as long as they have no more panels than this together. */
export const MANY_PANELS = 200;
/** A view's page shows so many panels of a layer one by one, and whole sprites beyond. */
export const MANY_FILTERS = 96;
/** The same on an image's page, which has all layers, where one sprite has the others too. */
export const IMAGE_FILTERS = 32;
/** Of panels of so many pixels at a side a sprite has few: an image's page shows the first alone. */
const LARGE = 200;
export const LARGE_FILTERS = 15;

interface Compactness {
  /** Panels that are shown one by one where one sprite has all of them; several, whose last rows are not full, make no better grid. */
  readonly most: number;
  /** How many are shown of large ones. */
  readonly mostLarge: number;
}

export const ON_IMAGE: Compactness = { most: IMAGE_FILTERS, mostLarge: LARGE_FILTERS };
const ON_VIEW: Compactness = { most: MANY_FILTERS, mostLarge: MANY_FILTERS };

/** Filters of each layer that some panel is about; layers without any are left out. */
export function addFilters(
  known: Map<string, Set<number>>,
  { technique }: Pick<View, 'technique'>,
  panels: readonly Panel[],
): void {
  const { units: others } = presentationOf(technique);
  for (const panel of panels) {
    const { layer, filter } = panel;
    if (layer === undefined) continue;
    const units = others?.(panel) ?? [];
    if (filter === undefined && units.length === 0) continue;
    const filters = getOrAdd(known, layer, () => new Set<number>());
    if (filter !== undefined) filters.add(filter);
    for (const unit of units) filters.add(unit);
  }
}

/** Units of a panel's layer whose pages show it. */
function unitsOf(panel: Panel, technique: string): readonly number[] {
  const others = presentationOf(technique).units?.(panel) ?? [];
  return panel.filter === undefined ? others : [panel.filter, ...others];
}

/** Panels of a view that the page of a unit shows. @param byFilter the same panels by their filters */
export function panelsOfUnit(
  { technique }: Pick<View, 'technique'>,
  panels: readonly Panel[],
  unit: number,
  byFilter: ReadonlyMap<number | undefined, readonly Panel[]>,
): readonly Panel[] {
  return presentationOf(technique).units
    ? panels.filter((panel) => unitsOf(panel, technique).includes(unit))
    : (byFilter.get(unit) ?? []);
}

/** Equal for panels that show the same pixels. */
export function pixelsKeyOf({ src, crop }: Panel): string {
  return JSON.stringify([src, crop]);
}

/** What a page shows of one image's panels of a layer. */
export function compact(view: View, panels: readonly Panel[], { most, mostLarge }: Compactness): Group {
  const count = panels.length;
  if (count <= most) return { view, panels, count };
  const sheets = presentationOf(view.technique).oneByOne ? undefined : sheetsOf(panels);
  if (sheets?.length === 1) return { view, panels: [], sheets, count };
  const isLarge = panels.every(({ width, height }) => Math.max(width, height) >= LARGE);
  if (sheets && count > MANY_FILTERS && !isLarge) return { view, panels: [], sheets, count };
  return { view, panels: panels.slice(0, isLarge ? mostLarge : MANY_FILTERS), count };
}

/** Of the panels of one view and layer, those of the first image: few one by one, many as whole sprites. */
export function sampleOf(
  view: View,
  panels: readonly Panel[],
  images: ReadonlyMap<string, ReportImage>,
): Group {
  const first = panels[0]?.image;
  const image = first === undefined ? undefined : images.get(first);
  return {
    ...compact(
      view,
      panels.filter((panel) => panel.image === first),
      ON_VIEW,
    ),
    ...(image && { image }),
  };
}

/** Panels by layer, in the order in which layers first come. */
export function byLayer(panels: readonly Panel[]): { layer: string; panels: Panel[] }[] {
  const layers = new Map<string, Panel[]>();
  for (const panel of panels) getOrAdd(layers, panel.layer ?? '', () => []).push(panel);
  return [...layers].map(([layer, list]) => ({ layer, panels: list }));
}

/**
 * Measured over the panels of feature maps, each image counted once.
 * @param innerMaximum of a panel: its greatest value that does not depend on the padding
 */
export function summarizeFilter(
  panels: readonly Panel[],
  images: ReadonlyMap<string, ReportImage>,
  innerMaximum: (panel: Panel) => number | undefined = () => undefined,
): FilterSummary | undefined {
  const peaks = new Map<string, number>();
  const inner = new Map<string, number>();
  for (const panel of panels) {
    const { image, range } = panel;
    if (image === undefined || range[1] === null || !images.has(image)) continue;
    peaks.set(image, range[1]);
    // A map of one value has it everywhere.
    const inside = range[0] === range[1] ? range[1] : innerMaximum(panel);
    if (inside !== undefined) inner.set(image, inside);
  }
  if (peaks.size === 0) return undefined;
  const ordered = strongestFirst(peaks, images);
  const several = ordered.length > 1 && ordered[0]!.value !== ordered.at(-1)!.value;
  return {
    firing: ordered.filter(isFiring).length,
    shown: ordered.length,
    ...(several && { strongest: ordered[0]!, weakest: ordered.at(-1)! }),
    ...(inner.size === peaks.size && { inside: insideOf(strongestFirst(inner, images)) }),
  };
}

interface Peak {
  readonly image: ReportImage;
  readonly value: number;
}

const isFiring = ({ value }: Peak): boolean => value > 0;

function strongestFirst(
  peaks: ReadonlyMap<string, number>,
  images: ReadonlyMap<string, ReportImage>,
): Peak[] {
  return [...peaks]
    .map(([id, value]) => ({ image: images.get(id)!, value }))
    .sort((a, b) => b.value - a.value);
}

const insideOf = (ordered: readonly Peak[]): NonNullable<FilterSummary['inside']> => ({
  firing: ordered.filter(isFiring).length,
  strongest: ordered[0]!,
});

/** Images by class, in the order in which classes first appear; one nameless class where none has any. */
export function imageClasses(images: readonly ReportImage[]): { name?: string; members: ReportImage[] }[] {
  return [...groupBy(images, (image) => image.class)].map(([name, members]) => ({
    ...(name !== undefined && { name }),
    members,
  }));
}

/** Entries under their headings, in the order in which headings first appear; those without one come under none. */
export function headed<T extends { readonly group?: string | undefined }>(
  entries: readonly T[],
): { heading: string | undefined; entries: T[] }[] {
  return [...groupBy(entries, ({ group }) => group)].map(([heading, members]) => ({
    heading,
    entries: members,
  }));
}

/** Neighbours of an item in a list; undefined at its ends. */
export function neighbours<T>(list: readonly T[], index: number): { previous?: T; next?: T } {
  const previous = list[index - 1];
  const next = list[index + 1];
  return { ...(previous !== undefined && { previous }), ...(next !== undefined && { next }) };
}

/** Items by a key, in the order in which keys first come. */
export function groupBy<T, K>(list: readonly T[], key: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of list) getOrAdd(groups, key(item), () => []).push(item);
  return groups;
}

export function getOrAdd<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
