import { createHash } from 'node:crypto';

/**
 * Plain data with arrays of numbers in it as bytes: the SHA-256 of all that follows in hexadecimal, a line of JSON, then the
 * arrays in the order in which the JSON names them, little-endian.
 */
export function encode(value: unknown): Uint8Array {
  const arrays: Uint8Array[] = [];
  const json = JSON.stringify(value, (_, inner: unknown) => {
    // JSON knows no NaN.
    if (typeof inner === 'number' && !Number.isFinite(inner)) return { number: String(inner) };
    if (!(inner instanceof Float32Array) && !(inner instanceof Uint8Array)) return inner;
    arrays.push(new Uint8Array(inner.buffer, inner.byteOffset, inner.byteLength));
    return { [inner instanceof Float32Array ? 'float32' : 'uint8']: inner.length };
  });
  const body = [Buffer.from(`${json}\n`), ...arrays];
  return Buffer.concat([Buffer.from(sumOf(body)), ...body]);
}

/** Undefined where the bytes are not what `encode` gave: cut off, damaged, or something else altogether. */
export function decode(bytes: Uint8Array): unknown {
  const body = bytes.subarray(SUM_LENGTH);
  if (Buffer.from(bytes.subarray(0, SUM_LENGTH)).toString() !== sumOf([body])) return undefined;
  const start = body.indexOf(NEWLINE) + 1;
  let offset = start;
  // A Buffer's own slice is no copy: floats would begin where they may not.
  const take = (length: number): Uint8Array => Uint8Array.from(body.subarray(offset, (offset += length)));
  // Innermost and first named first: the order in which the arrays were written.
  return JSON.parse(Buffer.from(body.subarray(0, start)).toString(), (_, inner: unknown) => {
    if (inner === null || typeof inner !== 'object') return inner;
    if ('float32' in inner) return new Float32Array(take(4 * Number(inner.float32)).buffer);
    if ('uint8' in inner) return take(Number(inner.uint8));
    return 'number' in inner ? Number(inner.number) : inner;
  }) as unknown;
}

const NEWLINE = 10;
/** Hexadecimal digits of a SHA-256. */
const SUM_LENGTH = 64;

function sumOf(parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}
