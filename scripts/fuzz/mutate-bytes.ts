/** Damage to files whose parts are bytes: what storms, bad disks and bad people do to them. */
import type { Random } from './random.ts';

/** Values at which lengths, offsets and counts go wrong. */
const INTERESTING = [
  0,
  1,
  2,
  7,
  8,
  16,
  127,
  128,
  255,
  256,
  512,
  4096,
  32767,
  65535,
  65536,
  1 << 24,
  2 ** 31 - 1,
];
/** Inputs do not grow without end. */
const MOST_BYTES = 2 ** 20;

type Mutation = (bytes: Buffer, random: Random, other: Uint8Array) => Buffer;

const flip: Mutation = (bytes, random) => {
  for (let left = 1 + random.below(8); left > 0; left--) {
    const at = random.below(bytes.length);
    bytes[at] = bytes[at]! ^ (1 << random.below(8));
  }
  return bytes;
};

const replace: Mutation = (bytes, random) => {
  for (let left = 1 + random.below(8); left > 0; left--)
    bytes[random.below(bytes.length)] = random.below(256);
  return bytes;
};

/** Eight bytes at once: offsets and lengths of HDF5, zip and TIFF have 2, 4 or 8. */
const setInteger: Mutation = (bytes, random) => {
  const size = random.pick([1, 2, 4, 4, 8, 8]);
  if (bytes.length < size) return bytes;
  const at = random.below(bytes.length - size + 1);
  const small = BigInt(random.pick(INTERESTING));
  const value = BigInt.asUintN(size * 8, random.below(3) === 0 ? -small : small);
  const field = Buffer.alloc(8);
  if (random.below(3) === 0) field.writeBigUInt64BE(value << BigInt(64 - size * 8));
  else field.writeBigUInt64LE(value);
  field.copy(bytes, at, 0, size);
  return bytes;
};

const nudgeInteger: Mutation = (bytes, random) => {
  if (bytes.length < 4) return bytes;
  const at = random.below(bytes.length - 3);
  bytes.writeUInt32LE((bytes.readUInt32LE(at) + random.below(65) - 32) >>> 0, at);
  return bytes;
};

function part(bytes: Uint8Array, random: Random): [number, number] {
  const start = random.below(bytes.length);
  return [start, Math.min(bytes.length, start + 1 + random.below(random.pick([4, 64, 4096])))];
}

const remove: Mutation = (bytes, random) => {
  const [start, end] = part(bytes, random);
  return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
};

const duplicate: Mutation = (bytes, random) => {
  const [start, end] = part(bytes, random);
  return Buffer.concat([bytes.subarray(0, end), bytes.subarray(start, end), bytes.subarray(end)]);
};

const move: Mutation = (bytes, random) => {
  const [start, end] = part(bytes, random);
  Buffer.from(bytes.subarray(start, end)).copy(bytes, random.below(bytes.length));
  return bytes;
};

const fill: Mutation = (bytes, random) => {
  const [start, end] = part(bytes, random);
  return bytes.fill(random.pick([0, 255, random.below(256)]), start, end);
};

const insert: Mutation = (bytes, random) => {
  const at = random.below(bytes.length);
  const added = Buffer.from(Array.from({ length: 1 + random.below(64) }, () => random.below(256)));
  return Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at)]);
};

const truncate: Mutation = (bytes, random) => bytes.subarray(0, random.below(bytes.length));

const splice: Mutation = (bytes, random, other) => {
  const [start, end] = part(other, random);
  const at = random.below(bytes.length);
  if (random.below(2) === 0) return Buffer.concat([bytes.subarray(0, at), other.subarray(start)]);
  Buffer.from(other.subarray(start, end)).copy(bytes, at);
  return bytes;
};

const MUTATIONS = [
  ...[flip, flip, replace, setInteger, setInteger, setInteger, nudgeInteger],
  ...[remove, duplicate, move, fill, insert, truncate, splice],
];

/** @param other a second file, of which parts are taken */
export function mutateBytes(bytes: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  let changed: Buffer = Buffer.from(bytes);
  for (let left = 1 + random.below(4); left > 0 && changed.length > 0; left--) {
    changed = random.pick(MUTATIONS)(changed, random, other.length > 0 ? other : bytes);
  }
  return changed.subarray(0, MOST_BYTES);
}
