import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { diskProblem, UserError, formatProblem } from '../errors.ts';
import { createFetcher, Interrupted, runPipeline } from '../pipeline/pipeline.ts';
import { shareHost } from '../pipeline/compute/worker-host.ts';
import { writeGallery } from '../pipeline/report/report.ts';
import type { GalleryEntry } from '../pipeline/report/report.ts';
import type { Report } from '../schema/report.ts';
import { chooseCover } from '../site/cover.ts';
import { serveDev } from '../site/dev.ts';
import { makeFolder } from '../store/disk.ts';
import { takeLease } from '../store/leases.ts';
import { openReports } from '../store/reports.ts';
import type { Reports } from '../store/reports.ts';
import { openCache } from '../store/open-cache.ts';
import { joinStore } from '../store/shared/join-store.ts';
import type { Store } from '../store/store.ts';
import { ChangedExperiments } from './changed-experiments.ts';
import type { GalleryRequest } from './gallery.ts';

export interface DevRequest extends Omit<GalleryRequest, 'ids' | 'startRenderer'> {
  /** Name or address to listen at. */
  readonly host: string;
  /** The next free one is taken where this one is not. */
  readonly port: number;
  /** What serves the pages. */
  readonly serve?: typeof serveDev;
  /** Names to answer for besides this machine's and `host`. */
  readonly allowedHosts?: readonly string[];
}

/**
 * Serves the gallery while it is being written: a saved experiment, narrative or image runs what it changes, then open
 * pages reload. An error is shown in the page and the terminal, and the last good report stays. Ends when the signal
 * aborts.
 */
export async function runDev(request: DevRequest): Promise<void> {
  const { options, effects, signal } = request;
  const { log } = effects;
  const lease = await takeLease(options.cache, 'dev');
  const shared =
    options.store === undefined
      ? undefined
      : await joinStore(options.store, { command: 'dev', signal, tell: log.info }).catch(
          async (error: unknown) => {
            await lease.release();
            throw error;
          },
        );
  const store = openCache(options.cache, { siteFolder: lease.siteFolder, shared });
  const reports = openReports(options.cache, options.experiments);
  const sharedHost = shareHost();
  const fetchPackaged = createFetcher(request);
  let watched: readonly string[] = [options.experiments, options.content];
  let known: ReadonlySet<string> = new Set();
  const changes = new ChangedExperiments(options);

  const rebuild = async (
    changed: readonly string[] = [],
  ): Promise<{ ok: true; changed: boolean } | { ok: false; message: string }> => {
    changes.add(changed, known);
    const { ids } = changes;
    try {
      await lease.use(signal, log.info);
      const site = { folder: lease.siteFolder, reports };
      const result = await runPipeline({
        ...request,
        ...{ ids, sharedHost, fetchPackaged, site, chooseCover, shared },
      });
      // Those that were not built are watched as before.
      watched = ids.length === 0 ? result.watch : [...new Set([...watched, ...result.watch])];
      known = new Set(result.experiments);
      if (result.damagedReports.length > 0) changes.requireAll();
      else changes.builtAllBut(result.failures.map(({ experiment }) => experiment));
      return { ok: true, changed: true };
    } catch (error) {
      if (error instanceof Interrupted || signal.aborted) return { ok: true, changed: false };
      return { ok: false, message: messageOf(error) };
    } finally {
      await lease.rest();
    }
  };

  try {
    const first = await rebuild();
    if (signal.aborted) return;
    if (!first.ok) log.error(first.message);
    if (!existsSync(join(store.siteFolder, 'gallery.json'))) await restoreGallery(store, reports);
    // The page server's own folders; a file in the place of one would stop it.
    await makeFolder(join(store.folder, 'vite', 'root'), store.folder);
    const server = await (request.serve ?? serveDev)({
      ...{ dataDir: store.siteFolder, assetsDir: store.assetsFolder, cacheDir: store.folder },
      checkAsset: (name) => store.checkAsset(name),
      ...{ host: request.host, port: request.port, allowedHosts: request.allowedHosts ?? [] },
      ...{ watch: () => [...watched], rebuild, log },
      settings: request.settings,
      ...(first.ok ? {} : { problem: first.message }),
    });
    log.info(`${server.url}\nSave an experiment to update the open page. Press Ctrl-C to stop.`);
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await server.close();
  } finally {
    await sharedHost.close();
    await shared?.leave();
    await lease.release();
  }
}

/** What was built last, until the experiments are in order again. */
async function restoreGallery(store: Store, reports: Reports): Promise<void> {
  const entries: GalleryEntry[] = [];
  for (const id of await reports.ids()) {
    if ((await reports.take(id, store.siteFolder)) !== 'taken') continue;
    const path = join(store.siteFolder, id, 'report.json');
    const { title } = (JSON.parse(await readFile(path, 'utf8')) as Report).experiment;
    entries.push({ status: 'ready', id, title });
  }
  await writeGallery(entries, store);
}

function messageOf(error: unknown): string {
  if (error instanceof UserError) return error.problems.map(formatProblem).join('\n\n');
  const problem = diskProblem(error);
  if (problem) return formatProblem(problem);
  return error instanceof Error ? error.message : String(error);
}
