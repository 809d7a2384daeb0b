import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { availableParallelism } from 'node:os';
import { chooseBackend, type BackendName } from '../../src/backend/choose.ts';
import { tf } from '../../src/backend/tf.ts';
import type { Effects } from '../../src/effects.ts';
import { createModel } from '../../src/model/executor.ts';
import { openModel } from '../../src/model/open.ts';
import type { ModelSource } from '../../src/model/open.ts';
import { formatOf } from '../../src/model/formats/table.ts';
import type { ModelSpec } from '../../src/schema/experiment.ts';

export interface LoadingRequest {
  /** Absolute path of a folder with the files that peers/make_models.py makes. */
  readonly folder: string;
  readonly backend: 'auto' | BackendName;
  readonly nativeDir: string;
  readonly jobs?: number;
  /** A line of JSON for each file instead of a table. */
  readonly json: boolean;
  readonly effects: Effects;
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
}

/** What is measured of one file, in milliseconds: the shortest of several runs, as other programs only ever make it longer. */
interface Loading {
  readonly file: string;
  readonly megabytes: number;
  /** The bytes of its files into new memory, from the page cache. */
  readonly read: number;
  /** Tensors of its weights, of arrays at hand. */
  readonly upload: number;
  /** From the name of the file to a model whose layers can be run, the SHA-256 of its files included. */
  readonly load: number;
  /** What is left of loading without uploading, as a ratio to reading. */
  readonly ratio: number;
  /** The most memory that loading takes, as a ratio to that of the weights; absent where the system does not tell. */
  readonly memory?: number;
}

const RUNS = 15;
/** The zoo's network of state dicts. */
const ZOO = 'resnet50';

export async function runLoading(request: LoadingRequest): Promise<void> {
  const { folder, backend, nativeDir, jobs, json, effects, signal, print } = request;
  await chooseBackend({ requested: backend, nativeDir, threads: jobs ?? availableParallelism() });
  const found: Loading[] = [];
  for (const file of modelsIn(folder)) {
    if (signal.aborted) throw new Error('stopped');
    effects.log.info(`${file} …`);
    const measured = await measure(folder, file, effects.now);
    found.push(measured);
    if (json) print(JSON.stringify({ event: 'loading', ...measured }));
  }
  if (!json) print(table(found));
}

/** Files that name models, with formats that are read. */
function modelsIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => formatOf(name) !== undefined && extname(name) !== '.bin')
    .sort();
}

function specOf(path: string): ModelSpec {
  const common = { includeTop: true, inputChannels: 3 } as const;
  return formatOf(path)?.weightsOnly
    ? { ...common, source: { kind: 'zoo', name: ZOO }, weights: path }
    : { ...common, source: { kind: 'file', path } };
}

const open = (path: string, loadsNext: boolean): Promise<ModelSource> =>
  openModel(specOf(path), { cacheDir: '', seed: 1, loadsNext, place: () => ({ file: 'bench' }) });

async function measure(folder: string, file: string, now: () => number): Promise<Loading> {
  const path = join(folder, file);
  const source = await open(path, false);
  const weights = await source.loadWeights();
  const arrays = [...weights.values()].flatMap((node) => [...node.values()]);
  const bytes = arrays.reduce((sum, { data }) => sum + data.byteLength, 0);
  const paths = source.files.filter((name) => statSync(name).isFile());
  const times = { read: [] as number[], upload: [] as number[], load: [] as number[] };
  const memory: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    times.read.push(await timed(now, () => paths.forEach(readWhole)));
    times.upload.push(await timed(now, () => upload(arrays)));
  }
  arrays.length = 0;
  (weights as Map<string, unknown>).clear();
  for (let run = 0; run < RUNS; run++) {
    const before = resetPeak();
    let model: { dispose(): void } | undefined;
    times.load.push(await timed(now, async () => (model = await createModel(await open(path, true)))));
    const peak = peakMemory();
    if (before !== undefined && peak !== undefined) memory.push((peak - before) / bytes);
    model!.dispose();
  }
  const [read, upload_, load] = [Math.min(...times.read), Math.min(...times.upload), Math.min(...times.load)];
  return {
    ...{ file, megabytes: bytes / 1e6, read, upload: upload_, load, ratio: (load - upload_) / read },
    ...(memory.length > 0 && { memory: Math.max(...memory) }),
  };
}

async function timed(now: () => number, run: () => unknown): Promise<number> {
  const start = now();
  await run();
  return now() - start;
}

function readWhole(path: string): void {
  const bytes = new Uint8Array(statSync(path).size);
  const file = openSync(path, 'r');
  for (let at = 0; at < bytes.length;) at += readSync(file, bytes, at, bytes.length - at, at);
  closeSync(file);
}

function upload(arrays: readonly { data: Float32Array; shape: readonly number[] }[]): void {
  const tensors = arrays.map(({ data, shape }) => tf.tensor(data, [...shape]));
  // Some backends copy at the first use.
  tensors.forEach((tensor) => tf.dispose(tf.slice(tf.reshape(tensor, [-1]), 0, 1)));
  tf.dispose(tensors);
}

/** Linux tells the most memory that a process had, from when it is asked to. @returns bytes that it has now */
function resetPeak(): number | undefined {
  (globalThis as { gc?: () => void }).gc?.();
  try {
    writeFileSync('/proc/self/clear_refs', '5');
    return statusOf('VmRSS');
  } catch {
    return undefined;
  }
}

const peakMemory = (): number | undefined => statusOf('VmHWM');

function statusOf(key: string): number | undefined {
  try {
    const found = new RegExp(`${key}:\\s+(\\d+) kB`).exec(readFileSync('/proc/self/status', 'utf8'));
    return found ? Number(found[1]) * 1024 : undefined;
  } catch {
    return undefined;
  }
}

function table(rows: readonly Loading[]): string {
  const heads = ['', 'weights', 'read', 'upload', 'load', '(load - upload) / read', 'memory / weights'];
  const lines = rows.map(({ file, megabytes, read, upload, load, ratio, memory }) => [
    ...[file, `${megabytes.toFixed(0)} MB`],
    ...[read, upload, load].map((time) => `${time.toFixed(0)} ms`),
    ...[ratio.toFixed(2), memory?.toFixed(2) ?? ''],
  ]);
  const widths = heads.map((head, i) => Math.max(head.length, ...lines.map((line) => line[i]!.length)));
  return [heads, ...lines]
    .map((line) =>
      line
        .map((text, i) => text.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
