/** All pages of the gallery as one module, for Vite: page-bundle.ts makes a file of it, which page-process.ts runs. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { experimental_AstroContainer as AstroContainer } from 'astro/container';
import { sha256 } from '../hash.ts';
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

/** Pages that are held until all of them are written. */
const AT_A_TIME = 16;

/**
 * Renders every page.
 * @param outDir where the pages go; absolute
 * @returns how many there are
 */
export async function renderPages(site: SiteContext, outDir: string): Promise<number> {
  const searchData = await writeSearchData(site, outDir);
  setSiteContext({ ...site, searchData });
  await writeViewerScripts(site, outDir);
  let count = 0;
  for (const [file, page] of Object.entries(modules)) {
    const paths = page.getStaticPaths ? await page.getStaticPaths() : [{ params: {} }];
    for (let from = 0; from < paths.length; from += AT_A_TIME) {
      // It remembers all it has ever rendered.
      const container = await AstroContainer.create();
      const writing: Promise<void>[] = [];
      for (const path of paths.slice(from, from + AT_A_TIME)) {
        const html = await render(container, page.default, path);
        writing.push(write(join(outDir, folderOf(file, path.params)), html));
      }
      await Promise.all(writing);
    }
    count += paths.length;
  }
  const notFound = await render(await AstroContainer.create(), notFoundPage, { params: {} });
  await writeFile(join(outDir, '404.html'), notFound);
  return count + 1;
}

/** @returns the name of the file below assets/ */
async function writeSearchData(site: SiteContext, outDir: string): Promise<string> {
  const text = searchScript(await collectSearchData(new SiteData(site.dataDir)));
  const name = `search-data-${sha256(text).slice(0, 12)}.js`;
  await mkdir(join(outDir, 'assets'), { recursive: true });
  await writeFile(join(outDir, 'assets', name), text);
  return name;
}

async function writeViewerScripts({ dataDir }: SiteContext, outDir: string): Promise<void> {
  const data = new SiteData(dataDir);
  for (const report of await data.readyReports()) {
    for await (const { path, text } of viewerScripts(data, report)) {
      const file = join(outDir, ...path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    }
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
