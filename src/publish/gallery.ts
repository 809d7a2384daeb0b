import { dirname } from 'node:path';
import { estimate } from '../pipeline/plan/timing.ts';
import type { Effects, Logger } from '../effects.ts';
import { UserError } from '../errors.ts';
import type { Problem } from '../errors.ts';
import { runPipeline } from '../pipeline/pipeline.ts';
import type { PipelineResult } from '../pipeline/pipeline.ts';
import { backendRequest, prepare } from '../pipeline/plan/prepare.ts';
import type { PipelineOptions } from '../pipeline/plan/prepare.ts';
import type { Progress, ProgressEvent } from '../pipeline/progress.ts';
import type { Computing } from '../pipeline/compute/computing.ts';
import type { SharedHost } from '../pipeline/compute/worker-host.ts';
import { predictBackend } from '../backend/predict.ts';
import type { ExperimentPlan } from '../pipeline/plan/plan.ts';
import type { QueueAddress } from '../queue/address.ts';
import type { QueueTimes } from '../queue/batch-queue.ts';
import { chooseCover } from '../site/cover.ts';
import { startRenderer as startPages } from '../site/render.ts';
import type { Renderer } from '../site/render.ts';
import type { SiteSettings } from '../site/site-context.ts';
import { checkCacheFolder } from '../store/cache-folder.ts';
import { makeFolder } from '../store/disk.ts';
import { takeLease } from '../store/leases.ts';
import { openReports } from '../store/reports.ts';
import { openCache } from '../store/open-cache.ts';
import { joinStore, lookIntoStore } from '../store/shared/join-store.ts';
import type { SharedSession } from '../store/shared/join-store.ts';
import { describeDamage, LostEntryError } from '../store/store.ts';
import { areEdited, noteTexts } from './edited.ts';
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
  readonly settings?: SiteSettings | undefined;
  /** Where jobs are sent, for workers to compute; absent: this process computes. Needs a shared store. */
  readonly queue?: { readonly address: QueueAddress; readonly times?: QueueTimes } | undefined;
  /** A model thread that outlives this build; one is started, when it is needed, where this is absent. */
  readonly sharedHost?: SharedHost;
  /** Starts what renders the pages; absent, a process of its own. */
  readonly startRenderer?: () => Renderer;
}

/**
 * From experiment files to a published gallery.
 * @param request its `out` has been checked (`checkOutFolder`); what is in it is checked again before it is replaced
 */
export async function buildGallery(request: GalleryRequest): Promise<PipelineResult> {
  const { options, effects, progress, signal, startRenderer: load = startPages } = request;
  const { out, version, cache } = options;
  const { log } = effects;
  const start = effects.now();
  const damaged = new Set<string>();
  const lease = await takeLease(cache, 'build');
  let shared: SharedSession | undefined;
  let computing: (Computing & { close(): Promise<void> }) | undefined;
  let renderer: Renderer | undefined;
  let turn: Lock | undefined;
  let plans: readonly ExperimentPlan[] = [];
  // While the last job is computed, what will render the pages is loaded; before that, memory is the network's.
  const tell = (event: ProgressEvent): void => {
    if (event.event === 'unit' && event.total - event.done <= 1) renderer ??= load();
    progress.tell(event);
  };
  try {
    await lease.use(signal, log.info);
    if (options.store !== undefined) {
      shared = await joinStore(options.store, { command: 'build', signal, tell: log.info });
    }
    const store = openCache(cache, {
      ...{ siteFolder: lease.siteFolder, shared },
      onDamaged: (path) => damaged.add(path),
    });
    if (request.queue && shared) {
      const { computeByQueue } = await import('../queue/compute-by-queue.ts');
      computing = await computeByQueue({
        ...{ ...request.queue, options, store, objects: shared.objects, log, signal },
      });
    }
    const real = realOf(out);
    const run = (some: readonly string[]): Promise<PipelineResult> =>
      runPipeline({
        ...request,
        ...{ ids: some, shared, computing },
        chooseCover,
        progress: { tell, stop: () => progress.stop() },
        site: {
          folder: lease.siteFolder,
          reports: openReports(cache, options.experiments),
          // The process that publishes last has read the reports of all that published before.
          collect: async () => {
            await makeFolder(dirname(real));
            turn ??= await lock(real, { command: 'build', signal, tell: log.info });
          },
        },
        checkPlan: async ({ planned }) => {
          plans = planned.map(({ plan }) => plan);
          for (const plan of plans) checkNoImagesIn(real, out, plan.experiment.id, imagesOf(plan));
          const isComputed = planned.every(({ staleness }) => staleness.stale.length === 0);
          if (isComputed && (await areEdited(plans, real, store))) renderer ??= load();
        },
      });
    let ids = request.ids;
    let result = await run(ids);
    if (result.damagedReports.length > 0) {
      log.warn(
        `The reports of ${listOf(result.damagedReports)} in the cache are damaged. They are built again.`,
      );
      ids = [...new Set([...ids, ...result.damagedReports])];
      result = await runAgain(run, request.ids, ids, log);
    }
    for (let tries = 1; ; tries++) {
      // The link may lead to another place by now.
      if (realOf(out) !== real)
        throw new Error(`\`${out}\` leads to another folder than when the build began. Run the build again.`);
      try {
        const { pages, rendered, unchanged } = await publish({
          ...{ store, out, real, version, log, settings: request.settings },
          startRenderer: () => (renderer ??= load()),
        });
        progress.tell({ event: 'site', pages, rendered, cached: unchanged });
        await noteTexts(plans, real, store);
        break;
      } catch (error) {
        renderer?.stop();
        renderer = undefined;
        if (!(error instanceof LostEntryError) || tries === MAX_TRIES) throw error;
        if (ids.length > 0) ids = [...new Set([...ids, ...error.experiments])];
        result = await runAgain(run, request.ids, ids, log);
      }
    }
    await store.flush();
    if (damaged.size > 0) log.warn(describeDamage(damaged, store));
    const { jobs, cached } = result;
    progress.tell({ event: 'end', units: jobs, cached, milliseconds: effects.now() - start, out });
    return result;
  } finally {
    renderer?.stop();
    await computing?.close();
    await turn?.release();
    await shared?.leave();
    await lease.release();
  }
}

/** Attempts to publish before something that is lost each time is taken for a fault of the disk. */
const MAX_TRIES = 3;

/**
 * Makes again what was found damaged, also in reports of experiments that were not asked for. Where one of those cannot be built
 * now, its report is left out.
 */
async function runAgain(
  run: (ids: readonly string[]) => Promise<PipelineResult>,
  requested: readonly string[],
  needed: readonly string[],
  log: Logger,
): Promise<PipelineResult> {
  try {
    return await run(needed);
  } catch (error) {
    const others = needed.filter((id) => !requested.includes(id));
    if (!(error instanceof UserError) || others.length === 0) throw error;
    log.warn(error.message);
    return run(requested);
  }
}

const listOf = (ids: readonly string[]): string => ids.map((id) => `\`${id}\``).join(', ');

/** Where an experiment's images come from. */
function imagesOf({ experiment, images }: ExperimentPlan): { folders: string[]; images: string[] } {
  return {
    folders: (experiment.images?.sources ?? []).flatMap((source) =>
      source.kind === 'folder' ? [source.path] : [],
    ),
    images: images.images.flatMap(({ source: { path } }) => (path === undefined ? [] : [path])),
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
  /** For each view its jobs and panels. */
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
  await checkCacheFolder(options.cache);
  const shared = options.store === undefined ? undefined : await lookIntoStore(options.store);
  const store = openCache(options.cache, { shared });
  const { planned, skipped } = await prepare(ids, options, effects, store, undefined, signal);
  const { family } = predictBackend(backendRequest(options));
  const plans = planned.map(async ({ plan, staleness }): Promise<PlanSummary> => ({
    id: plan.experiment.id,
    title: plan.experiment.title,
    units: staleness.total,
    cached: staleness.total - staleness.stale.length,
    estimate: await estimate(store, plan, staleness.stale, family),
    views: plan.views.map(({ view, jobs, panelCount }) => ({
      id: view.id,
      units: jobs.length,
      panels: panelCount,
    })),
  }));
  await Promise.allSettled(plans);
  await shared?.leave();
  return {
    plans: await Promise.all(plans),
    skipped: skipped.map(({ experiment, notice }) => ({ id: experiment.id, notice })),
  };
}
