import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError, formatProblem } from '../errors.ts';
import { createFetcher, Interrupted, runPipeline } from '../pipeline/pipeline.ts';
import { keepHost } from '../pipeline/worker-host.ts';
import { writeGallery } from '../pipeline/report.ts';
import { serveDev } from '../site/dev.ts';
import { openStore } from '../store/store.ts';
import type { GalleryRequest } from './gallery.ts';

export interface DevRequest extends Omit<GalleryRequest, 'ids'> {
  /** Name or address to listen at. */
  readonly host: string;
  /** The next free one is taken where this one is not. */
  readonly port: number;
  /** Names to answer for besides this machine's and `host`. */
  readonly allowedHosts?: readonly string[];
}

/**
 * Serves the gallery while it is being written: a saved experiment, narrative or picture runs what it changes, then open
 * pages reload. An error is shown in the page and the terminal, and the last good report stays. Ends when the signal
 * aborts.
 */
export async function runDev(request: DevRequest): Promise<void> {
  const { options, effects, signal } = request;
  const { log } = effects;
  const store = openStore(options.cache);
  const hostKeeper = keepHost();
  const fetchPackaged = createFetcher(request);
  let watched: readonly string[] = [options.experiments, options.content];

  const rebuild = async (): Promise<{ ok: true; changed: boolean } | { ok: false; message: string }> => {
    try {
      const { watch } = await runPipeline({ ...request, ids: [], hostKeeper, fetchPackaged });
      watched = watch;
      return { ok: true, changed: true };
    } catch (error) {
      if (error instanceof Interrupted) return { ok: true, changed: false };
      return { ok: false, message: messageOf(error) };
    }
  };

  try {
    const first = await rebuild();
    if (signal.aborted) return;
    if (!first.ok) log.error(first.message);
    if (!existsSync(join(store.siteFolder, 'gallery.json'))) await writeGallery([], store);
    const server = await serveDev({
      ...{ dataDir: store.siteFolder, assetsDir: store.assetsFolder, cacheDir: store.folder },
      ...{ host: request.host, port: request.port, allowedHosts: request.allowedHosts ?? [] },
      ...{ watch: () => [...watched], rebuild, log },
      ...(first.ok ? {} : { problem: first.message }),
    });
    log.info(`${server.url}\nSave an experiment and the open page follows. Ctrl-C stops it.`);
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await server.close();
  } finally {
    await hostKeeper.close();
  }
}

function messageOf(error: unknown): string {
  if (error instanceof UserError) return error.problems.map(formatProblem).join('\n\n');
  return error instanceof Error ? error.message : String(error);
}
