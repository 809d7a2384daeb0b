import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import pLimit from 'p-limit';
import { namingPath, WorkError } from '../errors.ts';
import type { FileNotes } from '../file-notes.ts';
import { sha256 } from '../hash.ts';
import { readingFile, writeWhole } from './disk.ts';
import { partialName, rawName, recordName } from './entry-names.ts';
import type { PartialName } from './entry-names.ts';
import { copyInto, linkInto } from './place-file.ts';
import { decodeRecord, encodeRecord } from './record-text.ts';
import { readSealed, sealedParts, sealedSize } from './seal.ts';
import { openSiteFiles } from './site-files.ts';
import type { SiteFiles } from './site-files.ts';
import { usedSize } from './use-marks.ts';

export { writeWhole } from './disk.ts';
export { copyInto } from './place-file.ts';
export { USE_MARKED_EVERY } from './use-marks.ts';
export { NO_IMAGE, partialPrefix } from './entry-names.ts';
export type { PartialName } from './entry-names.ts';

/**
 * The cache folder. What is in it is addressed by what it was made from (raw results, records) or by its own bytes
 * (assets), and appears whole or not at all, so that any number of processes can share it and a killed one leaves
 * nothing that looks finished. Whatever is read is checked against its SHA-256: what is damaged counts as absent.
 *
 *     raw/<key>.bin            numbers of one job
 *     partial/<image>/<layer>-<finding>.bin  what was found in one image at one layer, while a job of many is under way
 *     records/<kind>/<key>.json  what was made for a key: JSON, compressed where it is long
 *     assets/<hash>.<ext>      finished files, as they stand in dist/assets/
 *     reports/                 the latest report of each experiment (reports.ts)
 *     running/<owner>/         who uses the cache, and the reports it renders (leases.ts)
 */
export interface Store extends SiteFiles {
  readonly folder: string;
  readonly assetsFolder: string;
  /** What the gallery is rendered from: gallery.json, and a folder for each experiment. */
  readonly siteFolder: string;

  /** How many bytes a job's numbers have, unchecked; undefined where there are none. */
  rawSize(key: string): Promise<number | undefined>;
  /** Bytes of a job's numbers; undefined where there are none. */
  readRaw(key: string): Promise<Buffer | undefined>;
  writeRaw(key: string, bytes: Uint8Array): Promise<void>;

  readPartial(name: PartialName): Promise<Buffer | undefined>;
  writePartial(name: PartialName, bytes: Uint8Array): Promise<void>;
  removePartial(name: PartialName): Promise<void>;

  readRecord(kind: string, key: string): Promise<unknown>;
  writeRecord(kind: string, key: string, value: unknown): Promise<void>;
  /** Keys of all records of a kind, sound or not, in no order. */
  listRecords(kind: string): Promise<readonly string[]>;

  /** How many bytes an entry takes as a file, unchecked; undefined where there is none. @param name of results and records: entry-names.ts */
  entrySize(name: string): Promise<number | undefined>;
  /** Payload of an entry; undefined where there is none. */
  readEntry(name: string): Promise<Buffer | undefined>;

  /** Keeps a finished file; gives its name, `<hash>.<ext>`. */
  putAsset(bytes: Uint8Array, extension: string): Promise<string>;
  /** Size in bytes; undefined where the store has no such asset. Its bytes are not checked. */
  assetSize(name: string): Promise<number | undefined>;
  assetPath(name: string): string;
  /** Bytes of an asset; undefined where there is none. */
  readAsset(name: string): Promise<Buffer | undefined>;
  /** Checks an asset's bytes. A damaged one is removed, so that it is made again. */
  checkAsset(name: string): Promise<'sound' | 'damaged' | 'absent'>;
  /**
   * Puts assets into a folder and checks them there. Images of maps and their values are one file with two names: whoever changes it there
   * damages the cache, and they are made again from stored numbers. All others are copies.
   * @returns names of those that are missing or were damaged; these are removed from the store, so that they are made again
   */
  copyAssets(names: Iterable<string>, folder: string): Promise<string[]>;

  /** Waits until all that was written is in the shared store, where there is one. @throws WorkError where it cannot be */
  flush(): Promise<void>;
}

/** What was found out about files outside the store, among its records. */
export function fileNotesIn(store: Pick<Store, 'readRecord' | 'writeRecord'>): FileNotes {
  return {
    read: (key) => store.readRecord('file', key),
    write: (key, value) => store.writeRecord('file', key, value),
  };
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

/** A build counted on something in the cache that is missing or damaged: what needs it must be computed again. */
export class LostEntryError extends WorkError {
  /** Ids of experiments whose reports need what is lost, where that is known. */
  readonly experiments: readonly string[];

  constructor(what: string, experiments: readonly string[] = []) {
    super({
      what: `The cache entry \`${what}\` is missing or damaged, even after it was computed again.`,
      hint: 'Check the disk of the cache, or name a folder on another disk with `--cache`.',
    });
    this.name = 'LostEntryError';
    this.experiments = experiments;
  }
}

const HASH_LENGTH = 24;

/** Assets that are copied side by side. */
const COPIES_AT_ONCE = 4;

export interface StoreOptions {
  /** Where reports go: a process that shares the cache with others has one to itself. */
  readonly siteFolder?: string | undefined;
  /** Called with the path of each entry that is found damaged: below the store's folder, or the address of an object. */
  readonly onDamaged?: (path: string) => void;
}

export function openStore(
  folder: string,
  { siteFolder = join(folder, 'site'), onDamaged = () => {} }: StoreOptions = {},
): Store {
  const assetsFolder = join(folder, 'assets');
  const assetPath = (name: string): string => join(assetsFolder, name);

  const read = async (name: string): Promise<Buffer | undefined> => {
    const found = await readSealed(join(folder, name), name);
    if (found.state === 'damaged') onDamaged(name);
    return found.state === 'sound' ? found.value : undefined;
  };
  const write = (path: string, bytes: Uint8Array | readonly Uint8Array[]): Promise<void> =>
    writeWhole(path, bytes, { within: folder });
  const writeSealed = (name: string, payload: Uint8Array): Promise<void> =>
    write(join(folder, name), sealedParts(name, payload));

  const copyAsset = async (name: string, to: string): Promise<boolean> => {
    const source = assetPath(name);
    if ((await usedSize(source)) === undefined) return false;
    const target = join(to, name);
    try {
      await (isRemade(name) ? linkInto(source, target) : copyInto(source, target));
      // What people get to see is what is checked.
      if ((await hashOf(target)) === hashIn(name)) return true;
    } catch (error) {
      if ((await hashOf(source)) === hashIn(name)) throw error;
    }
    onDamaged(`assets/${name}`);
    await rm(target, { force: true });
    await rm(source, { recursive: true, force: true });
    return false;
  };

  const store: Store = {
    folder,
    assetsFolder,
    siteFolder,

    async rawSize(key) {
      const path = join(folder, rawName(key));
      return (await usedSize(path)) === undefined ? undefined : sealedSize(path);
    },
    readRaw: (key) => read(rawName(key)),
    writeRaw: (key, bytes) => writeSealed(rawName(key), bytes),

    readPartial: (name) => read(partialName(name)),
    writePartial: (name, bytes) => writeSealed(partialName(name), bytes),
    removePartial: (name) =>
      namingPath(folder, () => rm(join(folder, partialName(name)), { recursive: true, force: true })),

    async readRecord(kind, key) {
      const bytes = await read(recordName(kind, key));
      return bytes && decodeRecord(bytes);
    },
    async writeRecord(kind, key, value) {
      await writeSealed(recordName(kind, key), await encodeRecord(value));
    },
    async listRecords(kind) {
      const names = await readdir(join(folder, 'records', kind)).catch(() => []);
      return names.flatMap((name) => (name.endsWith('.json') ? [name.slice(0, -'.json'.length)] : []));
    },

    entrySize: (name) => usedSize(join(folder, name)),
    readEntry: read,

    async putAsset(bytes, extension) {
      const name = `${sha256(bytes).slice(0, HASH_LENGTH)}.${extension}`;
      const path = assetPath(name);
      if ((await usedSize(path)) === bytes.byteLength) {
        const known = await readingFile(path, (file) => file.readFile());
        if (known?.equals(bytes)) return name;
      }
      await write(path, bytes);
      return name;
    },
    assetSize: (name) => usedSize(assetPath(name)),
    assetPath,
    async readAsset(name) {
      const bytes = await readingFile(assetPath(name), (file) => file.readFile());
      if (!bytes) return undefined;
      if (sha256(bytes).startsWith(hashIn(name))) return bytes;
      onDamaged(`assets/${name}`);
      return undefined;
    },
    async checkAsset(name) {
      const path = assetPath(name);
      const found = await hashOf(path);
      if (found === hashIn(name)) return 'sound';
      if (found === undefined && !existsSync(path)) return 'absent';
      onDamaged(`assets/${name}`);
      // Where it cannot be removed, it is at least not served.
      await rm(path, { recursive: true, force: true }).catch(() => {});
      return 'damaged';
    },
    async copyAssets(names, to) {
      const someAtOnce = pLimit(COPIES_AT_ONCE);
      const copies = [...names].map((name) =>
        someAtOnce(async () => ((await copyAsset(name, to)) ? [] : [name])),
      );
      // All of them end before a failure is reported: the caller may then remove the folder.
      await Promise.allSettled(copies);
      return (await Promise.all(copies)).flat();
    },

    ...openSiteFiles(folder, siteFolder),
    flush: () => Promise.resolve(),
  };
  return store;
}

/** Whether an asset is made from other entries, without the network. */
const isRemade = (asset: string): boolean => /\.(?:png|js)$/.test(asset);

/** The first digits of an asset's SHA-256. */
export const hashIn = (asset: string): string => asset.split('.', 1)[0]!;

/** As names of assets have it; undefined where there is no file. Piece by piece: what lies there may be huge. */
function hashOf(path: string): Promise<string | undefined> {
  return readingFile(path, async (file, size) => {
    const hash = createHash('sha256');
    const buffer = Buffer.allocUnsafe(Math.min(Math.max(size, 1), 2 ** 20));
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
    }
    return hash.digest('hex').slice(0, HASH_LENGTH);
  });
}

/** True for an object of a shared store. */
const isAddress = (path: string): boolean => isAbsolute(path) || path.includes('://');

/** @param paths as `onDamaged` was given them, at least one */
export function describeDamage(paths: Iterable<string>, { folder }: Pick<Store, 'folder'>): string {
  const [first, ...others] = [...new Set(paths)].sort();
  const named = `\`${isAddress(first!) ? first! : join(folder, first!)}\``;
  return others.length === 0
    ? `A cache entry was damaged and has been made again: ${named}.`
    : `${others.length + 1} cache entries were damaged and have been made again. The first of them: ${named}.`;
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
