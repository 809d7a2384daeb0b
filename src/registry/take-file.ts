import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { namingPath } from '../errors.ts';
import { fileSize } from '../byte-size.ts';
import { ArchiveError, checkEntry, MAX_FILE_BYTES } from './archive.ts';
import { readTarGz } from './tar.ts';
import { listZip, readZipEntry } from './zip.ts';

export interface TakenFile {
  /** Hex. */
  readonly sha256: string;
  readonly bytes: number;
}

/**
 * Copies one file out of an npm package. Everything in such an archive lies in one folder, mostly called `package`,
 * which paths leave out.
 *
 * @param to where the file is made; nothing else is written
 * @throws ArchiveError where it is not there, or the archive is damaged or hostile
 */
export function takeFromNpm(archive: string, path: string, to: string): Promise<TakenFile> {
  return withArchiveErrors(() => takeFromTarGz(archive, path, to));
}

async function takeFromTarGz(archive: string, path: string, to: string): Promise<TakenFile> {
  const names: string[] = [];
  let taken: TakenFile | undefined;
  for await (const { name, kind, bytes, data } of readTarGz(archive)) {
    checkEntry(name, kind);
    if (kind !== 'file') continue;
    const inside = name.replace(/^\.\//, '').replace(/^[^/]*\//, '');
    names.push(inside);
    if (inside !== path) continue;
    if (taken) throw new ArchiveError(`The archive contains \`${path}\` twice.`);
    taken = await write(data, bytes, to);
  }
  if (!taken) throw new ArchiveError('The archive does not contain the file.', names);
  return taken;
}

/** Copies one file out of a wheel, a zip archive. Otherwise as `takeFromNpm`. */
export function takeFromWheel(archive: string, path: string, to: string): Promise<TakenFile> {
  return withArchiveErrors(() => takeFromZip(archive, path, to));
}

async function takeFromZip(archive: string, path: string, to: string): Promise<TakenFile> {
  const file = await open(archive, 'r');
  try {
    const entries = await listZip(file);
    for (const { name, kind } of entries) checkEntry(name, kind);
    const files = entries.filter(({ kind }) => kind === 'file');
    const [entry, second] = files.filter(({ name }) => name === path);
    if (!entry) {
      throw new ArchiveError(
        'The archive does not contain the file.',
        files.map(({ name }) => name),
      );
    }
    if (second) throw new ArchiveError(`The archive contains \`${path}\` twice.`);
    return await write(readZipEntry(entry), entry.bytes, to);
  } finally {
    await file.close();
  }
}

/** Numbers in an archive may be such that Node refuses to work with them. What the file system says is left as it is. */
async function withArchiveErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ArchiveError || !(error instanceof Error) || 'syscall' in error) throw error;
    throw new ArchiveError(`The archive is damaged: ${error.message.replace(/\.?$/, '.')}`);
  }
}

/** Has the bytes on disk, in a file that was not there, before it returns. */
async function write(data: AsyncIterable<Uint8Array>, declared: number, to: string): Promise<TakenFile> {
  if (declared > MAX_FILE_BYTES) {
    throw new ArchiveError(
      `The file in the archive has ${fileSize(declared)}. The limit is ${fileSize(MAX_FILE_BYTES)}.`,
    );
  }
  const hash = createHash('sha256');
  let bytes = 0;
  const file = await open(to, 'wx');
  try {
    for await (const chunk of data) {
      hash.update(chunk);
      bytes += chunk.length;
      await namingPath(to, () => file.writeFile(chunk));
    }
    await namingPath(to, () => file.sync());
  } finally {
    await file.close();
  }
  return { sha256: hash.digest('hex'), bytes };
}
