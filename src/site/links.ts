import type { Panel, Report } from '../schema/report.ts';
import type { ReportImage } from './types.ts';
import { reportLayers } from './layer-pages.ts';
import { layerFragment, pageHref, routes, srcHref, type PagePath } from './routes.ts';

/** A page of a report: makes all links that stand on it. */
export interface PageContext {
  readonly path: PagePath;
  readonly experiment: string;
  readonly images: ReadonlyMap<string, ReportImage>;
  readonly layerIndex: ReadonlyMap<string, number>;
  src(src: string): string;
  /** Undefined where the layer has no page: see layer-pages.ts. */
  layer(name: string): string | undefined;
  filter(layer: string, filter: number): string;
  /** @param layer whose section of the image's page is meant */
  image(id: string, layer?: string): string;
  /** @param fragment the place's id on the image's page */
  place(image: string, fragment: string): string;
  view(id: string): string;
  /** The id of a panel that the text of the page links to. */
  anchorOf?(panel: Panel): string | undefined;
  chapter(id: string): string;
}

/** What nearly every `src` is: a file whose name stays as it is in a link. */
const ASSET = /^\.\.\/assets\/[\w.-]+$/;

export function pageContext(report: Report, path: PagePath): PageContext {
  const experiment = report.experiment.id;
  const { index: layerIndex, hasPage } = reportLayers(report);
  const assets = srcHref(path, experiment, '../assets/x').slice(0, -1);
  return {
    path,
    experiment,
    images: new Map(report.images.map((image) => [image.id, image])),
    layerIndex,
    src: (src) =>
      ASSET.test(src) ? assets + src.slice('../assets/'.length) : srcHref(path, experiment, src),
    layer: (name) => (hasPage(name) ? pageHref(path, routes.layer(experiment, name)) : undefined),
    filter: (layer, filter) => pageHref(path, routes.filter(experiment, layer, filter)),
    image(id, layer) {
      const index = layer === undefined ? undefined : layerIndex.get(layer);
      return pageHref(
        path,
        routes.image(experiment, id),
        index === undefined ? undefined : layerFragment(index),
      );
    },
    place: (id, fragment) => pageHref(path, routes.image(experiment, id), fragment),
    view: (id) => pageHref(path, routes.view(experiment, id)),
    chapter: (id) => pageHref(path, routes.chapter(experiment, id)),
  };
}

/** Where a panel leads: to the closest look at it that is not the page it stands on. */
export function panelHref(
  panel: Panel,
  page: PageContext,
  on: 'layer' | 'filter' | 'image' | 'other',
): string | undefined {
  const { layer, filter, image, kind } = panel;
  const known = layer !== undefined && page.layerIndex.has(layer);
  // An image itself, whatever the layer.
  if (kind === 'image' && filter === undefined && image !== undefined)
    return on !== 'image' && page.images.has(image) ? page.image(image) : undefined;
  if (on !== 'filter' && known && filter !== undefined) return page.filter(layer, filter);
  if (on !== 'layer' && on !== 'filter' && known) return page.layer(layer);
  if (on !== 'image' && image !== undefined && page.images.has(image)) return page.image(image, layer);
  return undefined;
}
