import { rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect, MANIFEST_NAME, readManifest } from './manifest.ts';

/** A file system removes entries of several folders at once faster than one after the other. */
const AT_ONCE = 4;

/**
 * Removes a gallery, and nothing else: files that its manifest names, and folders that are empty then.
 * @returns what stays
 */
export async function removeGallery(folder: string): Promise<readonly string[]> {
  const { files, folders, foreign } = inspect(folder, readManifest(folder));
  // The manifest goes last: what is left by a crash is still a gallery.
  const others = files.filter((path) => path !== MANIFEST_NAME);
  await severalAtOnce(others, (path) => removeFile(join(folder, path)));
  if (files.includes(MANIFEST_NAME)) await removeFile(join(folder, MANIFEST_NAME));
  for (const level of innermostFirst(folders))
    await severalAtOnce(level, (path) => removeIfEmpty(join(folder, path)));
  await removeIfEmpty(folder);
  return foreign;
}

/** Folders by how deep they lie. */
function innermostFirst(folders: readonly string[]): string[][] {
  const levels: string[][] = [];
  for (const folder of folders) (levels[folder.split('/').length] ??= []).push(folder);
  return levels.filter((level) => level !== undefined).reverse();
}

/** All of them end before a failure is reported. */
async function severalAtOnce<T>(list: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const runs = Array.from({ length: AT_ONCE }, async () => {
    while (next < list.length) await work(list[next++]!);
  });
  await Promise.allSettled(runs);
  await Promise.all(runs);
}

/** With one call: there are tens of thousands. */
async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

async function removeIfEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Or something is mounted there.
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'ENOENT' && code !== 'EBUSY') throw error;
  }
}
