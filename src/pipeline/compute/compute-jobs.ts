import { keyOf, NO_IMAGE } from '../../store/store.ts';
import { STORE_VERSION } from '../../store/seal.ts';
import type { PartialName, Store } from '../../store/store.ts';
import { TechniqueError } from '../../techniques/technique-error.ts';
import type { PartialResults, PartialKey, Scan } from '../../techniques/technique.ts';
import { encodeNpy } from '../results/npy.ts';
import { writeJob } from '../results/stored-job.ts';
import type { StoredPanel } from '../results/stored-job.ts';
import { keepFile } from '../results/panel-files.ts';
import { grouped } from '../plan/batches.ts';
import type { PlannedJob } from '../plan/plan.ts';
import type { ImagePixels } from '../../model/model.ts';
import type { ComputedJob } from './protocol.ts';
import type { ModelHost } from './worker-host.ts';

/** What jobs are computed from: an experiment's plan, or what a worker was told of it. */
export interface JobSource {
  readonly experiment: { readonly seed: number };
  readonly source: { fingerprint(layer: number): string };
  readonly images: {
    readonly images: readonly { readonly key: string }[];
    pixels(image: number): Promise<ImagePixels>;
  };
}

/** Called for each result once the store has it. @param panels as they are stored; absent where they are in the store alone */
export type JobDone = (
  job: PlannedJob,
  payload: Uint16Array,
  panels?: readonly StoredPanel[],
) => Promise<void>;

/** Partial results of single images, or of none, by what they were made from. */
function partialResultsOf({ source, images }: JobSource, store: Store, family: string): PartialResults {
  const nameOf = ({ finding, version, layer, image, about, checkpoint }: PartialKey): PartialName => {
    const fingerprint = source.fingerprint(layer);
    return {
      image: image === undefined ? NO_IMAGE : images.images[image]!.key,
      layer: fingerprint,
      finding: keyOf({ store: STORE_VERSION, finding, version, fingerprint, family, about }),
      ...(checkpoint && { checkpoint }),
    };
  };
  return {
    read: (key) => store.readPartial(nameOf(key)),
    write: (key, bytes) => store.writePartial(nameOf(key), bytes),
    forget: (key) => store.removePartial(nameOf(key)),
  };
}

/** A job that its technique gave no result of. */
export interface FailedJob {
  readonly job: PlannedJob;
  readonly error: TechniqueError;
}

/**
 * Computes jobs on the model thread and keeps each result as it comes. Stops early when the signal aborts.
 * @returns jobs of techniques that threw; the jobs of other techniques and groups are computed all the same
 */
export async function computeJobs(
  plan: JobSource,
  stale: readonly PlannedJob[],
  host: ModelHost,
  store: Store,
  signal: AbortSignal,
  onDone: JobDone,
): Promise<readonly FailedJob[]> {
  const failed: FailedJob[] = [];
  /** While one group's last results are kept, the next group is computed. */
  let before: Promise<void> = Promise.resolve();
  const computeGroup = async (jobs: readonly PlannedJob[]): Promise<void> => {
    const left = new Set(jobs);
    const computing = host.compute(
      { technique: jobs[0]!.technique, jobs, seed: plan.experiment.seed },
      {
        pixels: (image) => plan.images.pixels(image),
        partial: partialResultsOf(plan, store, host.backend.family),
        take: async (result) => {
          const job = jobs[result.job]!;
          const panels = await keep(job, result, store);
          left.delete(job);
          await onDone(job, result.payload, panels);
        },
        signal,
      },
    );
    const { taken } = await computing.catch((error: unknown) => {
      if (!(error instanceof TechniqueError)) throw error;
      for (const job of left) failed.push({ job, error });
      return { taken: Promise.resolve() };
    });
    const others = before;
    before = taken;
    await others;
  };
  try {
    for (const jobs of grouped(stale)) {
      if (signal.aborted) break;
      await computeGroup(jobs);
    }
    await before;
  } finally {
    await before.catch(() => {});
  }
  return failed;
}

/** Looks for what jobs look up, and keeps it as partial results. Stops early when the signal aborts. */
export async function computeScan(
  source: JobSource,
  scan: Scan,
  host: ModelHost,
  store: Store,
  signal: AbortSignal,
): Promise<void> {
  const { taken } = await host.compute(
    { scan },
    {
      pixels: (image) => source.images.pixels(image),
      partial: partialResultsOf(source, store, host.backend.family),
      take: () => Promise.reject(new Error('a scan has no results')),
      signal,
    },
  );
  await taken;
}

async function keep(job: PlannedJob, result: ComputedJob, store: Store): Promise<readonly StoredPanel[]> {
  const values = await Promise.all(
    result.values.map(async ({ filters, shape, data }) => ({
      filters,
      asset: await store.putAsset(encodeNpy(shape, data), 'npy'),
    })),
  );
  const panels = [...result.panels];
  for (const { panel, name, file } of result.files) {
    const stored = panels[panel]!;
    panels[panel] = { ...stored, files: { ...stored.files, [name]: await keepFile(file, store) } };
  }
  await writeJob(store, job.key, { panels, values }, result.payload);
  return panels;
}
