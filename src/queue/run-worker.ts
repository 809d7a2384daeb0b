import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Job, Worker } from 'bullmq';
import type { Effects } from '../effects.ts';
import { WorkError } from '../errors.ts';
import { startModelHost } from '../pipeline/compute/worker-host.ts';
import { backendRequest } from '../pipeline/plan/prepare.ts';
import type { PipelineOptions } from '../pipeline/plan/prepare.ts';
import { takeLease } from '../store/leases.ts';
import { openCache } from '../store/open-cache.ts';
import { joinStore } from '../store/shared/join-store.ts';
import { describeDamage } from '../store/store.ts';
import { visible } from '../visible.ts';
import type { QueueAddress } from './address.ts';
import { formatReason } from './batch-message.ts';
import { listBuilds, refuseBuild } from './builds.ts';
import type { Build } from './builds.ts';
import { loadBull } from './bull.ts';
import { connect, PREFIX, troubleOf } from './connection.ts';
import type { Connection } from './connection.ts';
import { contractOf, queueName, refusal } from './contract.ts';
import type { Contract } from './contract.ts';
import { BatchWorker, reasonOf } from './work-on-batch.ts';

/** Milliseconds. */
export interface WorkerTimes {
  /** A worker that gives no sign of life for so long has lost its batch. */
  readonly lock: number;
  /** Between two looks for batches of dead workers. */
  readonly stalled: number;
  /** Between two looks for builds. */
  readonly look: number;
}
export const WORKER_TIMES: WorkerTimes = { lock: 15_000, stalled: 5_000, look: 3_000 };

/** Workers that a batch may take down with it before it is taken for the cause. */
const MOST_STALLED = 5;
export interface WorkerRequest {
  readonly address: QueueAddress;
  readonly options: PipelineOptions & { readonly store: string };
  readonly effects: Effects;
  /** Ends the work after the job in hand. */
  readonly signal: AbortSignal;
  /** Milliseconds without a batch after which it ends; absent: never. */
  readonly idle?: number | undefined;
  readonly onBatch?: (batch: FinishedBatch) => void;
  readonly times?: WorkerTimes;
}

export interface FinishedBatch {
  readonly experiment: string;
  readonly jobs: number;
  readonly milliseconds: number;
}

/**
 * Takes batches out of the queue and computes them, until the signal aborts.
 * @throws WorkError where all builds there are at the start are of other versions
 */
export async function runWorker(request: WorkerRequest): Promise<void> {
  const { address, options, effects, signal, idle, times = WORKER_TIMES } = request;
  const { log } = effects;
  const connection = await connect(address, log);
  const lease = await takeLease(options.cache, 'worker').catch((error: unknown) => {
    connection.close();
    throw error;
  });
  try {
    await lease.use(signal, log.info);
    const shared = await joinStore(options.store, { command: 'worker', signal, tell: log.info });
    const damaged = new Set<string>();
    try {
      const store = openCache(options.cache, {
        ...{ siteFolder: lease.siteFolder, shared },
        onDamaged: (path) => damaged.add(path),
      });
      const host = await startModelHost(backendRequest(options));
      try {
        const contract = contractOf(options.version, host.backend.family);
        const refused = new Refusals(connection, contract, log.warn);
        await refused.check();
        log.info(host.backend.line);
        log.info(`Waiting for jobs in the queue \`${queueName(contract)}\` of ${address.shown}.`);
        const folder = join(lease.siteFolder, '..', 'work');
        const batches = new BatchWorker({ store, host, folder, objects: shared.objects, now: effects.now });
        const end = new AbortController();
        const loop = work(request, connection, contract, batches, AbortSignal.any([signal, end.signal]), () =>
          end.abort(),
        );
        await loop(refused, idle, times);
        if (!host.alive && !signal.aborted) throw new Error('the model thread ended unexpectedly');
      } finally {
        await host.close();
      }
      if (damaged.size > 0) log.warn(describeDamage(damaged, store));
    } finally {
      await shared.leave();
    }
  } finally {
    await lease.release();
    connection.close();
  }
}

/** Tells builds whose jobs this worker does not take, and their user here, each once. */
class Refusals {
  private readonly told = new Set<string>();
  private isFirst = true;

  constructor(
    private readonly connection: Connection,
    private readonly contract: Contract,
    private readonly warn: (line: string) => void,
  ) {}

  async check(): Promise<void> {
    const builds = await listBuilds(this.connection.client);
    const refused = builds.flatMap((build): { build: Build; why: string }[] => {
      const why = refusal(this.contract, build.contract);
      return why === undefined ? [] : [{ build, why }];
    });
    const fresh = refused.filter(({ build }) => !this.told.has(build.id));
    for (const { build, why } of fresh) {
      this.told.add(build.id);
      await refuseBuild(this.connection.client, build, `${hostname()} ${process.pid}`, why);
    }
    const nothingElse = this.isFirst && builds.length > 0 && refused.length === builds.length;
    this.isFirst = false;
    if (nothingElse) {
      throw new WorkError({ what: 'This worker takes no job of the build that waits.', why: fresh[0]!.why });
    }
    for (const { why } of fresh) this.warn(visible(`This worker takes no job of a build that waits. ${why}`));
  }
}

/** Handles batches until the signal aborts, or nothing came for so long. */
function work(
  { effects, onBatch }: WorkerRequest,
  connection: Connection,
  contract: Contract,
  batches: BatchWorker,
  signal: AbortSignal,
  stop: () => void,
) {
  const { Worker: BullWorker, UnrecoverableError, WaitingError } = loadBull();
  let last = effects.now();
  let busy = false;

  const process = async (job: Job, token: string | undefined): Promise<unknown> => {
    busy = true;
    try {
      const result = await batches.compute(job.data, signal, (done) => {
        void job.updateProgress({ done }).catch(connection.report);
      });
      if (signal.aborted) throw new Error('stopped');
      onBatch?.({ experiment: result.experiment, jobs: result.jobs, milliseconds: result.done.milliseconds });
      return result.done;
    } catch (error) {
      if (signal.aborted) {
        // Whoever is next goes on where this one stopped; it was no attempt.
        await job.moveToWait(token);
        throw new WaitingError();
      }
      if (!batches.alive) stop();
      const reason = reasonOf(error);
      effects.log.warn(`A batch failed: ${reason.message}`);
      const failure =
        reason.kind === 'failed'
          ? new Error(formatReason(reason))
          : new UnrecoverableError(formatReason(reason));
      // The queue keeps the stack, too.
      failure.stack = failure.message;
      throw failure;
    } finally {
      busy = false;
      last = effects.now();
    }
  };

  return async (refused: Refusals, idle: number | undefined, times: WorkerTimes): Promise<void> => {
    const open = (): Worker =>
      new BullWorker(queueName(contract), process, {
        ...{ connection: connection.client, prefix: PREFIX, concurrency: 1 },
        ...{ lockDuration: times.lock, stalledInterval: times.stalled, maxStalledCount: MOST_STALLED },
        ...{ runRetryDelay: 1_000, drainDelay: 5, name: `${hostname()} ${globalThis.process.pid}` },
      }).on('error', connection.report);
    let worker = open();
    // A server may end just now: a worker that was begun on it then never begins.
    for (let error = await failureOf(worker); error !== undefined; error = await failureOf(worker)) {
      if (signal.aborted || troubleOf(error) === undefined) throw error as Error;
      connection.report(error);
      worker.close(true).catch(connection.report);
      await sleep(500);
      worker = open();
    }
    try {
      while (!signal.aborted) {
        await sleep(Math.min(times.look, idle ?? Infinity), undefined, { signal }).catch(() => {});
        if (idle !== undefined && !busy && effects.now() - last >= idle) stop();
        if (!signal.aborted) await refused.check().catch(connection.report);
      }
    } finally {
      // Waits for the batch in hand, which has been told to stop.
      const closing = worker.close();
      closing.catch(connection.report);
      await Promise.race([closing, untilIdle(() => busy)]);
    }
  };
}

/** Milliseconds that a queue which is away may take to be told that nobody works any more. */
const FAREWELL = 2_000;

/** Undefined where it begins. */
async function failureOf(worker: Worker): Promise<unknown> {
  return worker.waitUntilReady().then(
    () => undefined,
    (error: unknown) => error ?? new Error('no connection'),
  );
}

async function untilIdle(isBusy: () => boolean): Promise<void> {
  while (isBusy()) await sleep(50);
  await sleep(FAREWELL, undefined, { ref: false });
}
