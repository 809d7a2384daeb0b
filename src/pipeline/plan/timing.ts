import { keyOf } from '../../store/store.ts';
import type { Store } from '../../store/store.ts';
import type { ExperimentPlan, PlannedJob } from './plan.ts';

/** Milliseconds that a job took when jobs like it were last computed on this machine. Estimates only. */
interface Timing {
  readonly perJob: number;
}

const keyFor = (id: string | undefined, technique: string, family: string): string =>
  keyOf({ id: id ?? null, technique, family });

/** Remembers how long a run took, evenly over its jobs, for the experiment and as a guess for others. */
export async function recordTiming(
  store: Store,
  experiment: string,
  jobs: readonly PlannedJob[],
  milliseconds: number,
  family: string,
): Promise<void> {
  const timing: Timing = { perJob: milliseconds / jobs.length };
  for (const technique of new Set(jobs.map((job) => job.technique))) {
    await store.writeRecord('timing', keyFor(experiment, technique, family), timing);
    await store.writeRecord('timing', keyFor(undefined, technique, family), timing);
  }
}

/** Milliseconds that jobs are likely to take; undefined where nothing like them was ever computed here. */
export async function estimate(
  store: Store,
  plan: ExperimentPlan,
  jobs: readonly PlannedJob[],
  family: string,
): Promise<number | undefined> {
  let total = 0;
  const known = new Map<string, number | undefined>();
  for (const { technique } of jobs) {
    if (!known.has(technique)) {
      const own = await store.readRecord('timing', keyFor(plan.experiment.id, technique, family));
      const any = own ?? (await store.readRecord('timing', keyFor(undefined, technique, family)));
      known.set(technique, (any as Timing | undefined)?.perJob);
    }
    const perJob = known.get(technique);
    if (perJob === undefined) return undefined;
    total += perJob;
  }
  return total;
}
