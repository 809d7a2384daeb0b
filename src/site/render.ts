import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../effects.ts';
import { packageRoot } from '../package-root.ts';
import { gallerySchema, reportSchema } from '../schema/report.ts';
import { astroConfig, loadAstro } from './astro-config.ts';
import { readStaticFile, staticFiles } from './static-files.ts';

export interface RenderOptions {
  /** Folder with gallery.json, <id>/report.json and <id>/panels/. Absolute, as all folders here. */
  readonly dataDir: string;
  /** Where the pages go; what else lies there stays. */
  readonly outDir: string;
  /** For Astro's and Vite's own files. */
  readonly cacheDir: string;
  readonly log: Logger;
}

/**
 * Writes every page of the gallery, its style sheet and its fonts. Reports and their pictures are not copied: that is
 * the business of whoever wrote them.
 * @throws when the data folder does not hold what its schema says
 */
export async function renderSite({
  dataDir,
  outDir,
  cacheDir,
  log,
}: RenderOptions): Promise<{ pages: number }> {
  await checkData(dataDir);
  const astro = await loadAstro();
  let pages = 0;
  const config = astroConfig({ dataDir, outDir, cacheDir, version: await packageVersion() });
  await mkdir(join(outDir, 'assets'), { recursive: true });
  await astro.build({
    ...config,
    integrations: [
      {
        name: 'filterscope-count',
        hooks: {
          'astro:build:done': (result) => {
            pages = result.pages.length;
          },
        },
      },
    ],
  });
  for (const name of staticFiles().keys()) {
    await writeFile(join(outDir, 'assets', name), (await readStaticFile(name))!);
  }
  log.info(`${pages} pages`);
  return { pages };
}

/** The pages trust what they read: this is where it is made sure. */
export async function checkData(dataDir: string): Promise<void> {
  const read = async (path: string): Promise<unknown> =>
    JSON.parse(await readFile(join(dataDir, path), 'utf8'));
  const gallery = gallerySchema.parse(await read('gallery.json'));
  for (const { id, status } of gallery.experiments) {
    if (!isFolderName(id))
      throw new Error(`The experiment id ${JSON.stringify(id)} cannot be a folder of the gallery`);
    if (status === 'ready') reportSchema.parse(await read(join(id, 'report.json')));
  }
}

function isFolderName(id: string): boolean {
  return /^[^/\\<>:"|?*]+$/.test(id) && !id.startsWith('.') && id !== 'assets';
}

export async function packageVersion(): Promise<string> {
  const manifest = JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}
