import type { Store } from '../../store/store.ts';
import { isStored } from '../results/stored-job.ts';
import type { ExperimentPlan, PlannedJob } from './plan.ts';

/** Jobs not in the store, by experiment, and how many there are of all. */
export interface Staleness {
  readonly stale: readonly PlannedJob[];
  readonly total: number;
}

/**
 * Views of one experiment may ask for the very same numbers: a key counts once.
 * @param planned keys that will have been computed before this experiment's turn
 * @param thorough whether to check every byte of every result; otherwise, that it is there and has its length
 */
export async function findStale(
  plan: ExperimentPlan,
  store: Store,
  planned: ReadonlySet<string>,
  thorough = false,
): Promise<Staleness> {
  const jobs = new Map(plan.views.flatMap((view) => view.jobs).map((job) => [job.key, job]));
  const stale: PlannedJob[] = [];
  for (const job of jobs.values()) {
    if (!planned.has(job.key) && !(await isStored(store, job.key, thorough))) stale.push(job);
  }
  return { stale, total: jobs.size };
}
