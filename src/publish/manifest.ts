import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import type { BigIntStats, Dirent } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../hash.ts';

/** Lists what a build wrote. Names of experiments begin with no dot: none of their folders can be called so. */
export const MANIFEST_NAME = '.filterscope-manifest.json';

export interface ManifestEntry {
  /** From the gallery's folder, with forward slashes. */
  readonly path: string;
  readonly size: number;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
}

/** Every file of a gallery but the manifest itself, sorted by path. */
export interface Manifest {
  readonly manifestVersion: 1;
  readonly files: readonly ManifestEntry[];
}

/** What lies in a gallery's folder. Links are not followed. */
export interface Contents {
  /** Plain files that the manifest names, and the manifest. Paths from the folder, in no order. */
  readonly files: readonly string[];
  /** Folders that files of the manifest lie in; those that lie in others come first. */
  readonly folders: readonly string[];
  /** All else: not looked into where it is a folder, which ends in a slash. */
  readonly foreign: readonly string[];
}

/**
 * Lists a folder that no other process writes to, with the hashes of its files.
 * @param known what is known of a file already
 * @param others files that will be there
 */
export function makeManifest(
  folder: string,
  known: (path: string) => ManifestEntry | undefined = () => undefined,
  others: readonly ManifestEntry[] = [],
): Manifest {
  const files = [...others];
  const walk = (below: string): void => {
    for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) {
        walk(path);
      } else {
        files.push(known(path) ?? entryOf(path));
      }
    }
  };
  const entryOf = (path: string): ManifestEntry => {
    const bytes = readFileSync(join(folder, path));
    return { path, size: bytes.byteLength, sha256: sha256(bytes) };
  };
  walk('');
  return { manifestVersion: 1, files: files.sort((a, b) => (a.path < b.path ? -1 : 1)) };
}

/** One file a line. */
export function formatManifest({ manifestVersion, files }: Manifest): string {
  const lines = files.map((entry) => JSON.stringify(entry)).join(',\n');
  return `{"manifestVersion":${manifestVersion},"files":[\n${lines}\n]}\n`;
}

export interface ReadManifest extends Manifest {
  /** Of the manifest's own bytes. */
  readonly sha256: string;
}

/** Undefined where a folder has no manifest, or one that cannot be read. */
export function readManifest(folder: string): ReadManifest | undefined {
  try {
    // A link in its place is no manifest.
    const path = join(folder, MANIFEST_NAME);
    if (!lstatSync(path).isFile()) return undefined;
    const text = readFileSync(path, 'utf8');
    const { manifestVersion, files } = JSON.parse(text) as Partial<Manifest>;
    if (manifestVersion !== 1 || !Array.isArray(files) || !files.every(isEntry)) return undefined;
    return { manifestVersion, files, sha256: sha256(text) };
  } catch {
    return undefined;
  }
}

function isEntry(entry: unknown): entry is ManifestEntry {
  const { path, size, sha256: hash } = (entry ?? {}) as Partial<ManifestEntry>;
  return typeof path === 'string' && typeof size === 'number' && typeof hash === 'string';
}

/**
 * Tells what is a gallery's from what is not. A path counts only if the walk through the folder comes by it: what a
 * manifest says of places outside has no effect.
 */
export function inspect(folder: string, manifest: Manifest | undefined): Contents {
  const listed = new Set(manifest ? [MANIFEST_NAME, ...manifest.files.map(({ path }) => path)] : []);
  const parents = new Set<string>();
  for (const path of listed) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const parent = path.slice(0, end);
      if (parents.has(parent)) break;
      parents.add(parent);
    }
  }
  const files: string[] = [];
  const folders: string[] = [];
  const foreign: string[] = [];
  const walk = (below: string): void => {
    for (const entry of entriesIn(join(folder, below))) {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory() && parents.has(path)) {
        folders.push(path);
        walk(path);
      } else if (entry.isFile() && listed.has(path)) {
        files.push(path);
      } else {
        foreign.push(entry.isDirectory() ? `${path}/` : path);
      }
    }
  };
  walk('');
  return { files, folders, foreign: foreign.sort() };
}

function entriesIn(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** What a file system says of a file that was hashed: while it says the same, the bytes are the same. */
export type Stamp = readonly [path: string, stamp: string];

/** A file that was changed this shortly before it was looked at may change again without a sign of it. Milliseconds. */
const CLOCK_STEP = 2000;

export interface Comparison {
  /** Files that hold something else than the manifest says, or are missing. */
  readonly changed: readonly string[];
  /** Of the files that can be known again. */
  readonly stamps: readonly Stamp[];
}

/**
 * Compares a gallery's files with its manifest, byte for byte but for those that have not been touched since they were stamped:
 * size, inode, and the times of their last change and of the last change of their entry, which no program can set back.
 */
export function compare(folder: string, { files }: Manifest, known: readonly Stamp[] = []): Comparison {
  const stamps = new Map(known);
  const changed: string[] = [];
  const now: Stamp[] = [];
  for (const { path, size, sha256: hash } of files) {
    const found = lstatSync(join(folder, path), { bigint: true, throwIfNoEntry: false });
    const stamp = found && stampOf(found);
    if (stamp !== undefined && stamps.get(path) === stamp) {
      now.push([path, stamp]);
    } else if (
      !found?.isFile() ||
      Number(found.size) !== size ||
      sha256(readFileSync(join(folder, path))) !== hash
    ) {
      changed.push(path);
    } else if (Date.now() - Number(found.ctimeMs) > CLOCK_STEP) {
      now.push([path, stamp!]);
    }
  }
  return { changed, stamps: now };
}

/**
 * What is known of files again that got a second name in another folder and lost the first: that changes the time of their entry, and neither
 * inode nor the time of the last change.
 * @param known stamps from before
 */
export function restamp(folder: string, known: readonly Stamp[]): Stamp[] {
  return known.flatMap(([path, before]): Stamp[] => {
    const found = lstatSync(join(folder, path), { bigint: true, throwIfNoEntry: false });
    const stamp = found && stampOf(found);
    return stamp !== undefined && contentOf(stamp) === contentOf(before) ? [[path, stamp]] : [];
  });
}

/** A stamp without the time of the entry. */
const contentOf = (stamp: string): string => stamp.slice(0, stamp.lastIndexOf('.'));

function stampOf({ size, ino, mtimeNs, ctimeNs }: BigIntStats): string {
  return [size, ino, mtimeNs, ctimeNs].map((value) => value.toString(36)).join('.');
}
