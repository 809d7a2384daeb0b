import type { Dirent } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isRunning } from '../processes.ts';

/** A file on its way: `<name>.<process id>.<8 hexadecimal digits>.tmp`. */
const temporaryName = /\.(\d+)\.[0-9a-f]{8}\.tmp$/;

/** Milliseconds after which none is still being written, on any host. */
const ABANDONED = 60 * 60_000;

/** Folders of the cache that files are written into. */
const folders = ['raw', 'partial', 'records', 'assets', 'site', 'reports', 'training', 'weights'];

export const isTemporary = (name: string): boolean => temporaryName.test(name);

/**
 * Removes files that killed processes were writing.
 * @param ended ids of processes that are known to have ended
 * @param running ids of processes that are known to run, on whatever host: theirs stay
 */
export async function sweepTemporary(
  cache: string,
  { ended, running }: { readonly ended: ReadonlySet<number>; readonly running: ReadonlySet<number> },
): Promise<{ files: number; bytes: number }> {
  const freed = { files: 0, bytes: 0 };
  const sweep = async (folder: string): Promise<void> => {
    const entries: Dirent[] = await readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) await sweep(path);
      const pid = Number(temporaryName.exec(entry.name)?.[1]);
      if (!entry.isFile() || Number.isNaN(pid) || running.has(pid)) continue;
      const found = await stat(path).catch(() => undefined);
      if (!found) continue;
      const left = (ended.has(pid) && !isRunning(pid)) || Date.now() - found.mtimeMs > ABANDONED;
      if (!left) continue;
      await rm(path, { force: true });
      freed.files += 1;
      freed.bytes += found.size;
    }
  };
  for (const folder of folders) await sweep(join(cache, folder));
  return freed;
}
