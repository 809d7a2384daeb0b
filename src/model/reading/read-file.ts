import { stat } from 'node:fs/promises';
import { MessageChannel, Worker } from 'node:worker_threads';
import { compiledFile } from '../../compiled-file.ts';
import { UserError, WorkError } from '../../errors.ts';
import type { Place } from '../../errors.ts';
import { pluginCode } from '../../plugins.ts';
import { placeOf } from './answer.ts';
import { memorySize } from '../../byte-size.ts';
import { freeMemory } from './free-memory.ts';
import { PATIENCE, timeLimit, VALUES_MEGABYTES, YOUNG_MEGABYTES } from './limits.ts';
import type { NodeWeights, TakeWeights, Weights } from '../network.ts';
import { kept } from './kept.ts';
import { buffersOf } from './hand-over.ts';
import { newBacklog, takeFrom } from './backlog.ts';
import type { ReadCall, ReaderData, ReadReply, ReadRequest, ReadResults } from './requests.ts';

/**
 * Reads a model file in a thread of its own, within limits of time and memory (limits.ts). One thread serves all files;
 * another is started after one has been ended.
 *
 * @param signal ends the reading at once; the promise rejects with its reason
 * @param take is given nodes' weights as soon as they are there; the result holds those that it was not given
 * @throws UserError where the file is wrong, or takes more than it may
 */
export async function readFile<K extends ReadRequest['do']>(
  request: ReadRequest & { readonly do: K },
  signal?: AbortSignal,
  take?: TakeWeights,
): Promise<ReadResults[K]> {
  const turn = queue;
  let done = (): void => {};
  queue = new Promise((resolve) => (done = resolve));
  try {
    await turn;
    signal?.throwIfAborted();
    const taken = new Map<string, NodeWeights>();
    const keep: TakeWeights = (node, own, release) => taken.set(node, release ? kept(own, release) : own);
    const result = await converse(request, signal, take ?? keep);
    const all = taken.size > 0 ? new Map([...taken, ...(result as Weights)]) : result;
    return all as ReadResults[K];
  } finally {
    done();
  }
}

/** Starts the thread before a file is to be read. */
export function warmReader(): void {
  (thread ??= startThread()).worker.unref();
}

let queue: Promise<void> = Promise.resolve();
let thread: ReaderThread | undefined;
/** Files that had to be given up, by content: no command waits for the same one twice. */
const givenUp = new Map<string, UserError>();

async function converse(
  request: ReadRequest,
  signal: AbortSignal | undefined,
  take: TakeWeights,
): Promise<unknown> {
  const place = placeOf(request);
  const identity = await identify(request.file.path, place);
  // An interruption before this line has no listener.
  signal?.throwIfAborted();
  const known = givenUp.get(identity.key);
  if (known) throw known;
  if (thread && thread.data.plugins !== pluginCode()) {
    void thread.worker.terminate();
    thread = undefined;
  }
  const used = (thread ??= startThread());
  const { worker } = used;
  worker.ref();
  const backlog = newBacklog();
  let clock: { stop(): void } | undefined;
  let stop = (): void => {};
  const end = (): void => {
    if (thread === used) thread = undefined;
    void worker.terminate();
  };
  const giveUp = (error: UserError): UserError => {
    givenUp.set(identity.key, error);
    end();
    return error;
  };
  try {
    return await new Promise((resolve, reject) => {
      const onReply = (reply: ReadReply): void => {
        if (reply.kind === 'begun') {
          // Starting the thread is no fault of the file.
          clock = startClock(timeLimit(identity.bytes), () => reject(giveUp(tooSlow(place, identity.bytes))));
          return;
        }
        if (reply.kind === 'weights') {
          try {
            const release = releaseTogether(reply.nodes, used.give);
            for (const [node, weights] of reply.nodes) take(node, weights, release);
            takeFrom(backlog, reply.kilobytes);
          } catch (error) {
            // Nobody wants the rest.
            end();
            reject(error as Error);
          }
          return;
        }
        if (reply.kind === 'failed' || reply.spent) end();
        if (reply.kind === 'result') resolve(reply.result);
        else if (reply.kind === 'refused') reject(new UserError(reply.problems));
        else if (reply.kind === 'unable') reject(new WorkError(reply.problem));
        else reject(unexpected(reply));
      };
      const onError = (error: NodeJS.ErrnoException): void =>
        reject(
          giveUp(
            error.code === 'ERR_WORKER_OUT_OF_MEMORY'
              ? tooLarge(place, identity.bytes)
              : threadEnded(place, error),
          ),
        );
      const onExit = (): void => reject(giveUp(threadEnded(place)));
      const onAbort = (): void => {
        end();
        reject(signal?.reason as Error);
      };
      worker.on('message', onReply).on('error', onError).on('exit', onExit);
      signal?.addEventListener('abort', onAbort, { once: true });
      stop = () => {
        worker.off('message', onReply).off('error', onError).off('exit', onExit);
        signal?.removeEventListener('abort', onAbort);
      };
      worker.postMessage({ request, backlog } satisfies ReadCall);
    });
  } finally {
    clock?.stop();
    stop();
    worker.unref();
  }
}

/**
 * Calls back when the time is over: when it has passed, and this process has been given as much of a processor, or when it has
 * passed several times.
 */
function startClock(milliseconds: number, onEnd: () => void): { stop(): void } {
  const start = performance.now();
  const before = process.cpuUsage();
  const checkMemory = (): void => {
    const { user, system } = process.cpuUsage(before);
    const worked = (user + system) / 1000;
    if (worked >= 0.9 * milliseconds || performance.now() - start >= PATIENCE * milliseconds) onEnd();
    else timer = setTimeout(checkMemory, milliseconds / 20);
  };
  let timer = setTimeout(checkMemory, milliseconds);
  return { stop: () => clearTimeout(timer) };
}

interface ReaderThread {
  readonly worker: Worker;
  readonly data: ReaderData;
  /** Gives memory back to it. */
  give(buffers: readonly SharedArrayBuffer[]): void;
}

/** Gives memory back that several nodes share, when it has been called for each of them. */
function releaseTogether(
  nodes: readonly (readonly [string, NodeWeights])[],
  give: ReaderThread['give'],
): () => void {
  let left = nodes.length;
  return () => {
    if (--left > 0) return;
    const buffers = buffersOf(nodes.map(([, weights]) => weights));
    give(buffers.filter((buffer) => buffer instanceof SharedArrayBuffer));
    for (const buffer of buffers) if (buffer instanceof ArrayBuffer) freeMemory(buffer);
  };
}

function startThread(): ReaderThread {
  const { port1, port2: returned } = new MessageChannel();
  const data: ReaderData = { plugins: pluginCode(), returned };
  const worker = new Worker(compiledFile('file-reader.js'), {
    execArgv: ['--enable-source-maps'],
    resourceLimits: { maxOldGenerationSizeMb: VALUES_MEGABYTES, maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
    workerData: data,
    transferList: [returned],
  });
  const started: ReaderThread = { worker, data, give: (buffers) => port1.postMessage(buffers) };
  // What happens to it between two files is seen when the next one is asked for.
  worker.on('error', () => {});
  worker.on('exit', () => {
    if (thread === started) thread = undefined;
  });
  return started;
}

async function identify(path: string, place: Place): Promise<{ key: string; bytes: number }> {
  try {
    const { size, mtimeMs, ino } = await stat(path);
    return { key: [path, size, mtimeMs, ino].join('\n'), bytes: size };
  } catch (error) {
    throw new UserError({
      what: 'The model file cannot be read.',
      place,
      why: `${(error as Error).message}.`,
    });
  }
}

function tooSlow(place: Place, bytes: number): UserError {
  return new UserError({
    what: `Reading the model file was stopped after ${(timeLimit(bytes) / 1000).toFixed(0)} seconds.`,
    place,
    why: `That is the limit for a file of ${memorySize(bytes)}. The file is damaged, or made so that reading never ends.`,
    hint: 'Save or download the file again. If this computer is busy, run the command again later.',
  });
}

function tooLarge(place: Place, bytes: number): UserError {
  return new UserError({
    what: `Reading the model file takes more than ${VALUES_MEGABYTES} MB of memory.`,
    place,
    why: `The file has ${memorySize(bytes)} and unpacks to more than a model description needs.`,
    hint: 'Save or download the file again.',
  });
}

function threadEnded(place: Place, error?: Error): UserError {
  return new UserError({
    what: 'The model file cannot be read: its reader ended unexpectedly.',
    place,
    ...(error ? { why: `${error.message}.` } : {}),
    hint: 'The file is damaged. Save or download it again.',
  });
}

function unexpected({ message, stack }: Extract<ReadReply, { kind: 'failed' }>): Error {
  const error = new Error(message);
  if (stack) error.stack = stack;
  return error;
}
