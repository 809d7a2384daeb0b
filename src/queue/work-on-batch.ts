import { UserError } from '../errors.ts';
import { computeJobs, computeScan } from '../pipeline/compute/compute-jobs.ts';
import { keepBackend, keepBadWeights } from '../pipeline/compute/computing.ts';
import type { ModelHost } from '../pipeline/compute/worker-host.ts';
import type { PlannedJob } from '../pipeline/plan/plan.ts';
import { isStored } from '../pipeline/results/stored-job.ts';
import { LostInputError } from '../store/shared/inputs.ts';
import type { Objects } from '../store/shared/objects.ts';
import type { Store } from '../store/store.ts';
import { batchSchema, fromRanges, RefusedError } from './batch-message.ts';
import type { BatchDone } from './batch-message.ts';
import { readBrief } from './read-brief.ts';
import type { WorkSource } from './read-brief.ts';

export interface WorkRequest {
  readonly store: Store;
  readonly objects: Objects;
  /** For files of models and images; this process' own. */
  readonly folder: string;
  readonly host: ModelHost;
  readonly now: () => number;
}

export interface ComputedBatch {
  readonly experiment: string;
  /** Computed now. */
  readonly jobs: number;
  readonly done: BatchDone;
}

/** Milliseconds between two notes of progress. */
const PROGRESS = 1_000;
/** Briefs that are kept: builds of several experiments take turns. */
const KEPT_BRIEFS = 4;

/** Computes batches as the queue hands them over; nothing in them is believed unchecked. */
export class BatchWorker {
  private readonly briefs = new Map<string, Promise<WorkSource>>();

  constructor(private readonly request: WorkRequest) {}

  /** False where the model thread has ended: it computes nothing any more. */
  get alive(): boolean {
    return this.request.host.alive;
  }

  /**
   * Returns when every result is in the shared store. Jobs whose results are there by then are not computed.
   * @param data as the queue has it
   * @param onProgress called at most once a second with the positions in the brief of all jobs whose results are there
   * @throws LostInputError where the store lacks what the batch is computed from; RefusedError where it is not what it claims to be
   */
  async compute(
    data: unknown,
    signal: AbortSignal,
    onProgress: (positions: readonly number[]) => void,
  ): Promise<ComputedBatch> {
    const { store, host, now } = this.request;
    const start = now();
    const parsed = batchSchema.safeParse(data);
    if (!parsed.success) throw new RefusedError('The queue has a batch that is none.');
    const message = parsed.data;
    const source = await this.source(message.brief, signal);
    const thrown: { error?: unknown } = {};
    const from: WorkSource = {
      ...source,
      images: {
        ...source.images,
        // The model thread is told of an error in words only.
        pixels: (image) =>
          source.images.pixels(image).catch((error: unknown) => {
            thrown.error ??= error;
            throw error;
          }),
      },
    };
    const failed: BatchDone['failed'] = [];
    const computed: number[] = [];
    const telling: Promise<void>[] = [];
    try {
      const positions = 'jobs' in message ? message.jobs : [];
      const jobs = source.jobsAt(positions);
      const open: PlannedJob[] = [];
      for (const job of jobs) if (!(await isStored(store, job.key, false))) open.push(job);
      const positionOf = new Map(jobs.map((job, index) => [job, positions[index]!]));
      if (open.length > 0 || !('jobs' in message)) await this.load(source, signal);
      if ('scan' in message) {
        const scan = {
          layers: fromRanges(message.scan.layers, source.layers.length),
          images: fromRanges(message.scan.images, source.brief.images.length),
        };
        if ([...scan.layers].some((layer) => layer >= source.layers.length)) {
          throw new RefusedError('The queue has a scan of layers that the network lacks.');
        }
        await computeScan(from, scan, host, store, signal);
      }
      let told = now();
      const failures = await computeJobs(from, open, host, store, signal, (job) => {
        computed.push(positionOf.get(job)!);
        if (now() - told >= PROGRESS) {
          told = now();
          const positions = [...computed];
          // A result counts when others find it.
          const sent = store.flush().then(() => onProgress(positions));
          telling.push(sent);
          sent.catch(() => {}); // thrown when it is waited for
        }
        return Promise.resolve();
      });
      for (const { job, error } of failures) {
        failed.push({
          job: positionOf.get(job)!,
          technique: error.technique,
          message: error.reason.slice(0, 2_000),
        });
      }
    } catch (error) {
      throw thrown.error ?? error;
    } finally {
      await Promise.all(telling);
      await store.flush();
    }
    const { experiment } = source.brief;
    return { experiment, jobs: computed.length, done: { milliseconds: Math.max(0, now() - start), failed } };
  }

  private source(name: string, signal: AbortSignal): Promise<WorkSource> {
    const { store, objects, folder, host } = this.request;
    const known = this.briefs.get(name);
    if (known) return known;
    const reading = readBrief(name, { store, objects, folder, signal, family: host.backend.family });
    this.briefs.set(name, reading);
    reading.catch(() => this.briefs.delete(name));
    for (const oldest of this.briefs.keys()) {
      if (this.briefs.size <= KEPT_BRIEFS) break;
      this.briefs.delete(oldest);
    }
    return reading;
  }

  private async load({ model, weightsSha256 }: WorkSource, signal: AbortSignal): Promise<void> {
    const { store, host } = this.request;
    const badWeights = await host.load(model, signal);
    await keepBackend(store, host.backend);
    await keepBadWeights(store, weightsSha256, model.seed, badWeights);
  }
}

/** What the build is told of an error, and whether another attempt could end otherwise. */
export function reasonOf(error: unknown): { kind: 'lost' | 'refused' | 'failed'; message: string } {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof LostInputError) return { kind: 'lost', message };
  // A model that cannot be opened here: the build could.
  if (error instanceof RefusedError || error instanceof UserError) return { kind: 'refused', message };
  return { kind: 'failed', message };
}
