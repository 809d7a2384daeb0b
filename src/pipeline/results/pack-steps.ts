import { constants, deflate, inflate, type ZlibOptions } from 'node:zlib';
import { promisify } from 'node:util';

/**
 * Steps as bytes. Behind a ReLU about half of them are 0, the least value of their map: these take a quarter of a bit each, and no more time than
 * to write and check the bytes that are saved. Other steps are noise to their last bit: general compressors save a tenth of them, and take
 * twenty times as long.
 *
 *     0  count  steps               each in two bytes, little-endian, as all numbers here
 *     1  count  length marks steps  one bit for each step, the lowest first: whether it is other than 0; deflated to so many bytes;
 *                                   then only those that are
 */
const PLAIN = 0;
const SPARSE = 1;

const compress = promisify<Uint8Array, ZlibOptions, Buffer>(deflate);
const decompress = promisify<Uint8Array, Buffer>(inflate);

/** @returns in the shorter form */
export async function packSteps(steps: Uint16Array): Promise<Uint8Array> {
  const { marks, others } = partsOf(steps);
  // Longer matches are no more than the runs that all marks of a map are.
  const deflated = await compress(marks, { strategy: constants.Z_RLE });
  if (deflated.length + others.byteLength >= steps.byteLength)
    return Buffer.concat([headOf(PLAIN, steps.length), bytesOf(steps)]);
  return Buffer.concat([headOf(SPARSE, steps.length, deflated.length), deflated, bytesOf(others)]);
}

/** @param bytes as `packSteps` made them */
export async function unpackSteps(bytes: Uint8Array): Promise<Uint16Array> {
  const { buffer, byteOffset, byteLength } = bytes;
  const view = new DataView(buffer, byteOffset, byteLength);
  const steps = new Uint16Array(view.getUint32(4, true));
  if (view.getUint32(0, true) === PLAIN) {
    bytesOf(steps).set(bytes.subarray(8));
    return steps;
  }
  const end = 12 + view.getUint32(8, true);
  const marks = await decompress(bytes.subarray(12, end));
  // What was read from a file may begin at an odd place.
  const others = new Uint16Array(new Uint8Array(bytes.subarray(end)).buffer);
  let from = 0;
  for (let mark = 0; mark < marks.length; mark++) {
    let at = 8 * mark;
    for (let bits = marks[mark]!; bits !== 0; bits >>>= 1, at++) {
      if (bits & 1) steps[at] = others[from++]!;
    }
  }
  return steps;
}

function partsOf(steps: Uint16Array): { readonly marks: Uint8Array; readonly others: Uint16Array } {
  const marks = new Uint8Array(Math.ceil(steps.length / 8));
  const others = new Uint16Array(steps.length);
  let to = 0;
  for (let at = 0; at < steps.length; at++) {
    const step = steps[at]!;
    if (step === 0) continue;
    marks[at >> 3]! |= 1 << (at & 7);
    others[to++] = step;
  }
  return { marks, others: others.subarray(0, to) };
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint16Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

const headOf = (...numbers: readonly number[]): Uint8Array =>
  new Uint8Array(Uint32Array.from(numbers).buffer);
