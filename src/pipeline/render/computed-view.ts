import type { Store } from '../../store/store.ts';
import type { ExperimentPlan, PlannedUnit, ViewPlan } from '../plan/plan.ts';
import type { StoredUnit } from '../results/stored-unit.ts';
import type { SharedScales } from './render-panel.ts';

/** Units whose panels share a sprite. */
export interface Sheet {
  readonly units: readonly PlannedUnit[];
  /** Position in the view of its first panel. */
  readonly first: number;
  drawn: boolean;
}

/** A view whose units are all computed. */
export interface ComputedView {
  readonly plan: ExperimentPlan;
  readonly view: ViewPlan;
  readonly store: Store;
  readonly sheets: readonly Sheet[];
  readonly scales: SharedScales;
  /** By key. */
  readonly stored: ReadonlyMap<string, StoredUnit>;
}
