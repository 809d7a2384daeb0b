import { predictBackend } from '../backend/predict.ts';
import { computeHere } from './compute/computing.ts';
import { replanFor } from './plan/plan.ts';
import type { ExperimentPlan } from './plan/plan.ts';
import { backendRequest } from './plan/prepare.ts';
import type { Preparation } from './plan/prepare.ts';
import { scanOf } from './plan/batches.ts';
import type { Batch } from './plan/batches.ts';
import { shareOf } from './plan/shard.ts';
import type { Shard } from './plan/shard.ts';
import { Interrupted } from './request.ts';
import type { PipelineRequest } from './request.ts';
import { staleOf } from './plan/staleness.ts';
import type { Store } from '../store/store.ts';

export interface ShardResult {
  /** Jobs of this shard. */
  readonly jobs: number;
  /** Of these, found in the store. */
  readonly cached: number;
  readonly failed: number;
}

type ShardRequest = Pick<PipelineRequest, 'options' | 'effects' | 'progress' | 'signal' | 'sharedHost'>;

/** One experiment's part of a shard. */
interface Part {
  readonly plan: ExperimentPlan;
  readonly batches: readonly Batch[];
}

/**
 * Computes a shard's share of the stale jobs. First its part of the scans and what needs none of them, in every experiment; then what looks up
 * scans: those that other shards have not made by then are made here, too.
 * @throws Interrupted when the signal aborts
 */
export async function computeShare(
  request: ShardRequest,
  preparation: Preparation,
  shard: Shard,
  store: Store,
): Promise<ShardResult> {
  const { options, effects, progress, signal, sharedHost } = request;
  const computing = computeHere({ options, store, now: effects.now, sharedHost });
  let plans = preparation.planned.map(({ plan }) => plan);
  try {
    const stale = preparation.planned.some(({ staleness }) => staleness.stale.length > 0);
    const backend = stale ? await computing.start(preparation.planned) : undefined;
    if (backend) {
      const { line, name, device, family } = backend;
      progress.tell({ event: 'backend', line, name, device });
      if (family !== predictBackend(backendRequest(options)).family)
        plans = plans.map((plan) => replanFor(plan, family));
    }
    const shares = shareOf(plans, shard);
    const parts = plans.map((plan, index): Part => ({ plan, batches: shares[index]! }));
    const jobs = parts.flatMap(({ batches }) => batches.flatMap(({ jobs = [] }) => jobs));
    const open = new Set(await staleOf(jobs, store));
    const cached = jobs.length - open.size;
    progress.tell({ event: 'start', units: jobs.length, cached });
    let failed = 0;
    let done = 0;
    for (const afterScans of [false, true]) {
      for (const { plan, batches } of parts) {
        const now = batches.filter((batch) => batch.afterScans === afterScans);
        const mine = now.flatMap((batch) => (batch.jobs ?? []).filter((job) => open.has(job)));
        if (!afterScans && (await needsScans(plan, store))) {
          for (const { scan } of now) if (scan && !signal.aborted) await computing.scan(plan, scan, signal);
        }
        if (signal.aborted) throw new Interrupted();
        if (mine.length === 0) continue;
        const { id } = plan.experiment;
        const failures = await computing.compute(plan, mine, signal, async ({ view, label }) => {
          done += 1;
          progress.tell({ event: 'unit', experiment: id, view, label, done, total: open.size });
        });
        if (signal.aborted) throw new Interrupted();
        failed += failures.length;
        done += failures.length;
        for (const { job, error } of failures) {
          const { technique, message } = error;
          progress.tell({ event: 'failed', experiment: id, view: job.view, technique, message });
        }
      }
    }
    return { jobs: jobs.length, cached, failed };
  } finally {
    progress.stop();
    await computing.rest();
  }
}

/** Whether any job that is still to be made looks up scans, here or in another shard. */
async function needsScans({ views }: ExperimentPlan, store: Store): Promise<boolean> {
  const jobs = views.flatMap((view) => view.jobs).filter((job) => scanOf(job) !== undefined);
  return (await staleOf(jobs, store)).length > 0;
}
