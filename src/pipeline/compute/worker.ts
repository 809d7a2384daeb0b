import { parentPort, workerData } from 'node:worker_threads';
import { chooseBackend } from '../../backend/choose.ts';
import { diskProblem, UserError, WorkError } from '../../errors.ts';
import type { ModelFormat } from '../../model/formats/format.ts';
import { useModelPlugins } from '../../model/use-plugins.ts';
import type { OwnLayerType } from '../../model/use-plugins.ts';
import { createModel } from '../../model/executor.ts';
import type { ImagePixels, Model } from '../../model/model.ts';
import { openToLoad } from '../../model/open.ts';
import { warmReader } from '../../model/reading/read-file.ts';
import { trimMemory } from '../../backend/native/trim-memory.ts';
import { tf } from '../../backend/tf.ts';
import { draw } from '../../image/drawing.ts';
import { byName, describeThrown, importPlugins, setPluginCode } from '../../plugins.ts';
import { SpareMemory } from '../../spare-memory.ts';
import { fileNotesIn, openStore } from '../../store/store.ts';
import { checkOutput } from '../../techniques/check-output.ts';
import { scanImages } from '../../techniques/scan.ts';
import { techniqueNamed, techniques } from '../../techniques/registry.ts';
import { TechniqueError } from '../../techniques/technique-error.ts';
import type {
  PartialResults,
  Job,
  JobOutput,
  ComputeContext,
  Scan,
  Technique,
} from '../../techniques/technique.ts';
import { encodeJob } from './encode-job.ts';
import type { FromWorker, ModelRequest, ToWorker, WorkerData } from './protocol.ts';
import { RecentPixels } from './recent-pixels.ts';

/** The model thread: operations block, so the network has a thread of its own. Started by worker-host.ts. */

/** Bytes of results computed ahead of the main thread's storing and drawing them: bounds memory. One result may be larger. */
const RUN_AHEAD = 20 * 2 ** 20;
/** What a panel takes beside its numbers, about. */
const PANEL_BYTES = 1024;
/** Pixels kept for jobs that look at the same images, in bytes. */
const KEPT_PIXELS = 64 * 2 ** 20;

/** Of results that the main thread has dealt with. */
const spare = new SpareMemory(RUN_AHEAD);

const port = parentPort;
if (!port) throw new Error('the model worker was started outside a worker thread');
const send = (message: FromWorker, transfer: readonly ArrayBuffer[] = []): void =>
  port.postMessage(message, transfer);

let model: Model | undefined;
let abort = new AbortController();
/** Bytes of results that the main thread has not dealt with. */
let outstanding = 0;
let resume: (() => void) | undefined;
const awaited = new Map<number, { resolve: (pixels: ImagePixels) => void; reject: (error: Error) => void }>();
const recalled = new Map<number, (bytes: Uint8Array | undefined) => void>();
let requests = 0;
const recentPixels = new RecentPixels(requestPixels, KEPT_PIXELS);

port.on('message', (message: ToWorker) => {
  switch (message.kind) {
    case 'taken':
      outstanding -= message.bytes;
      spare.give(message.spare);
      resume?.();
      return;
    case 'pixels': {
      const waiting = awaited.get(message.image);
      awaited.delete(message.image);
      if ('error' in message.pixels) waiting?.reject(new PixelsError(message.pixels.error));
      else waiting?.resolve(message.pixels);
      return;
    }
    case 'partial':
      recalled.get(message.request)?.(message.bytes);
      recalled.delete(message.request);
      return;
    case 'unload':
      model?.dispose();
      model = undefined;
      trimMemory();
      send({ kind: 'unloaded' });
      return;
    case 'abort':
      abort.abort();
      resume?.();
      return;
    default:
      void handle(message).catch(fail);
  }
});

async function handle(
  message: Extract<ToWorker, { kind: 'start' | 'model' | 'compute' | 'scan' }>,
): Promise<void> {
  if (message.kind === 'start') {
    await installPlugins();
    warmReader();
    const backend = await chooseBackend(message.request);
    const { name, device, version, family, line } = backend;
    send({ kind: 'started', backend: { name, device, version, family, line } });
  } else if (message.kind === 'model') {
    model?.dispose();
    model = undefined;
    abort = new AbortController();
    model = await load(message.request);
    send({ kind: 'loaded', badWeights: model.badWeights });
  } else {
    abort = new AbortController();
    if (message.kind === 'scan') await scan(message.scan);
    else await compute(message.technique, message.jobs, message.seed);
    send({ kind: 'done' });
  }
}

async function installPlugins(): Promise<void> {
  const { plugins } = workerData as WorkerData;
  if (!plugins) return;
  setPluginCode(plugins);
  const { techniques: own = [], layers = [], formats = [] } = await importPlugins(plugins);
  useModelPlugins(layers as readonly OwnLayerType[], formats as readonly ModelFormat[], plugins.sum);
  techniques.use(byName(own as readonly Technique[]), plugins.sum);
}

async function load({ spec, seed, identity, cacheDir, notesDir }: ModelRequest): Promise<Model> {
  const options = {
    ...{ cacheDir, seed, signal: abort.signal },
    // What was found out when the model was planned with need not be found out again.
    notes: fileNotesIn(openStore(notesDir)),
    place: () => ({ file: 'model' }),
  };
  return createModel(await openToLoad(spec, options, identity));
}

function machine() {
  if (!model) throw new Error('jobs came before a model');
  // Jobs come with images of their own experiment.
  recentPixels.clear();
  const pixels = (image: number): Promise<ImagePixels> => recentPixels.of(image);
  return { model, pixels, partial, signal: abort.signal };
}

async function scan({ layers, images }: Scan): Promise<void> {
  // What it finds is kept on its way.
  for await (const _ of scanImages(machine(), layers, images)) continue;
}

async function compute(name: string, jobs: readonly Job[], seed: number): Promise<void> {
  const context = { ...machine(), tf, draw, seed };
  for await (const output of outputsOf(name, jobs, context)) {
    deliver(jobs[output.job]!, output);
    while (outstanding >= RUN_AHEAD && !abort.signal.aborted) {
      await new Promise<void>((resolve) => (resume = resolve));
    }
    if (abort.signal.aborted) return;
  }
}

async function* outputsOf(
  name: string,
  jobs: readonly Job[],
  context: ComputeContext,
): AsyncIterable<JobOutput> {
  try {
    for await (const output of techniqueNamed(name).compute(jobs, context)) {
      checkOutput(jobs, output);
      yield output;
    }
  } catch (error) {
    // What is wrong with a file, the disk or the machine, and what pixels could not be had for, is not the technique's fault.
    if (isOthers(error)) throw error;
    throw new TechniqueError(name, describeThrown(error), { cause: error });
  }
}

function isOthers(error: unknown): boolean {
  return (
    error instanceof UserError ||
    error instanceof WorkError ||
    error instanceof PixelsError ||
    !!diskProblem(error)
  );
}

/** The pixels of an image could not be had. */
class PixelsError extends Error {}

function deliver(job: Job, output: JobOutput): void {
  const { result, transfer } = encodeJob(job, output, (bytes) => spare.take(bytes));
  const numbers = transfer.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const bytes = numbers + PANEL_BYTES * result.panels.length;
  outstanding += bytes;
  send({ kind: 'computed', result, bytes }, transfer);
}

function requestPixels(image: number): Promise<ImagePixels> {
  return new Promise((resolve, reject) => {
    awaited.set(image, { resolve, reject });
    send({ kind: 'wants', image });
  });
}

const partial: PartialResults = {
  read: (key) => request((request) => send({ kind: 'recall', request, key })),
  async write(key, bytes) {
    await request((request) => send({ kind: 'remember', request, key, bytes }));
  },
  async forget(key) {
    await request((request) => send({ kind: 'forget', request, key }));
  },
};

function request(send: (request: number) => void): Promise<Uint8Array | undefined> {
  return new Promise((resolve) => {
    requests += 1;
    recalled.set(requests, resolve);
    send(requests);
  });
}

function fail(thrown: unknown): void {
  const problem = diskProblem(thrown);
  const error = problem ? new WorkError(problem, { cause: thrown }) : thrown;
  const message = error instanceof Error ? error.message : String(error);
  send({
    kind: 'failed',
    ...(error instanceof TechniqueError
      ? { technique: error.technique, message: error.reason }
      : { message }),
    ...(error instanceof UserError || error instanceof WorkError ? { problems: error.problems } : {}),
    ...(error instanceof WorkError ? { machineAtFault: true } : {}),
    ...(error instanceof Error && error.stack ? { stack: error.stack } : {}),
  });
}
