import type { Pair, Shape } from './layer-type.ts';

/** More taps than a byte can tell apart. */
export const MOST_TAPS = 256;

/**
 * Which tap of its window each value of a max pooling without overlap comes from, as row·width + column in the window; the first
 * of equal ones, as in TensorFlow's gradient.
 *
 * @param data float32 [height, width, channels]
 * @param before rows and columns that the first window hangs over the border
 * @returns uint8 of the output's shape
 */
export function takeSwitches(
  data: Float32Array,
  [height, width, channels]: Shape,
  [rows, columns]: Shape,
  [tall, wide]: Pair,
  before: Pair,
): Uint8Array {
  if (
    tall === 2 &&
    wide === 2 &&
    before[0] + before[1] === 0 &&
    rows! * 2 <= height! &&
    columns! * 2 <= width!
  ) {
    const quick = switchesOfFours(data, width!, [rows!, columns!, channels!]);
    if (quick) return quick;
  }
  const switches = new Uint8Array(rows! * columns! * channels!);
  const best = new Float32Array(channels!);
  for (let row = 0, to = 0; row < rows!; row++) {
    for (let column = 0; column < columns!; column++, to += channels!) {
      best.fill(-Infinity);
      for (let tap = 0; tap < tall * wide; tap++) {
        const y = row * tall - before[0] + Math.floor(tap / wide);
        const x = column * wide - before[1] + (tap % wide);
        if (y < 0 || x < 0 || y >= height! || x >= width!) continue;
        const from = (y * width! + x) * channels!;
        for (let c = 0; c < channels!; c++) {
          const value = data[from + c]!;
          if (value > best[c]!) {
            best[c] = value;
            switches[to + c] = tap;
          }
        }
      }
    }
  }
  return switches;
}

/** The bits of infinity: those of greater numbers are not numbers. */
const INFINITY_BITS = 0x7f800000;

/**
 * The same for windows of 2 x 2 within the map, five times faster: without branches, which cannot be predicted here. Floats that are not
 * negative are in the order of their bits, taken as integers, and their differences do not overflow; undefined where
 * others occur.
 */
function switchesOfFours(
  data: Float32Array,
  width: number,
  [rows, columns, channels]: readonly [number, number, number],
): Uint8Array | undefined {
  const bits = new Int32Array(data.buffer, data.byteOffset, data.length);
  const switches = new Uint8Array(rows * columns * channels);
  const down = width * channels;
  let signs = 0;
  let most = 0;
  for (let row = 0, to = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const from = (row * 2 * width + column * 2) * channels;
      for (let at = from; at < from + channels; at++, to++) {
        const one = bits[at]!;
        const two = bits[at + channels]!;
        const three = bits[at + down]!;
        const four = bits[at + down + channels]!;
        // All ones where the second is greater, else zero.
        const above = (one - two) >> 31;
        const below = (three - four) >> 31;
        const upper = one ^ ((one ^ two) & above);
        const lower = three ^ ((three ^ four) & below);
        const lies = (upper - lower) >> 31;
        const tap = above & 1;
        switches[to] = tap ^ ((tap ^ (2 + (below & 1))) & lies);
        signs |= one | two | three | four;
        const greatest = upper ^ ((upper ^ lower) & lies);
        most ^= (most ^ greatest) & ((most - greatest) >> 31);
      }
    }
  }
  return signs < 0 || most > INFINITY_BITS ? undefined : switches;
}

/**
 * Each value of a signal where its switch says, zeros elsewhere.
 *
 * @param signal float32 [rows, columns, channels]
 * @param switches of the same shape
 * @param before as above
 * @returns float32 [height, width, channels]
 */
export function unpool(
  signal: Float32Array,
  switches: Uint8Array,
  [rows, columns, channels]: Shape,
  [tall, wide]: Pair,
  before: Pair,
  [height, width]: Shape,
): Float32Array {
  const out = new Float32Array(height! * width! * channels!);
  /** Of each tap, from the window's first. */
  const steps = Int32Array.from({ length: tall * wide }, (_, tap) => {
    return (Math.floor(tap / wide) * width! + (tap % wide)) * channels!;
  });
  for (let row = 0, from = 0; row < rows!; row++) {
    for (let column = 0; column < columns!; column++) {
      const start = ((row * tall - before[0]) * width! + column * wide - before[1]) * channels!;
      for (let c = 0; c < channels!; c++, from++) {
        const value = signal[from]!;
        // A value came from inside the map, so that is where it goes.
        if (value !== 0) out[start + steps[switches[from]!]! + c] = value;
      }
    }
  }
  return out;
}
