import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { extract, type Extract } from 'tar-stream';
import { fileSize } from '../byte-size.ts';
import type { EntryKind } from './archive.ts';
import { ArchiveError, MAX_ENTRIES, unpackedLimit } from './archive.ts';

/** A file or folder in a tar archive. Its bytes are read before the next entry, or not at all. */
export interface TarEntry {
  readonly name: string;
  readonly kind: EntryKind;
  readonly bytes: number;
  readonly data: AsyncIterable<Uint8Array>;
}

/** Of the records that give an entry a long name. */
const MAX_NAME_BYTES = 2 ** 16;

/** Other types are devices and extensions. */
const KINDS: Readonly<Record<string, EntryKind>> = {
  file: 'file',
  'contiguous-file': 'file',
  directory: 'folder',
  link: 'link',
  symlink: 'link',
};

/**
 * The entries of a .tar.gz file as they come (POSIX ustar and pax, and GNU's long names), reading it piece by piece.
 * @throws ArchiveError where it is damaged, or unpacks to more than any sound archive of its size
 */
export async function* readTarGz(path: string): AsyncGenerator<TarEntry> {
  // An option that its types lack: archives from before POSIX say no format.
  const archive = extract({ allowUnknownFormat: true } as object);
  guardRecords(archive);
  void feed(archive, unpacked(path, (await stat(path)).size));
  let entries = 0;
  try {
    for await (const entry of archive) {
      if (++entries > MAX_ENTRIES)
        throw new ArchiveError(`The archive contains more than ${MAX_ENTRIES.toLocaleString('en')} files.`);
      const { name, type, size } = entry.header;
      yield { name, kind: KINDS[String(type)] ?? 'other', bytes: size, data: reading(entry) };
      entry.resume();
    }
  } catch (error) {
    throw explain(error);
  } finally {
    archive.destroy();
  }
}

async function* reading(data: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  try {
    yield* data as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw explain(error);
  }
}

/** What tar-stream says, in the words of this program. */
function explain(error: unknown): unknown {
  if (error instanceof ArchiveError || !(error instanceof Error) || 'syscall' in error) return error;
  if (/^Unexpected end/.test(error.message)) return new ArchiveError('The archive is cut off.');
  return new ArchiveError('The file is not a tar archive, or is damaged.');
}

/** What stands behind the end is unpacked all the same: that it is damaged would not show otherwise. */
async function feed(archive: Extract, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const chunk of chunks) {
      if (archive.destroyed) return;
      if (!archive.write(chunk)) await drained(archive);
    }
    archive.end(null);
  } catch (error) {
    archive.destroy(error as Error);
  }
}

/** Resolves when the archive takes more, or nothing any more. */
function drained(archive: Extract): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      archive.off('drain', done).off('close', done);
      resolve();
    };
    archive.on('drain', done).on('close', done);
  });
}

interface RecordHeader {
  readonly type: string;
  /** `null` where its field could not be read. */
  readonly size: number | null;
}

/**
 * tar-stream takes records of 4 MB, and damaged ones as far as they can be read. After a size that it cannot read, it
 * waits without end.
 */
function guardRecords(archive: Extract): void {
  const records = archive as unknown as {
    _header: RecordHeader | null;
    _decodeLongHeader(record: Uint8Array): void;
  };
  let header = records._header;
  Object.defineProperty(records, '_header', {
    get: () => header,
    set(next: RecordHeader | null) {
      if (next && !(Number.isSafeInteger(next.size) && next.size! >= 0)) throw badSize();
      header = next;
    },
  });
  const decode = records._decodeLongHeader.bind(archive);
  records._decodeLongHeader = (record) => {
    if (record.length > MAX_NAME_BYTES)
      throw new ArchiveError('The archive is damaged: a record of names is too long.');
    if (header?.type === 'pax-header') checkPax(record);
    decode(record);
  };
}

const badSize = (): ArchiveError => new ArchiveError('The archive is damaged: a size is not a number.');

/** `length key=value\n`, repeated. */
function checkPax(record: Uint8Array): void {
  const text = Buffer.from(record.buffer, record.byteOffset, record.byteLength);
  for (let at = 0; at < text.length;) {
    const [head, digits] = /^(\d+) /.exec(text.toString('latin1', at, at + 12)) ?? [];
    const length = Number(digits);
    if (head === undefined || length <= head.length || at + length > text.length)
      throw new ArchiveError('The archive is damaged: a record cannot be read.');
    const [, size] = /^size=(.*)\n$/s.exec(text.toString('latin1', at + head.length, at + length)) ?? [];
    if (size !== undefined && !/^\d{1,15}$/.test(size)) throw badSize();
    at += length;
  }
}

async function* unpacked(path: string, packed: number): AsyncGenerator<Uint8Array> {
  const most = unpackedLimit(packed);
  let count = 0;
  const file = createReadStream(path);
  const gunzip = createGunzip();
  file.on('error', (error) => gunzip.destroy(error));
  try {
    for await (const chunk of file.pipe(gunzip) as AsyncIterable<Uint8Array>) {
      count += chunk.length;
      if (count > most) {
        throw new ArchiveError(
          `The archive unpacks from ${fileSize(packed)} to more than ${fileSize(most)}.`,
        );
      }
      yield chunk;
    }
  } catch (error) {
    if (error instanceof ArchiveError) throw error;
    throw new ArchiveError(`The archive cannot be unpacked: ${(error as Error).message}.`);
  } finally {
    file.destroy();
    gunzip.destroy();
  }
}
