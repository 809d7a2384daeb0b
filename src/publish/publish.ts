import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../effects.ts';
import { packageRoot } from '../package-root.ts';
import type { Gallery } from '../schema/report.ts';
import { renderSite } from '../site/render.ts';
import type { Renderer } from '../site/render.ts';
import { listNames } from '../store/cache-folder.ts';
import { copyInto, keyOf, listFolder, sha256 } from '../store/store.ts';
import type { Store } from '../store/store.ts';
import { compare, formatManifest, makeManifest, MANIFEST_NAME, readManifest } from './manifest.ts';
import type { Manifest, Stamp } from './manifest.ts';
import { checkContents } from './out-folder.ts';
import { nextFolder, recover, swap } from './swap.ts';

export interface PublishRequest {
  /** Its site folder belongs to this process alone: what is in it is what is rendered. */
  readonly store: Store;
  /** As the user named it; absolute. */
  readonly out: string;
  /** The real path of `out`, which this process has the lock for. */
  readonly real: string;
  readonly version: string;
  readonly log: Logger;
  /** Called where there are pages to render. */
  readonly startRenderer: () => Renderer;
}

export interface Published {
  readonly pages: number;
  /** True where `out` already held just this. */
  readonly unchanged: boolean;
}

/** What the store knows of the gallery at a place. */
interface PublishedRecord {
  /** Of all that it was made from. */
  readonly key: string;
  /** SHA-256 of its manifest. */
  readonly manifest: string;
  readonly pages: number;
  readonly stamps: readonly Stamp[];
}

/**
 * Renders the gallery and puts it, with its reports and assets, in place of the old one. The old one stays whole until
 * the new one is complete beside it.
 * @throws UserError, and changes nothing, where something else lies in its folder
 */
export async function publish(request: PublishRequest): Promise<Published> {
  const { store, out, real, version, log, startRenderer } = request;
  await recover(real, log.warn);
  checkContents(out, real);
  const reports = await reportFiles(store);
  const key = keyOf({
    version,
    site: await siteSources(),
    node: process.version,
    reports: await hashAll(reports, store),
  });
  const known = await knownGallery(request);
  if (known?.key === key) return { pages: known.pages, unchanged: true };

  const next = nextFolder(real);
  try {
    await mkdir(next, { recursive: true });
    const { pages } = await renderSite({
      dataDir: store.siteFolder,
      outDir: next,
      cacheDir: store.folder,
      ...{ log, renderer: startRenderer() },
    });
    const assets = new Set<string>();
    for (const path of reports) {
      await copyInto(join(store.siteFolder, path), join(next, path));
      for (const asset of assetsIn(await readFile(join(store.siteFolder, path), 'utf8'))) assets.add(asset);
    }
    for (const asset of assets) await copyInto(store.assetPath(asset), join(next, 'assets', asset));
    const manifest = makeManifest(next);
    await checkAssets(manifest, assets, store);
    const text = formatManifest(manifest);
    await writeFile(join(next, MANIFEST_NAME), text);
    await swap(next, real, out);
    const record: PublishedRecord = { key, manifest: sha256(text), pages, stamps: [] };
    await store.writeRecord('published', keyOf(real), record);
    return { pages, unchanged: false };
  } finally {
    await rm(next, { recursive: true, force: true });
  }
}

/** The gallery that was published last, if it is still there as it was; warns of what was changed. */
async function knownGallery({ store, real, log }: PublishRequest): Promise<PublishedRecord | undefined> {
  const manifest = readManifest(real);
  if (!manifest) return undefined;
  const known = (await store.readRecord('published', keyOf(real))) as PublishedRecord | undefined;
  const isSame = known?.manifest === manifest.sha256;
  const { changed, stamps } = compare(real, manifest, isSame ? known.stamps : []);
  if (changed.length > 0) {
    const files = changed.length === 1 ? '1 file' : `${changed.length} files`;
    log.warn(
      `\`${real}\`: ${files} changed or removed since the build, written again: ${listNames(changed)}.`,
    );
    return undefined;
  }
  if (!isSame) return undefined;
  // A build that has just ended leaves none: its files were too young.
  if (stamps.length !== known.stamps.length)
    await store.writeRecord('published', keyOf(real), { ...known, stamps });
  return known;
}

/** @throws where the store gave other bytes than an asset's name says; that asset is removed, so that it is made again */
async function checkAssets({ files }: Manifest, assets: ReadonlySet<string>, store: Store): Promise<void> {
  const damaged = files.flatMap(({ path, sha256: hash }) => {
    const name = path.slice('assets/'.length);
    const isOther = path.startsWith('assets/') && assets.has(name) && !hash.startsWith(name.split('.')[0]!);
    return isOther ? [name] : [];
  });
  if (damaged.length === 0) return;
  for (const name of damaged) await rm(store.assetPath(name), { force: true });
  throw new Error(
    `Files in the cache were damaged: ${listNames(damaged.map((name) => store.assetPath(name)))}. They have been removed; run the build again.`,
  );
}

/** Paths below the site folder of everything a reader may download: reports and lists of panels. */
export async function reportFiles(store: Store): Promise<string[]> {
  const { experiments } = JSON.parse(
    await readFile(join(store.siteFolder, 'gallery.json'), 'utf8'),
  ) as Gallery;
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
    hashes.push(`${path} ${sha256(await readFile(join(store.siteFolder, path)))}`);
  return hashes;
}

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
