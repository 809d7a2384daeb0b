import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import {
  copyFile,
  mkdir,
  open,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * The cache folder. What is in it is addressed by what it was made from (raw results, records) or by its own bytes
 * (assets), and appears whole or not at all, so that any number of processes can share it and a killed one leaves
 * nothing that looks finished.
 *
 *     raw/<key>.bin            numbers of one unit of work
 *     memo/<picture>/<layer>-<finding>.bin  what was found in one picture at one layer, while a unit of many is under way
 *     records/<kind>/<key>.json  what was made for a key: small JSON
 *     assets/<hash>.<ext>      finished files, as they stand in dist/assets/
 *     reports/                 the latest report of each experiment (reports.ts)
 *     running/<owner>/         who uses the cache, and the reports it renders (leases.ts)
 */
export interface Store {
  readonly folder: string;
  readonly assetsFolder: string;
  /** What the gallery is rendered from: gallery.json, and a folder for each experiment. */
  readonly siteFolder: string;

  /** The first bytes of a unit's result and how many it has in all; undefined where there is none. */
  peekRaw(key: string, count: number): Promise<{ head: Buffer; size: number } | undefined>;
  /** Bytes of a unit's result; undefined where there is none. */
  readRaw(key: string): Promise<Buffer | undefined>;
  writeRaw(key: string, bytes: Uint8Array): Promise<void>;

  readMemo(name: MemoName): Promise<Buffer | undefined>;
  writeMemo(name: MemoName, bytes: Uint8Array): Promise<void>;
  removeMemo(name: MemoName): Promise<void>;

  readRecord(kind: string, key: string): Promise<unknown>;
  writeRecord(kind: string, key: string, value: unknown): Promise<void>;

  /** Keeps a finished file; gives its name, `<hash>.<ext>`. */
  putAsset(bytes: Uint8Array, extension: string): Promise<string>;
  /** Size in bytes; undefined where the store has no such asset. */
  assetSize(name: string): Promise<number | undefined>;
  assetPath(name: string): string;

  /** Writes a file below the site folder, replacing it in one step. */
  writeSite(path: string, text: string): Promise<void>;
}

/** Stands for the picture of a finding that is about none. */
export const NO_PICTURE = 'none';

/** Keys of all that a finding about one picture at one layer depends on. */
export interface MemoName {
  readonly picture: string;
  readonly layer: string;
  /** What was looked for, and how. */
  readonly finding: string;
}

/** How files say which layer they are of: enough to tell layers apart when unused ones are removed. */
export function memoPrefix(layer: string): string {
  return layer.slice(0, 16);
}

/** Hexadecimal SHA-256 of text or bytes. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** A key for anything JSON can say; object keys count in sorted order. */
export function keyOf(value: unknown): string {
  return sha256(canonicalJson(value)).slice(0, 40);
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : inner,
  );
}

/** Writes a file so that a reader sees the old one or the whole new one. `durable` also survives a power cut. */
export async function writeWhole(
  path: string,
  bytes: Uint8Array | string,
  { durable = false } = {},
): Promise<void> {
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`;
  await mkdir(dirname(path), { recursive: true });
  try {
    if (durable) {
      const file = await open(temporary, 'w');
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
    } else {
      await writeFile(temporary, bytes);
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

const HASH_LENGTH = 24;

/** @param siteFolder where reports go: a process that shares the cache with others has one to itself */
export function openStore(folder: string, siteFolder: string = join(folder, 'site')): Store {
  const assetsFolder = join(folder, 'assets');
  const rawPath = (key: string): string => join(folder, 'raw', `${key}.bin`);
  const memoPath = ({ picture, layer, finding }: MemoName): string =>
    join(folder, 'memo', picture, `${memoPrefix(layer)}-${finding}.bin`);
  const recordPath = (kind: string, key: string): string => join(folder, 'records', kind, `${key}.json`);
  const sizeOf = async (path: string): Promise<number | undefined> => {
    try {
      const found = await stat(path);
      await markUsed(path, found.mtimeMs);
      return found.size;
    } catch {
      return undefined;
    }
  };

  return {
    folder,
    assetsFolder,
    siteFolder,

    async peekRaw(key, count) {
      try {
        const file = await open(rawPath(key));
        try {
          const { bytesRead, buffer } = await file.read(Buffer.alloc(count), 0, count, 0);
          const { size, mtimeMs } = await file.stat();
          await markUsed(rawPath(key), mtimeMs);
          return { head: buffer.subarray(0, bytesRead), size };
        } finally {
          await file.close();
        }
      } catch {
        return undefined;
      }
    },
    async readRaw(key) {
      try {
        return await readFile(rawPath(key));
      } catch {
        return undefined;
      }
    },
    writeRaw: (key, bytes) => writeWhole(rawPath(key), bytes),

    async readMemo(name) {
      try {
        return await readFile(memoPath(name));
      } catch {
        return undefined;
      }
    },
    writeMemo: (name, bytes) => writeWhole(memoPath(name), bytes),
    removeMemo: (name) => rm(memoPath(name), { force: true }),

    async readRecord(kind, key) {
      try {
        return JSON.parse(await readFile(recordPath(kind, key), 'utf8')) as unknown;
      } catch {
        return undefined;
      }
    },
    writeRecord: (kind, key, value) => writeWhole(recordPath(kind, key), JSON.stringify(value)),

    async putAsset(bytes, extension) {
      const name = `${sha256(bytes).slice(0, HASH_LENGTH)}.${extension}`;
      const path = join(assetsFolder, name);
      if ((await sizeOf(path)) !== bytes.byteLength) await writeWhole(path, bytes);
      return name;
    },
    assetSize: (name) => sizeOf(join(assetsFolder, name)),
    assetPath: (name) => join(assetsFolder, name),

    writeSite: (path, text) => writeWhole(join(siteFolder, path), text),
  };
}

/** Milliseconds. A file's date says to within this when it was last found in the store. */
export const USE_MARKED_EVERY = 60 * 60_000;

/**
 * Dates a file that was found, and is going to be relied on, so that whoever removes unused files knows.
 * @throws where it has just been removed
 */
async function markUsed(path: string, mtimeMs: number): Promise<void> {
  const now = Date.now();
  if (now - mtimeMs < USE_MARKED_EVERY) return;
  try {
    await utimes(path, new Date(now), new Date(now));
  } catch (error) {
    // Another user's, or on a disk that cannot be written: nobody who uses this cache can remove it either.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw error;
  }
}

/** Copies a file, sharing its blocks where the file system can. */
export async function copyInto(source: string, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  await copyFile(source, target, constants.COPYFILE_FICLONE);
}

/** Every file below a folder with its size, as paths with forward slashes, sorted; [] where there is no folder. */
export async function listFolder(folder: string): Promise<{ path: string; size: number }[]> {
  const found: { path: string; size: number }[] = [];
  const walk = async (relative: string): Promise<void> => {
    const entries = await readdir(join(folder, relative), { withFileTypes: true });
    for (const entry of entries) {
      const path = relative ? `${relative}/${entry.name}` : entry.name;
      if (entry.isDirectory()) await walk(path);
      else found.push({ path, size: (await stat(join(folder, path))).size });
    }
  };
  try {
    await walk('');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}
