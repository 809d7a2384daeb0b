/** All pages of the gallery as one module, for Vite: page-bundle.ts makes a file of it, which page-process.ts loads. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sha256 } from '../hash.ts';
import NotFoundPage from './components/NotFoundPage.astro';
import type { SiteData } from './data.ts';
import { finishPage } from './finish-page.ts';
import { KeptParts } from './kept-pages.ts';
import type { PartNote, RenderNotes, UnitsNote } from './kept-pages.ts';
import { createPageRenderer } from './page-renderer.ts';
import type { PageComponent, PageInput, PageRenderer } from './page-renderer.ts';
import type { Report } from '../schema/report.ts';
import { getOrAdd, groupBy } from './facets.ts';
import { slug } from './routes.ts';
import { readsDuring } from './reads.ts';
import { collectSearchData, SEARCH_DATA, searchScript } from './search/search-data.ts';
import type { OpenedPages, OpenRequest, ServedPage } from './page-protocol.ts';
import { ownPresentations, setSiteContext, siteContext } from './site-context.ts';
import { siteData } from './site.ts';
import { fillMarks, withMarks, type Slot } from './title-slots.ts';
import { viewerParts } from './viewer/collect.ts';

interface PageModule {
  readonly default: PageComponent;
  /** Absent where the page is one. */
  readonly getStaticPaths?: () => Promise<readonly PageInput[]>;
}

const modules = import.meta.glob<PageModule>('./pages/**/index.astro', { eager: true });

/** Pages that show titles of views as they are; a presentation of a project's own may do anything with them. */
const onlyShowTitles = new Set(
  ['layers/[layer]', 'layers/[layer]/[filter]', 'images/[image]'].map(
    (folder) => `./pages/[experiment]/${folder}/index.astro`,
  ),
);

// Every .astro file has the same type for TypeScript, which does not know what it returns.
const notFoundPage = NotFoundPage as PageComponent;

/** Parts of one task: pages are held until all of them are written. */
const PER_TASK = 16;
/** Something to be rendered: a page, or the viewer's scripts of a report. */
interface Part {
  /** Its folder below dist/, or its file. */
  readonly name: string;
  readonly props: unknown;
  readonly isPage: boolean;
  /** It shows titles of views as they are, see title-slots.ts. */
  readonly onlyShowsTitles?: boolean;
  /** A report and a layer, whose lists of panels it reads; absent where it reads those of several. */
  readonly near?: string | undefined;
  /** Its files, by their paths below dist/. */
  readonly render: (renderer: PageRenderer) => AsyncIterable<RenderedFile>;
}

interface RenderedFile {
  readonly path: string;
  readonly text: string;
}

/**
 * Finds out which pages there are, and which of them must be rendered.
 */
export async function openPages(request: OpenRequest): Promise<OpenedPages> {
  const { site, known, isFirst } = request;
  setSiteContext(site);
  const data = siteData();
  const kept = new KeptParts(known);
  let units: Record<string, UnitsNote> = {};
  let parts: readonly Part[] = [];
  const list = await readsDuring(async () => {
    units = await listUnits(data, kept, isFirst);
    parts = await listParts(data);
  });
  const stale = parts.filter(({ name, props }) => !kept.isKnown(name, props));
  const isStale = new Set(stale.map(({ name }) => name));
  const tasks = chunks(stale, PER_TASK);
  return {
    pages: parts.filter(({ isPage }) => isPage).length,
    rendered: stale.filter(({ isPage }) => isPage).length,
    taken: isFirst ? parts.flatMap(({ name }) => (isStale.has(name) ? [] : [name])) : [],
    ...{ list, units, tasks: tasks.length },
    run: (task) => renderSome(tasks[task]!, kept, request),
  };
}

/** Which units have pages, as it was noted or by reading all panels. */
async function listUnits(
  data: SiteData,
  kept: KeptParts,
  isFirst: boolean,
): Promise<Record<string, UnitsNote>> {
  const notes: Record<string, UnitsNote> = {};
  for (const report of await data.readyReports()) {
    const { id } = report.experiment;
    const key = kept.unitsKey(id);
    const note = kept.unitsOf(id);
    if (note) data.setUnits(report, { filters: new Map(note.filters) });
    // Tasks are shared out in order, and pages that need the whole index stand first.
    else if (isFirst) await data.reportIndex(report);
    const { filters } = await data.units(report);
    if (key !== undefined) notes[id] = note ?? { key, filters: [...filters] };
  }
  return notes;
}

async function listParts(data: SiteData): Promise<readonly Part[]> {
  const parts: Part[] = [];
  const ready = await data.readyReports();
  const reports = new Map(ready.map((report) => [report.experiment.id, report]));
  const hasNoOwn = ownPresentations().size === 0;
  for (const [file, page] of Object.entries(modules)) {
    for (const path of await pathsOf(file)) {
      const folder = folderOf(file, path.params);
      parts.push({
        ...pagePart(`${folder}index.html`, page.default, path),
        ...{ near: nearOf(path, reports), onlyShowsTitles: onlyShowTitles.has(file) && hasNoOwn },
      });
    }
  }
  parts.push(pagePart('404.html', notFoundPage, { params: {} }));
  parts.push({
    ...{ name: SEARCH_DATA.join('/'), props: {}, isPage: false, onlyShowsTitles: true },
    async *render() {
      yield { path: SEARCH_DATA.join('/'), text: searchScript(await collectSearchData(data)) };
    },
  });
  for (const report of ready) {
    const { id } = report.experiment;
    for (const { name, layer, scripts } of viewerParts(report))
      parts.push({
        ...{ name: `${id}/viewer/${name}`, props: {}, isPage: false, near: nearLayer(report, layer) },
        onlyShowsTitles: true,
        async *render() {
          // Asked for here, so that it is recorded.
          for await (const { path, text } of scripts(data, await data.report(id)))
            yield { path: path.join('/'), text };
        },
      });
  }
  return inOrder(parts);
}

/** What reads the same lists of panels stands together, in the order of layers; before it, what reads those of several layers or none. */
function inOrder(parts: readonly Part[]): readonly Part[] {
  const groups = groupBy(parts, ({ near }) => near);
  return [undefined, ...[...groups.keys()].filter((near) => near !== undefined)].flatMap(
    (near) => groups.get(near) ?? [],
  );
}

/** A layer's page, those of its units, and that of a view of one layer. */
function nearOf({ params }: PageInput, reports: ReadonlyMap<string, Report>): string | undefined {
  const report = reports.get(params['experiment'] ?? '');
  if (!report) return undefined;
  const { layer, view } = params;
  if (layer !== undefined) return near(report, layer);
  const shown = view === undefined ? undefined : report.views.find(({ id }) => slug(id) === view);
  return nearLayer(report, shown?.panelFiles?.[0]?.layer);
}

const nearLayer = (report: Report, layer: string | undefined): string | undefined =>
  layer === undefined ? undefined : near(report, slug(layer));

/** Pages of units show what all reports on their network have of them. */
const near = ({ experiment, model }: Report, layer: string): string =>
  `${model.network ?? experiment.id} ${layer}`;

function pagePart(path: string, component: PageComponent, page: PageInput): Part {
  return {
    ...{ name: path, props: page.props ?? {}, isPage: true },
    async *render(renderer) {
      yield { path, text: finishPage(await renderer(component, page), { dev: false }) };
    },
  };
}

let rendererMade: Promise<PageRenderer> | undefined;

async function renderSome(
  parts: readonly Part[],
  kept: KeptParts,
  { outDir, titles }: OpenRequest,
): Promise<RenderNotes['parts']> {
  const renderer = await (rendererMade ??= createPageRenderer());
  const notes: Record<string, PartNote> = {};
  for (const { name, props, onlyShowsTitles, render } of parts) {
    const files: Record<string, string> = {};
    const slots: Record<string, readonly Slot[]> = {};
    const renderFiles = async (): Promise<void> => {
      for await (const { path, text: marked } of render(renderer)) {
        const { text, slots: found } = fillMarks(path, marked, titles);
        if (found.length > 0) slots[path] = found;
        files[path] = sha256(text);
        write(join(outDir, path), text);
      }
    };
    const names = await readsDuring(() => (onlyShowsTitles ? withMarks(renderFiles) : renderFiles()));
    const key = kept.keyOf(name, props, names);
    notes[name] = { key, reads: names, files, ...(Object.keys(slots).length > 0 && { slots }) };
  }
  return notes;
}

/** Requests that come at once are answered one after the other. */
let serving: Promise<unknown> = Promise.resolve();

/** @see Pages */
export function renderPage(path: readonly string[]): Promise<ServedPage> {
  const served = serving.then(() => renderServed(path));
  serving = served.catch(() => {});
  return served;
}

async function renderServed(path: readonly string[]): Promise<ServedPage> {
  const renderer = await (rendererMade ??= createPageRenderer());
  const folder = path.map((name) => `${name}/`).join('');
  for (const [file, page] of Object.entries(modules)) {
    if (!mayLieIn(file, path)) continue;
    const found = (await pathsOf(file)).find(({ params }) => folderOf(file, params) === folder);
    if (found) return { html: await renderServedPage(renderer, page.default, found), isFound: true };
  }
  return { html: await renderServedPage(renderer, notFoundPage, { params: {} }), isFound: false };
}

const renderServedPage = async (
  renderer: PageRenderer,
  component: PageComponent,
  page: PageInput,
): Promise<string> => finishPage(await renderer(component, page), { dev: siteContext().dev });

/** Whether pages of a file lie as deep as that, in folders of those names where it has names. */
function mayLieIn(file: string, path: readonly string[]): boolean {
  const parts = file.split('/').slice('./pages'.split('/').length, -1);
  return parts.length === path.length && parts.every((part, at) => part.startsWith('[') || part === path[at]);
}

/** Pages of a file, found once for what the data folder holds. */
function pathsOf(file: string): Promise<readonly PageInput[]> {
  const data = siteData();
  const known = served.get(data) ?? new Map<string, Promise<readonly PageInput[]>>();
  served.set(data, known);
  return getOrAdd(known, file, async () => (await modules[file]!.getStaticPaths?.()) ?? [{ params: {} }]);
}

const served = new WeakMap<SiteData, Map<string, Promise<readonly PageInput[]>>>();

function chunks<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, at) =>
    list.slice(at * size, (at + 1) * size),
  );
}

/** `./pages/[experiment]/layers/[layer]/index.astro` -> `cat/layers/conv1/` */
const folderOf = (file: string, params: PageInput['params']): string =>
  file
    .slice('./pages/'.length, -'index.astro'.length)
    .replaceAll(/\[(\w+)\]/g, (_, name: string) => params[name]!);

/** Folders that were made: hundreds of scripts lie in one. */
const made = new Set<string>();

/** At once: the process has nothing else to do, and a thread would take longer than the disk. */
function write(path: string, text: string): void {
  const folder = dirname(path);
  if (!made.has(folder)) mkdirSync(folder, { recursive: true });
  made.add(folder);
  writeFileSync(path, text);
}
