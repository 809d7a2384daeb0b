import { createFetcher, Interrupted } from '../pipeline/pipeline.ts';
import { prepare } from '../pipeline/plan/prepare.ts';
import type { Shard } from '../pipeline/plan/shard.ts';
import { computeShare } from '../pipeline/shard.ts';
import type { ShardResult } from '../pipeline/shard.ts';
import { takeLease } from '../store/leases.ts';
import { openCache } from '../store/open-cache.ts';
import { joinStore } from '../store/shared/join-store.ts';
import type { SharedSession } from '../store/shared/join-store.ts';
import { describeDamage } from '../store/store.ts';
import type { GalleryRequest } from './gallery.ts';

/** Computes one shard of the stale jobs into the store; writes no report and no gallery. */
export async function buildShard(
  request: Omit<GalleryRequest, 'startRenderer' | 'settings'>,
  shard: Shard,
): Promise<ShardResult> {
  const { ids, options, effects, signal, progress } = request;
  const { log } = effects;
  const start = effects.now();
  const lease = await takeLease(options.cache, 'build');
  let shared: SharedSession | undefined;
  try {
    await lease.use(signal, log.info);
    if (options.store !== undefined) {
      shared = await joinStore(options.store, { command: 'build', signal, tell: log.info });
    }
    const damaged = new Set<string>();
    const store = openCache(options.cache, {
      ...{ siteFolder: lease.siteFolder, shared },
      onDamaged: (path) => damaged.add(path),
    });
    const fetch = createFetcher(request);
    const preparation = await prepare(ids, options, effects, store, fetch, signal).catch((error: unknown) => {
      throw signal.aborted ? new Interrupted() : error;
    });
    const result = await computeShare(request, preparation, shard, store);
    await store.flush();
    if (damaged.size > 0) log.warn(describeDamage(damaged, store));
    const { jobs, cached, failed } = result;
    progress.tell({
      ...{ event: 'shard', index: shard.index, count: shard.count },
      ...{ units: jobs - failed, cached, milliseconds: effects.now() - start },
    });
    return result;
  } finally {
    await shared?.leave();
    await lease.release();
  }
}
