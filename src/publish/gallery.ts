import { estimate } from '../pipeline/timing.ts';
import type { Effects } from '../effects.ts';
import type { Problem } from '../errors.ts';
import { runPipeline } from '../pipeline/pipeline.ts';
import type { PipelineResult } from '../pipeline/pipeline.ts';
import { backendWish, prepare } from '../pipeline/prepare.ts';
import type { PipelineOptions } from '../pipeline/prepare.ts';
import type { Progress, ProgressEvent } from '../pipeline/progress.ts';
import { predictBackend } from '../backend/predict.ts';
import { startRenderer } from '../site/render.ts';
import type { Renderer } from '../site/render.ts';
import { openStore } from '../store/store.ts';
import { publish } from './publish.ts';

export interface GalleryRequest {
  readonly ids: readonly string[];
  /** `out`: where the gallery goes. */
  readonly options: PipelineOptions & { readonly out: string };
  readonly effects: Effects;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** From experiment files to a published gallery. */
export async function buildGallery(request: GalleryRequest): Promise<PipelineResult> {
  const { options, effects, progress } = request;
  const start = effects.now();
  const store = openStore(options.cache);
  let renderer: Renderer | undefined;
  // While the last unit is computed, what will render the pages is loaded; before that, memory is the network's.
  const tell = (event: ProgressEvent): void => {
    if (event.event === 'unit' && event.total - event.done <= 1) renderer ??= startRenderer(store.folder);
    progress.tell(event);
  };
  try {
    const result = await runPipeline({ ...request, progress: { tell, stop: () => progress.stop() } });
    const { out, version } = options;
    const { pages, unchanged } = await publish({ store, out, version, log: effects.log, renderer });
    progress.tell({ event: 'site', pages, cached: unchanged });
    const { units, cached } = result;
    progress.tell({ event: 'end', units, cached, milliseconds: effects.now() - start, out });
    return result;
  } finally {
    renderer?.stop();
  }
}

/** What a build would do. */
export interface PlanSummary {
  readonly id: string;
  readonly title: string;
  readonly units: number;
  readonly cached: number;
  /** Milliseconds for what is not cached; undefined where nothing like it was ever computed here. */
  readonly estimate: number | undefined;
  /** For each view its units and panels. */
  readonly views: readonly { readonly id: string; readonly units: number; readonly panels: number }[];
}

/** Validates everything and runs nothing. @throws UserError with every problem found */
export async function checkGallery(
  request: Pick<GalleryRequest, 'ids' | 'options' | 'effects'> & { readonly signal?: AbortSignal },
): Promise<{
  plans: PlanSummary[];
  skipped: { id: string; notice: readonly Problem[] }[];
}> {
  const { ids, options, effects, signal } = request;
  const store = openStore(options.cache);
  const { planned, skipped } = await prepare(ids, options, effects, store, undefined, signal);
  const { family } = predictBackend(backendWish(options));
  const plans = planned.map(async ({ plan, staleness }): Promise<PlanSummary> => ({
    id: plan.experiment.id,
    title: plan.experiment.title,
    units: staleness.total,
    cached: staleness.total - staleness.stale.length,
    estimate: await estimate(store, plan, staleness.stale, family),
    views: plan.views.map(({ view, units, panelCount }) => ({
      id: view.id,
      units: units.length,
      panels: panelCount,
    })),
  }));
  return {
    plans: await Promise.all(plans),
    skipped: skipped.map(({ experiment, notice }) => ({ id: experiment.id, notice })),
  };
}
