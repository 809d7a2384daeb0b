import { predictBackend } from '../backend/predict.ts';
import { formatProblem } from '../errors.ts';
import { packageFetcher } from '../model/packaged-weights.ts';
import type { FetchPackaged } from '../model/packaged-weights.ts';
import { openCache } from '../store/open-cache.ts';
import { describeDamage, LostEntryError } from '../store/store.ts';
import type { Store } from '../store/store.ts';
import { describeOtherBackend } from './plan/other-backend.ts';
import { backendRequest, findAllStale, prepare } from './plan/prepare.ts';
import type { Preparation } from './plan/prepare.ts';
import { Interrupted } from './request.ts';
import type { PipelineRequest, PipelineResult } from './request.ts';
import { Run } from './run.ts';

export { Interrupted } from './request.ts';
export type { PipelineRequest, PipelineResult, Site } from './request.ts';

/**
 * From experiment files to reports: everything is read and checked, then only what is out of date is computed.
 * @throws UserError with every problem of every experiment asked for, before any model runs
 * @throws Interrupted when the signal aborts
 */
export async function runPipeline(request: PipelineRequest): Promise<PipelineResult> {
  const { ids, options, effects, progress } = request;
  const damaged = new Set<string>();
  const store = openCache(options.cache, {
    ...{ siteFolder: request.site?.folder, shared: request.shared },
    onDamaged: (path) => damaged.add(path),
  });
  const fetch = request.fetchPackaged ?? createFetcher(request);
  const { signal } = request;
  const preparation = await prepare(ids, options, effects, store, fetch, signal).catch((error: unknown) => {
    throw signal.aborted ? new Interrupted() : error;
  });
  await request.checkPlan?.(preparation);
  for (const { plan, staleness } of preparation.planned) {
    const { stale, total } = staleness;
    progress.tell({
      event: 'plan',
      experiment: plan.experiment.id,
      units: total,
      cached: total - stale.length,
    });
  }
  for (const { experiment, notice } of preparation.skipped) {
    const text = notice.map(formatProblem).join('\n');
    progress.tell({ event: 'skipped', experiment: experiment.id, notice: text });
  }

  const { family } = predictBackend(backendRequest(options));
  const other = await describeOtherBackend(preparation.planned, family, store);
  if (other !== undefined) effects.log.warn(other);

  const result = await runUntilWhole(request, store, preparation);
  await store.flush();
  if (damaged.size > 0) effects.log.warn(describeDamage(damaged, store));
  return result;
}

/** Runs before a lost result is taken for a fault of the disk. */
const MAX_RUNS = 3;

/** Results that turn out to be damaged, or are removed meanwhile, are computed by another run. */
async function runUntilWhole(
  request: PipelineRequest,
  store: Store,
  preparation: Preparation,
): Promise<PipelineResult> {
  let { planned } = preparation;
  for (let runs = 1; ; runs++) {
    const thorough = runs > 1;
    if (thorough) {
      const plans = planned.map(({ plan }) => plan);
      planned = await findAllStale(plans, store, thorough);
    }
    const run = new Run(request, store, { ...preparation, planned }, thorough);
    try {
      return await run.execute();
    } catch (error) {
      if (!(error instanceof LostEntryError) || runs === MAX_RUNS) throw error;
    } finally {
      request.progress.stop();
      await run.close();
    }
  }
}

/** Tells of what it fetches. */
export function createFetcher({
  options,
  progress,
  signal,
}: Pick<PipelineRequest, 'options' | 'progress' | 'signal'>): FetchPackaged {
  return packageFetcher(options.cache, signal, (report) => progress.tell({ event: 'weights', ...report }));
}
