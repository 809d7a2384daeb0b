import { ownCommands } from '../../scripts/own-commands.ts';
import { vi } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import type { Outcome } from './run.ts';

/** What work prints, where a process would print it. */
export async function captured(work: () => Promise<number>): Promise<Outcome> {
  let [stdout, stderr] = ['', ''];
  const out = vi
    .spyOn(process.stdout, 'write')
    .mockImplementation((text) => ((stdout += String(text)), true));
  const err = vi
    .spyOn(process.stderr, 'write')
    .mockImplementation((text) => ((stderr += String(text)), true));
  const before = process.exitCode;
  process.exitCode = undefined;
  try {
    const status = await work();
    return { status, stdout, stderr };
  } finally {
    process.exitCode = before;
    out.mockRestore();
    err.mockRestore();
  }
}

/**
 * Runs the command in this process, as if in a folder: in processes of their own a dozen would take as many seconds.
 * For commands that start no work which outlives them.
 */
export async function filterscopeHere(
  args: readonly string[],
  { cwd = process.cwd() }: { cwd?: string } = {},
): Promise<Outcome> {
  const before = process.cwd();
  process.chdir(cwd);
  try {
    return await captured(() => runProgram(args, ownCommands));
  } finally {
    process.chdir(before);
  }
}
