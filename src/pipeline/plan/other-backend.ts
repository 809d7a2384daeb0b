import { isStored } from '../results/stored-job.ts';
import type { Store } from '../../store/store.ts';
import { replanFor } from './plan.ts';
import type { Planned } from './prepare.ts';

/** Stale jobs that are looked up: they stand for the others. */
const SAMPLE = 16;

/**
 * A warning where what is about to be computed was computed on another backend: shards and the build after them must agree on it, and
 * whoever forgot that would wait for everything twice. Undefined where it was not.
 * @param family the backend's that is about to be used
 */
export async function describeOtherBackend(
  planned: readonly Planned[],
  family: string,
  store: Store,
): Promise<string | undefined> {
  const { plan, staleness } = planned.find(({ staleness }) => staleness.stale.length > 0) ?? {};
  if (!plan || !staleness) return undefined;
  for (const key of await store.listRecords('backend')) {
    const record = (await store.readRecord('backend', key)) as { readonly family?: string } | undefined;
    const other = record?.family;
    if (other === undefined || other === family) continue;
    const positions = new Map(plan.views.flatMap(({ jobs }) => jobs).map((job, index) => [job.key, index]));
    const jobs = replanFor(plan, other).views.flatMap((view) => view.jobs);
    const sample = staleness.stale.slice(0, SAMPLE).map((stale) => jobs[positions.get(stale.key)!]!);
    const found = await Promise.all(sample.map((job) => isStored(store, job.key, false)));
    if (found.every(Boolean)) {
      return `What ${plan.experiment.id} needs was computed on \`${other}\`, and is computed again on \`${family}\`. For the results that are there, use the same \`--backend\` and \`--jobs\`.`;
    }
  }
  return undefined;
}
