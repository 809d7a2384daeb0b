/**
 * The threaded SIMD build of the WebAssembly backend, which TensorFlow.js itself only offers to browsers. Its Emscripten
 * module is loaded here directly, and what it does to the process around it is kept out.
 */
import type * as OperatingSystem from 'node:os';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type * as WasmPackage from '@tensorflow/tfjs-backend-wasm';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm/dist/backend_wasm.js';
import { requirePackage } from '../require-package.ts';

type WasmModule = BackendWasm['wasm'];

interface Emscripten {
  cwrap(name: string, returns: string | null, takes: string[]): never;
  _malloc(bytes: number): number;
  tfjs: WasmModule['tfjs'];
  PThread: { runningWorkers: Worker[]; unusedWorkers: Worker[] };
}

interface EmscriptenSettings {
  locateFile: (file: string) => string;
  /** What a thread evaluates to get the module's functions. */
  mainScriptUrlOrBlob: string;
}

/** More are never started: the size of the pool that the module is built with. */
export const MAX_THREADS = 8;

const FILES = '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd';

/** @param threads 1..8, the calling thread among them. Register the result with tfjs once. */
export async function createWasmBackend(threads: number): Promise<BackendWasm> {
  const script = requirePackage.resolve(`${FILES}.js`);
  const module = await instantiate(script, threads);
  module.tfjs = {
    init: module.cwrap('init', null, []),
    initWithThreadsCount: module.cwrap('init_with_threads_count', null, ['number']),
    getThreadsCount: module.cwrap('get_threads_count', 'number', []),
    registerTensor: module.cwrap('register_tensor', null, ['number', 'number', 'number']),
    disposeData: module.cwrap('dispose_data', null, ['number']),
    dispose: module.cwrap('dispose', null, []),
  };
  refuseFullHeap(module);
  const { BackendWasm, setThreadsCount } = requirePackage(
    '@tensorflow/tfjs-backend-wasm',
  ) as typeof WasmPackage;
  setThreadsCount(threads);
  const backend = withCpuCount(2 * threads, () => new BackendWasm(module as unknown as WasmModule));
  // The pool starts its threads with ref(); they must not keep a finished process alive.
  for (const worker of module.PThread.runningWorkers) worker.unref();
  return backend;
}

async function instantiate(script: string, threads: number): Promise<Emscripten> {
  const factory = requirePackage(script) as (settings: EmscriptenSettings) => Promise<Emscripten>;
  const { wasmWorkerContents } = requirePackage(`${FILES}.worker.js`) as { wasmWorkerContents: string };
  // Its string literals hold raw newlines.
  const threadCode = wasmWorkerContents.replace(/\n/g, '\\n');

  // A pool of eight is asked for, the last first used, and one less than `threads` needed beside the calling thread.
  let asked = 0;
  const makeThread = (): Worker =>
    asked++ < MAX_THREADS - (threads - 1)
      ? (new Placeholder() as unknown as Worker)
      : startThread(threadCode);

  const restoreWorker = replaceGlobalWorker(makeThread);
  const restoreListeners = keepProcessListeners();
  try {
    return await withCpuCount(2 * threads, () =>
      factory({ locateFile: (file) => join(dirname(script), file), mainScriptUrlOrBlob: script }),
    );
  } finally {
    restoreListeners();
    restoreWorker();
  }
}

/** Without the parent's loaders and NODE_OPTIONS: a test runner's or bundler's hooks have no business in there. */
function startThread(code: string): Worker {
  const worker = new Worker(code, { eval: true, execArgv: [], env: {} });
  worker.unref();
  return worker;
}

/** Stands in the pool for a thread that is never run: says that it has loaded, and costs nothing. */
class Placeholder {
  onmessage: ((event: { data: unknown }) => void) | undefined;
  on(): void {}
  ref(): void {}
  unref(): void {}
  terminate(): void {}
  postMessage(message: { cmd: string }): void {
    if (message.cmd !== 'load')
      throw new Error('filterscope: the WebAssembly thread pool ran out of threads');
    queueMicrotask(() => this.onmessage?.({ data: { cmd: 'loaded' } }));
  }
}

/** The module assigns the global `Worker` and then uses it; both meet `make` until the returned function is called. */
function replaceGlobalWorker(make: () => Worker): () => void {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'Worker');
  const constructor = function () {
    return make();
  };
  Object.defineProperty(globalThis, 'Worker', { configurable: true, get: () => constructor, set: () => {} });
  return () => {
    if (before) Object.defineProperty(globalThis, 'Worker', before);
    else Reflect.deleteProperty(globalThis, 'Worker');
  };
}

/** The module rethrows every uncaught error of the process in a handler of its own; the returned function drops it. */
function keepProcessListeners(): () => void {
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = events.map((event) => process.listeners(event as 'exit'));
  return () =>
    events.forEach((event, i) => {
      for (const listener of process.listeners(event as 'exit')) {
        if (!before[i]?.includes(listener)) process.removeListener(event, listener);
      }
    });
}

/** The module takes half the number of `os.cpus()` for its number of threads, and asks while it starts. */
function withCpuCount<T>(count: number, start: () => T): T {
  // The CommonJS object: an ES namespace could not be changed.
  const os = requirePackage('node:os') as typeof OperatingSystem;
  const before = os.cpus;
  const restore = (): void => {
    os.cpus = before;
  };
  const first = before()[0] ?? { model: '', speed: 0, times: { user: 0, nice: 0, sys: 0, idle: 0, irq: 0 } };
  os.cpus = () => Array.from({ length: count }, () => first);
  try {
    const result = start();
    if (result instanceof Promise) return result.finally(restore) as T;
    restore();
    return result;
  } catch (error) {
    restore();
    throw error;
  }
}

/** A full heap gives address 0, and tensors would silently be written over each other there. */
function refuseFullHeap(module: Emscripten): void {
  const malloc = module._malloc;
  const guarded = (bytes: number): number => {
    const address = malloc(bytes);
    if (address === 0 && bytes > 0) {
      throw new Error(
        `The WebAssembly backend is out of memory: its limit is 4 GiB, and ${bytes} more bytes are needed. ` +
          'Use smaller inputs or fewer layers at once, or the native backend: `npx filterscope setup-native`.',
      );
    }
    return address;
  };
  // The module's own function puts another in its place when it is first called.
  Object.defineProperty(module, '_malloc', { get: () => guarded, set: () => {} });
}
