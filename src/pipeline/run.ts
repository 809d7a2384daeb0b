import { existsSync } from 'node:fs';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { predictBackend } from '../backend/predict.ts';
import type { ImagesSpec } from '../schema/experiment.ts';
import type { Store } from '../store/store.ts';
import { backendRequest, findAllStale } from './plan/prepare.ts';
import type { Planned, Preparation } from './plan/prepare.ts';
import { replanFor } from './plan/plan.ts';
import type { ViewPlan } from './plan/plan.ts';
import { notFiniteWarnings } from './report/not-finite.ts';
import { createViewRenderer } from './render/view-renderer.ts';
import type { ViewRenderer } from './render/view-renderer.ts';
import type { View } from '../schema/report.ts';
import type { BackendFacts } from './compute/protocol.ts';
import { skippedEntry, writeGallery, writeReport } from './report/report.ts';
import type { GalleryEntry } from './report/report.ts';
import { computeHere, knownBackend, knownBadWeights } from './compute/computing.ts';
import type { Computing } from './compute/computing.ts';
import { TechniqueError } from '../techniques/technique-error.ts';
import { Interrupted } from './request.ts';
import type { PipelineRequest, PipelineResult, ViewFailure } from './request.ts';

/** While one's image is compressed, another's is put together; more of them would only take memory. */
const VIEWS_AT_ONCE = 2;

interface StartedView {
  readonly view: ViewPlan;
  readonly renderer: ViewRenderer;
  /** Its technique threw. */
  failure?: TechniqueError | undefined;
}

/** One run of the pipeline, for experiments whose plans are made. */
export class Run {
  private readonly computing: Computing;
  /** That jobs of this run are computed on. */
  private backend: BackendFacts | undefined;
  private done = 0;
  private failedJobs = 0;
  private readonly failures: ViewFailure[] = [];

  constructor(
    private readonly request: PipelineRequest,
    private readonly store: Store,
    private readonly preparation: Preparation,
    /** Whether every byte of every result is checked before it is taken for one. */
    private readonly thorough: boolean,
  ) {
    const { options, effects, sharedHost } = request;
    this.computing = request.computing ?? computeHere({ options, store, now: effects.now, sharedHost });
  }

  async execute(): Promise<PipelineResult> {
    const { progress } = this.request;
    let { planned } = this.preparation;
    if (countStale(planned) > 0 || (await this.lacksFacts(planned))) planned = await this.start(planned);
    const jobs = planned.reduce((sum, { staleness }) => sum + staleness.total, 0);
    const stale = countStale(planned);
    progress.tell({ event: 'start', units: jobs, cached: jobs - stale });
    await this.reports(planned, stale);
    const damagedReports = await this.gallery();
    const cached = jobs - stale;
    return {
      ...{ jobs: jobs - this.failedJobs, cached, watch: this.watch() },
      experiments: this.preparation.all.map(({ id }) => id),
      ...{ damagedReports, failures: this.failures },
    };
  }

  async close(): Promise<void> {
    await this.computing.rest();
  }

  /** Starts what computes; where its backend is not the one expected, the plans get its keys. */
  private async start(planned: readonly Planned[]): Promise<readonly Planned[]> {
    const { options, progress } = this.request;
    this.backend = await this.computing.start(planned);
    if (!this.backend) return planned;
    const { line, name, device, family } = this.backend;
    progress.tell({ event: 'backend', line, name, device });
    if (family === predictBackend(backendRequest(options)).family) return planned;
    const plans = planned.map(({ plan }) => replanFor(plan, family));
    return findAllStale(plans, this.store, this.thorough);
  }

  /** True where reports tell something of backend or weights that only the model thread can find out again. */
  private async lacksFacts(planned: readonly Planned[]): Promise<boolean> {
    const some = planned.filter(({ staleness }) => staleness.total > 0);
    if (some.length === 0) return false;
    const { family } = predictBackend(backendRequest(this.request.options));
    if (!(await knownBackend(this.store, family))) return true;
    for (const { plan } of some) {
      if (!(await knownBadWeights(this.store, plan))) return true;
    }
    return false;
  }

  /** One experiment is computed while the images of the one before are finished: the network has a thread of its own. */
  private async reports(planned: readonly Planned[], total: number): Promise<void> {
    let before: Promise<void> | undefined;
    try {
      for (const each of planned) {
        const views = await this.compute(each, total);
        await before;
        before = this.finish(each, views);
        before.catch(() => {}); // thrown when it is waited for
      }
      await before;
    } catch (error) {
      // Whatever went wrong with this one, the one before is completed.
      await before?.catch(() => {});
      throw error;
    }
  }

  /** Computes what one experiment lacks, and draws what is complete by it. */
  private async compute({ plan, staleness }: Planned, total: number): Promise<readonly StartedView[]> {
    const { progress, signal } = this.request;
    const { experiment } = plan;
    const waiting = staleness.stale.map(({ key }) => key);
    const views = plan.views.map((view): StartedView => ({
      view,
      renderer: createViewRenderer(plan, view, this.store, waiting, staleness.kept),
      failure: view.failure,
    }));
    const { stale, total: jobs } = staleness;
    if (stale.length > 0 || (jobs > 0 && !(await knownBadWeights(this.store, plan)))) {
      const failed = await this.computing.compute(plan, stale, signal, async (job, payload, panels) => {
        this.done += 1;
        progress.tell({
          ...{ event: 'unit', experiment: experiment.id, view: job.view, label: job.label },
          ...{ done: this.done, total },
        });
        for (const { renderer } of views) await renderer.jobDone(job.key, payload, panels);
      });
      if (signal.aborted) throw new Interrupted();
      this.done += failed.length;
      this.failedJobs += failed.length;
      const failures = new Map(failed.map(({ job, error }) => [job.key, error]));
      for (const each of views) {
        each.failure ??= each.view.jobs.flatMap(({ key }) => failures.get(key) ?? [])[0];
      }
    }
    // Only rendering is left, which needs the network's memory.
    if (this.done === total) await this.computing.rest();
    return views;
  }

  /** Draws what is left of one experiment, and writes its report. */
  private async finish({ plan, staleness }: Planned, started: readonly StartedView[]): Promise<void> {
    const { progress, signal, options } = this.request;
    const { experiment } = plan;
    const someAtOnce = pLimit(VIEWS_AT_ONCE);
    const finishing = started.map((each) =>
      someAtOnce(async (): Promise<View[]> => {
        if (signal.aborted) throw new Interrupted();
        const view = await finishView(each);
        if (!view) return [];
        progress.tell({ event: 'view', experiment: experiment.id, view: view.id });
        return [view];
      }),
    );
    const views = (await Promise.all(finishing)).flat();
    const failures = started.flatMap(({ view: { view }, failure }): ViewFailure[] =>
      failure ? [{ experiment: experiment.id, view: view.id, title: view.title, error: failure }] : [],
    );
    this.failures.push(...failures);
    for (const { view, error } of failures) {
      const { technique, message } = error;
      progress.tell({ event: 'failed', experiment: experiment.id, view, technique, message });
    }
    const warnings = [
      ...(plan.source.network.notices ?? []),
      ...notFiniteWarnings({
        weights: (await knownBadWeights(this.store, plan)) ?? [],
        panels: sumOf(started.map(({ renderer }) => renderer.notFinite)),
      }),
    ];
    for (const warning of warnings)
      progress.tell({ event: 'warning', message: `${experiment.id}: ${warning}` });
    await writeReport(
      plan,
      views,
      {
        version: options.version,
        backend: await this.backendFacts(),
        jobs: staleness.total,
        warnings,
        failures,
      },
      this.store,
      this.request.chooseCover,
    );
    await this.request.site?.reports.keep(experiment.id, this.store.siteFolder, this.store.siteSums);
  }

  /** Also where nothing had to be computed: what it was computed on. */
  private async backendFacts(): Promise<Pick<BackendFacts, 'name' | 'device' | 'version'>> {
    if (this.backend) return this.backend;
    const expected = predictBackend(backendRequest(this.request.options));
    return (await knownBackend(this.store, expected.family)) ?? { ...expected, device: 'none needed' };
  }

  /**
   * Experiments that were not asked for stay as they were last built.
   * @returns those whose reports are damaged
   */
  private async gallery(): Promise<readonly string[]> {
    const { planned, skipped, all } = this.preparation;
    const ready = new Set(planned.map(({ plan }) => plan.experiment.id));
    const damaged: string[] = [];
    await this.request.site?.collect?.();
    for (const { id } of all) {
      if (ready.has(id)) continue;
      const found = await this.takeReport(id);
      if (found === 'taken') ready.add(id);
      if (found === 'damaged') damaged.push(id);
    }
    const entries = all.flatMap(({ id, title, group }): GalleryEntry[] => {
      const skip = skipped.find(({ experiment }) => experiment.id === id);
      if (skip) return [skippedEntry(skip)];
      return ready.has(id) ? [{ status: 'ready', id, title, ...(group === undefined ? {} : { group }) }] : [];
    });
    await writeGallery(entries, this.store);
    return damaged;
  }

  /** The report of an experiment that was not asked for, as it was last built. */
  private async takeReport(id: string): Promise<'taken' | 'absent' | 'damaged'> {
    const { site } = this.request;
    const { siteFolder } = this.store;
    if (site) return site.reports.take(id, siteFolder);
    return existsSync(join(siteFolder, id, 'report.json')) ? 'taken' : 'absent';
  }

  private watch(): string[] {
    const { options } = this.request;
    const { planned, skipped } = this.preparation;
    const experiments = [
      ...planned.map(({ plan }) => plan.experiment),
      ...skipped.map(({ experiment }) => experiment),
    ];
    const paths = experiments.flatMap(({ images, model }) => [
      ...(images?.sources ?? []).flatMap(watchedPaths),
      ...(model.source.kind === 'file' ? [model.source.path] : []),
      ...(typeof model.weights === 'string' && model.weights !== 'random' ? [model.weights] : []),
    ]);
    return [...new Set([options.experiments, options.content, ...paths])];
  }
}

/** Undefined where its technique fails, which is noted. */
async function finishView(started: StartedView): Promise<View | undefined> {
  if (started.failure) return undefined;
  try {
    return await started.renderer.finish();
  } catch (error) {
    if (!(error instanceof TechniqueError)) throw error;
    started.failure = error;
    return undefined;
  }
}

/** Where a source's images lie, if anywhere. */
function watchedPaths(source: ImagesSpec['sources'][number]): readonly string[] {
  switch (source.kind) {
    case 'folder':
      return [source.path];
    case 'files':
      return source.paths;
    case 'glob':
      return [source.base];
    case 'generated':
      return [];
  }
}

function sumOf(counts: readonly ReadonlyMap<string, number>[]): ReadonlyMap<string, number> {
  const sum = new Map<string, number>();
  for (const each of counts) for (const [key, n] of each) sum.set(key, (sum.get(key) ?? 0) + n);
  return sum;
}

function countStale(planned: readonly Planned[]): number {
  return planned.reduce((sum, { staleness }) => sum + staleness.stale.length, 0);
}
