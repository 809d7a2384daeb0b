import type { Report } from '../../schema/report.ts';
import type { PageContext } from '../links.ts';
import { siteData } from '../site.ts';

/** Where the page of a layer's unit is; undefined for units without one. */
export async function unitPages(
  report: Report,
  layer: string,
  page: PageContext,
): Promise<(unit: number) => string | undefined> {
  const { filters } = await siteData().units(report);
  const known = new Set(filters.get(layer));
  return (unit) => (known.has(unit) ? page.filter(layer, unit) : undefined);
}
