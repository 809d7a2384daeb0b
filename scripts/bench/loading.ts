import { execFile } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync, writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { chooseBackend, type BackendName } from '../../src/backend/choose.ts';
import { tf } from '../../src/backend/tf.ts';
import { copyToBackend } from '../../src/backend/upload.ts';
import type { Effects } from '../../src/effects.ts';
import { createModel } from '../../src/model/executor.ts';
import type { Model } from '../../src/model/model.ts';
import type { FileNotes } from '../../src/file-notes.ts';
import { openModel, openToLoad } from '../../src/model/open.ts';
import { formatOf } from '../../src/model/formats/table.ts';
import type { ModelSpec } from '../../src/schema/experiment.ts';

export interface LoadingRequest {
  /** Absolute path of a folder with the files that peers/make_models.py makes, or of one of them. */
  readonly path: string;
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
  /** The bytes of its files from the page cache, all of them into new memory, once: what a plain program needs that keeps them. */
  readonly read: number;
  /** Arrays at hand into the backend's memory. */
  readonly upload: number;
  /**
   * From the name of the file to a model whose weights are in the backend's memory, as a build does it after planning, which has taken the
   * SHA-256 of its files and noted them: it is checked that they are unchanged.
   */
  readonly load: number;
  /** The same where the SHA-256 is not known. */
  readonly unknown: number;
  /** What is left of either without uploading, as a ratio to reading. */
  readonly ratio: number;
  readonly unknownRatio: number;
  /**
   * The most memory that the first loading of a process adds to it, with the backend's copy, as a ratio to that of the weights; absent
   * where the system does not tell. The SHA-256 is taken meanwhile.
   */
  readonly memory?: number;
}

const RUNS = 15;
/** The zoo's network of state dicts. */
const ZOO = 'resnet50';

export async function runLoading(request: LoadingRequest): Promise<void> {
  const { path, backend, nativeDir, jobs, json, effects, signal, print } = request;
  const found: Loading[] = [];
  if (statSync(path).isFile()) {
    await chooseBackend({ requested: backend, nativeDir, threads: jobs ?? availableParallelism() });
    found.push(await measure(path, effects.now));
  } else {
    for (const file of modelsIn(path)) {
      effects.log.info(`${file} …`);
      // Memory that earlier files left behind would serve the next one.
      found.push({ ...(await measureApart(join(path, file), request)), file });
      signal.throwIfAborted();
    }
  }
  if (json) for (const measured of found) print(JSON.stringify({ event: 'loading', ...measured }));
  else print(table(found));
}

/** Measures a file in a process of its own. */
async function measureApart(path: string, { backend, jobs, signal }: LoadingRequest): Promise<Loading> {
  const options = ['--json', '--backend', backend, ...(jobs === undefined ? [] : ['--jobs', String(jobs)])];
  const command = [...process.execArgv, process.argv[1]!, 'bench', '--models', path, ...options];
  const { stdout } = await promisify(execFile)(process.execPath, command, { signal });
  const line = stdout.split('\n').find((text) => text.includes('"event":"loading"'));
  if (line === undefined) throw new Error(`nothing was measured of ${path}`);
  return JSON.parse(line) as Loading;
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

const OPTIONS = { cacheDir: '', seed: 1, place: () => ({ file: 'bench' }) };

/** @param identity of the model, where it has been planned with: see `openToLoad` */
const load = async (path: string, notes: FileNotes, identity?: string): Promise<Model> =>
  createModel(await openToLoad(specOf(path), { ...OPTIONS, notes }, identity));

function newNotes(): FileNotes {
  const notes = new Map<string, unknown>();
  return {
    read: (key) => Promise.resolve(notes.get(key)),
    write: (key, value) => Promise.resolve(void notes.set(key, value)),
  };
}

async function measure(path: string, now: () => number): Promise<Loading> {
  // The first loading, before anything has left memory behind.
  const before = resetPeak();
  (await load(path, newNotes())).dispose();
  const peak = peakMemory();
  const notes = newNotes();
  const source = await openModel(specOf(path), { ...OPTIONS, notes });
  const weights = await source.loadWeights();
  const arrays = [...weights.values()].flatMap((node) => [...node.values()]);
  const bytes = arrays.reduce((sum, { data }) => sum + data.byteLength, 0);
  const paths = source.files.filter((name) => statSync(name).isFile());
  const times = {
    ...{ read: [] as number[], upload: [] as number[] },
    ...{ load: [] as number[], unknown: [] as number[] },
  };
  for (let run = 0; run < RUNS; run++) {
    times.read.push(await timed(now, () => readAll(paths)));
    times.upload.push(await timed(now, () => upload(arrays)));
  }
  arrays.length = 0;
  (weights as Map<string, unknown>).clear();
  for (let run = 0; run < RUNS; run++) {
    let model: Model | undefined;
    times.load.push(await timed(now, async () => (model = await load(path, notes, source.identity))));
    model!.dispose();
    times.unknown.push(await timed(now, async () => (model = await load(path, newNotes(), source.identity))));
    model!.dispose();
  }
  const shortest = (of: keyof typeof times): number => Math.min(...times[of]);
  const ratio = (of: 'load' | 'unknown'): number => (shortest(of) - shortest('upload')) / shortest('read');
  return {
    ...{ file: basename(path), megabytes: bytes / 1e6 },
    ...{ read: shortest('read'), upload: shortest('upload') },
    ...{ load: shortest('load'), unknown: shortest('unknown') },
    ...{ ratio: ratio('load'), unknownRatio: ratio('unknown') },
    ...(before !== undefined && peak !== undefined && { memory: (peak - before) / bytes }),
  };
}

async function timed(now: () => number, run: () => unknown): Promise<number> {
  const start = now();
  await run();
  return now() - start;
}

/** All files into one piece of memory, which is so large that it is new each time: smaller ones would be used again, which costs less. */
function readAll(paths: readonly string[]): void {
  const sizes = paths.map((path) => statSync(path).size);
  const bytes = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0));
  let at = 0;
  for (const [i, path] of paths.entries()) {
    const file = openSync(path, 'r');
    for (const end = at + sizes[i]!; at < end;) {
      const count = readSync(file, bytes, at, end - at, null);
      if (count === 0) throw new Error(`${path} changed while it was read`);
      at += count;
    }
    closeSync(file);
  }
}

function upload(arrays: readonly { data: Float32Array; shape: readonly number[] }[]): void {
  tf.dispose(arrays.map(({ data, shape }) => copyToBackend(data, shape)));
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
  const heads = [
    '',
    'weights',
    'read (into new memory)',
    'upload',
    'load',
    '(load - upload) / read',
    'load with SHA-256',
    'ratio',
    'memory / weights',
  ];
  const lines = rows.map(({ file, megabytes, read, upload, load, ratio, unknown, unknownRatio, memory }) => [
    ...[file, `${megabytes.toFixed(0)} MB`],
    ...[read, upload, load].map((time) => `${time.toFixed(0)} ms`),
    ...[ratio.toFixed(2), `${unknown.toFixed(0)} ms`, unknownRatio.toFixed(2), memory?.toFixed(2) ?? ''],
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
