import { cp, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { namingPath } from '../errors.ts';

/** Moves what lies in one folder into another, which may hold some of the same folders; files there are replaced. */
export async function moveInto(from: string, to: string): Promise<void> {
  await namingPath(to, () => mkdir(to, { recursive: true }));
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    if (entry.isDirectory() && (await exists(target))) await moveInto(source, target);
    else await move(source, target);
  }
  await rm(from, { recursive: true, force: true });
}

async function move(source: string, target: string): Promise<void> {
  await namingPath(target, async () => {
    try {
      await rename(source, target);
    } catch (error) {
      // A folder on another disk: renaming cannot cross over.
      if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
      await cp(source, target, { recursive: true });
      await rm(source, { recursive: true });
    }
  });
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
