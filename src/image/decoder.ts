/** Decodes images in a process of its own, with limits on time and memory. */
import { fork } from 'node:child_process';
import { compiledFile } from '../compiled-file.ts';
import { WorkError } from '../errors.ts';
import type { ImagePixels } from '../model/model.ts';
import type { DecodeOptions } from './decode.ts';
import { DECODE_LIMITS } from './decode-protocol.ts';
import type { DecodeLimits, DecodeReply, DecodeRequest } from './decode-protocol.ts';
import { ImageError } from './image-error.ts';

/** As many as libuv has threads for. */
const AT_A_TIME = 4;
/** By the clock, where processor time does not pass: the process is stopped or swapped out. */
const STUCK_MILLISECONDS = 300_000;
/** After so long without work the process ends. */
const IDLE_MILLISECONDS = 20_000;

interface Job {
  readonly bytes: Uint8Array;
  readonly options: DecodeOptions;
  readonly limits: DecodeLimits;
  readonly isCheck?: boolean;
  /**
   * The process was ended while it had this job, and others may be to blame, for what they did at the same time or left
   * behind: next time it has a process to itself.
   */
  alone: boolean;
  /** Others were decoded while it was. */
  shared: boolean;
  readonly resolve: (pixels: ImagePixels) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * `decodeImage` of `bytes` in another process. The same bytes and options give the same pixels.
 *
 * @throws ImageError as `decodeImage` does, and, not lasting, where `limits` are exceeded or the process crashes
 * @throws WorkError where the process cannot be started
 */
export function decodeIsolated(
  bytes: Uint8Array,
  options: DecodeOptions,
  limits = DECODE_LIMITS,
): Promise<ImagePixels> {
  return new Promise((resolve, reject) => {
    waiting.push({ bytes, options, limits, alone: false, shared: false, resolve, reject });
    advance();
  });
}

/** As `decodeIsolated`, for its errors: pixels stay in the other process. */
export async function checkIsolated(bytes: Uint8Array, options: DecodeOptions): Promise<void> {
  await new Promise<ImagePixels>((resolve, reject) => {
    const job = { bytes, options, limits: DECODE_LIMITS, alone: false, shared: false, resolve, reject };
    waiting.push({ ...job, isCheck: true });
    advance();
  });
}

const waiting: Job[] = [];
let current: Process | undefined;

/** Hands as many jobs to the process as it may have. */
function advance(): void {
  for (;;) {
    const next = waiting[0];
    const running = current?.jobs.size ?? 0;
    if (!next || running >= AT_A_TIME || (running > 0 && (next.alone || current!.isReserved))) return;
    if (next.alone && current) current.retire();
    current ??= start();
    current.run(waiting.shift()!);
  }
}

interface Process {
  readonly jobs: ReadonlyMap<number, Job>;
  /** It is busy with a job that must be alone. */
  readonly isReserved: boolean;
  run(job: Job): void;
  /** Ends it, idle. */
  retire(): void;
}

function start(): Process {
  const child = fork(compiledFile('decode-process.js'), {
    serialization: 'advanced',
    execArgv: ['--enable-source-maps'],
    // Decoders may print warnings about a file; the reason is in the reply.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const jobs = new Map<number, Job>();
  let isReserved = false;
  let count = 0;
  let killTimer: NodeJS.Timeout | undefined;
  let idle: NodeJS.Timeout | undefined;

  const rest = (): void => {
    clearTimeout(killTimer);
    isReserved = false;
    // Neither keeps the command from ending.
    child.unref();
    child.channel?.unref();
    idle = setTimeout(() => child.kill('SIGKILL'), IDLE_MILLISECONDS).unref();
  };
  const work = (): void => {
    clearTimeout(idle);
    clearTimeout(killTimer);
    child.ref();
    child.channel?.ref();
    killTimer = setTimeout(() => child.kill('SIGKILL'), STUCK_MILLISECONDS);
  };
  let ended = false;
  const end = (how: Ending): void => {
    if (ended) return;
    ended = true;
    clearTimeout(killTimer);
    clearTimeout(idle);
    if (current === self) current = undefined;
    const lost = [...jobs.values()];
    jobs.clear();
    for (const job of lost.reverse()) {
      // What time it took is its own; memory may be held for one before it, which may also have broken the process.
      const isCause = !job.shared && (count === 1 || how.exceeded === 'time' || how.error);
      if (isCause) job.reject(endingOf(job.limits, how));
      else waiting.unshift(Object.assign(job, { alone: true, shared: false }));
    }
    advance();
  };
  let exceeded: 'time' | 'memory' | undefined;
  child.on('message', (reply: DecodeReply) => {
    // Whatever it still sends may be of the job that exceeded its limits.
    if (exceeded) return;
    if ('exceeded' in reply) {
      exceeded = reply.exceeded;
      return void child.kill('SIGKILL');
    }
    const job = jobs.get(reply.id);
    jobs.delete(reply.id);
    if (jobs.size === 0) rest();
    if ('pixels' in reply) job?.resolve(reply.pixels);
    else job?.reject('reason' in reply ? new ImageError(reply.reason) : defectOf(reply.failure));
    advance();
  });
  child.on('exit', (code, signal) => end({ exceeded, code, signal }));
  child.on('error', (error) => end({ error }));

  const self: Process = {
    jobs,
    get isReserved() {
      return isReserved;
    },
    retire() {
      ended = true;
      clearTimeout(idle);
      current = undefined;
      child.kill('SIGKILL');
    },
    run(job) {
      const id = count++;
      if (jobs.size === 0) work();
      jobs.set(id, job);
      if (jobs.size > 1) for (const each of jobs.values()) each.shared = true;
      isReserved = job.alone;
      const { bytes, options, limits, isCheck } = job;
      // An error here means that the process has ended; its exit is handled separately.
      child.send(
        { id, bytes, options, limits, ...(isCheck && { isCheck }) } satisfies DecodeRequest,
        () => {},
      );
    },
  };
  return self;
}

interface Ending {
  readonly exceeded?: 'time' | 'memory' | undefined;
  readonly code?: number | null;
  readonly signal?: NodeJS.Signals | null;
  readonly error?: Error;
}

/** A decoder that fails in a way of its own says nothing of the file that would hold for the next version, too. */
function defectOf(failure: string): ImageError {
  return new ImageError(
    `The decoder failed: ${failure.split('\n', 1)[0]!.replace(/\.?$/, '.')}`,
    new Error(failure),
    false,
  );
}

function endingOf(limits: DecodeLimits, { exceeded, code, signal, error }: Ending): Error {
  const failed = (reason: string) => new ImageError(reason, undefined, false);
  if (error) {
    return new WorkError(
      {
        what: `The process that decodes images cannot be started: ${error.message}.`,
        hint: 'Free some memory or end other programs, then run the command again.',
      },
      { cause: error },
    );
  }
  if (exceeded === 'time') {
    return failed(`Decoding the file takes more than ${limits.seconds} seconds of processor time.`);
  }
  if (exceeded === 'memory')
    return failed(`Decoding the file takes more than ${limits.memory / 1e9} GB of memory.`);
  if (signal === 'SIGKILL')
    return failed('Decoding the file did not end, or took more memory than available.');
  return failed(`The file crashes the decoder (${signal ?? `status ${code}`}).`);
}
