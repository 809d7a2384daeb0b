import { setTimeout as sleep } from 'node:timers/promises';
import type { Queue, QueueEvents } from 'bullmq';
import type { Logger } from '../effects.ts';
import { announceBuild } from './builds.ts';
import type { Announcement } from './builds.ts';
import { doneSchema, parseReason } from './batch-message.ts';
import { loadBull } from './bull.ts';
import { PREFIX, troubleOf } from './connection.ts';
import type { Connection } from './connection.ts';
import { queueName } from './contract.ts';
import type { Contract } from './contract.ts';
import { Outstanding } from './outstanding.ts';
import type { BatchEnd, SentBatch } from './outstanding.ts';

/** Milliseconds. */
export interface QueueTimes {
  /** Between two looks at what became of batches, in case a message was lost. */
  readonly look: number;
  /** After which it is said that there is no worker. */
  readonly patience: number;
}
export const QUEUE_TIMES: QueueTimes = { look: 10_000, patience: 10_000 };

const PER_REQUEST = 500;
/** Batches that are asked for at a look. */
const PER_LOOK = 1_000;
/** Attempts at a batch that fails for a reason that may pass. */
const ATTEMPTS = 3;
/** Batches that failed for good and are kept for a person to look at. */
const DEAD_LETTERS = 1_000;

export interface BatchQueueOptions {
  readonly connection: Connection;
  readonly contract: Contract;
  readonly log: Logger;
  /** As messages name it. */
  readonly shown: string;
  /** Whether the store has all results of a batch of jobs. */
  readonly isStored: (batch: SentBatch) => Promise<boolean>;
  /** Called with what a worker says of a batch that it is computing. */
  readonly onProgress: (id: string, data: unknown) => void;
  readonly signal: AbortSignal;
  readonly times?: QueueTimes;
}

interface Ends {
  readonly queue: Queue;
  readonly events: QueueEvents;
  readonly announcement: Announcement;
}

/** A server may end just now: what was begun on it then never begins, and is made anew. */
async function openEnds(name: string, { connection, contract, signal }: BatchQueueOptions): Promise<Ends> {
  const { Queue, QueueEvents } = loadBull();
  for (;;) {
    const queue = new Queue(name, { connection: connection.client, prefix: PREFIX });
    const events = new QueueEvents(name, { connection: connection.client, prefix: PREFIX });
    queue.on('error', connection.report);
    events.on('error', connection.report);
    try {
      await Promise.all([queue.waitUntilReady(), events.waitUntilReady()]);
      return { queue, events, announcement: await announceBuild(connection.client, contract) };
    } catch (error) {
      if (signal.aborted || troubleOf(error) === undefined) throw error;
      connection.report(error);
      void Promise.allSettled([events.close(), queue.close()]);
      await sleep(500);
    }
  }
}

/**
 * The build's end of the queue. What is in the store counts; the queue only says when to look. A message may be lost, and so may the
 * whole queue, with a server that keeps nothing: what is still missing then is sent again.
 */
export class BatchQueue {
  private readonly outstanding = new Outstanding();
  private readonly timers: NodeJS.Timeout[] = [];
  private looking: Promise<void> | undefined;
  private anyDone = false;
  private closed = false;

  private constructor(
    private readonly options: BatchQueueOptions,
    private readonly queue: Queue,
    private readonly events: QueueEvents,
    private readonly announcement: Announcement,
  ) {}

  static async open(options: BatchQueueOptions): Promise<BatchQueue> {
    const { connection, contract, times = QUEUE_TIMES, log } = options;
    const name = queueName(contract);
    const { queue, events, announcement } = await openEnds(name, options);
    log.info(`Jobs go through the queue \`${name}\` of ${options.shown}.`);
    const made = new BatchQueue(options, queue, events, announcement);
    events.on('completed', ({ jobId, returnvalue }) => made.heard(jobId, returnvalue));
    events.on('failed', ({ jobId, failedReason }) =>
      made.outstanding.end(jobId, { kind: 'failed', reason: parseReason(failedReason) }),
    );
    events.on('progress', ({ jobId, data }) => options.onProgress(jobId, data));
    connection.onBack(() => made.look());
    made.timers.push(
      setInterval(() => made.look(), times.look),
      setInterval(() => void made.tellRefusals().catch(connection.report), Math.min(3_000, times.look)),
      setTimeout(() => void made.tellIdle().catch(connection.report), times.patience),
    );
    return made;
  }

  /** Sends batches; each promise resolves when its batch has ended. */
  async send(batches: readonly SentBatch[]): Promise<readonly Promise<BatchEnd>[]> {
    const ends = batches.map((batch) => this.outstanding.wait(batch));
    const ids = new Set(batches.map(({ id }) => id));
    await this.persist(async () => {
      // An entry that failed for an earlier build would stand in the way.
      for (const failed of await this.queue.getFailed(0, DEAD_LETTERS)) {
        if (failed.id !== undefined && ids.has(failed.id)) await failed.remove();
      }
    });
    await this.add(batches);
    return ends;
  }

  /** Takes what nobody has begun out of the queue. */
  async withdraw(): Promise<void> {
    const all = this.outstanding.batches(Infinity);
    await Promise.race([
      Promise.allSettled(all.map(({ id }) => this.queue.remove(id))),
      sleep(2_000, undefined, { ref: false }),
    ]);
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    for (const timer of this.timers) clearInterval(timer);
    const closing = Promise.allSettled([this.announcement.end(), this.looking ?? Promise.resolve()]).then(
      () => Promise.allSettled([this.events.close(), this.queue.close()]),
    );
    // A server that is away must not keep the command from ending.
    await Promise.race([closing, sleep(2_000, undefined, { ref: false })]);
    this.options.connection.close();
  }

  private async add(batches: readonly SentBatch[]): Promise<void> {
    for (let from = 0; from < batches.length; from += PER_REQUEST) {
      const some = batches.slice(from, from + PER_REQUEST).map(({ id, message }) => ({
        name: 'scan' in message ? 'scan' : 'jobs',
        data: message,
        // Nothing is delayed: that would count on the clocks of several machines.
        opts: {
          jobId: id,
          attempts: ATTEMPTS,
          removeOnComplete: true,
          removeOnFail: { count: DEAD_LETTERS },
        },
      }));
      await this.persist(() => this.queue.addBulk(some));
    }
  }

  /** Tries again for as long as the server is not well. */
  private async persist<T>(work: () => Promise<T>): Promise<T | undefined> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (this.options.signal.aborted || this.closed) return undefined;
        if (troubleOf(error) === undefined) throw error;
        this.options.connection.report(error);
        await sleep(1_000);
      }
    }
  }

  private heard(id: string, value: unknown): void {
    this.anyDone = true;
    const done = doneSchema.safeParse(value);
    // What makes no sense is looked up in the store instead.
    if (done.success) this.outstanding.end(id, { kind: 'done', done: done.data });
  }

  /** Looks for batches whose end was not heard of, one look at a time. */
  private look(): void {
    if (this.closed) return;
    this.looking ??= this.lookOnce()
      .catch((error: unknown) => this.options.connection.report(error))
      .finally(() => (this.looking = undefined));
  }

  private async lookOnce(): Promise<void> {
    const lost: SentBatch[] = [];
    for (const batch of this.outstanding.batches(PER_LOOK)) {
      const state = await this.queue.getJobState(batch.id);
      if (state === 'failed') {
        const entry = await this.queue.getJob(batch.id);
        this.outstanding.end(batch.id, { kind: 'failed', reason: parseReason(entry?.failedReason ?? '') });
      } else if (state === 'unknown' || state === 'completed') {
        const isDone = batch.jobs.size > 0 && (await this.options.isStored(batch));
        if (isDone) this.outstanding.end(batch.id, { kind: 'done', done: { milliseconds: 0, failed: [] } });
        else if (this.outstanding.has(batch.id)) lost.push(batch);
      }
    }
    if (lost.length === 0 || this.closed) return;
    await this.add(lost);
  }

  private async tellRefusals(): Promise<void> {
    for (const line of await this.announcement.refusals()) this.options.log.warn(line);
  }

  private async tellIdle(): Promise<void> {
    if (this.anyDone || this.outstanding.size === 0 || (await this.queue.getWorkersCount()) > 0) return;
    this.options.log.info(
      `No worker takes jobs of this build yet. Start one: \`npx filterscope worker --queue ${this.options.shown} --store …\``,
    );
  }
}
