import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../src/package-root.ts';

/** Of peers/, by name. */
export type PeerScript = 'ascent' | 'dream' | 'objective' | 'predict';

export interface PeerTime {
  readonly peer: string;
  readonly milliseconds: number;
  readonly processor: number;
  /** What was reached, where that is asked. */
  readonly values?: readonly number[];
}

export interface PeerRun {
  /** For the whole batch. */
  readonly times: readonly PeerTime[];
  /** What could not be run, and why. */
  readonly missing: readonly string[];
}

/**
 * Runs a script of peers/ by the Python packages that are installed.
 * @param python the interpreter that has them
 */
export async function runPeers(
  python: string,
  script: PeerScript,
  args: readonly (string | number)[],
  signal: AbortSignal,
): Promise<PeerRun> {
  const path = join(packageRoot, 'scripts', 'bench', 'peers', `${script}.py`);
  let output: string;
  try {
    const { stdout } = await promisify(execFile)(python, [path, ...args.map(String)], { signal });
    output = stdout;
  } catch (error) {
    if (signal.aborted) throw error;
    const lines = (error as Error).message.trim().split('\n');
    return { times: [], missing: [`${python}: ${lines[lines.length - 1]!}`] };
  }
  const results = output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as PeerTime | { readonly peer: string; readonly missing: string });
  return {
    times: results.filter((one): one is PeerTime => 'milliseconds' in one),
    missing: results.flatMap((one) => ('missing' in one ? [`${python} has no ${one.missing}`] : [])),
  };
}
