import { fork } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Order, FuzzProgress, FuzzMessage } from './protocol.ts';
import { decodeProgress, DONE, encodeProgress, MOST_MEMORY, MOST_TIME, STARTING } from './protocol.ts';

export interface ChildResult {
  readonly reports: readonly FuzzMessage[];
  /** As far as it came. */
  readonly progress: FuzzProgress;
  /** How the process ended where that is a finding itself; the input is the one of `progress`. */
  readonly end?: { readonly kind: 'hang' | 'death'; readonly details: string };
}

export interface ChildOptions {
  readonly signal: AbortSignal;
  /** The program; `fuzz-child.ts`, compiled beside this file, where none is named. */
  readonly program?: string;
  /** Milliseconds that an input may take; 10,000 where nothing is said. */
  readonly mostTime?: number;
}

const ownProgram = join(dirname(fileURLToPath(import.meta.url)), 'fuzz-child.js');
const LOOK_EVERY = 200;
/** Bytes of its last words. */
const MOST_WORDS = 4000;

/** Starts the process and waits for its end, which comes by force where an input takes longer than `mostTime`. */
export async function runChild(
  order: Order,
  { signal, program = ownProgram, mostTime = MOST_TIME }: ChildOptions,
): Promise<ChildResult> {
  const starting: FuzzProgress = { index: STARTING, since: Date.now(), executions: 0, peak: 0 };
  await writeFile(order.progress, encodeProgress(starting));
  const heap = `--max-old-space-size=${MOST_MEMORY / 2 ** 20}`;
  const child = fork(program, [JSON.stringify(order)], {
    execArgv: ['--enable-source-maps', heap],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    signal,
    killSignal: 'SIGKILL',
  });
  const reports: FuzzMessage[] = [];
  let words = '';
  let isHung = false;
  child.on('message', (message) => reports.push(message as FuzzMessage));
  child.stderr!.on('data', (data) => (words = (words + String(data)).slice(-MOST_WORDS)));
  const watch = setInterval(() => {
    void readProgress(order.progress).then((now) => {
      if (!now || now.index < 0 || Date.now() - now.since <= mostTime) return;
      isHung = true;
      child.kill('SIGKILL');
    });
  }, LOOK_EVERY);
  const end = await new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.once('error', () => {});
    child.once('close', (code, by) => resolve({ code, signal: by }));
  });
  clearInterval(watch);
  signal.throwIfAborted();
  const progress = (await readProgress(order.progress)) ?? starting;
  if (progress.index === STARTING) throw new Error(`the process that fuzzes did not start\n${words}`);
  const result = { reports, progress };
  if (isHung) return { ...result, end: { kind: 'hang', details: `more than ${mostTime / 1000} s` } };
  // A run that completes reports it, and exits with 0.
  if (end.code === 0 && progress.index === DONE) return result;
  const how = end.signal ?? `status ${end.code}`;
  return { ...result, end: { kind: 'death', details: `the process ended with ${how}\n${words}`.trim() } };
}

async function readProgress(file: string): Promise<FuzzProgress | undefined> {
  return decodeProgress(await readFile(file).catch(() => new Uint8Array(0)));
}
