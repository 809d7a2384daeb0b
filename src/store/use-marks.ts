import { statSync } from 'node:fs';
import { utimes } from 'node:fs/promises';

/** Milliseconds. A file's date says to within this when it was last found in the store. */
export const USE_MARKED_EVERY = 60 * 60_000;

/**
 * Dates a file that was found, and is going to be relied on, so that `clean --unused` keeps it.
 * @throws where it has just been removed
 */
export async function markUsed(path: string, mtimeMs: number): Promise<void> {
  const now = Date.now();
  if (now - mtimeMs < USE_MARKED_EVERY) return;
  try {
    await utimes(path, new Date(now), new Date(now));
  } catch (error) {
    // Another user's, or on a disk that cannot be written: no process that uses this cache can remove it either.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw error;
  }
}

/** Size of a file, which is dated as used; undefined where there is none. */
export async function usedSize(path: string): Promise<number | undefined> {
  try {
    // At once: an unchanged report has thousands of entries.
    const found = statSync(path, { throwIfNoEntry: false });
    if (!found?.isFile()) return undefined;
    await markUsed(path, found.mtimeMs);
    return found.size;
  } catch {
    return undefined;
  }
}
