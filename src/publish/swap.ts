import { existsSync } from 'node:fs';
import { lstat, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { stateOf, isRunning, OWNER_PATTERN, uniqueOwner } from '../processes.ts';
import { listNames } from '../store/cache-folder.ts';
import { makeFolder } from '../store/disk.ts';
import { escapeRegExp, lock } from './lock.ts';
import type { LockOptions } from './lock.ts';
import { inspect, readManifest } from './manifest.ts';
import { noteMoves, undoMoves } from './moves.ts';
import { checkContents, realOf } from './out-folder.ts';
import { removeGallery } from './remove-gallery.ts';

/** Milliseconds. What another host left beside a gallery is removed after this long. */
const ABANDONED = 24 * 60 * 60_000;

/** Where this process puts a gallery together: beside the one it is to replace, so that it can be renamed. */
export function nextFolder(real: string): string {
  return join(dirname(real), `.${basename(real)}.${uniqueOwner()}.new`);
}

const asideFolder = (real: string): string => join(dirname(real), `.${basename(real)}.${uniqueOwner()}.old`);

/**
 * Puts a new gallery in place of the old one with two renames. A reader between them, or after a crash there, finds the
 * old gallery set aside, not half a new one. What is not the old gallery's stays, whenever it came.
 * @param out `real` as the user named it
 * @param moves folders of the old gallery that become the new one's; it has everything else
 * @throws UserError, with the old gallery in its place, where something else lies in its folder
 */
export async function swap(
  next: string,
  real: string,
  out: string,
  moves: readonly string[] = [],
): Promise<void> {
  if (!existsSync(real)) {
    if (moves.length === 0) return rename(next, real);
    throw new Error(`\`${out}\` was removed while the gallery was built. Run the build again.`);
  }
  const aside = asideFolder(real);
  const moving = noteMoves({ real, aside, next, moves });
  try {
    await rename(real, aside);
  } catch (error) {
    // The folder of a container's image, which its file system cannot rename.
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    checkContents(out, real);
    moving.copy();
    await removeGallery(real);
    await rename(next, real);
    return moving.forget();
  }
  try {
    // Until the folder was set aside, others wrote into it under its old name.
    checkContents(out, aside);
    moving.move();
    await rename(next, real);
  } catch (error) {
    moving.moveBack();
    await rename(aside, real);
    moving.forget();
    throw error;
  }
  moving.forget();
  await removeGallery(aside);
}

/**
 * Removes the gallery at a place, and nothing else.
 * @param options for the lock
 * @returns what stays, because no manifest names it; paths from `out`
 */
export async function removeOut(out: string, options: LockOptions): Promise<readonly string[]> {
  const real = realOf(out);
  const found = await lstat(real).catch(() => undefined);
  if (!found) return [];
  if (!found.isDirectory()) return [basename(out)];
  const turn = await lock(real, options);
  try {
    await recover(real, options.tell);
    const stays = await removeGallery(real);
    // A link that leads nowhere would be of no use to the next build.
    if ((await lstat(out).catch(() => undefined))?.isSymbolicLink()) await makeFolder(real);
    return stays;
  } finally {
    await turn.release();
  }
}

/**
 * After a crash, by the process that has the lock: puts the old gallery back where it was set aside, and removes what dead processes
 * left beside it.
 */
export async function recover(real: string, warn: (line: string) => void): Promise<void> {
  const parent = dirname(real);
  const name = escapeRegExp(basename(real));
  const left = new RegExp(`^\\.${name}\\.(${OWNER_PATTERN})-[0-9a-f]{8}\\.(new|old)$`);
  const leftByEarlierVersion = new RegExp(`^\\.${name}\\.(\\d+)\\.[0-9a-f]{8}\\.new$`);
  undoMoves(real);
  for (const each of await readdir(parent)) {
    const path = join(parent, each);
    const [, owner, , kind] = left.exec(each) ?? [];
    const pid = leftByEarlierVersion.exec(each)?.[1];
    if (kind === 'old') {
      if (!existsSync(real) && readManifest(path)) {
        await rename(path, real);
        continue;
      }
      await removeGallery(path);
      const { foreign } = existsSync(path) ? inspect(path, undefined) : { foreign: [] };
      if (foreign.length > 0)
        warn(`\`${path}\` contains files that no build wrote, and is kept: ${listNames(foreign)}.`);
    } else if (kind === 'new' ? await isLeft(path, owner!) : pid !== undefined && !isRunning(Number(pid))) {
      await rm(path, { recursive: true, force: true });
    }
  }
}

async function isLeft(path: string, owner: string): Promise<boolean> {
  const state = stateOf(owner);
  if (state !== 'unknown') return state === 'ended';
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > ABANDONED;
}
