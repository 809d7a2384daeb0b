import { constants, deflate, inflate, type ZlibOptions } from 'node:zlib';
import { promisify } from 'node:util';

const compress = promisify<Uint8Array, ZlibOptions, Buffer>(deflate);
const decompress = promisify<Uint8Array, Buffer>(inflate);

/** Bytes of JSON from which it is worth compressing: shorter files take one block of a disk either way. */
const LONG = 4096;
/** With which zlib's data begin, and no JSON. */
const ZLIB = 0x78;

/** A record as it is stored. The same value gives the same bytes. */
export async function encodeRecord(value: unknown): Promise<Buffer> {
  const text = Buffer.from(JSON.stringify(value));
  return text.byteLength < LONG ? text : compress(text, { level: constants.Z_BEST_SPEED });
}

export async function decodeRecord(bytes: Buffer): Promise<unknown> {
  const text = bytes[0] === ZLIB ? await decompress(bytes) : bytes;
  return JSON.parse(text.toString('utf8')) as unknown;
}
