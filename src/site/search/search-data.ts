import type { Report } from '../../schema/report.ts';
import type { SiteData } from '../data.ts';
import { reportLayers } from '../layer-pages.ts';
import { routes } from '../routes.ts';
import { scriptJson } from '../script-data.ts';
import { headingsOf } from '../headings.ts';
import { imageName } from '../words.ts';
import type { SearchData, SearchReport, SearchText, SearchUnit } from './documents.ts';

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
  const { filters, finds, sections } = await data.reportIndex(report);
  const shown = new Map<string, number[]>();
  for (const [position, image] of images.entries()) {
    for (const { layer } of sections.of(image.id)) {
      if (layer) shown.set(layer.name, [...(shown.get(layer.name) ?? []), position]);
    }
  }
  const { hasPage } = reportLayers(report);
  const layers = [];
  for (const { name, type } of model.layers) {
    const isOutput = name === model.layers.at(-1)!.name;
    const units = (filters.get(name) ?? []).map((filter): SearchUnit => {
      const { percents, words } = finds.of(name, filter);
      const pairs = percents.flatMap(([each, percent]) => [classes.of(each), percent]);
      return trimmed(filter, pairs, [...words].join(' '), isOutput ? model.classes?.[filter] : undefined);
    });
    const path = pathOf(routes.layer(id, name));
    if (hasPage(name) || units.length > 0)
      layers.push({ name, type, path, hasPage: hasPage(name), units, images: shown.get(name) ?? [] });
  }
  return {
    ...{ title, path: pathOf(routes.experiment(id)), description, model: model.name, layers },
    images: images.map((image) => {
      const name = imageName(image);
      return [
        name,
        pathOf(routes.image(id, image.id)),
        image.class === undefined ? -1 : classes.of(image.class),
        ...(name === image.file ? ([] as const) : ([image.file] as const)),
      ] as const;
    }),
    views: views.map((view) => [view.title, pathOf(routes.view(id, view.id))]),
    texts: textsOf(report),
    classes: classes.names,
  };
}

function textsOf({ experiment: { id, narrative, chapters = [] } }: Report): SearchReport['texts'] {
  const overview = headingsOf(narrative).map((heading): SearchText => [heading.text, '', heading.id]);
  const others = chapters.flatMap((chapter): SearchText[] => {
    const path = pathOf(routes.chapter(id, chapter.id));
    const headings = headingsOf(chapter.narrative);
    return [
      [chapter.title, path],
      ...headings.map((heading): SearchText => [heading.text, path, heading.id]),
    ];
  });
  return [...overview, ...others];
}

/** Without what is empty at its end. */
function trimmed(filter: number, pairs: number[], words: string, name: string | undefined): SearchUnit {
  if (name !== undefined) return [filter, pairs, words, name];
  if (words !== '') return [filter, pairs, words];
  return pairs.length > 0 ? [filter, pairs] : [filter];
}

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

/** The data as a classic script. */
/**
 * Its file, by folders below dist/. Not among the assets, whose names change with their content: then every page would change with each
 * title in it.
 */
export const SEARCH_DATA = ['search', 'data.js'] as const;

export const searchScript = (data: SearchData): string =>
  `window.filterscopeSearchData=${scriptJson(data)};\n`;
