import { randomBytes } from 'node:crypto';
import { constants, statSync } from 'node:fs';
import { mkdir, open, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { namingPath, shortageOf, WorkError } from '../errors.ts';

export interface WriteOptions {
  /** The file also survives a power cut. */
  readonly durable?: boolean;
  /** A folder whose contents are all replaceable: whatever stands in the way below it is removed. */
  readonly within?: string;
}

/** Parts are written one after another. */
type Contents = Uint8Array | string | readonly Uint8Array[];

/**
 * Writes a file so that a reader sees the old one or the whole new one.
 * @throws WorkError that names the file, where the disk is full, read-only and the like
 */
export async function writeWhole(
  path: string,
  bytes: Contents,
  { durable = false, within }: WriteOptions = {},
): Promise<void> {
  await namingPath(path, async () => {
    const temporary = `${path}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`;
    const write = (): Promise<void> =>
      durable ? writeDurably(temporary, bytes) : writeFile(temporary, bytes);
    try {
      // The folder mostly is there: to look first would take as long as to write a small file.
      await write().catch(async (error: unknown) => {
        const { code } = error as NodeJS.ErrnoException;
        if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
        await tryToMakeFolder(dirname(path), within);
        await write();
      });
      await rename(temporary, path).catch(async (error: unknown) => {
        if (within === undefined || !(await isFolder(path))) throw error;
        await rm(path, { recursive: true, force: true });
        await rename(temporary, path);
      });
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => {});
      throw error;
    }
  });
}

async function writeDurably(path: string, bytes: Contents): Promise<void> {
  const file = await open(path, 'w');
  try {
    await writeFile(file, bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Makes a folder and those above it. @throws WorkError that names it
 * @param within a folder below which files in the way are removed
 */
export async function makeFolder(folder: string, within?: string): Promise<void> {
  await namingPath(folder, () => tryToMakeFolder(folder, within));
}

async function tryToMakeFolder(folder: string, within: string | undefined, again = true): Promise<void> {
  try {
    await mkdirs(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EEXIST' && code !== 'ENOTDIR') throw error;
    if (within !== undefined) {
      // Where there is none any more, another process has just removed it.
      const removed = await removeFileAmong(within, folder);
      if (removed || again) {
        await tryToMakeFolder(folder, within, removed);
        return;
      }
    }
    throw new WorkError(
      {
        what: `Part of the path is a file, not a folder: \`${folder}\`.`,
        hint: 'Move that file away, or name another folder.',
      },
      { cause: error },
    );
  }
}

/**
 * As `mkdir` with `recursive`, which says ENOENT where a disk is read-only, and never returns where a file system refuses new folders
 * with that code.
 */
async function mkdirs(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    if (await isFolder(folder)) return;
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(folder) === folder) throw error;
    await mkdirs(dirname(folder));
    await mkdir(folder).catch(async (second: unknown) => {
      if (!(await isFolder(folder))) throw second;
    });
  }
}

/** Removes the first file on the way from one folder down to another; false where there is none. */
async function removeFileAmong(from: string, to: string): Promise<boolean> {
  let path = from;
  for (const step of relative(from, to).split(sep)) {
    path = join(path, step);
    const found = await stat(path).catch(() => undefined);
    if (!found) return false;
    if (!found.isDirectory()) {
      // Another process may have removed it since, or made the folder: that is the intended state.
      await unlink(path).catch(async (error: unknown) => {
        const isGone = (error as NodeJS.ErrnoException).code === 'ENOENT';
        if (!isGone && !(await isFolder(path))) throw error;
      });
      return true;
    }
  }
  return false;
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/**
 * Opens a regular file for reading; undefined where there is none, or none that can be read.
 * @throws WorkError where the process or the machine has too many files open: that says nothing of the file
 */
export async function openIfFile(path: string): Promise<{ file: FileHandle; size: number } | undefined> {
  let file: FileHandle | undefined;
  try {
    // An error would take several times as long, for thousands of entries that are yet to be made.
    if (!statSync(path, { throwIfNoEntry: false })) return undefined;
    // Without waiting for a writer, should a pipe be in the place of the file.
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const found = await file.stat();
    if (found.isFile()) return { file, size: found.size };
  } catch (error) {
    const shortage = shortageOf(error, path);
    if (shortage) throw shortage;
  }
  await file?.close().catch(() => {});
  return undefined;
}

/** Uses an open file and closes it; undefined where reading fails. */
export async function readingFile<T>(
  path: string,
  read: (file: FileHandle, size: number) => Promise<T | undefined>,
): Promise<T | undefined> {
  const opened = await openIfFile(path);
  if (!opened) return undefined;
  try {
    return await read(opened.file, opened.size);
  } catch (error) {
    const shortage = shortageOf(error, path);
    if (shortage) throw shortage;
    return undefined;
  } finally {
    await opened.file.close().catch(() => {});
  }
}
