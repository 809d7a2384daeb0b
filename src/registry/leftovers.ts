import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isRunning } from '../processes.ts';

/** Where this process puts something together that is to become `target`: beside it, so that it can be renamed. */
export function workFolder(target: string): string {
  return `${target}.part-${process.pid}`;
}

/** Removes what runs that were killed left beside `target`; those of running processes stay. */
export async function removeLeftovers(target: string): Promise<void> {
  for (const name of await readdir(dirname(target)).catch(() => [])) {
    const pid = /^(.+)\.(?:part|old)-(\d+)$/.exec(name);
    if (pid?.[1] !== basename(target) || isRunning(Number(pid[2]))) continue;
    await rm(join(dirname(target), name), { recursive: true, force: true });
  }
}
