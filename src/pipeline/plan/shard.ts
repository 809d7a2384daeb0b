import { divide } from './batches.ts';
import type { Batch } from './batches.ts';
import { jobCost, passCost } from './cost.ts';
import type { ExperimentPlan, PlannedJob } from './plan.ts';

/** Which of several processes this is: `index` counts from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** Pieces that a shard's share of one technique is made of at least, where there are jobs enough: the more, the more even. */
const PIECES = 4;

/**
 * One shard's part of the work on every experiment. It depends on the plans alone, not on what is in the store by now: shards that start
 * one after the other agree on it. Each experiment's techniques are divided evenly, so that a change of one view is shared, too.
 */
export function shareOf(plans: readonly ExperimentPlan[], { index, count }: Shard): Batch[][] {
  const all = new Array<number>(count).fill(0);
  const taken = new Set<string>();
  return plans.map((plan) => {
    const jobs = new Map<string, PlannedJob>();
    for (const job of plan.views.flatMap((view) => view.jobs)) {
      if (!taken.has(job.key)) jobs.set(job.key, job);
    }
    for (const key of jobs.keys()) taken.add(key);
    const mine: Batch[] = [];
    for (const batches of classesOf(plan, [...jobs.values()], count)) {
      const loads = new Array<number>(count).fill(0);
      const owners = new Map<Batch, number>();
      // The largest first, each to whoever has least.
      for (const batch of batches.toSorted((a, b) => b.cost - a.cost)) {
        const owner = leastLoaded(loads, all);
        loads[owner]! += batch.cost;
        all[owner]! += batch.cost;
        owners.set(batch, owner);
      }
      mine.push(...batches.filter((batch) => owners.get(batch) === index - 1));
    }
    return mine;
  });
}

/** Batches of every technique, and before them the scans. */
function classesOf(plan: ExperimentPlan, jobs: readonly PlannedJob[], count: number): Batch[][] {
  const pass = passCost(plan.source);
  const byTechnique = new Map<string, PlannedJob[]>();
  for (const job of jobs) {
    const some = byTechnique.get(job.technique);
    if (some) some.push(job);
    else byTechnique.set(job.technique, [job]);
  }
  const images = Math.max(1, Math.ceil(plan.images.images.length / (PIECES * count)));
  const scans = divide(plan, jobs, { most: Infinity, jobs: Infinity, images }).filter(({ scan }) => scan);
  const classes = [...byTechnique.values()].map((some) => {
    const cost = some.reduce((sum, job) => sum + jobCost(job, pass), 0);
    const sizes = { most: cost / (PIECES * count), jobs: Infinity, images };
    return divide(plan, some, sizes).filter(({ scan }) => !scan);
  });
  return [scans, ...classes];
}

function leastLoaded(loads: readonly number[], all: readonly number[]): number {
  let least = 0;
  for (let i = 1; i < loads.length; i++) {
    const difference = loads[i]! - loads[least]!;
    if (difference < 0 || (difference === 0 && all[i]! < all[least]!)) least = i;
  }
  return least;
}
