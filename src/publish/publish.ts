import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../effects.ts';
import { pluginCode } from '../plugins.ts';
import type { Gallery, Report } from '../schema/report.ts';
import type { RenderNotes } from '../site/kept-pages.ts';
import { reads } from '../site/reads.ts';
import { splitReport } from '../site/report-parts.ts';
import { renderSite } from '../site/render.ts';
import type { Renderer } from '../site/render.ts';
import type { SiteSettings } from '../site/site-context.ts';
import { hashSiteSources } from '../site/site-sources.ts';
import { listNames } from '../store/cache-folder.ts';
import { makeFolder } from '../store/disk.ts';
import { sha256 } from '../hash.ts';
import { keyOf, listFolder, LostEntryError, writeWhole } from '../store/store.ts';
import type { Store } from '../store/store.ts';
import { compare, formatManifest, makeManifest, MANIFEST_NAME, readManifest } from './manifest.ts';
import type { Stamp } from './manifest.ts';
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
  readonly settings?: SiteSettings | undefined;
  /** Called where there are pages to render. */
  readonly startRenderer: () => Renderer;
}

export interface Published {
  readonly pages: number;
  /** Of them; the others are those of the gallery before. */
  readonly rendered: number;
  /** True where `out` already held just this. */
  readonly unchanged: boolean;
}

/** What the store has recorded of the gallery in a folder. */
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
  const { store, out, real, version, log, settings, startRenderer } = request;
  await recover(real, log.warn);
  checkContents(out, real);
  const reports = await reportFiles(store);
  const siteKey = keyOf({
    version,
    site: await hashSiteSources(),
    node: process.version,
    ...(settings && { settings: { title: settings.title, url: settings.url, base: settings.base } }),
    plugins: pluginCode()?.module,
  });
  const digests = await digestsOf(reports, store);
  const key = keyOf({ siteKey, digests });
  const known = await knownGallery(request);
  if (known?.key === key) return { pages: known.pages, rendered: 0, unchanged: true };

  const next = nextFolder(real);
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
    const notes = (await store.readRecord('pages', keyOf(real))) as RenderNotes | undefined;
    const rendering = await renderSite({
      dataDir: store.siteFolder,
      outDir: next,
      kept: { siteKey, digests, ...(notes && { before: { folder: real, notes } }) },
      ...{ log, settings, renderer: startRenderer() },
    });
    const { pages, rendered } = rendering;
    const text = formatManifest(makeManifest(next));
    await writeWhole(join(next, MANIFEST_NAME), text);
    await swap(next, real, out);
    const record: PublishedRecord = { key, manifest: sha256(text), pages, stamps: [] };
    await store.writeRecord('pages', keyOf(real), rendering.notes);
    await store.writeRecord('published', keyOf(real), record);
    return { pages, rendered, unchanged: false };
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
      `\`${real}\`: ${files} changed or removed since the build. Written again: ${listNames(changed)}.`,
    );
    return undefined;
  }
  if (!isSame) return undefined;
  // A build that has just ended leaves none: its files were too young.
  if (stamps.length !== known.stamps.length)
    await store.writeRecord('published', keyOf(real), { ...known, stamps });
  return known;
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

/** Digests of gallery.json, and of each report with its lists of panels, by the names that pages read them under. */
async function digestsOf(paths: readonly string[], store: Store): Promise<Record<string, string>> {
  const sums = new Map([[reads.gallery, [sha256(await readSite(store, 'gallery.json'))]]]);
  for (const path of paths) {
    const experiment = experimentOf(path);
    const bytes = await readSite(store, path);
    const isReport = path === `${experiment}/report.json`;
    const { rest, parts } = isReport
      ? splitReport(JSON.parse(bytes.toString('utf8')) as Report)
      : { rest: bytes, parts: {} };
    const name = reads.report(experiment);
    sums.set(name, [...(sums.get(name) ?? []), `${path} ${sha256(rest)}`]);
    for (const [part, text] of Object.entries(parts)) sums.set(part, [sha256(text)]);
  }
  return Object.fromEntries([...sums].map(([name, parts]) => [name, sha256(parts.join('\n'))]));
}

/** @throws LostEntryError where the file is gone: it has to be written again */
async function readSite(store: Store, path: string): Promise<Buffer> {
  const bytes = await store.readSite(path);
  if (bytes) return bytes;
  throw new LostEntryError(`site/${path}`, path === 'gallery.json' ? [] : [experimentOf(path)]);
}

/** Of a file below the site folder. */
const experimentOf = (path: string): string => path.split('/', 1)[0]!;

/** Names of the assets that a report or a list of panels refers to. */
export function assetsIn(json: string): Set<string> {
  return new Set([...json.matchAll(/"\.\.\/assets\/([0-9a-f]+\.[a-z0-9]+)"/g)].map(([, name]) => name!));
}
