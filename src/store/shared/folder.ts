import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import type { Dirent } from 'node:fs';
import { open, opendir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { diskProblem, namingPath, UserError, WorkError } from '../../errors.ts';
import { hashFileSha256, sha256 as sha256Of } from '../../hash.ts';
import { makeFolder } from '../disk.ts';
import { STORE_MARK } from './objects.ts';
import type { Listed, Objects } from './objects.ts';
import { persist } from './patience.ts';
import type { Patience } from './patience.ts';
import { claim } from './mark.ts';

/** A file system that is slow to agree with itself does so within this time. */
const FOLDER_PATIENCE: Patience = { total: 5_000, first: 20, longest: 1_000 };

/** What a network file system says of a file that another host has replaced, or of a server that restarts. */
const PASSING = new Set(['ESTALE', 'ETIMEDOUT', 'EAGAIN', 'EREMOTEIO', 'EJUKEBOX']);

const mayPass = (error: unknown): boolean => PASSING.has((error as NodeJS.ErrnoException).code ?? '');

/** A file that is being written, by this process or another: `.<name>.<8 digits>.part`. */
const partName = /\.[0-9a-f]{8}\.part$/;

/**
 * A shared store in a folder, which may be on NFS: nothing relies on locks. A file appears by a rename, after its bytes have been flushed
 * and read back.
 * @param folder absolute
 */
export function folderObjects(folder: string, patience: Patience = FOLDER_PATIENCE): Objects {
  const pathOf = (name: string): string => join(folder, name);
  const trying = <T>(path: string, work: () => Promise<T>): Promise<T> =>
    namingPath(path, () => persist(work, mayPass, patience));

  /** Runs work on a file. Where there is none, the folder is read first: an NFS client remembers for a while that a name was absent. */
  const onFile = <T>(path: string, work: (path: string) => Promise<T>): Promise<T | undefined> =>
    trying(path, async () => {
      for (let attempt = 0; ; attempt++) {
        try {
          return await work(path);
        } catch (error) {
          if (!isAbsent(error)) throw error;
          if (attempt > 0 || !(await refresh(dirname(path)))) return undefined;
        }
      }
    });

  const place = async (
    name: string,
    sha256: string,
    write: (part: string) => Promise<void>,
  ): Promise<void> => {
    const path = pathOf(name);
    await trying(path, async () => {
      await makeFolder(dirname(path));
      const part = `${dirname(path)}/.${randomBytes(4).toString('hex')}.${randomBytes(4).toString('hex')}.part`;
      try {
        await write(part);
        await flush(part);
        if ((await hashFileSha256(part)) !== sha256)
          throw stale('The file has other bytes than were written.');
        await rename(part, path).catch(async (error: unknown) => {
          // A rename whose answer was lost is sent once more, and then finds nothing to rename.
          if (!isAbsent(error) || (await hashFileSha256(path).catch(() => '')) !== sha256) throw error;
        });
      } finally {
        await rm(part, { force: true }).catch(() => {});
      }
    });
  };

  return {
    address: folder,

    find: (name) =>
      onFile(pathOf(name), async (path) => {
        const found = await stat(path);
        return found.isFile() ? { size: found.size, date: found.mtimeMs } : undefined;
      }),

    read: (name) =>
      onFile(pathOf(name), async (path) => {
        const file = await open(path);
        try {
          const found = await file.stat();
          if (!found.isFile()) return undefined;
          return { bytes: await file.readFile(), date: found.mtimeMs };
        } finally {
          await file.close();
        }
      }),

    write: (name, bytes) =>
      place(name, sha256Of(bytes), async (part) => {
        const file = await open(part, 'wx');
        try {
          await file.writeFile(bytes);
        } finally {
          await file.close();
        }
      }),

    writeFile: (name, from, sha256) =>
      place(name, sha256, (part) =>
        pipeline(createReadStream(from), createWriteStream(part, { flags: 'wx' })),
      ),

    readFile: async (name, to) =>
      (await onFile(pathOf(name), async (path) => {
        await pipeline(createReadStream(path), createWriteStream(to));
        return true;
      })) ?? false,

    list: (prefix) => listFiles(folder, prefix),

    async touch(name, _date, now) {
      const date = new Date(now);
      await onFile(pathOf(name), (path) => utimes(path, date, date)).catch((error: unknown) => {
        // Another user's file: only they can remove it, too.
        if (!(error instanceof WorkError) || !isRefusal(error.cause)) throw error;
      });
    },

    async remove(names) {
      for (const name of names) await trying(pathOf(name), () => rm(pathOf(name), { force: true }));
    },

    async open() {
      await readdir(folder).catch((error: unknown) => {
        throw new UserError({
          what: `The shared store \`${folder}\` is not a folder that can be read.`,
          why: isAbsent(error) ? 'It does not exist.' : (diskProblem(error, folder)?.what ?? String(error)),
          hint: 'Create or mount it. A store is never created by itself: a path with a typing error would become another one.',
        });
      });
      await claim({
        address: folder,
        mark: async () => (await this.read(STORE_MARK))?.bytes.toString('utf8'),
        others: async () =>
          (await readdir(folder)).filter(
            (name) => !name.startsWith('.nfs') && name !== 'lost+found' && !partName.test(name),
          ),
        write: (text) => this.write(STORE_MARK, Buffer.from(text)),
      });
    },

    async sweep(before) {
      const swept = { files: 0, bytes: 0 };
      for await (const { name, size, date } of listFiles(folder, '', true)) {
        if (date >= before) continue;
        await rm(pathOf(name), { force: true });
        swept.files += 1;
        swept.bytes += size;
      }
      return swept;
    },

    close() {},
  };
}

/** @param unfinished lists unfinished files alone, which are left out otherwise */
async function* listFiles(folder: string, prefix: string, unfinished = false): AsyncGenerator<Listed> {
  const below = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  // Whatever else goes wrong must not look like an empty folder: `clean` removes what nobody seems to use.
  const entries: Dirent[] = await namingPath(join(folder, below), () =>
    readdir(join(folder, below), { withFileTypes: true }),
  ).catch((error: unknown) => {
    if (isAbsent(error)) return [];
    throw error;
  });
  for (const entry of entries) {
    const name = `${below}${entry.name}`;
    if (!name.startsWith(prefix)) continue;
    if (entry.isDirectory()) yield* listFiles(folder, `${name}/`, unfinished);
    else if (partName.test(entry.name) === unfinished) {
      const found = await stat(join(folder, name)).catch(() => undefined);
      if (found?.isFile()) yield { name, size: found.size, date: found.mtimeMs };
    }
  }
}

/** Errors of a disk that is full, or of a server that lost what it was sent, show when a file is flushed. */
async function flush(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function refresh(folder: string): Promise<boolean> {
  try {
    await (await opendir(folder)).close();
    return true;
  } catch {
    return false;
  }
}

function isAbsent(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

const REFUSALS = new Set(['EACCES', 'EPERM', 'EROFS']);
const isRefusal = (error: unknown): boolean =>
  REFUSALS.has((error as NodeJS.ErrnoException | undefined)?.code ?? '');

const stale = (message: string): Error => Object.assign(new Error(message), { code: 'ESTALE' });
