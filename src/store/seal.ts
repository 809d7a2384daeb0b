import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { readingFile } from './disk.ts';

/**
 * How results and records stand on the disk: a line of JSON that says which form this is, how many bytes follow, and the SHA-256 of
 * the entry's name and those bytes. A changed, missing or added byte is noticed, and so is an entry under another's name.
 */

/** Raised when the form of stored entries changes: those of another form are no entries. */
export const STORE_VERSION = 3;

/** Bytes in which the first line surely ends. */
const LONGEST_HEAD = 160;
/** From this size on, the first line is read before the rest: what only lies in the place of an entry may be huge. */
const LARGE = 2 ** 16;
const HEAD = new RegExp(`^\\{"store":${STORE_VERSION},"bytes":(\\d{1,15}),"sha256":"([0-9a-f]{64})"\\}\\n`);
/** What an earlier version of this program wrote begins with this. */
const EARLIER = /^(?:[{["]|FSR2|null|\d)/;

export type Unsealed<T> =
  | { readonly state: 'sound'; readonly value: T }
  /** Nothing there, or an entry of another version. */
  | { readonly state: 'absent' }
  /** Something is there that is no whole entry of this name. */
  | { readonly state: 'damaged' };

function sumOf(name: string, payload: Uint8Array): string {
  return createHash('sha256').update(`${name}\0`).update(payload).digest('hex');
}

/** @param name the entry's place in the store, which is part of its sum */
export function seal(name: string, payload: Uint8Array): Buffer {
  return Buffer.concat(sealedParts(name, payload));
}

/** As `seal`, in the order in which they are written. */
export function sealedParts(
  name: string,
  payload: Uint8Array,
): readonly [head: Uint8Array, payload: Uint8Array] {
  return [Buffer.from(headFor(payload.byteLength, sumOf(name, payload))), payload];
}

const headFor = (bytes: number, sum: string): string =>
  `{"store":${STORE_VERSION},"bytes":${bytes},"sha256":"${sum}"}\n`;

interface Head {
  readonly length: number;
  readonly bytes: number;
  readonly sha256: string;
}

function readHead(start: Buffer): Head | undefined {
  const match = HEAD.exec(start.toString('latin1', 0, LONGEST_HEAD));
  return match ? { length: match[0].length, bytes: Number(match[1]), sha256: match[2]! } : undefined;
}

/** Reads an entry and checks every byte of it. @throws WorkError where too many files are open */
export async function readSealed(path: string, name: string): Promise<Unsealed<Buffer>> {
  let there = false;
  const found = await readingFile(path, async (file, size): Promise<Unsealed<Buffer>> => {
    there = true;
    if (size > LARGE) {
      const start = await startOf(file, LONGEST_HEAD);
      const head = readHead(start);
      if (!head) return notSound(start);
      if (head.length + head.bytes !== size) return { state: 'damaged' };
    }
    return unseal(name, await file.readFile());
  });
  return found ?? { state: there ? 'damaged' : 'absent' };
}

/** Checks every byte of an entry. */
export function unseal(name: string, bytes: Buffer): Unsealed<Buffer> {
  const head = readHead(bytes);
  if (!head) return notSound(bytes);
  const payload = bytes.subarray(head.length);
  const isSound = payload.byteLength === head.bytes && sumOf(name, payload) === head.sha256;
  return isSound ? { state: 'sound', value: payload } : { state: 'damaged' };
}

/** How many bytes the payload of an entry has that has so many in all; undefined where no entry has. */
export function payloadSize(total: number): number | undefined {
  for (let digits = 1; digits <= 15; digits++) {
    const bytes = total - headFor(0, '').length + 1 - digits - 64;
    if (bytes >= 0 && String(bytes).length === digits) return bytes;
  }
  return undefined;
}

function notSound(bytes: Buffer): Unsealed<never> {
  const start = bytes.toString('latin1', 0, 16);
  const isEarlier = EARLIER.test(start) && !start.startsWith(`{"store":${STORE_VERSION},`);
  return { state: isEarlier ? 'absent' : 'damaged' };
}

async function startOf(file: FileHandle, count: number): Promise<Buffer> {
  const buffer = Buffer.alloc(count);
  const { bytesRead } = await file.read(buffer, 0, count, 0);
  return buffer.subarray(0, bytesRead);
}

/** How many bytes an entry's payload has, which are not checked; undefined where there is no entry of the right length. */
export async function sealedSize(path: string): Promise<number | undefined> {
  return readingFile(path, async (file, size) => {
    const head = readHead(await startOf(file, LONGEST_HEAD));
    return head && head.length + head.bytes === size ? head.bytes : undefined;
  });
}
