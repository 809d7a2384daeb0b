import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../package-root.ts';
import { fateOf, OWNER_PATTERN, uniqueOwner } from '../processes.ts';

const parent = join(packageRoot, '.build');

const scratchName = new RegExp(`^pages-(?:(${OWNER_PATTERN})-[0-9a-f]{8}|[A-Za-z0-9]{6})$`);

/** Milliseconds. Pages of a process on another host, or of an earlier version, are removed after this long. */
const ABANDONED = 24 * 60 * 60_000;

/** Where this process has pages written before they are moved: Astro needs to find its imports from there. */
export function scratchFolder(): string {
  return join(parent, `pages-${uniqueOwner()}`);
}

/**
 * Removes the pages that killed processes were rendering. Failing to is no reason to stop.
 * @param folder where to look; this package's own by default
 */
export async function sweepScratch(folder: string = parent): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const found = scratchName.exec(name);
    if (!found) continue;
    const path = join(folder, name);
    const fate = found[1] === undefined ? 'unknown' : fateOf(found[1]);
    if (fate === 'running') continue;
    const made = fate === 'ended' ? 0 : ((await stat(path).catch(() => undefined))?.mtimeMs ?? Infinity);
    if (Date.now() - made > ABANDONED) await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}
