import type { Store } from '../../store/store.ts';
import { isStored } from '../results/stored-unit.ts';
import type { ExperimentPlan, PlannedUnit } from './plan.ts';

/** Units not in the store, by experiment, and how many there are of all. */
export interface Staleness {
  readonly stale: readonly PlannedUnit[];
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
  const units = new Map(plan.views.flatMap((view) => view.units).map((unit) => [unit.key, unit]));
  const stale: PlannedUnit[] = [];
  for (const unit of units.values()) {
    if (!planned.has(unit.key) && !(await isStored(store, unit.key, thorough))) stale.push(unit);
  }
  return { stale, total: units.size };
}
