import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import type { EntryKind } from './archive.ts';
import { ArchiveError, MAX_ENTRIES, megabytes, mostUnpacked } from './archive.ts';

/** A file or folder in a tar archive. Its bytes are read before the next entry, or not at all. */
export interface TarEntry {
  readonly name: string;
  readonly kind: EntryKind;
  readonly bytes: number;
  readonly data: AsyncIterable<Uint8Array>;
}

const BLOCK = 512;
/** Of the records that give an entry a long name. */
const MAX_NAME_BYTES = 2 ** 16;

/** POSIX' types; other letters are devices and extensions. */
const KINDS: Readonly<Record<string, EntryKind>> = {
  '0': 'file',
  '7': 'file',
  '5': 'folder',
  '1': 'link',
  '2': 'link',
};

/**
 * The entries of a .tar.gz file as they come (POSIX ustar and pax, and GNU's long names), reading it piece by piece.
 * @throws ArchiveError where it is damaged, or unpacks to more than any sound archive of its size
 */
export async function* readTarGz(path: string): AsyncGenerator<TarEntry> {
  const bytes = new ByteReader(unpacked(path, (await stat(path)).size));
  try {
    yield* readEntries(bytes);
  } finally {
    await bytes.close();
  }
}

async function* readEntries(bytes: ByteReader): AsyncGenerator<TarEntry> {
  let long: { name?: string; bytes?: number } = {};
  for (let entries = 0; ;) {
    const header = await bytes.take(BLOCK);
    if (header.every((byte) => byte === 0)) {
      // What stands behind the end is unpacked all the same: that it is damaged would not show otherwise.
      await bytes.skipAll();
      return;
    }
    const { name, type, size } = readHeader(header);
    const padding = (BLOCK - (size % BLOCK)) % BLOCK;
    if ('xgLK'.includes(type)) {
      if (size > MAX_NAME_BYTES) throw new ArchiveError('It is damaged: a record of names is too long.');
      const text = await bytes.take(size);
      await bytes.take(padding);
      if (type === 'x') long = { ...long, ...readPax(text) };
      if (type === 'L') long = { ...long, name: untilNull(text) };
      continue;
    }
    if (++entries > MAX_ENTRIES)
      throw new ArchiveError(`It holds more than ${MAX_ENTRIES.toLocaleString('en')} files.`);
    const length = long.bytes ?? size;
    let left = length;
    const data = bytes.upTo(length, (count) => (left -= count));
    yield {
      name: long.name ?? name,
      // Old archives have folders as files whose names end in a slash.
      kind: KINDS[type] === 'file' && name.endsWith('/') ? 'folder' : (KINDS[type] ?? 'other'),
      bytes: length,
      data,
    };
    await bytes.skip(left + ((BLOCK - (length % BLOCK)) % BLOCK));
    long = {};
  }
}

async function* unpacked(path: string, packed: number): AsyncGenerator<Uint8Array> {
  const most = mostUnpacked(packed);
  let count = 0;
  const file = createReadStream(path);
  const gunzip = createGunzip();
  file.on('error', (error) => gunzip.destroy(error));
  try {
    for await (const chunk of file.pipe(gunzip) as AsyncIterable<Uint8Array>) {
      count += chunk.length;
      if (count > most) {
        throw new ArchiveError(`It unpacks from ${megabytes(packed)} to more than ${megabytes(most)}.`);
      }
      yield chunk;
    }
  } catch (error) {
    if (error instanceof ArchiveError) throw error;
    throw new ArchiveError(`It cannot be unpacked: ${(error as Error).message}.`);
  } finally {
    file.destroy();
    gunzip.destroy();
  }
}

function readHeader(header: Uint8Array): { name: string; type: string; size: number } {
  const text = (from: number, length: number): string => untilNull(header.subarray(from, from + length));
  const sum = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
  if (sum !== octal(header.subarray(148, 156))) {
    throw new ArchiveError('It is no tar archive, or is damaged.');
  }
  const size = octal(header.subarray(124, 136));
  if (size === undefined) throw new ArchiveError('It is damaged: a size is no number.');
  const prefix = text(257, 5) === 'ustar' ? text(345, 155) : '';
  return {
    name: prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`,
    type: header[156] === 0 ? '0' : String.fromCharCode(header[156]!),
    size,
  };
}

/** Undefined for anything else; GNU writes numbers too large for it in binary, which no package needs. */
function octal(field: Uint8Array): number | undefined {
  const digits = untilNull(field).trim();
  return /^[0-7]{0,12}$/.test(digits) ? Number.parseInt(digits || '0', 8) : undefined;
}

/** `length key=value\n`, repeated. */
function readPax(record: Uint8Array): { name?: string; bytes?: number } {
  const found: { name?: string; bytes?: number } = {};
  for (let at = 0; at < record.length;) {
    const [head, digits] = /^(\d+) /.exec(decode(record.subarray(at, at + 12))) ?? [];
    const length = Number(digits);
    if (head === undefined || length <= head.length || at + length > record.length)
      throw new ArchiveError('It is damaged: a record cannot be read.');
    const line = decode(record.subarray(at + head.length, at + length - 1));
    const key = line.slice(0, line.indexOf('='));
    const value = line.slice(key.length + 1);
    if (key === 'path') found.name = value;
    if (key === 'size') {
      if (!/^\d{1,15}$/.test(value)) throw new ArchiveError('It is damaged: a size is no number.');
      found.bytes = Number(value);
    }
    at += length;
  }
  return found;
}

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const untilNull = (bytes: Uint8Array): string => decode(bytes).split('\0', 1)[0]!;

/** Bytes that come in chunks, asked for by number. */
class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** At least one byte and at most `most`; undefined at the end. */
  async #next(most: number): Promise<Uint8Array | undefined> {
    while (this.#rest.length === 0) {
      const { value, done } = await this.#chunks.next();
      if (done) return undefined;
      this.#rest = value;
    }
    const chunk = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(chunk.length);
    return chunk;
  }

  async *upTo(count: number, took: (count: number) => void): AsyncGenerator<Uint8Array> {
    for (let left = count; left > 0;) {
      const chunk = await this.#next(left);
      if (!chunk) throw new ArchiveError('It is cut short.');
      left -= chunk.length;
      took(chunk.length);
      yield chunk;
    }
  }

  async take(count: number): Promise<Uint8Array> {
    const taken = new Uint8Array(count);
    let at = 0;
    for await (const chunk of this.upTo(count, () => {})) {
      taken.set(chunk, at);
      at += chunk.length;
    }
    return taken;
  }

  async skip(count: number): Promise<void> {
    const skipped = this.upTo(count, () => {});
    while (!(await skipped.next()).done);
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async skipAll(): Promise<void> {
    while (await this.#next(Infinity));
  }
}
