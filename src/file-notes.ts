import { statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { hashFileApart } from './hash-apart.ts';
import { hashFile, hashJson } from './hash.ts';
import type { FileSums } from './hash.ts';

/** Where what was found out about files is kept between runs: small JSON by key. */
export interface FileNotes {
  read(key: string): Promise<unknown>;
  write(key: string, value: unknown): Promise<void>;
}

export interface Found<T> {
  /** JSON. */
  readonly value: T;
  /** Absolute paths of all files that were read for it. */
  readonly files: readonly string[];
}

interface Note {
  readonly value: unknown;
  /** Each file, and its size and times when it was read. */
  readonly files: readonly (readonly [path: string, identity: string])[];
}

/**
 * What `find` gives, or gave in an earlier run if each file it read is still the same one: same place on the disk, size and
 * times of change, to the nanosecond.
 *
 * @param question tells this finding from all others: JSON, with the version of what answers it
 * @param notes absent where nothing is to be taken from earlier runs
 */
export async function foundInFiles<T>(
  question: unknown,
  notes: FileNotes | undefined,
  find: () => Promise<Found<T>>,
): Promise<T> {
  if (!notes) return (await find()).value;
  const key = hashJson(question).slice(0, 40);
  const known = (await notes.read(key)) as Note | undefined;
  if (known && areUnchanged(known)) return known.value as T;
  const since = Date.now();
  const { value, files } = await find();
  const identities = files.map((path) => [path, identify(path, since)] as const);
  const settled = identities.flatMap(([path, identity]) => (identity ? [[path, identity] as const] : []));
  if (settled.length === files.length) await notes.write(key, { value, files: settled } satisfies Note);
  return value;
}

/** Hex sums of a file, taken from its notes where it is unchanged. @param apart whether a thread of its own hashes it */
export function sumsOfFile(
  path: string,
  notes: FileNotes | undefined,
  { md5 = false, apart = false } = {},
): Promise<FileSums> {
  return foundInFiles([md5 ? 'sums' : 'sha256', path], notes, async () => ({
    value: await (apart ? hashFileApart : hashFile)(path, { md5 }),
    files: [path],
  }));
}

/** Bytes from which on hashing files takes longer than starting a thread for it. */
const LARGE = 2 ** 24;

/** Whether a thread of its own should hash the files. */
export async function areLarge(paths: readonly string[]): Promise<boolean> {
  const sizes = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0) >= LARGE;
}

const areUnchanged = ({ files }: Note): boolean =>
  files.every(([path, identity]) => identify(path, Infinity) === identity);

/** Milliseconds within which some file systems give two changes the same time. */
const COARSEST_CLOCK = 2000;

/**
 * What tells a file as it is now from every other state of it; undefined where nothing does.
 * @param since milliseconds since 1970: a file that changed since then, or so shortly before that a later change could
 *   have the same time, has no identity
 */
export function identify(path: string, since: number): string | undefined {
  try {
    // At once: an image set has thousands of files, and a thread would take several times as long for each.
    const { dev, ino, size, mtimeNs, ctimeNs, ctimeMs } = statSync(path, { bigint: true });
    if (Number(ctimeMs) > since - COARSEST_CLOCK) return undefined;
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch {
    return undefined;
  }
}
