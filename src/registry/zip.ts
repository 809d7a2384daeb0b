import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createInflateRaw } from 'node:zlib';
import type { EntryKind } from './archive.ts';
import { ArchiveError, MAX_ENTRIES, megabytes, mostUnpacked } from './archive.ts';

/** A file or folder in a zip archive, as the list at its end has it. */
export interface ZipEntry {
  readonly name: string;
  readonly kind: EntryKind;
  /** As the list says; what comes out is held to it. */
  readonly bytes: number;
  readonly packed: number;
  readonly method: number;
  readonly encrypted: boolean;
  readonly at: number;
}

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const END_BYTES = 22;
const LONGEST_COMMENT = 0xffff;
const MAX_LIST_BYTES = 2 ** 26;
const PIECE = 2 ** 18;
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
  const tail = await read(
    file,
    Math.max(0, size - END_BYTES - LONGEST_COMMENT),
    Math.min(size, END_BYTES + LONGEST_COMMENT),
  );
  let end = tail.length - END_BYTES;
  while (end >= 0 && tail.readUInt32LE(end) !== END) end--;
  if (end < 0) throw new ArchiveError('It is no zip archive, or is cut short.');
  const count = tail.readUInt16LE(end + 10);
  const [length, start] = [tail.readUInt32LE(end + 12), tail.readUInt32LE(end + 16)];
  if (count === 0xffff || start === 0xffffffff)
    throw new ArchiveError('It is larger than any package of weights.');
  if (count > MAX_ENTRIES || length > MAX_LIST_BYTES)
    throw new ArchiveError('Its list of files is too long.');
  const list = await read(file, start, length);
  const entries: ZipEntry[] = [];
  for (let at = 0; entries.length < count;) {
    if (at + 46 > list.length || list.readUInt32LE(at) !== ENTRY)
      throw new ArchiveError('Its list of files is damaged.');
    const [nameLength, extra, comment] = [28, 30, 32].map((field) => list.readUInt16LE(at + field)) as [
      number,
      number,
      number,
    ];
    const name = list.toString('utf8', at + 46, at + 46 + nameLength);
    const unix = list[at + 5] === 3 ? (list.readUInt32LE(at + 38) >>> 16) & TYPE_MASK : 0;
    entries.push({
      name,
      kind: name.endsWith('/') ? 'folder' : (UNIX_KINDS[unix] ?? 'other'),
      encrypted: (list.readUInt16LE(at + 8) & 1) === 1,
      method: list.readUInt16LE(at + 10),
      packed: list.readUInt32LE(at + 20),
      bytes: list.readUInt32LE(at + 24),
      at: list.readUInt32LE(at + 42),
    });
    at += 46 + nameLength + extra + comment;
  }
  return entries;
}

/** Where the bytes of an entry stand in the archive, as they are packed: `packed` of them. @throws ArchiveError */
async function findData(file: FileHandle, { at, packed }: ZipEntry): Promise<number> {
  const local = await read(file, at, 30);
  if (local.readUInt32LE(0) !== LOCAL)
    throw new ArchiveError('It is damaged: a file is not where the list says.');
  const start = at + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
  if (start + packed > (await file.stat()).size) throw new ArchiveError('It is cut short.');
  return start;
}

/**
 * Where the bytes of an entry stand in the archive, if they are stored as they are; undefined where they are compressed.
 * @throws ArchiveError where they are not what the list says
 */
export async function storedAt(file: FileHandle, entry: ZipEntry): Promise<number | undefined> {
  if (entry.encrypted || entry.method !== STORED) return undefined;
  if (entry.packed !== entry.bytes) throw new ArchiveError('It is damaged: a size is wrong.');
  return findData(file, entry);
}

/** The bytes of one entry, piece by piece. @throws ArchiveError where they are not what the list says */
export async function* readZipEntry(file: FileHandle, entry: ZipEntry): AsyncGenerator<Uint8Array> {
  const { packed, bytes, method, encrypted } = entry;
  if (encrypted) throw new ArchiveError('The file in it is encrypted.');
  if (method !== STORED && method !== DEFLATED)
    throw new ArchiveError('The file in it is packed in a rare way, which is not read.');
  if (bytes > mostUnpacked(packed))
    throw new ArchiveError(`The file in it would unpack from ${megabytes(packed)} to ${megabytes(bytes)}.`);
  const start = await findData(file, entry);
  if (packed === 0) {
    // A stream of no bytes cannot be opened; there is nothing in it either way.
    if (bytes === 0) return;
    throw new ArchiveError(`The file in it unpacks to 0 bytes instead of ${bytes}.`);
  }
  const stored = Readable.from(pieces(file, start, packed), { objectMode: false });
  const inflate = createInflateRaw();
  stored.on('error', (error) => inflate.destroy(error));
  let count = 0;
  try {
    for await (const chunk of (method === STORED
      ? stored
      : stored.pipe(inflate)) as AsyncIterable<Uint8Array>) {
      count += chunk.length;
      if (count > bytes)
        throw new ArchiveError(
          `The file in it unpacks to more than the ${megabytes(bytes)} that are announced.`,
        );
      yield chunk;
    }
  } catch (error) {
    if (error instanceof ArchiveError) throw error;
    throw new ArchiveError(`It cannot be unpacked: ${(error as Error).message}.`);
  } finally {
    stored.destroy();
    inflate.destroy();
  }
  if (count < bytes) throw new ArchiveError(`The file in it unpacks to ${count} bytes instead of ${bytes}.`);
}

/** A stream of Node's own over the file would close it at its end. */
async function* pieces(file: FileHandle, start: number, length: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < length; at += PIECE) yield await read(file, start + at, Math.min(PIECE, length - at));
}

async function read(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  if (bytesRead < length) throw new ArchiveError('It is cut short.');
  return buffer;
}
