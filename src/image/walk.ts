/** Lists the files of image folders, whatever their names and rights. Nothing is opened. */
import nodeFs, { type Dirent, type Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { glob } from 'tinyglobby';

/** An entry of an image folder that cannot be read as an image; `reason` is one or several sentences. */
export interface SkippedFile {
  /** As `Image.file`; bytes of a name that is not UTF-8 are written `\xff`. */
  readonly file: string;
  readonly reason: string;
}

export interface Listing {
  /** Relative to the folder, with forward slashes, in no order. */
  readonly names: readonly string[];
  readonly skipped: readonly SkippedFile[];
}

/** Folders below the one that is named are searched so far down. */
export const MAX_DEPTH = 8;
/** Links can make few folders look like many: no more entries than these are looked at. */
export const MAX_ENTRIES = 2_000_000;

export class TooManyEntriesError extends Error {}

const NOT_UTF8 = 'The file name is not UTF-8. Rename the file.';

/**
 * All files below a folder. Names that begin with a dot are passed over, links followed, but not into a folder they lie
 * in. Entries that `accepts` accepts and that cannot be read are listed in `skipped`.
 *
 * @param accepts tells from a name (its last part) whether it would be an image
 * @throws NodeJS.ErrnoException where `root` itself cannot be listed
 * @throws TooManyEntriesError
 */
export async function walk(root: string, accepts: (name: string) => boolean): Promise<Listing> {
  const names: string[] = [];
  const skipped: SkippedFile[] = [];
  let entries = 0;
  const skip = (file: string, reason: string) => void skipped.push({ file, reason });

  const enter = async (below: string, above: readonly string[]): Promise<void> => {
    const folder = join(root, below);
    const real = await realpath(folder);
    if (above.includes(real)) return;
    if (above.length > MAX_DEPTH) return skip(below, `Folders are searched ${MAX_DEPTH} levels deep.`);
    for (const entry of await readdir(folder, { encoding: 'buffer', withFileTypes: true })) {
      if (++entries > MAX_ENTRIES) throw new TooManyEntriesError();
      await visit(entry, below === '' ? '' : `${below}/`, [...above, real]);
    }
  };

  const visit = async (entry: Dirent<Buffer>, before: string, above: readonly string[]): Promise<void> => {
    const last = printable(entry.name);
    if (last.startsWith('.')) return;
    const name = before + last;
    const reason = await reasonToSkip(entry, join(root, name));
    if (reason !== undefined) {
      if (accepts(last) || entry.isDirectory()) skip(name, reason);
      return;
    }
    const isFolder = entry.isDirectory() || (entry.isSymbolicLink() && (await isFolderAt(join(root, name))));
    if (!isFolder) return void names.push(name);
    const known = [names.length, skipped.length] as const;
    try {
      await enter(name, above);
    } catch (error) {
      if (error instanceof TooManyEntriesError) throw error;
      return skip(name, `The folder ${describeReadError(error)}.`);
    }
    const holdsImages = names.slice(known[0]).some(accepts) || skipped.length > known[1];
    if (accepts(last) && !holdsImages) skip(name, 'The path is a folder.');
  };

  await enter('', []);
  return { names, skipped };
}

async function lookAt(path: string): Promise<Stats | { reason: string }> {
  try {
    return await stat(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR')
      return { reason: 'The link leads to a path that does not exist.' };
    if (code === 'ELOOP') return { reason: 'The link leads back to itself.' };
    return { reason: `The entry ${describeReadError(error)}.` };
  }
}

const isFolderAt = (path: string) =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

/** Begins with a verb: `cannot be read`. */
export function describeReadError(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM') return 'cannot be read: permission denied';
  if (code === 'ENOENT') return 'does not exist';
  if (code === 'ENAMETOOLONG') return 'has too long a path';
  return `cannot be read: ${code ?? String(error)}`;
}

/** Why an entry of the file system that is neither file nor folder is not opened: reading it may never end. */
export function describeNonFile(entry: Pick<Stats, 'isDirectory' | 'isFIFO' | 'isSocket'>): string {
  if (entry.isDirectory()) return 'The path is a folder.';
  if (entry.isFIFO()) return 'The path is a named pipe, not a file.';
  return entry.isSocket() ? 'The path is a socket, not a file.' : 'The path is a device, not a file.';
}

const isUtf8 = (name: Buffer): boolean => Buffer.from(name.toString()).equals(name);

/** A name as text: as it is where it is UTF-8, else ASCII with `\xff` for every other byte. */
export function printable(name: Buffer): string {
  if (isUtf8(name)) return name.toString();
  return Array.from(name, (byte) =>
    byte > 0x1f && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`,
  ).join('');
}

/**
 * All files that a pattern fits, below `cwd`; the same entries are skipped as by `walk`.
 *
 * @param root absolute; names are relative to it
 */
export async function walkGlob(
  pattern: string,
  { cwd, root, accepts }: { cwd: string; root: string; accepts: (name: string) => boolean },
): Promise<Listing> {
  const reasons = new Map<string, string>();
  const skipped: SkippedFile[] = [];
  const nameOf = (path: string) => relative(root, path).split(sep).join('/');

  /** Entries as the search sees them: those that are none it could find pass for files, so that patterns apply to them. */
  const list = async (folder: string): Promise<object[]> => {
    const entries = await readdir(folder, { encoding: 'buffer', withFileTypes: true });
    return Promise.all(
      entries.map(async (entry) => {
        const name = printable(entry.name);
        const path = join(folder, name);
        const reason = await reasonToSkip(entry, path);
        if (reason === undefined) {
          const { isFile, isDirectory, isSymbolicLink } = kindOf(entry);
          return { name, isFile, isDirectory, isSymbolicLink };
        }
        if (entry.isDirectory()) skipped.push({ file: nameOf(path), reason });
        else reasons.set(path, reason);
        return { name, isFile: () => true, isDirectory: () => false, isSymbolicLink: () => false };
      }),
    );
  };
  type Callback = (error: Error | null, entries: object[]) => void;
  const readFolder = (folder: string, _: unknown, callback: Callback): void => {
    list(folder).then(
      (entries) => callback(null, entries),
      (error: Error) => {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
          skipped.push({ file: nameOf(folder) || '.', reason: `The folder ${describeReadError(error)}.` });
        }
        callback(error, []);
      },
    );
  };
  const fs = { ...nodeFs, readdir: readFolder as unknown as typeof nodeFs.readdir };
  const found = await glob(pattern, { cwd, absolute: true, expandDirectories: false, fs });
  const names: string[] = [];
  for (const path of found) {
    const [name, reason] = [nameOf(path), reasons.get(join(path))];
    if (reason === undefined) names.push(name);
    else if (accepts(name)) skipped.push({ file: name, reason });
  }
  return { names, skipped };
}

const kindOf = (entry: Dirent<Buffer>) => ({
  isFile: () => entry.isFile(),
  isDirectory: () => entry.isDirectory(),
  isSymbolicLink: () => entry.isSymbolicLink(),
});

/** Why an entry is neither a file nor a folder that can be opened. */
async function reasonToSkip(entry: Dirent<Buffer>, path: string): Promise<string | undefined> {
  if (!isUtf8(entry.name)) return NOT_UTF8;
  const found = entry.isSymbolicLink() ? await lookAt(path) : entry;
  if ('reason' in found) return found.reason;
  return found.isFile() || found.isDirectory() ? undefined : describeNonFile(found);
}
