import { constants, deflate, inflate, type ZlibOptions } from 'node:zlib';
import { promisify } from 'node:util';
import { ROOMS, simdKernels } from '../../simd/kernels.ts';
import type { Kernels } from '../../simd/kernels.ts';

/**
 * Steps as bytes. Behind a ReLU about half of them are 0, the least value of their map: these take a quarter of a bit each, and no more time than
 * to write and check the bytes that are saved. Other steps are noise to their last bit: general compressors save a tenth of them, and take
 * twenty times as long.
 *
 *     0  count  steps               each in two bytes, little-endian, as all numbers here
 *     1  count  length marks steps  one bit for each step, the lowest first: whether it is other than 0; deflated to so many bytes,
 *                                   and one more where these are odd; then only those that are
 */
const PLAIN = 0;
const SPARSE = 1;

const compress = promisify<Uint8Array, ZlibOptions, Buffer>(deflate);
const decompress = promisify<Uint8Array, Buffer>(inflate);

/** @returns in the shorter form */
export async function packSteps(steps: Uint16Array): Promise<Uint8Array> {
  const { marks, count } = marksOf(steps);
  // Longer matches are no more than the runs that all marks of a map are.
  const deflated = await compress(marks, { strategy: constants.Z_RLE });
  const start = evenAfter(deflated.length);
  const isShorter = start + 2 * count < 8 + steps.byteLength;
  const packed = new Uint8Array(isShorter ? start + 2 * count : 8 + steps.byteLength);
  const head = isShorter ? [SPARSE, steps.length, deflated.length] : [PLAIN, steps.length];
  new Uint32Array(packed.buffer, 0, head.length).set(head);
  if (!isShorter) {
    packed.set(new Uint8Array(steps.buffer, steps.byteOffset, steps.byteLength), 8);
    return packed;
  }
  packed.set(deflated, 12);
  const others = new Uint16Array(packed.buffer, start);
  collect(steps, others);
  return packed;
}

/** @param bytes as `packSteps` made them */
export async function unpackSteps(bytes: Uint8Array): Promise<Uint16Array> {
  const { buffer, byteOffset, byteLength } = bytes;
  const view = new DataView(buffer, byteOffset, byteLength);
  const steps = new Uint16Array(view.getUint32(4, true));
  if (view.getUint32(0, true) === PLAIN) {
    new Uint8Array(steps.buffer).set(bytes.subarray(8));
    return steps;
  }
  const length = view.getUint32(8, true);
  const marks = await decompress(bytes.subarray(12, 12 + length));
  // What was read from a file may begin at an odd place.
  const others = new Uint16Array(new Uint8Array(bytes.subarray(evenAfter(length))).buffer);
  let from = 0;
  for (let mark = 0; mark < marks.length; mark++) {
    let at = 8 * mark;
    for (let bits = marks[mark]!; bits !== 0; bits >>>= 1, at++) {
      if (bits & 1) steps[at] = others[from++]!;
    }
  }
  return steps;
}

/** Where steps begin behind so many bytes of marks. */
const evenAfter = (length: number): number => 12 + length + (length & 1);

interface Marks {
  readonly marks: Uint8Array;
  /** How many steps are marked. */
  readonly count: number;
}

function marksOf(steps: Uint16Array): Marks {
  const kernels = simdKernels();
  if (kernels) return marksByVectors(kernels, steps);
  const marks = new Uint8Array(Math.ceil(steps.length / 8));
  let count = 0;
  for (let at = 0; at < steps.length; at++) {
    if (steps[at] === 0) continue;
    marks[at >> 3]! |= 1 << (at & 7);
    count++;
  }
  return { marks, count };
}

/** Steps other than 0, one after another. */
function collect(steps: Uint16Array, into: Uint16Array): void {
  const kernels = simdKernels();
  if (kernels) return collectByVectors(kernels, steps, into);
  for (let at = 0, to = 0; at < steps.length; at++) {
    const step = steps[at]!;
    if (step !== 0) into[to++] = step;
  }
}

/** Steps that are done together: they stay in the processor's cache. */
const TOGETHER = 2 ** 16;
/** Of steps in a vector. */
const VECTOR = 8;

/** Copies steps to where vectors read them, with zeros behind. @returns the end of them, with whole vectors */
function put({ halves }: Kernels, steps: Uint16Array): number {
  halves.set(steps, ROOMS.input / 2);
  const end = ROOMS.input / 2 + steps.length;
  halves.fill(0, end, end + 2 * VECTOR);
  return 2 * (Math.ceil(end / VECTOR / 2) * VECTOR * 2);
}

function marksByVectors(kernels: Kernels, steps: Uint16Array): Marks {
  const { input, output } = ROOMS;
  const marks = new Uint8Array(Math.ceil(steps.length / 8));
  let count = 0;
  for (let first = 0; first < steps.length; first += TOGETHER) {
    const end = put(kernels, steps.subarray(first, first + TOGETHER));
    count += kernels.marks(input, end, output);
    const made = Math.min(TOGETHER / 8, marks.length - first / 8);
    marks.set(kernels.bytes.subarray(output, output + made), first / 8);
  }
  return { marks, count };
}

function collectByVectors(kernels: Kernels, steps: Uint16Array, into: Uint16Array): void {
  const { input, output, table } = ROOMS;
  for (let first = 0, to = 0; first < steps.length; first += TOGETHER) {
    const end = put(kernels, steps.subarray(first, first + TOGETHER));
    const made = kernels.others(input, end, output, table);
    into.set(kernels.halves.subarray(output / 2, made / 2), to);
    to += (made - output) / 2;
  }
}
