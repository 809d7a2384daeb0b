import { releaseMemory } from '../../backend/native/release-memory.ts';
import { keyOf } from '../../store/store.ts';
import type { Store } from '../../store/store.ts';
import { backendRequest } from '../plan/prepare.ts';
import type { PipelineOptions, Planned } from '../plan/prepare.ts';
import type { ExperimentPlan, PlannedJob } from '../plan/plan.ts';
import { recordTiming } from '../plan/timing.ts';
import type { Scan } from '../../techniques/technique.ts';
import { computeJobs, computeScan } from './compute-jobs.ts';
import type { FailedJob, JobDone } from './compute-jobs.ts';
import type { BackendFacts, ModelRequest } from './protocol.ts';
import { shareHost } from './worker-host.ts';
import type { ModelHost, SharedHost } from './worker-host.ts';

/** Where jobs are computed: on a model thread of this process, or by others. Results go to the store. */
export interface Computing {
  /**
   * Makes ready for jobs.
   * @param planned all that will be asked for, in this order
   * @returns the backend that they are computed on; undefined where it is not known yet
   */
  start(planned: readonly Planned[]): Promise<BackendFacts | undefined>;
  /**
   * Computes jobs of one experiment, and keeps what is found out about its weights: with no jobs only that. Ends early, without
   * an error, when the signal aborts.
   * @param onDone called for each result once the store has it
   * @returns jobs of techniques that threw
   */
  compute(
    plan: ExperimentPlan,
    jobs: readonly PlannedJob[],
    signal: AbortSignal,
    onDone: JobDone,
  ): Promise<readonly FailedJob[]>;
  /** Frees the network's memory. More jobs may follow all the same. */
  rest(): Promise<void>;
}

export interface LocalOptions {
  readonly options: PipelineOptions;
  readonly store: Store;
  readonly now: () => number;
  /** A model thread that outlives this; absent: one of its own. */
  readonly sharedHost?: SharedHost | undefined;
}

export interface LocalComputing extends Computing {
  /** Makes partial results that jobs look up. Ends early when the signal aborts. */
  scan(plan: ExperimentPlan, scan: Scan, signal: AbortSignal): Promise<void>;
}

/** Computes on a model thread of this process. */
export function computeHere({ options, store, now, sharedHost }: LocalOptions): LocalComputing {
  const own = sharedHost ? undefined : shareHost();
  const hosts = sharedHost ?? own!;
  /** Undefined where the signal aborts. */
  const withModel = <T>(
    plan: ExperimentPlan,
    signal: AbortSignal,
    use: (host: ModelHost) => Promise<T>,
  ): Promise<T | undefined> =>
    hosts.lend(backendRequest(options), signal, async (host) => {
      try {
        const badWeights = await host.load(modelRequestOf(plan, options.cache), signal);
        await keepBadWeights(store, plan.source.weightsSha256, plan.experiment.seed, badWeights);
      } catch (error) {
        if (signal.aborted) return undefined;
        throw error;
      }
      return use(host);
    });
  let isNative = false;
  return {
    async start() {
      const { backend } = await hosts.get(backendRequest(options));
      isNative = backend.name === 'tensorflow';
      await keepBackend(store, backend);
      return backend;
    },
    async compute(plan, jobs, signal, onDone) {
      const failed = await withModel(plan, signal, async (host) => {
        if (jobs.length === 0) return [];
        const start = now();
        const failed = await computeJobs(plan, jobs, host, store, signal, onDone);
        const failures = new Set(failed.map(({ job }) => job));
        const computed = jobs.filter((job) => !failures.has(job));
        if (computed.length > 0 && !signal.aborted) {
          await recordTiming(store, plan.experiment.id, computed, now() - start, host.backend.family);
        }
        return failed;
      });
      return failed ?? [];
    },
    async scan(plan, scan, signal) {
      await withModel(plan, signal, (host) => computeScan(plan, scan, host, store, signal));
    },
    rest: async () => {
      await own?.close();
      if (own && isNative) releaseMemory(options.nativeDir);
    },
  };
}

export function modelRequestOf(
  { experiment, source }: Pick<ExperimentPlan, 'experiment' | 'source'>,
  cacheDir: string,
): ModelRequest {
  const { identity } = source;
  return { spec: experiment.model, seed: experiment.seed, identity, cacheDir, notesDir: cacheDir };
}

/** Layers with weights that are no finite numbers, and how many. */
export type BadWeights = readonly { readonly layer: string; readonly count: number }[];

const weightsKey = (weightsSha256: string, seed: number): string => keyOf({ weightsSha256, seed });

export async function keepBadWeights(
  store: Store,
  weightsSha256: string,
  seed: number,
  found: BadWeights,
): Promise<void> {
  await store.writeRecord('weights', weightsKey(weightsSha256, seed), found);
}

/** Undefined where the weights have not been loaded yet. */
export async function knownBadWeights(
  store: Store,
  { source, experiment }: ExperimentPlan,
): Promise<BadWeights | undefined> {
  const key = weightsKey(source.weightsSha256, experiment.seed);
  return (await store.readRecord('weights', key)) as BadWeights | undefined;
}

export async function keepBackend(store: Store, backend: BackendFacts): Promise<void> {
  await store.writeRecord('backend', keyOf(backend.family), backend);
}

/** Undefined where nothing was computed on such a backend yet. */
export async function knownBackend(store: Store, family: string): Promise<BackendFacts | undefined> {
  return (await store.readRecord('backend', keyOf(family))) as BackendFacts | undefined;
}
