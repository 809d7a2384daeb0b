/** All pages of the gallery as one module, for Vite: page-bundle.ts makes a file of it, which page-process.ts loads. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { experimental_AstroContainer as AstroContainer } from 'astro/container';
import { sha256 } from '../hash.ts';
import type { Report } from '../schema/report.ts';
import NotFoundPage from './components/NotFoundPage.astro';
import { SiteData } from './data.ts';
import { finishPage } from './finish-page.ts';
import { collectSearchData, searchScript } from './search/search-data.ts';
import { setSiteContext, type SiteContext } from './site-context.ts';
import { viewerScripts } from './viewer/collect.ts';

interface PageModule {
  readonly default: Parameters<AstroContainer['renderToString']>[0];
  /** Absent where the page is one. */
  readonly getStaticPaths?: () => Promise<readonly StaticPath[]>;
}

interface StaticPath {
  readonly params: Readonly<Record<string, string>>;
  readonly props?: Record<string, unknown>;
}

const modules = import.meta.glob<PageModule>('./pages/**/index.astro', { eager: true });

// Every .astro file has the same type for TypeScript, which does not know what it returns.
const notFoundPage = NotFoundPage as PageModule['default'];

/** Pages of one task: they are held until all of them are written. */
const PER_TASK = 16;

/** All that is to be rendered, in parts that any process can run in any order. */
export interface OpenedPages {
  readonly pages: number;
  readonly tasks: readonly (() => Promise<void>)[];
  /** Name of the search's data below assets/. */
  readonly searchData: string;
}

/**
 * Finds out which pages there are.
 * @param site the search's data is written where it has no name for them
 * @param outDir where the pages go; absolute
 */
export async function openPages(site: SiteContext, outDir: string): Promise<OpenedPages> {
  const searchData = site.searchData === '' ? await writeSearchData(site, outDir) : site.searchData;
  setSiteContext({ ...site, searchData });
  const tasks: (() => Promise<void>)[] = [];
  let pages = 0;
  for (const [file, page] of Object.entries(modules)) {
    const paths = page.getStaticPaths ? await page.getStaticPaths() : [{ params: {} }];
    for (let from = 0; from < paths.length; from += PER_TASK) {
      const some = paths.slice(from, from + PER_TASK);
      tasks.push(() => renderSome(file, page, some, outDir));
    }
    pages += paths.length;
  }
  tasks.push(() => writeNotFound(outDir));
  const data = new SiteData(site.dataDir);
  for (const report of await data.readyReports()) tasks.push(() => writeViewerScripts(data, report, outDir));
  return { pages: pages + 1, tasks, searchData };
}

async function renderSome(
  file: string,
  page: PageModule,
  paths: readonly StaticPath[],
  outDir: string,
): Promise<void> {
  // It keeps all that it has ever rendered.
  const container = await AstroContainer.create();
  const writing: Promise<void>[] = [];
  for (const path of paths) {
    const html = await render(container, page.default, path);
    writing.push(write(join(outDir, folderOf(file, path.params)), html));
  }
  await Promise.all(writing);
}

async function writeNotFound(outDir: string): Promise<void> {
  const html = await render(await AstroContainer.create(), notFoundPage, { params: {} });
  await writeFile(join(outDir, '404.html'), html);
}

/** @returns the name of the file below assets/ */
async function writeSearchData(site: SiteContext, outDir: string): Promise<string> {
  const text = searchScript(await collectSearchData(new SiteData(site.dataDir)));
  const name = `search-data-${sha256(text).slice(0, 12)}.js`;
  await mkdir(join(outDir, 'assets'), { recursive: true });
  await writeFile(join(outDir, 'assets', name), text);
  return name;
}

async function writeViewerScripts(data: SiteData, report: Report, outDir: string): Promise<void> {
  for await (const { path, text } of viewerScripts(data, report)) {
    const file = join(outDir, ...path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}

async function render(
  container: AstroContainer,
  component: PageModule['default'],
  { params, props = {} }: StaticPath,
): Promise<string> {
  const html = await container.renderToString(component, { params, props, partial: false });
  return finishPage(html, { dev: false });
}

/** `./pages/[experiment]/layers/[layer]/index.astro` -> `cat/layers/conv1` */
const folderOf = (file: string, params: StaticPath['params']): string =>
  file
    .slice('./pages/'.length, -'index.astro'.length)
    .replaceAll(/\[(\w+)\]/g, (_, name: string) => params[name]!);

async function write(folder: string, html: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'index.html'), html);
}
