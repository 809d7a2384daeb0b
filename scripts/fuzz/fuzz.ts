/** Reads damaged files, as many as there is time for, and keeps those that make a reader crash, hang or grow. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { makeInput, minimise } from './input.ts';
import type { Order } from './protocol.ts';
import { MOST_MEMORY } from './protocol.ts';
import type { ChildOptions, ChildResult } from './run-child.ts';
import { runChild } from './run-child.ts';
import type { Target } from './target.ts';

export interface FuzzOptions extends ChildOptions {
  readonly seed: number;
  readonly seconds: number;
  /** Absolute path of the folder for inputs that failed. */
  readonly findings: string;
  readonly cwd: string;
  readonly print: (line: string) => void;
}

export interface FuzzResult {
  readonly executions: number;
  /** The most memory of one process, in bytes. */
  readonly peak: number;
  /** Different ones. */
  readonly findings: number;
}

/** More say nothing new. */
const MOST_FINDINGS = 10;
/** A process each. */
const TRIES = 20;

export async function fuzz(target: Target, options: FuzzOptions): Promise<FuzzResult> {
  const { seed, seconds } = options;
  const scratch = await mkdtemp(join(tmpdir(), 'filterscope-fuzz-'));
  const folder = join(options.findings, target.name);
  await mkdir(folder, { recursive: true });
  const until = Date.now() + seconds * 1000;
  const counts = new Map<string, number>();
  const count = (signature: string) =>
    counts.set(signature, (counts.get(signature) ?? 0) + 1).get(signature)!;
  let [executions, peak, from] = [0, 0, 0];
  const order = {
    target: target.name,
    seed,
    until,
    scratch,
    progress: join(scratch, 'progress'),
    findings: folder,
  };
  try {
    while (Date.now() < until && counts.size < MOST_FINDINGS) {
      const result = await runChild({ ...order, from }, options);
      executions += result.progress.executions;
      peak = Math.max(peak, result.progress.peak);
      for (const report of result.reports) {
        if (report.kind === 'again') count(report.signature);
        if (report.kind !== 'error' || count(report.signature) > 1) continue;
        show(target, { what: report.signature, details: report.details, file: report.file }, options);
      }
      const bad = endOf(result);
      if (!bad) break;
      from = bad.index + 1;
      executions += 1;
      if (count(bad.kind) > 1) continue;
      const file = await keepBad(target, bad, { ...order, from: 0 }, options);
      if (file !== undefined) show(target, { what: bad.kind, details: bad.details, file }, options);
      else counts.delete(bad.kind);
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return { executions, peak, findings: counts.size };
}

/** One input alone. @returns how many findings it makes: 0 or 1 */
export async function fuzzFile(target: Target, file: string, options: FuzzOptions): Promise<FuzzResult> {
  const scratch = await mkdtemp(join(tmpdir(), 'filterscope-fuzz-'));
  const progress = join(scratch, 'progress');
  const order = {
    target: target.name,
    file,
    seed: options.seed,
    from: 0,
    until: 0,
    scratch,
    progress,
    findings: '',
  };
  try {
    const result = await runChild(order, options);
    const bad = endOf(result);
    const error = result.reports.find((report) => report.kind === 'error');
    if (error) show(target, { what: error.signature, details: error.details, file }, options);
    else if (bad) show(target, { what: bad.kind, details: bad.details, file }, options);
    return { executions: 1, peak: result.progress.peak, findings: error || bad ? 1 : 0 };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

interface BadEnd {
  readonly kind: 'hang' | 'death' | 'memory';
  readonly details: string;
  readonly index: number;
}

/** The finding that ended a process, if one did. */
function endOf({ end, reports, progress }: ChildResult): BadEnd | undefined {
  if (end) return { ...end, index: progress.index };
  const memory = reports.find((report) => report.kind === 'memory');
  return memory && { kind: 'memory', details: `more than ${MOST_MEMORY / 2 ** 20} MB`, index: memory.index };
}

/**
 * Reads the input once more in a process of its own, makes it smaller and saves it.
 * @returns undefined where nothing is wrong by itself: the machine was busy, or memory had come together over many inputs
 */
async function keepBad(
  target: Target,
  bad: BadEnd,
  order: Order,
  options: FuzzOptions,
): Promise<string | undefined> {
  const input = await makeInput(target, await target.corpus(), options.seed, bad.index);
  const file = join(order.findings, input.name);
  const fails = async (bytes: Uint8Array) => {
    await writeFile(file, bytes);
    return endOf(await runChild({ ...order, file }, options))?.kind === bad.kind;
  };
  if (!(await fails(input.bytes))) {
    await rm(file, { force: true });
    return undefined;
  }
  await writeFile(file, await minimise(input.bytes, fails, bad.kind === 'hang' ? 0 : TRIES));
  return file;
}

interface Finding {
  readonly what: string;
  readonly details: string;
  readonly file: string;
}

function show(target: Target, { what, details, file }: Finding, { seed, cwd, print }: FuzzOptions): void {
  const shown = relative(cwd, file);
  const command = `npm run fuzz -- ${target.name} --input ${shown.startsWith('..') ? file : shown}`;
  print([`${target.name}: ${what} (seed ${seed})`, ...details.split('\n'), command].join('\n  '));
}
