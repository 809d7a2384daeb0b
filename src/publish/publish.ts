import { statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../effects.ts';
import { pluginCode } from '../plugins.ts';
import type { Gallery, Report } from '../schema/report.ts';
import type { RenderNotes } from '../site/kept-pages.ts';
import { reads } from '../site/reads.ts';
import { networksOf, splitReport } from '../site/report-parts.ts';
import { isLargeReport, renderSite } from '../site/render.ts';
import type { Renderer } from '../site/render.ts';
import type { SiteSettings } from '../site/site-context.ts';
import { hashSiteSources } from '../site/site-sources.ts';
import { makeFolder } from '../store/disk.ts';
import { sha256 } from '../hash.ts';
import { hashIn, keyOf, listFolder, LostEntryError, writeWhole } from '../store/store.ts';
import type { Store } from '../store/store.ts';
import { formatManifest, makeManifest, MANIFEST_NAME } from './manifest.ts';
import type { ManifestEntry } from './manifest.ts';
import { openOldGallery, type OldGallery, type PublishedRecord } from './old-gallery.ts';
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

/**
 * Renders the gallery and puts it, with its reports and assets, in place of the old one. The old one stays whole until
 * the new one is complete beside it.
 * @throws UserError, and changes nothing, where something else lies in its folder
 */
export async function publish(request: PublishRequest): Promise<Published> {
  const { store, out, real, version, log, settings, startRenderer } = request;
  await recover(real, log.warn);
  checkContents(out, real);
  const reports = await readReports(store);
  const siteKey = keyOf({
    version,
    site: await hashSiteSources(),
    node: process.version,
    ...(settings && { settings: { title: settings.title, url: settings.url, base: settings.base } }),
    plugins: pluginCode()?.module,
  });
  const digests = await digestsOf(reports, store);
  const key = keyOf({ siteKey, digests });
  const old = await openOldGallery(real, store, log);
  if (old.record?.key === key) return { pages: old.record.pages, rendered: 0, unchanged: true };

  const notes = (await store.readRecord('pages', keyOf(real))) as RenderNotes | undefined;
  // It loads the pages meanwhile.
  const renderer = startRenderer();
  if (notes?.siteKey !== siteKey)
    renderer.expect?.({
      isLarge: reports.some(({ report }) => report !== undefined && isLargeReport(report)),
    });
  const next = nextFolder(real);
  try {
    await makeFolder(next);
    // Checked before they are rendered from: that takes longest.
    await takeReports(reports, old, next, store);
    const rendering = await renderSite({
      dataDir: store.siteFolder,
      outDir: next,
      kept: { siteKey, digests, ...(notes && { before: old.withNotes(notes) }) },
      ...{ log, settings, renderer },
    });
    const { pages, rendered } = rendering;
    const { moves, moved } = old.place(next);
    const text = formatManifest(makeManifest(next, knownEntries(old, next, rendering.notes), moved));
    await writeWhole(join(next, MANIFEST_NAME), text);
    await swap(next, real, out, moves);
    const record: PublishedRecord = { key, manifest: sha256(text), pages, stamps: old.restamped(real) };
    await store.writeRecord('pages', keyOf(real), rendering.notes);
    await store.writeRecord('published', keyOf(real), record);
    return { pages, rendered, unchanged: false };
  } finally {
    await rm(next, { recursive: true, force: true });
  }
}

/** Of files that were taken over or have just been rendered. */
function knownEntries(
  old: OldGallery,
  next: string,
  { parts }: RenderNotes,
): (path: string) => ManifestEntry | undefined {
  const sums = new Map(Object.values(parts).flatMap(({ files }) => Object.entries(files)));
  return (path) => {
    const rendered = sums.get(path);
    return (
      old.entryOf(path) ??
      (rendered === undefined ? undefined : { path, size: statSync(join(next, path)).size, sha256: rendered })
    );
  };
}

/** A file below the site folder that a reader may download: a report, or a list of panels. */
interface ReportFile {
  readonly path: string;
  readonly experiment: string;
  readonly sum: string;
  /** Names of the assets in it. */
  readonly assets: readonly string[];
  /** Of a report, which pages read in parts. */
  readonly report?: Report | undefined;
}

async function readReports(store: Store): Promise<ReportFile[]> {
  const { experiments } = JSON.parse((await readSite(store, 'gallery.json')).toString('utf8')) as Gallery;
  const files: ReportFile[] = [];
  for (const { id, status } of experiments) {
    if (status !== 'ready') continue;
    for (const { path: below } of await listFolder(join(store.siteFolder, id))) {
      if (!below.endsWith('.json')) continue;
      const path = `${id}/${below}`;
      let bytes: Promise<Buffer> | undefined;
      const read = (): Promise<Buffer> => (bytes ??= readSite(store, path));
      // Lists of panels are long, and of those that were kept the sum is known.
      const sum = store.siteSums.get(path) ?? sha256(await read());
      const assets = await assetsOf(sum, read, store);
      const report =
        below === 'report.json' ? (JSON.parse((await read()).toString('utf8')) as Report) : undefined;
      files.push({ path, experiment: id, sum, assets, report });
    }
  }
  return files;
}

/** Puts the reports and their assets into the new gallery. @throws LostEntryError where the store has not all of them */
async function takeReports(
  files: readonly ReportFile[],
  old: OldGallery,
  next: string,
  store: Store,
): Promise<void> {
  /** Ids of the experiments whose reports name an asset. */
  const neededBy = new Map<string, Set<string>>();
  for (const { path, experiment, sum, assets } of files) {
    if (!old.take(path, sum) && !(await store.placeSite(path, join(next, path)))) throw lostSite(path);
    for (const asset of assets) {
      const users = neededBy.get(asset) ?? new Set();
      neededBy.set(asset, users.add(experiment));
    }
  }
  const others: string[] = [];
  for (const asset of neededBy.keys()) if (!old.take(`assets/${asset}`, hashIn(asset))) others.push(asset);
  const lost = await store.copyAssets(others, join(next, 'assets'));
  if (lost.length === 0) return;
  const experiments = lost.flatMap((asset) => [...neededBy.get(asset)!]);
  throw new LostEntryError(`assets/${lost[0]}`, [...new Set(experiments)]);
}

/** Digests of gallery.json, and of each report with its lists of panels, by the names that pages read them under. */
async function digestsOf(files: readonly ReportFile[], store: Store): Promise<Record<string, string>> {
  const sums = new Map([[reads.gallery, [sha256(await readSite(store, 'gallery.json'))]]]);
  for (const { path, experiment, sum, report } of files) {
    const { rest, parts } = report ? splitReport(report) : { rest: undefined, parts: {} };
    const name = reads.report(experiment);
    sums.set(name, [...(sums.get(name) ?? []), `${path} ${rest === undefined ? sum : sha256(rest)}`]);
    for (const [part, text] of Object.entries(parts)) sums.set(part, [sha256(text)]);
  }
  const networks = networksOf(files.flatMap(({ report }) => report ?? []));
  for (const [name, network] of Object.entries(networks)) sums.set(name, [network]);
  return Object.fromEntries([...sums].map(([name, parts]) => [name, sha256(parts.join('\n'))]));
}

/** @throws LostEntryError where the file is gone: it has to be written again */
async function readSite(store: Store, path: string): Promise<Buffer> {
  const bytes = await store.readSite(path);
  if (bytes) return bytes;
  throw lostSite(path);
}

const lostSite = (path: string): LostEntryError =>
  new LostEntryError(`site/${path}`, path === 'gallery.json' ? [] : [path.split('/', 1)[0]!]);

/** Most lists of panels are the same from one build to the next. */
async function assetsOf(sum: string, read: () => Promise<Buffer>, store: Store): Promise<readonly string[]> {
  const key = keyOf({ assetsIn: sum });
  const known = (await store.readRecord('assets-in', key)) as readonly string[] | undefined;
  if (known) return known;
  const found = [...assetsIn((await read()).toString('utf8'))];
  await store.writeRecord('assets-in', key, found);
  return found;
}

/** Names of the assets that a report or a list of panels refers to. */
export function assetsIn(json: string): Set<string> {
  return new Set([...json.matchAll(/"\.\.\/assets\/([0-9a-f]+\.[a-z0-9]+)"/g)].map(([, name]) => name!));
}
