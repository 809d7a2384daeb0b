import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import { predictBackend } from '../backend/predict.ts';
import { WorkError } from '../errors.ts';
import type { Logger } from '../effects.ts';
import { sha256 } from '../hash.ts';
import type { FailedJob, JobDone } from '../pipeline/compute/compute-jobs.ts';
import type { Computing } from '../pipeline/compute/computing.ts';
import { divide } from '../pipeline/plan/batches.ts';
import type { Batch } from '../pipeline/plan/batches.ts';
import { backendRequest } from '../pipeline/plan/prepare.ts';
import type { PipelineOptions } from '../pipeline/plan/prepare.ts';
import type { ExperimentPlan, PlannedJob } from '../pipeline/plan/plan.ts';
import { recordTiming } from '../pipeline/plan/timing.ts';
import { unpackSteps } from '../pipeline/results/pack-steps.ts';
import { findJob, isStored } from '../pipeline/results/stored-job.ts';
import type { Objects } from '../store/shared/objects.ts';
import { LostEntryError } from '../store/store.ts';
import type { Store } from '../store/store.ts';
import { TechniqueError } from '../techniques/technique-error.ts';
import type { QueueAddress } from './address.ts';
import { progressSchema, toRanges } from './batch-message.ts';
import type { BatchMessage } from './batch-message.ts';
import { BatchQueue } from './batch-queue.ts';
import type { QueueTimes } from './batch-queue.ts';
import { connect } from './connection.ts';
import { contractOf } from './contract.ts';
import type { BatchEnd, SentBatch } from './outstanding.ts';
import { sendBrief } from './write-brief.ts';

export interface QueueRequest {
  readonly address: QueueAddress;
  readonly options: PipelineOptions;
  readonly store: Store;
  readonly objects: Objects;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly times?: QueueTimes;
}

/** Few seconds of work, so that a worker that dies loses little and the last ones end together. Estimated multiply-adds. */
const BATCH_COST = 5e10;
const BATCH_JOBS = 64;
const SCAN_IMAGES = 16;
/** Times that what the store has lost is sent again. */
const MOST_RESENT = 3;
/** Milliseconds in which a result that a worker has written must appear in the store. */
const APPEARS = 10_000;

/** Work on one experiment that is on its way. */
interface Submission {
  readonly jobs: readonly PlannedJob[];
  /** Takes note of a job whose result is there, by its position. */
  arrived: (position: number) => void;
  /** What arrived before it was collected. */
  readonly early: number[];
  readonly waiting: Set<number>;
  milliseconds: number;
  readonly ends: Promise<void>[];
  readonly failed: FailedJob[];
}

/** Lets workers compute: jobs go through a queue, and results through the shared store. */
export async function computeByQueue(request: QueueRequest): Promise<Computing & { close(): Promise<void> }> {
  const { address, options, store, objects, log, signal, times } = request;
  const { family } = predictBackend(backendRequest(options));
  const connection = await connect(address, log);
  const submissions = new Map<string, Submission>();
  const batchesOf = new Map<string, (positions: readonly number[]) => void>();
  let queue: BatchQueue | undefined;
  const openQueue = async (): Promise<BatchQueue> =>
    (queue ??= await BatchQueue.open({
      ...{ connection, log, signal, shown: address.shown, contract: contractOf(options.version, family) },
      ...(times ? { times } : {}),
      isStored: async ({ jobs }) => {
        for (const { key } of jobs.values()) if (!(await isStored(store, key, false))) return false;
        return true;
      },
      onProgress(id, data) {
        const said = progressSchema.safeParse(data);
        if (said.success) batchesOf.get(id)?.(said.data.done);
      },
    }));

  const submit = async (plan: ExperimentPlan, jobs: readonly PlannedJob[]): Promise<Submission> => {
    const queue = await openQueue();
    const early: number[] = [];
    const submission: Submission = {
      ...{ jobs, early, waiting: new Set(jobs.keys()), milliseconds: 0, ends: [], failed: [] },
      arrived: (position) => void early.push(position),
    };
    submissions.set(plan.experiment.id, submission);
    const sendAgain = () => sendBrief({ plan, jobs, store, objects, cache: options.cache });
    const brief = await sendAgain();
    await store.flush();
    const batches = divide(plan, jobs, { most: BATCH_COST, jobs: BATCH_JOBS, images: SCAN_IMAGES });
    const positionOf = new Map(jobs.map((job, position) => [job, position]));
    const send = async (some: readonly Batch[]): Promise<Promise<void>[]> => {
      const sent = some.map((batch) => toMessage(batch, plan, positionOf, brief, family));
      for (const { id, jobs: own } of sent) {
        batchesOf.set(id, (positions) => {
          for (const position of positions) if (own.has(position)) submission.arrived(position);
        });
      }
      const ends = await queue.send(sent);
      return ends.map(async (end, index) => settle(sent[index]!, await end, submission, queue, sendAgain));
    };
    if (jobs.length === 0) {
      const id = idOf(['weights', plan.source.weightsSha256, plan.experiment.seed, brief]);
      const ends = await queue.send([{ id, message: { brief, weights: true }, jobs: new Map(), resent: 0 }]);
      submission.ends.push(...ends.map(async (end) => void (await end)));
      return submission;
    }
    const scans = await send(batches.filter(({ scan }) => scan));
    submission.ends.push(
      ...scans,
      ...(await send(batches.filter(({ scan, afterScans }) => !scan && !afterScans))),
    );
    const rest = batches.filter(({ afterScans }) => afterScans);
    const last = Promise.all(scans).then(async () => void (await Promise.all(await send(rest))));
    if (rest.length > 0) submission.ends.push(last);
    for (const end of submission.ends) end.catch(() => {}); // thrown when it is waited for
    return submission;
  };

  /** Deals with the end of a batch; sends it again where the store has lost what it needs. */
  const settle = async (
    batch: SentBatch,
    end: BatchEnd,
    submission: Submission,
    queue: BatchQueue,
    sendAgain: () => Promise<string>,
  ): Promise<void> => {
    batchesOf.delete(batch.id);
    if (end.kind === 'done') {
      submission.milliseconds += end.done.milliseconds;
      const failed = new Map(end.done.failed.map((each) => [each.job, each]));
      for (const [position, job] of batch.jobs) {
        const failure = failed.get(position);
        if (failure)
          submission.failed.push({ job, error: new TechniqueError(failure.technique, failure.message) });
        else submission.arrived(position);
      }
      return;
    }
    const { kind, message } = end.reason;
    if (kind === 'lost' && batch.resent < MOST_RESENT && !signal.aborted) {
      await sendAgain();
      await store.flush();
      const again = { ...batch, resent: batch.resent + 1 };
      const [next] = await queue.send([again]);
      return settle(again, await next!, submission, queue, sendAgain);
    }
    const [first] = batch.jobs.values();
    throw new WorkError({
      what: `Workers could not compute ${first ? `\`${first.view}: ${first.label}\`` : 'a scan of images'}.`,
      why: message,
      hint: 'Mend what is wrong, then run the build again: it resumes. The queue keeps the batch among its failed jobs.',
    });
  };

  const readPayload = async (key: string): Promise<Uint16Array> => {
    for (let waited = 0; ; waited += 100) {
      const bytes = (await findJob(store, key)) && (await store.readRaw(key));
      if (bytes) return unpackSteps(bytes);
      if (waited >= APPEARS) throw new LostEntryError(`raw/${key}.bin`);
      await sleep(100);
    }
  };

  const collect = async (submission: Submission, onDone: JobDone): Promise<void> => {
    const someAtOnce = pLimit(4);
    const taking: Promise<void>[] = [];
    const take = (position: number): void => {
      if (!submission.waiting.delete(position)) return;
      const job = submission.jobs[position]!;
      const taken = someAtOnce(async () => onDone(job, await readPayload(job.key)));
      taken.catch(() => {});
      taking.push(taken);
    };
    submission.arrived = take;
    for (const position of submission.early) take(position);
    await Promise.all(submission.ends);
    await Promise.all(taking);
  };

  return {
    async start(planned) {
      for (const { plan, staleness } of planned) {
        if (signal.aborted) break;
        if (staleness.stale.length > 0) await submit(plan, staleness.stale);
      }
      return undefined;
    },
    async compute(plan, jobs, _, onDone) {
      const { id } = plan.experiment;
      const known = submissions.get(id);
      const submission = known && known.jobs === jobs ? known : await submit(plan, jobs);
      submissions.delete(id);
      const aborted = new Promise<'aborted'>((resolve) => {
        if (signal.aborted) resolve('aborted');
        signal.addEventListener('abort', () => resolve('aborted'), { once: true });
      });
      const how = await Promise.race([collect(submission, onDone), aborted]);
      if (how === 'aborted') {
        await queue?.withdraw();
        return [];
      }
      const lost = new Set(submission.failed.map(({ job }) => job));
      const computed = jobs.filter((job) => !lost.has(job));
      if (submission.milliseconds > 0 && computed.length > 0) {
        await recordTiming(store, id, computed, submission.milliseconds, family);
      }
      return submission.failed;
    },
    rest: () => Promise.resolve(),
    async close() {
      await queue?.close();
      connection.close();
    },
  };
}

function toMessage(
  { jobs = [], scan }: Batch,
  plan: ExperimentPlan,
  positionOf: ReadonlyMap<PlannedJob, number>,
  brief: string,
  family: string,
): SentBatch {
  if (scan) {
    const { layers, images } = scan;
    const prints = layers.map((layer) => plan.source.fingerprint(layer));
    const keys = images.map((image) => plan.images.images[image]!.key);
    const message: BatchMessage = { brief, scan: { layers: toRanges(layers), images: toRanges(images) } };
    return { id: idOf(['scan', prints, keys, family]), message, jobs: new Map(), resent: 0 };
  }
  const own = new Map(jobs.map((job) => [positionOf.get(job)!, job]));
  const message: BatchMessage = { brief, jobs: [...own.keys()] };
  return { id: idOf(jobs.map(({ key }) => key)), message, jobs: own, resent: 0 };
}

/** Equal work has the same name, whoever sends it: the queue keeps it once. */
const idOf = (work: unknown): string => `b${sha256(JSON.stringify(work)).slice(0, 32)}`;
