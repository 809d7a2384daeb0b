import type { Store } from '../../store/store.ts';
import type { ExperimentPlan, PlannedJob, ViewPlan } from '../plan/plan.ts';
import type { StoredJob } from '../results/stored-job.ts';
import type { Backgrounds } from './backgrounds.ts';
import type { DrawnPanels } from './drawn-panels.ts';
import type { SharedScales } from './render-panel.ts';

/** Jobs whose panels share a sprite. */
export interface SpriteSheetJobs {
  readonly jobs: readonly PlannedJob[];
  /** Position in the view of its first panel. */
  readonly first: number;
  drawn: boolean;
}

/** A view whose jobs are all computed. */
export interface ComputedView {
  readonly plan: ExperimentPlan;
  readonly view: ViewPlan;
  readonly store: Store;
  readonly sheets: readonly SpriteSheetJobs[];
  readonly scales: SharedScales;
  /** Where maps are laid over images. */
  readonly backgrounds?: Backgrounds | undefined;
  readonly drawn: DrawnPanels;
  /** By key. */
  readonly stored: ReadonlyMap<string, StoredJob>;
}
