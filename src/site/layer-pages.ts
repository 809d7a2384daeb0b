import type { LayerInfo, Report } from '../schema/report.ts';

/** Networks with more layers have pages only for those that a view shows. */
export const MOST_LAYER_PAGES = 1500;

/** What every page of a report asks of its layers. */
export interface ReportLayers {
  readonly index: ReadonlyMap<string, number>;
  /** Layers that have a page, in the order of the network. */
  readonly withPage: readonly LayerInfo[];
  hasPage(layer: string): boolean;
}

const known = new WeakMap<Report, ReportLayers>();

/** Found once for a report: a network may have thousands of layers, and its report thousands of pages. */
export function reportLayers(report: Report): ReportLayers {
  const found = known.get(report) ?? findLayers(report);
  known.set(report, found);
  return found;
}

function findLayers({ model: { layers }, views }: Report): ReportLayers {
  const index = new Map(layers.map((layer) => [layer.name, layer.index]));
  if (layers.length <= MOST_LAYER_PAGES) {
    return { index, withPage: layers, hasPage: (layer) => index.has(layer) };
  }
  const shown = new Set(
    views.flatMap(({ panels, panelFiles }) => (panelFiles ?? panels).map(({ layer }) => layer)),
  );
  const withPage = layers.filter(({ name }) => shown.has(name));
  const names = new Set(withPage.map(({ name }) => name));
  return { index, withPage, hasPage: (layer) => names.has(layer) };
}
