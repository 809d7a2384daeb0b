import type { Gallery } from './load.ts';
import { NO_LAYER } from './panel-data.ts';
import type { ImageData, LayerData, PanelData, PanelMore, ReportData, ViewData } from './panel-data.ts';
import type { Rect, Size } from './place.ts';
import type { Reference } from './reference.ts';
import type { Grid } from './value-grids.ts';

/** A panel with all that is known of it. */
export interface Found extends PanelMore {
  readonly reference: Reference;
  readonly report: ReportData;
  readonly view: ViewData;
  readonly layer: LayerData | undefined;
  readonly filter: number | undefined;
  readonly image: (ImageData & { readonly href: string }) | undefined;
  readonly sprite: Size & { readonly href: string };
  readonly crop: Rect;
  readonly range: readonly [number | null, number | null];
  /** Where its values are. */
  readonly values: { readonly src: string; readonly index: number } | undefined;
}

/** A layer of a view, as its script has it. */
export interface PanelList {
  readonly report: ReportData;
  readonly view: ViewData;
  readonly layer: string;
  readonly panels: readonly Found[];
  /** Of all its panels, also where another script has them. */
  readonly images: readonly ImageData[];
}

/** The panels that stand with a panel in one script; undefined where report, view or layer are gone. */
export async function findList(gallery: Gallery, of: Reference): Promise<PanelList | undefined> {
  const report = await gallery.report(of.experiment);
  const view = report?.views.find(({ id }) => id === of.view);
  const layer = of.layer ?? NO_LAYER;
  const entry = view?.layers.find(([id]) => id === layer);
  if (!report || !view || !entry) return undefined;
  const where = { experiment: of.experiment, view: view.id, layer };
  // Of a layer that is split by images the first one's, where no image is named.
  const image = of.image ?? report.images[0]?.id ?? NO_LAYER;
  const data = await gallery.panels(entry[1] ? { ...where, image } : where);
  if (!data) return undefined;
  const images = data.images.flatMap((index) => report.images[index] ?? []);
  return {
    report,
    view,
    layer,
    images,
    panels: listPanels(gallery, of.experiment, report, view, layer, data),
  };
}

function listPanels(
  gallery: Gallery,
  experiment: string,
  report: ReportData,
  view: ViewData,
  layer: string,
  { panels, sprites, values = [] }: PanelData,
): Found[] {
  const places = values.flatMap(([count, src, from = 0]) =>
    Array.from({ length: count }, (_, at) => (src === undefined ? undefined : { src, index: from + at })),
  );
  const counts = new Map<string, number>();
  return panels.map(([filter, image, sprite, x, y, width, height, low, high, more], index): Found => {
    const [src, sheetWidth, sheetHeight] = sprites[sprite]!;
    const found = report.images[image];
    const key = `${filter} ${image}`;
    const nth = (counts.get(key) ?? 0) + 1;
    counts.set(key, nth);
    return {
      reference: {
        ...{ experiment, kind: 'views', view: view.id },
        ...(layer === NO_LAYER ? {} : { layer }),
        ...(filter < 0 ? {} : { filter }),
        ...(found ? { image: found.id } : {}),
        ...(nth > 1 ? { nth } : {}),
      },
      ...{ report, view },
      layer: report.layers.find(({ id }) => id === layer),
      filter: filter < 0 ? undefined : filter,
      image: found && { ...found, href: gallery.href(experiment, found.src) },
      sprite: { href: gallery.href(experiment, src), width: sheetWidth, height: sheetHeight },
      crop: { x, y, width, height },
      range: [low, high],
      values: places[index],
      ...more,
    };
  });
}

/** Those of a list that a reference names: what it does not name may be any, unless some panels have none. */
export function matching({ panels }: PanelList, { filter, image, nth = 1 }: Reference): readonly Found[] {
  const byFilter = chosen(panels, (panel) => panel.filter, filter);
  const byImage = chosen(byFilter, (panel) => panel.image?.id, image);
  const only = filter !== undefined || byImage.every((panel) => panel.filter === undefined);
  if (!only) return byImage;
  const exact = byImage.filter(({ reference }) => (reference.nth ?? 1) === nth);
  return exact.length > 0 ? exact : byImage.slice(0, 1);
}

function chosen<T>(
  panels: readonly Found[],
  part: (panel: Found) => T | undefined,
  value: T | undefined,
): readonly Found[] {
  if (value !== undefined) return panels.filter((panel) => part(panel) === value);
  const without = panels.filter((panel) => part(panel) === undefined);
  return without.length > 0 ? without : panels;
}

/** The values of a panel's map; undefined where they are not known. */
export async function gridOf(gallery: Gallery, { reference, values }: Found): Promise<Grid | undefined> {
  if (!values) return undefined;
  return (await gallery.values(reference.experiment, values.src))[values.index];
}

/** `Filter 12 of conv1`; an output of a classifier is named by its class. */
export function unitName({
  layer,
  filter,
  view,
  image,
}: Pick<Found, 'layer' | 'filter' | 'view' | 'image'>): string {
  if (filter === undefined) return layer?.name ?? image?.name ?? view.title;
  const name = layer?.classes?.[filter];
  return name ?? `Filter ${filter}${layer ? ` of ${layer.name}` : ''}`;
}
