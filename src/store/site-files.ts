import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { namingPath } from '../errors.ts';
import { sha256 } from '../hash.ts';
import { readingFile, writeWhole } from './disk.ts';
import { copyInto, linkInto } from './place-file.ts';
import { usedSize } from './use-marks.ts';

/** What the gallery is rendered from, in a folder of one process; large files of it are kept by their SHA-256, for later builds. */
export interface SiteFiles {
  /** Writes a file below the site folder, replacing it in one step. */
  writeSite(path: string, text: string): Promise<void>;
  /** Bytes of a file below the site folder; undefined where there is none. */
  readSite(path: string): Promise<Buffer | undefined>;
  /** Removes a file below the site folder. */
  removeSite(path: string): Promise<void>;
  /** As `writeSite`, and keeps the file for `restoreSite`. @returns its SHA-256 */
  keepSite(path: string, text: string): Promise<string>;
  /** Puts a kept file below the site folder. @returns false where it is missing or damaged, or there is none */
  restoreSite(path: string, hash: string): Promise<boolean>;
  /**
   * Puts a file of the site folder elsewhere; one that was kept or restored is one file with two names then.
   * @returns false where there is none
   */
  placeSite(path: string, target: string): Promise<boolean>;
  /** SHA-256 of files below the site folder that were kept or restored. */
  readonly siteSums: ReadonlyMap<string, string>;
}

/** Where reports and lists of panels are kept, by their SHA-256. */
export const keptFile = (cache: string, hash: string): string => join(cache, 'reports', 'files', hash);

/** Keeps a file under its SHA-256, and marks it as used: a `clean --unused` could not know that it is about to be named. */
export async function keepFile(cache: string, hash: string, bytes: Buffer): Promise<void> {
  const path = keptFile(cache, hash);
  if (!(await isKept(path, bytes))) await writeWhole(path, bytes, { within: cache });
}

export function openSiteFiles(cache: string, siteFolder: string): SiteFiles {
  const siteSums = new Map<string, string>();
  const write = (path: string, bytes: Buffer): Promise<void> =>
    writeWhole(join(siteFolder, path), bytes, { within: cache });
  const isThere = async (path: string, size: number): Promise<boolean> => {
    const found = await stat(join(siteFolder, path)).catch(() => undefined);
    return found?.isFile() === true && found.size === size;
  };
  /** Gives a kept file its name there, unless it has it. */
  const place = async (path: string, hash: string, bytes: Buffer): Promise<void> => {
    if (siteSums.get(path) !== hash || !(await isThere(path, bytes.byteLength)))
      await linkInto(keptFile(cache, hash), join(siteFolder, path));
    siteSums.set(path, hash);
  };
  return {
    siteSums,
    async writeSite(path, text) {
      siteSums.delete(path);
      const bytes = Buffer.from(text);
      const known = await readingFile(join(siteFolder, path), (file) => file.readFile());
      if (!known?.equals(bytes)) await write(path, bytes);
    },
    readSite: (path) => readingFile(join(siteFolder, path), (file) => file.readFile()),
    async placeSite(path, target) {
      const source = join(siteFolder, path);
      if (!(await stat(source).catch(() => undefined))?.isFile()) return false;
      await (siteSums.has(path) ? linkInto(source, target) : copyInto(source, target));
      return true;
    },
    removeSite(path) {
      siteSums.delete(path);
      return namingPath(siteFolder, () => rm(join(siteFolder, path), { recursive: true, force: true }));
    },
    async keepSite(path, text) {
      const bytes = Buffer.from(text);
      const hash = sha256(bytes);
      await keepFile(cache, hash, bytes);
      await place(path, hash, bytes);
      return hash;
    },
    async restoreSite(path, hash) {
      const kept = keptFile(cache, hash);
      const bytes = await readingFile(kept, (file) => file.readFile());
      if (!bytes || sha256(bytes) !== hash) return false;
      await place(path, hash, bytes);
      return true;
    },
  };
}

async function isKept(path: string, bytes: Buffer): Promise<boolean> {
  if ((await usedSize(path)) !== bytes.byteLength) return false;
  const kept = await readingFile(path, (file) => file.readFile());
  return kept?.equals(bytes) === true;
}
