import { readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl';
import { fileSize } from '../byte-size.ts';
import type { EntryKind } from './archive.ts';
import { ArchiveError, MAX_ENTRIES, unpackedLimit } from './archive.ts';

/** A file or folder in a zip archive, as the list at its end has it. The archive's file must stay open. */
export interface ZipEntry {
  readonly name: string;
  readonly kind: EntryKind;
  /** As the list says; what comes out is held to it. */
  readonly bytes: number;
  readonly packed: number;
  readonly method: number;
  readonly encrypted: boolean;
  readonly archive: ZipFile;
  readonly entry: Entry;
}

const END_BYTES = 22;
const MAX_LIST_BYTES = 2 ** 26;
const PIECE = 2 ** 18;
/** Bytes of what is read at once of entries of the list and of files' headers. */
const HEADER = 2 ** 12;
const STORED = 0;
const DEFLATED = 8;

/** Of a file's type in the mode that Unix archivers note. */
const TYPE_MASK = 0o170000;
const UNIX_KINDS: Readonly<Record<number, EntryKind>> = {
  0: 'file',
  0o100000: 'file',
  0o040000: 'folder',
  0o120000: 'link',
};

/** What is in a zip archive. @throws ArchiveError where it is damaged or larger than 4 GB */
export async function listZip(file: FileHandle): Promise<readonly ZipEntry[]> {
  const { size } = await file.stat();
  const reader = new HandleReader(file);
  const archive = await fromRandomAccessReaderPromise(reader, size, {
    ...{ autoClose: false, lazyEntries: true, decodeStrings: false, validateEntrySizes: false },
  }).catch(() => {
    throw new ArchiveError('The file is not a zip archive, or is cut off.');
  });
  // yauzl believes the end of the archive as it stands.
  const end = await read(file, size - END_BYTES - archive.comment.length, END_BYTES);
  const [length, start] = [end.readUInt32LE(12), end.readUInt32LE(16)];
  if (end.readUInt16LE(10) === 0xffff || start === 0xffffffff)
    throw new ArchiveError('The archive is too large.');
  if (archive.entryCount > MAX_ENTRIES || length > MAX_LIST_BYTES)
    throw new ArchiveError('The list of files is too long.');
  if (start + length > size) throw new ArchiveError('The archive is cut off.');
  reader.end = start + length;
  const entries: ZipEntry[] = [];
  try {
    for await (const entry of archive.eachEntry()) entries.push(toEntry(archive, entry));
  } catch (error) {
    if ((error as Error).message === 'strong encryption is not supported')
      throw new ArchiveError('The archive is encrypted.');
    throw new ArchiveError('The list of files is damaged.');
  }
  reader.end = size;
  return entries;
}

function toEntry(archive: ZipFile, entry: Entry): ZipEntry {
  const name = (entry.fileNameRaw as Buffer).toString('utf8');
  const unix = entry.versionMadeBy >> 8 === 3 ? (entry.externalFileAttributes >>> 16) & TYPE_MASK : 0;
  return {
    name,
    kind: name.endsWith('/') ? 'folder' : (UNIX_KINDS[unix] ?? 'other'),
    bytes: entry.uncompressedSize,
    packed: entry.compressedSize,
    method: entry.compressionMethod,
    encrypted: entry.isEncrypted(),
    ...{ archive, entry },
  };
}

/** Where the bytes of an entry stand in the archive, as they are packed: `packed` of them. @throws ArchiveError */
async function findData({ archive, entry }: ZipEntry): Promise<number> {
  try {
    return (await archive.readLocalFileHeaderPromise(entry, { minimal: true })).fileDataStart;
  } catch (error) {
    throw new ArchiveError(
      /signature/.test((error as Error).message)
        ? 'The archive is damaged: a file is not at its listed position.'
        : 'The archive is cut off.',
    );
  }
}

/**
 * Where the bytes of an entry stand in the archive, if they are stored as they are; undefined where they are compressed.
 * @throws ArchiveError where they are not what the list says
 */
export async function storedAt(entry: ZipEntry): Promise<number | undefined> {
  if (entry.encrypted || entry.method !== STORED) return undefined;
  if (entry.packed !== entry.bytes) throw new ArchiveError('The archive is damaged: a size is wrong.');
  return findData(entry);
}

/** The bytes of one entry, piece by piece. @throws ArchiveError where they are not what the list says */
export async function* readZipEntry(zipped: ZipEntry): AsyncGenerator<Uint8Array> {
  const { archive, packed, bytes, method, encrypted } = zipped;
  if (encrypted) throw new ArchiveError('The file in the archive is encrypted.');
  if (method !== STORED && method !== DEFLATED)
    throw new ArchiveError('Unsupported compression: only stored and deflated files are read.');
  if (bytes > unpackedLimit(packed))
    throw new ArchiveError(`The file in the archive unpacks from ${fileSize(packed)} to ${fileSize(bytes)}.`);
  const start = await findData(zipped);
  if (packed === 0) {
    // A stream of no bytes cannot be opened; there is nothing in it either way.
    if (bytes === 0) return;
    throw new ArchiveError(`The file in the archive unpacks to 0 bytes instead of ${bytes}.`);
  }
  const inflates = method === DEFLATED;
  // Its twin that returns a promise takes other arguments than it says (yauzl 3.4.0).
  const data = await new Promise<Readable>((resolve, reject) => {
    archive.openReadStreamLowLevel(start, packed, 0, packed, inflates, null, (error, stream) => {
      if (error) reject(error);
      else resolve(stream);
    });
  });
  // What goes wrong after it was given up is of no interest.
  data.on('error', () => {});
  let count = 0;
  try {
    for await (const chunk of data as AsyncIterable<Uint8Array>) {
      count += chunk.length;
      if (count > bytes)
        throw new ArchiveError(`The file in the archive unpacks to more than the stated ${fileSize(bytes)}.`);
      yield chunk;
    }
  } catch (error) {
    if (error instanceof ArchiveError) throw error;
    throw new ArchiveError(`The archive cannot be unpacked: ${(error as Error).message}.`);
  } finally {
    data.destroy();
  }
  if (count < bytes)
    throw new ArchiveError(`The file in the archive unpacks to ${count} bytes instead of ${bytes}.`);
}

/** An open file, which yauzl reads and does not close. */
class HandleReader extends RandomAccessReader {
  /** Nothing from here on is read: the end of the list of files, while that is read. */
  end = Infinity;
  readonly #file: FileHandle;

  constructor(file: FileHandle) {
    super();
    this.#file = file;
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(pieces(this.#file, start, end - start), { objectMode: false });
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    const most = Math.max(0, Math.min(length, this.end - position));
    if (most <= HEADER) {
      // A file of PyTorch has a thousand of these, which would each be waited for.
      try {
        process.nextTick(callback, null, readSync(this.#file.fd, buffer, offset, most, position));
      } catch (error) {
        process.nextTick(callback, error as Error);
      }
      return;
    }
    this.#file.read(buffer, offset, most, position).then(
      ({ bytesRead }) => callback(null, bytesRead),
      (error: Error) => callback(error),
    );
  }
}

async function* pieces(file: FileHandle, start: number, length: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < length; at += PIECE) yield await read(file, start + at, Math.min(PIECE, length - at));
}

async function read(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  if (bytesRead < length) throw new ArchiveError('The archive is cut off.');
  return buffer;
}
