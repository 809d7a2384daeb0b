import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunCommand } from './commands.ts';

/** A program and the arguments that come first. */
export type Pip = readonly [program: string, ...args: string[]];

export const PYTHON_PIP: Pip = ['python3', '-m', 'pip'];

/** The user's own pip, whose settings (mirrors, proxies, credentials) hold; undefined where there is none. */
export async function findPip(run: RunCommand): Promise<Pip | undefined> {
  for (const pip of [PYTHON_PIP, ['pip3'], ['pip']] as const satisfies readonly Pip[]) {
    const [program, ...args] = pip;
    if ((await run(program, [...args, '--version'])).status === 0) return pip;
  }
  return undefined;
}

/**
 * What makes pip put a wheel of exactly this version into a folder. Never a source distribution: to learn its
 * dependencies, pip would run code of it.
 *
 * @param more further options of pip; those that choose among the wheels of a version, for one: without them, the one
 *   for this machine is taken
 */
export function pipDownload(
  project: string,
  version: string,
  folder: string,
  more: readonly string[] = [],
): readonly string[] {
  return [
    ...['download', '--quiet', '--disable-pip-version-check', '--no-input', '--no-deps', '--dest', folder],
    ...['--only-binary=:all:', ...more],
    `${project}==${version}`,
  ];
}

/** Absolute path of the wheel that came. */
export async function wheelIn(folder: string): Promise<string | undefined> {
  const file = (await readdir(folder).catch(() => [])).find((name) => name.endsWith('.whl'));
  return file === undefined ? undefined : join(folder, file);
}
