import type { Panel, Report, View } from '../schema/report.ts';
import type { SiteData } from './data.ts';
import { summarizeFilter, type ViewPanels } from './facets.ts';
import { pageContext, type PageContext } from './links.ts';
import { routes, type PagePath } from './routes.ts';
import { presentationOf } from './techniques/table.ts';
import type { FilterSummary } from './types.ts';

/** What one view shows of a unit. */
export interface UnitSection {
  readonly view: View;
  readonly panels: readonly Panel[];
  /** Of the unit by the same technique, in all views of the report. */
  readonly all: readonly Panel[];
}

/** What one report shows of a unit. */
export interface UnitPart {
  readonly report: Report;
  /** Makes the links of the unit's page to the report. */
  readonly page: PageContext;
  readonly sections: readonly UnitSection[];
}

/**
 * All that is known of a unit: what its report shows, then what others on the same network do.
 * @param path of the page
 */
export async function unitParts(
  data: SiteData,
  report: Report,
  { layer, filter, path }: { readonly layer: string; readonly filter: number; readonly path: PagePath },
): Promise<readonly [own: UnitPart, ...elsewhere: UnitPart[]]> {
  const shown = new Set<string>();
  const part = (of: Report, views: readonly ViewPanels[]): UnitPart => ({
    ...{ report: of, page: pageContext(of, path) },
    sections: sectionsOf(views, shown),
  });
  const own = part(report, await data.filterPanels(report, layer, filter));
  const others = (await data.unitElsewhere(report, layer, filter)).map((other) =>
    part(other.report, other.views),
  );
  return [own, ...others.filter(({ sections }) => sections.length > 0)];
}

/** @param shown pixels that stand on the page already: each is shown once */
function sectionsOf(views: readonly ViewPanels[], shown: Set<string>): UnitSection[] {
  const byTechnique = new Map<string, Panel[]>();
  for (const { view, panels } of views) {
    byTechnique.set(view.technique, [...(byTechnique.get(view.technique) ?? []), ...panels]);
  }
  const once = new Set(
    [...byTechnique].flatMap(
      ([technique, panels]) => presentationOf(technique).withoutRepeats?.(panels) ?? panels,
    ),
  );
  return withoutRepeatedMaps(views)
    .map(({ view, panels }) => ({
      view,
      panels: panels.filter((panel) => once.has(panel) && isNew(panel, shown)),
      all: byTechnique.get(view.technique)!,
    }))
    .filter(({ panels }) => panels.length > 0)
    .sort((a, b) => orderOf(a.view) - orderOf(b.view));
}

/** The map of an image stands in the view that shows most images: views of one image would say the same again. */
function withoutRepeatedMaps(views: readonly ViewPanels[]): readonly ViewPanels[] {
  const isMeasured = ({ view }: ViewPanels): boolean =>
    presentationOf(view.technique).measuresFilters === true;
  const seen = new Set<string>();
  const kept = new Map<ViewPanels, readonly Panel[]>();
  for (const each of views.filter(isMeasured).sort((a, b) => b.panels.length - a.panels.length)) {
    const fresh = each.panels.filter(({ image }) => image === undefined || !seen.has(image));
    for (const { image } of fresh) if (image !== undefined) seen.add(image);
    kept.set(each, fresh);
  }
  return views.map((each) => ({ ...each, panels: kept.get(each) ?? each.panels }));
}

/** Files are named by their content: the same name is the same pixels in every report. */
function isNew({ src, crop, image, kind }: Panel, shown: Set<string>): boolean {
  const key = [src, crop?.x, crop?.y, crop?.width, crop?.height, kind, image].join('\n');
  if (shown.has(key)) return false;
  shown.add(key);
  return true;
}

const orderOf = ({ technique }: View): number => presentationOf(technique).unitOrder ?? Infinity;

/** A filter whose activations rise and fall with this one's. */
export interface NearestUnit {
  readonly filter: number;
  /** Of their maxima over the images, -1..1. */
  readonly cosine: number;
  /** That filter in the view that knows it. */
  readonly panel: Panel;
  readonly technique: string;
}

/** Filters of the layer that have a page, nearest first. */
export async function nearestUnits(
  data: SiteData,
  { report, sections }: UnitPart,
  layer: string,
): Promise<readonly NearestUnit[]> {
  for (const { view, panels } of sections) {
    const nearest = panels.flatMap((panel) => presentationOf(view.technique).nearest?.(panel) ?? []);
    if (nearest.length === 0) continue;
    const layerPanels = await data.layerPanels(report, layer);
    const known = new Map(
      layerPanels
        .filter((each) => each.view.technique === view.technique)
        .flatMap((each) => each.panels)
        .map((panel) => [panel.filter, panel]),
    );
    return nearest.flatMap(({ filter, cosine }): NearestUnit[] => {
      const panel = known.get(filter);
      return panel ? [{ filter, cosine, panel, technique: view.technique }] : [];
    });
  }
  return [];
}

/** What the maps of a unit tell of it. */
export function summaryOf({ page, sections }: UnitPart): FilterSummary | undefined {
  const maps = sections.filter(({ view }) => presentationOf(view.technique).measuresFilters);
  const inner = new Map(
    maps.flatMap(({ view, panels }) =>
      panels.map((panel) => [panel, presentationOf(view.technique).innerMaximum?.(panel)]),
    ),
  );
  return summarizeFilter(
    maps.flatMap(({ panels }) => panels),
    page.images,
    (panel) => inner.get(panel),
  );
}

/**
 * The one address of a unit that several reports on the same network have pages of: the first report's, by their ids.
 * @param reports ids of the reports on its network
 */
export async function canonicalUnit(
  data: SiteData,
  reports: readonly string[],
  { layer, filter }: { readonly layer: string; readonly filter: number },
): Promise<PagePath | undefined> {
  for (const id of reports) {
    const { filters } = await data.units(await data.report(id));
    if (filters.get(layer)?.includes(filter)) return routes.filter(id, layer, filter);
  }
  return undefined;
}
