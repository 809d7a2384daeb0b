import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Logger } from '../effects.ts';
import { packageRoot } from '../package-root.ts';
import type { Gallery } from '../schema/report.ts';
import { renderSite } from '../site/render.ts';
import type { Renderer } from '../site/render.ts';
import { keyOf, listFolder, LostEntryError, sha256, writeWhole } from '../store/store.ts';
import { makeFolder } from '../store/disk.ts';
import type { Store } from '../store/store.ts';

export interface PublishRequest {
  readonly store: Store;
  /** Absolute. */
  readonly out: string;
  readonly version: string;
  readonly log: Logger;
  readonly renderer?: Renderer | undefined;
}

export interface Published {
  readonly pages: number;
  /** True where `out` already held just this. */
  readonly unchanged: boolean;
}

/**
 * Renders the gallery and puts it, with its reports and assets, in place of the old one. The old one stays whole until
 * the new one is complete beside it.
 */
export async function publish(request: PublishRequest): Promise<Published> {
  const { store, out, version, log, renderer } = request;
  await recover(out);
  const reports = await reportFiles(store);
  const key = keyOf({
    version,
    site: await siteSources(),
    node: process.version,
    reports: await hashAll(reports, store),
  });
  const known = (await store.readRecord('published', keyOf(out))) as PublishedRecord | undefined;
  if (known?.key === key && (await fingerprint(out)) === known.files) {
    return { pages: known.pages, unchanged: true };
  }

  const next = join(dirname(out), `.${basename(out)}.${process.pid}.${randomBytes(4).toString('hex')}.new`);
  try {
    await makeFolder(next);
    // Checked before they are rendered from: that takes longest.
    /** Ids of the experiments whose reports name an asset. */
    const neededBy = new Map<string, Set<string>>();
    for (const path of reports) {
      const bytes = await readSite(store, path);
      await writeWhole(join(next, path), bytes);
      for (const asset of assetsIn(bytes.toString('utf8'))) {
        const users = neededBy.get(asset) ?? new Set();
        neededBy.set(asset, users.add(experimentOf(path)));
      }
    }
    const lost = await store.copyAssets(neededBy.keys(), join(next, 'assets'));
    if (lost.length > 0) {
      const experiments = lost.flatMap((asset) => [...neededBy.get(asset)!]);
      throw new LostEntryError(`assets/${lost[0]}`, [...new Set(experiments)]);
    }
    // The page renderer's own caches; a file in the place of one would stop it.
    for (const name of ['astro', 'vite']) await makeFolder(join(store.folder, name), store.folder);
    const { pages } = await renderSite({
      dataDir: store.siteFolder,
      outDir: next,
      cacheDir: store.folder,
      ...{ log, renderer },
    });
    const files = await fingerprint(next);
    await swap(next, out);
    await store.writeRecord('published', keyOf(out), { key, files, pages } satisfies PublishedRecord);
    return { pages, unchanged: false };
  } finally {
    await rm(next, { recursive: true, force: true });
  }
}

interface PublishedRecord {
  readonly key: string;
  /** Names and sizes of all files. */
  readonly files: string;
  readonly pages: number;
}

async function fingerprint(folder: string): Promise<string> {
  return keyOf(await listFolder(folder));
}

/** Paths below the site folder of everything a reader may download: reports and lists of panels. */
export async function reportFiles(store: Store): Promise<string[]> {
  const { experiments } = JSON.parse((await readSite(store, 'gallery.json')).toString('utf8')) as Gallery;
  const files: string[] = [];
  for (const { id, status } of experiments) {
    if (status !== 'ready') continue;
    const found = await listFolder(join(store.siteFolder, id));
    files.push(...found.filter(({ path }) => path.endsWith('.json')).map(({ path }) => `${id}/${path}`));
  }
  return files;
}

async function hashAll(paths: readonly string[], store: Store): Promise<string[]> {
  const hashes: string[] = [];
  for (const path of ['gallery.json', ...paths])
    hashes.push(`${path} ${sha256(await readSite(store, path))}`);
  return hashes;
}

/** @throws LostEntryError where the file is not what a build wrote; it is removed, so that it is written again */
async function readSite(store: Store, path: string): Promise<Buffer> {
  const bytes = await store.readSite(path);
  if (bytes) return bytes;
  await store.removeSite(path);
  throw new LostEntryError(`site/${path}`, path === 'gallery.json' ? [] : [experimentOf(path)]);
}

/** Of a file below the site folder. */
const experimentOf = (path: string): string => path.split('/', 1)[0]!;

/** What pages are made by: the site's own code, its settings and its renderer. */
async function siteSources(): Promise<string[]> {
  // Without what Astro leaves there for editors while it renders.
  const own = (await listFolder(join(packageRoot, 'src/site'))).filter(({ path }) => !/(^|\/)\./.test(path));
  const files = own.map(({ path }) => join('src/site', path));
  const all = [...files, 'astro.config.mjs', 'package-lock.json', 'src/schema/report.ts'];
  const present = all.filter((path) => existsSync(join(packageRoot, path)));
  return Promise.all(
    present.map(async (path) => `${path} ${sha256(await readFile(join(packageRoot, path)))}`),
  );
}

/** Names of the assets that a report or a list of panels refers to. */
export function assetsIn(json: string): Set<string> {
  return new Set([...json.matchAll(/"\.\.\/assets\/([0-9a-f]+\.[a-z0-9]+)"/g)].map(([, name]) => name!));
}

const setAside = (out: string): string => join(dirname(out), `.${basename(out)}.old`);

/** Two renames: whoever looks between them, or after a crash there, finds the old gallery set aside, not half a new one. */
async function swap(next: string, out: string): Promise<void> {
  const aside = setAside(out);
  await rm(aside, { recursive: true, force: true });
  if (existsSync(out)) await rename(out, aside);
  await rename(next, out);
  await rm(aside, { recursive: true, force: true });
}

/** After a crash: puts the old gallery back where it was set aside, and removes unfinished ones of dead processes. */
async function recover(out: string): Promise<void> {
  const aside = setAside(out);
  if (existsSync(aside) && !existsSync(out)) await rename(aside, out);
  await rm(aside, { recursive: true, force: true });
  if (!existsSync(dirname(out))) return;
  const unfinished = new RegExp(`^\\.${escapeRegExp(basename(out))}\\.(\\d+)\\.[0-9a-f]{8}\\.new$`);
  for (const name of await readdir(dirname(out))) {
    const pid = unfinished.exec(name)?.[1];
    if (pid && !isAlive(Number(pid))) await rm(join(dirname(out), name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
