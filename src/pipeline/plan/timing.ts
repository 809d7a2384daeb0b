import { keyOf } from '../../store/store.ts';
import type { Store } from '../../store/store.ts';
import type { ExperimentPlan, PlannedUnit } from './plan.ts';

/** Milliseconds that a unit took when units like it were last computed on this machine. Estimates only. */
interface Timing {
  readonly perUnit: number;
}

const keyFor = (id: string | undefined, technique: string, family: string): string =>
  keyOf({ id: id ?? null, technique, family });

/** Remembers how long a run took, evenly over its units, for the experiment and as a guess for others. */
export async function recordTiming(
  store: Store,
  plan: ExperimentPlan,
  units: readonly PlannedUnit[],
  milliseconds: number,
  family: string,
): Promise<void> {
  const timing: Timing = { perUnit: milliseconds / units.length };
  for (const technique of new Set(units.map((unit) => unit.technique))) {
    await store.writeRecord('timing', keyFor(plan.experiment.id, technique, family), timing);
    await store.writeRecord('timing', keyFor(undefined, technique, family), timing);
  }
}

/** Milliseconds that units are likely to take; undefined where nothing like them was ever computed here. */
export async function estimate(
  store: Store,
  plan: ExperimentPlan,
  units: readonly PlannedUnit[],
  family: string,
): Promise<number | undefined> {
  let total = 0;
  const known = new Map<string, number | undefined>();
  for (const { technique } of units) {
    if (!known.has(technique)) {
      const own = await store.readRecord('timing', keyFor(plan.experiment.id, technique, family));
      const any = own ?? (await store.readRecord('timing', keyFor(undefined, technique, family)));
      known.set(technique, (any as Timing | undefined)?.perUnit);
    }
    const perUnit = known.get(technique);
    if (perUnit === undefined) return undefined;
    total += perUnit;
  }
  return total;
}
