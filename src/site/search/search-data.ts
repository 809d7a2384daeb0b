import type { Panel, Report, View } from '../../schema/report.ts';
import type { SiteData } from '../data.ts';
import { reportLayers } from '../layer-pages.ts';
import { routes } from '../routes.ts';
import { presentationOf } from '../techniques/table.ts';
import type { ReportImage } from '../types.ts';
import type { SearchData, SearchReport, SearchUnit } from './documents.ts';

/** Classes of a unit's patches that are named, the most frequent first. */
const MOST_CLASSES = 3;
/** A class of fewer of a unit's patches says little of it. */
const LEAST_PERCENT = 20;

/** All that the gallery's search field finds. */
export async function collectSearchData(data: SiteData): Promise<SearchData> {
  const reports: SearchReport[] = [];
  for (const report of await data.readyReports()) reports.push(await searchReport(report, data));
  return { reports };
}

async function searchReport(report: Report, data: SiteData): Promise<SearchReport> {
  const { experiment, model, images, views } = report;
  const { id, title, description = '' } = experiment;
  const classes = new Positions();
  const byId = new Map(images.map((image) => [image.id, image]));
  const { filters } = await data.reportIndex(report);
  const { hasPage } = reportLayers(report);
  const layers = [];
  for (const { name, type } of model.layers) {
    const facts = await unitFacts(report, name, byId, data);
    const isOutput = name === model.layers.at(-1)!.name;
    const units = (filters.get(name) ?? []).map((filter): SearchUnit => {
      const { percents, words } = facts.get(filter) ?? { percents: [], words: [] };
      const pairs = percents.flatMap(([each, percent]) => [classes.of(each), percent]);
      return trimmed(filter, pairs, words.join(' '), isOutput ? model.classes?.[filter] : undefined);
    });
    const path = pathOf(routes.layer(id, name));
    if (hasPage(name) || units.length > 0) layers.push({ name, type, path, hasPage: hasPage(name), units });
  }
  return {
    ...{ title, path: pathOf(routes.experiment(id)), description, model: model.name, layers },
    images: images.map(({ id: image, file, class: name }) => [
      file,
      pathOf(routes.image(id, image)),
      name === undefined ? -1 : classes.of(name),
    ]),
    views: views.map((view) => [view.title, pathOf(routes.view(id, view.id))]),
    headings: headingsOf(report),
    classes: classes.names,
  };
}

/** Without what is empty at its end. */
function trimmed(filter: number, pairs: number[], words: string, name: string | undefined): SearchUnit {
  if (name !== undefined) return [filter, pairs, words, name];
  if (words !== '') return [filter, pairs, words];
  return pairs.length > 0 ? [filter, pairs] : [filter];
}

interface UnitFacts {
  readonly percents: readonly (readonly [name: string, percent: number])[];
  readonly words: readonly string[];
}

/** Of each filter of a layer, what the techniques of the report found of it. */
async function unitFacts(
  report: Report,
  layer: string,
  images: ReadonlyMap<string, ReportImage>,
  data: SiteData,
): Promise<ReadonlyMap<number, UnitFacts>> {
  const facts = new Map<number, { percents: UnitFacts['percents']; words: Set<string> }>();
  for (const { view, panels } of await data.layerPanels(report, layer)) {
    for (const panel of panels) {
      if (panel.filter === undefined) continue;
      const known = facts.get(panel.filter) ?? { percents: [], words: new Set<string>() };
      const percents = percentsOf(view, panel, images);
      for (const word of presentationOf(view.technique).searchWords?.(panel) ?? []) known.words.add(word);
      facts.set(panel.filter, { ...known, percents: percents.length > 0 ? percents : known.percents });
    }
  }
  return new Map(
    [...facts].map(([filter, { percents, words }]) => [filter, { percents, words: [...words] }]),
  );
}

function percentsOf(
  { technique }: View,
  panel: Panel,
  images: ReadonlyMap<string, ReportImage>,
): UnitFacts['percents'] {
  const found = presentationOf(technique).strongestImages?.(panel) ?? [];
  const counts = new Map<string, number>();
  for (const id of found) {
    const name = images.get(id)?.class;
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts]
    .map(([name, count]) => [name, Math.round((100 * count) / found.length)] as const)
    .filter(([, percent]) => percent >= LEAST_PERCENT)
    .sort((one, other) => other[1] - one[1])
    .slice(0, MOST_CLASSES);
}

const HEADING = /<h[2-6] id="([^"]+)"[^>]*>(.*?)<\/h[2-6]>/gs;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

function headingsOf({ experiment: { narrative } }: Report): (readonly [string, string])[] {
  return narrative.flatMap((block) =>
    block.kind === 'html'
      ? [...block.html.matchAll(HEADING)].map(([, id, html]) => [textOf(html!), textOf(id!)] as const)
      : [],
  );
}

const textOf = (html: string): string =>
  html
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => ENTITIES[name]!)
    .trim();

const pathOf = (route: readonly string[]): string => route.map(encodeURIComponent).join('/');

/** Numbers names in the order in which they come. */
class Positions {
  readonly #positions = new Map<string, number>();

  of(name: string): number {
    const known = this.#positions.get(name) ?? this.#positions.size;
    this.#positions.set(name, known);
    return known;
  }

  get names(): string[] {
    return [...this.#positions.keys()];
  }
}

/** The data as a classic script: pages from disk may run one, but not fetch. */
export function searchScript(data: SearchData): string {
  // U+2028 and U+2029 end a line in old JavaScript, `<` could end a script element.
  const json = JSON.stringify(data).replaceAll(
    /[<\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `window.filterscopeSearchData=${json};\n`;
}
