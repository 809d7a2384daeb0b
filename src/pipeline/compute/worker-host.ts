import { setFlagsFromString } from 'node:v8';
import { SHARE_ENV, Worker } from 'node:worker_threads';
import type { BackendRequest } from '../../backend/predict.ts';
import { compiledFile } from '../../compiled-file.ts';
import { UserError, WorkError } from '../../errors.ts';
import type { ImagePixels } from '../../model/model.ts';
import type { PartialResults, Job, Scan } from '../../techniques/technique.ts';
import { pluginCode } from '../../plugins.ts';
import { TechniqueError } from '../../techniques/technique-error.ts';
import type {
  BackendFacts,
  ComputedJob,
  FromWorker,
  ModelRequest,
  ToWorker,
  WorkerData,
} from './protocol.ts';

/** The model thread as the pipeline sees it. One request at a time. */
export interface ModelHost {
  readonly backend: BackendFacts;
  /** False once the thread has ended: every request fails from then on. */
  readonly alive: boolean;
  /**
   * Makes this the network that `compute` runs; does nothing where it already is.
   * @param signal ends the reading of the model's files; the promise then rejects
   */
  load(request: ModelRequest, signal?: AbortSignal): Promise<readonly { layer: string; count: number }[]>;
  /**
   * Computes jobs that share technique and group. `take` is called for each result as it comes; the thread runs only a
   * few megabytes of results ahead of it, and uses the memory of its numbers again once it is done. A scan has no results but partial ones. Stops early, without an error, when the signal aborts.
   * Resolves when all is computed: the next request may follow while `take` still deals with the last results.
   * @returns `taken` resolves when it has dealt with all of them, and rejects where it failed
   */
  compute(
    request: { technique: string; jobs: readonly Job[]; seed: number } | { scan: Scan },
    hooks: {
      pixels: (image: number) => Promise<ImagePixels>;
      partial: PartialResults;
      take: (result: ComputedJob) => Promise<void>;
      signal: AbortSignal;
    },
  ): Promise<{ readonly taken: Promise<void> }>;
  close(): Promise<void>;
}

/**
 * Results pass through the heaps of both threads by megabytes, and little stays there. By itself V8 looks through all of a heap each time it has grown
 * by a tenth or so, which is a fifth of the processor time of a build of many maps.
 */
const letHeapsGrow = (percent: number): void => setFlagsFromString(`--heap-growing-percent=${percent}`);
/** Per cent of what is in use. */
const GROWTH = 300;
/** V8 decides. */
const USUAL = 0;

export async function startModelHost(request: BackendRequest): Promise<ModelHost> {
  letHeapsGrow(GROWTH);
  // The native library reads its settings from the environment when it loads, so both threads must share one.
  const worker = new Worker(compiledFile('worker.js'), {
    env: SHARE_ENV,
    execArgv: ['--enable-source-maps'],
    workerData: { plugins: pluginCode() } satisfies WorkerData,
  });
  const post = (message: ToWorker, transfer: readonly ArrayBuffer[] = []): void =>
    worker.postMessage(message, transfer);
  let onMessage: (message: FromWorker) => void = () => {};
  let onDeath: (error: Error) => void = () => {};
  let dead: Error | undefined;
  worker.on('message', (message: FromWorker) => onMessage(message));
  const die = (error: Error): void => {
    dead ??= error;
    onDeath(error);
  };
  worker.on('error', die);
  worker.on('exit', (code) => die(new Error(`the model thread ended unexpectedly (code ${code})`)));

  let talking = false;
  /** Sends one request and handles what comes until a message ends it. */
  const converse = async <T>(
    request: ToWorker,
    hear: (message: FromWorker, end: (value: T) => void) => void,
  ): Promise<T> => {
    if (dead) throw dead;
    if (talking) throw new Error('the model thread was asked before it had answered');
    talking = true;
    try {
      return await new Promise<T>((resolve, reject) => {
        onDeath = reject;
        onMessage = (message) => {
          if (message.kind === 'failed') reject(asError(message));
          else hear(message, resolve);
        };
        post(request);
      });
    } finally {
      talking = false;
    }
  };

  let loaded: { key: string; badWeights: readonly { layer: string; count: number }[] } | undefined;
  let busy = false;
  const close = async (): Promise<void> => {
    if (loaded && !busy) {
      await converse<true>({ kind: 'unload' }, (message, end) => {
        if (message.kind === 'unloaded') end(true);
      }).catch(() => {});
    }
    onDeath = () => {};
    dead ??= new Error('the model thread is closed');
    await worker.terminate();
    letHeapsGrow(USUAL);
  };

  let backend: BackendFacts;
  try {
    backend = await converse<BackendFacts>({ kind: 'start', request }, (message, end) => {
      if (message.kind === 'started') end(message.backend);
    });
  } catch (error) {
    await close();
    throw error;
  }

  return {
    backend,
    get alive() {
      return dead === undefined;
    },
    async load(request, signal) {
      const key = JSON.stringify(request);
      if (loaded?.key === key) return loaded.badWeights;
      loaded = undefined;
      const abort = (): void => post({ kind: 'abort' });
      signal?.addEventListener('abort', abort, { once: true });
      const badWeights = await converse<readonly { layer: string; count: number }[]>(
        { kind: 'model', request },
        (message, end) => {
          if (message.kind === 'loaded') end(message.badWeights);
        },
      ).finally(() => signal?.removeEventListener('abort', abort));
      loaded = { key, badWeights };
      return badWeights;
    },
    async compute(request, { pixels, partial, take, signal }) {
      busy = true;
      const pending: Promise<void>[] = [];
      let failure: unknown;
      const abort = (): void => post({ kind: 'abort' });
      /** Answers once a change of what is kept is made. */
      const changed = (request: number, change: Promise<void>): void =>
        void change
          .catch((error: unknown) => {
            failure ??= error;
            abort();
          })
          .finally(() => post({ kind: 'partial', request }));
      signal.addEventListener('abort', abort, { once: true });
      try {
        const asked: ToWorker =
          'scan' in request ? { kind: 'scan', ...request } : { kind: 'compute', ...request };
        await converse<undefined>(asked, (message, end) => {
          if (message.kind === 'computed') {
            pending.push(
              take(message.result)
                .catch((error: unknown) => {
                  failure ??= error;
                  abort();
                })
                .finally(() => {
                  const spare = message.result.payload.buffer as ArrayBuffer;
                  post({ kind: 'taken', bytes: message.bytes, spare }, [spare]);
                }),
            );
          } else if (message.kind === 'wants') {
            pixels(message.image).then(
              (found) => post({ kind: 'pixels', image: message.image, pixels: found }),
              (error: unknown) =>
                post({ kind: 'pixels', image: message.image, pixels: { error: String(error) } }),
            );
          } else if (message.kind === 'recall') {
            const { request, key } = message;
            // What cannot be read is computed again.
            const answer = (bytes?: Uint8Array): void =>
              post({ kind: 'partial', request, ...(bytes ? { bytes } : {}) });
            partial.read(key).then(answer, () => answer());
          } else if (message.kind === 'remember') {
            const { request, key, bytes } = message;
            changed(request, partial.write(key, bytes));
          } else if (message.kind === 'forget') {
            changed(message.request, partial.forget(message.key));
          } else if (message.kind === 'done') {
            end(undefined);
          }
        });
      } catch (error) {
        await Promise.all(pending);
        throw error;
      } finally {
        busy = false;
        signal.removeEventListener('abort', abort);
      }
      const taken = Promise.all(pending).then(() => {
        if (failure) throw failure;
      });
      taken.catch(() => {}); // thrown when it is waited for
      return { taken };
    },
    close,
  };
}

/** Keeps one model thread warm for many runs. */
export interface SharedHost {
  get(options: BackendRequest): Promise<ModelHost>;
  /**
   * Lends the thread for loading a network and running it. Of those that ask at the same time each has its turn.
   * @returns undefined where the signal aborts before that
   */
  lend<T>(
    options: BackendRequest,
    signal: AbortSignal,
    use: (host: ModelHost) => Promise<T>,
  ): Promise<T | undefined>;
  close(): Promise<void>;
}

export function shareHost(): SharedHost {
  let host: Promise<ModelHost> | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  const start = (options: BackendRequest): Promise<ModelHost> => {
    const starting = startModelHost(options);
    starting.catch(() => host === starting && (host = undefined));
    return (host = starting);
  };
  const get = async (options: BackendRequest): Promise<ModelHost> => {
    const asked = (host ??= start(options));
    const known = await asked;
    if (known.alive) return known;
    // Others may have asked for another one meanwhile.
    return host === asked || !host ? start(options) : get(options);
  };
  return {
    get,
    async lend(options, signal, use) {
      const before = turn;
      let end = (): void => {};
      turn = new Promise<void>((resolve) => (end = resolve)).then(() => before);
      try {
        await until(before, signal);
        return signal.aborted ? undefined : await use(await get(options));
      } finally {
        end();
      }
    },
    async close() {
      await (await host)?.close();
      host = undefined;
    },
  };
}

/** Waits for a promise, or until the signal aborts. */
async function until(done: Promise<unknown>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  let stop = (): void => {};
  const aborted = new Promise<void>((resolve) => (stop = resolve));
  signal.addEventListener('abort', stop, { once: true });
  await Promise.race([done, aborted]);
  signal.removeEventListener('abort', stop);
}

function asError(message: Extract<FromWorker, { kind: 'failed' }>): Error {
  const [problem] = message.problems ?? [];
  if (problem && message.machineAtFault) return new WorkError(problem);
  if (message.problems) return new UserError(message.problems);
  const { technique } = message;
  const error =
    technique === undefined ? new Error(message.message) : new TechniqueError(technique, message.message);
  if (message.stack) error.stack = message.stack;
  return error;
}
