import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { estimate } from '../pipeline/timing.ts';
import type { Effects } from '../effects.ts';
import type { Problem } from '../errors.ts';
import { runPipeline } from '../pipeline/pipeline.ts';
import type { PipelineResult } from '../pipeline/pipeline.ts';
import { backendWish, prepare } from '../pipeline/prepare.ts';
import type { PipelineOptions } from '../pipeline/prepare.ts';
import type { Progress, ProgressEvent } from '../pipeline/progress.ts';
import { predictBackend } from '../backend/predict.ts';
import type { ExperimentPlan } from '../pipeline/plan.ts';
import { startRenderer } from '../site/render.ts';
import type { Renderer } from '../site/render.ts';
import { sweepScratch } from '../site/scratch.ts';
import { checkCacheFolder } from '../store/cache-folder.ts';
import { takeLease } from '../store/leases.ts';
import { openReports } from '../store/reports.ts';
import { openStore } from '../store/store.ts';
import { lock } from './lock.ts';
import type { Lock } from './lock.ts';
import { checkNoImagesIn, realOf } from './out-folder.ts';
import { publish } from './publish.ts';

export interface GalleryRequest {
  readonly ids: readonly string[];
  /** `out`: where the gallery goes. */
  readonly options: PipelineOptions & { readonly out: string };
  readonly effects: Effects;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** What renders the pages; Astro where it is absent. */
  readonly startRenderer?: (cacheDir: string) => Renderer;
}

/**
 * From experiment files to a published gallery.
 * @param request its `out` has been checked (`checkOutFolder`); what is in it is checked again before it is replaced
 */
export async function buildGallery(request: GalleryRequest): Promise<PipelineResult> {
  const { options, effects, progress, signal } = request;
  const { out, version, cache } = options;
  const { log } = effects;
  const load = request.startRenderer ?? startRenderer;
  const start = effects.now();
  const lease = await takeLease(cache, 'build');
  const store = openStore(cache, lease.siteFolder);
  let renderer: Renderer | undefined;
  let turn: Lock | undefined;
  // While the last unit is computed, what will render the pages is loaded; before that, memory is the network's.
  const tell = (event: ProgressEvent): void => {
    if (event.event === 'unit' && event.total - event.done <= 1) renderer ??= load(store.folder);
    progress.tell(event);
  };
  try {
    await lease.use(signal, log.info);
    const real = realOf(out);
    const result = await runPipeline({
      ...request,
      progress: { tell, stop: () => progress.stop() },
      site: {
        folder: lease.siteFolder,
        reports: openReports(cache, options.experiments),
        // Whoever publishes last has seen the reports of all who published before.
        collect: async () => {
          await mkdir(dirname(real), { recursive: true });
          turn = await lock(real, { command: 'build', signal, tell: log.info });
        },
      },
      checkPlan: ({ planned }) => {
        for (const { plan } of planned) checkNoImagesIn(real, out, plan.experiment.id, imagesOf(plan));
      },
    });
    // The link may lead to another place by now.
    if (realOf(out) !== real)
      throw new Error(`\`${out}\` leads to another folder than when the build began; run it again`);
    const { pages, unchanged } = await publish({
      ...{ store, out, real, version, log },
      startRenderer: () => renderer ?? load(store.folder),
    });
    await sweepScratch();
    progress.tell({ event: 'site', pages, cached: unchanged });
    const { units, cached } = result;
    progress.tell({ event: 'end', units, cached, milliseconds: effects.now() - start, out });
    return result;
  } finally {
    renderer?.stop();
    await turn?.release();
    await lease.release();
  }
}

/** Where an experiment's images come from. */
function imagesOf({ experiment, images }: ExperimentPlan): { folders: string[]; images: string[] } {
  return {
    folders: (experiment.images?.sources ?? []).flatMap((source) =>
      source.kind === 'folder' ? [source.path] : [],
    ),
    images: images.images.flatMap(({ picture: { path } }) => (path === undefined ? [] : [path])),
  };
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
export async function checkGallery(request: Pick<GalleryRequest, 'ids' | 'options' | 'effects'>): Promise<{
  plans: PlanSummary[];
  skipped: { id: string; notice: readonly Problem[] }[];
}> {
  const { ids, options, effects } = request;
  await checkCacheFolder(options.cache);
  const store = openStore(options.cache);
  const { planned, skipped } = await prepare(ids, options, effects, store);
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
