import pLimit from 'p-limit';
import type { Store } from '../../store/store.ts';
import { findKeptView, viewKey } from './kept-view.ts';
import { isStored } from '../results/stored-job.ts';
import type { ExperimentPlan, PlannedJob } from './plan.ts';

/** A shared store takes milliseconds to answer. */
const LOOKS_AT_ONCE = 16;

/** Jobs not in the store, by experiment, and how many there are of all. */
export interface Staleness {
  readonly stale: readonly PlannedJob[];
  readonly total: number;
  /** Keys of views that are there as they were described last (`findKeptView`). */
  readonly kept: ReadonlySet<string>;
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
  const present = new Set<string>();
  const kept = new Set<string>();
  for (const view of thorough ? [] : plan.views) {
    const key = viewKey(plan, view);
    if (!(await findKeptView(store, key))) continue;
    kept.add(key);
    for (const { key } of view.jobs) present.add(key);
  }
  const others = [...jobs.values()].filter(({ key }) => !planned.has(key) && !present.has(key));
  return { stale: await staleOf(others, store, thorough), total: jobs.size, kept };
}

/** Jobs that the store lacks, in their order. @param thorough as above */
export async function staleOf(
  jobs: readonly PlannedJob[],
  store: Store,
  thorough = false,
): Promise<PlannedJob[]> {
  const someAtOnce = pLimit(LOOKS_AT_ONCE);
  const looks = jobs.map((job) =>
    someAtOnce(async () => ((await isStored(store, job.key, thorough)) ? [] : [job])),
  );
  return (await Promise.all(looks)).flat();
}
