import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PATIENCE } from '../../src/model/reading/limits.ts';
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
  /** Milliseconds of a processor that an input may take; 10,000 where nothing is said. */
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
  let inHand = { index: STARTING, worked: 0 };
  const watch = setInterval(() => {
    void readProgress(order.progress).then((now) => {
      if (!now || now.index < 0) return;
      const worked = processorTime(child.pid!);
      if (now.index !== inHand.index) inHand = { index: now.index, worked: worked ?? 0 };
      const own = worked === undefined ? Infinity : worked - inHand.worked;
      if (!isOverdue(Date.now() - now.since, own, mostTime)) return;
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

/**
 * Whether an input has taken too long: it has had as much of a processor, or the time has passed several times. A busy machine is not its fault.
 *
 * @param milliseconds since it was begun
 * @param worked milliseconds of a processor meanwhile
 */
export function isOverdue(milliseconds: number, worked: number, mostTime: number): boolean {
  return milliseconds > mostTime && (worked >= 0.9 * mostTime || milliseconds > PATIENCE * mostTime);
}

/** Linux counts in hundredths of a second. */
const TICK = 10;

/** Milliseconds that a process has had of processors; undefined where the system does not tell. */
function processorTime(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program, in brackets, may hold anything. Fields 14 and 15 count what the program and the system did for it.
    const [user, system] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13)
      .map(Number);
    return TICK * (user! + system!);
  } catch {
    return undefined;
  }
}

async function readProgress(file: string): Promise<FuzzProgress | undefined> {
  return decodeProgress(await readFile(file).catch(() => new Uint8Array(0)));
}
