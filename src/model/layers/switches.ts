import type { Tensor, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Pair, Shape, Tf } from './layer-type.ts';
import { narrow, widen } from './windows.ts';

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

/**
 * Each value of a signal where its switch says, zeros elsewhere.
 *
 * @param signal float32 [batch, rows, columns, channels]
 * @param switches int32, of the signal's shape
 * @param before as above
 * @param shape of the result
 */
export function unpool(
  tf: Tf,
  signal: Tensor4D,
  switches: Tensor,
  [tall, wide]: Pair,
  [top, left]: Pair,
  shape: Tensor4D['shape'],
): Tensor4D {
  const [batch, rows, columns, channels] = signal.shape;
  const lines = Array.from({ length: tall }, (_, y) => {
    const taps = Array.from({ length: wide }, (_, x) =>
      tf.mul(signal, tf.cast(tf.equal(switches, y * wide + x), 'float32')),
    );
    return tf.reshape(tf.stack(taps, 3), [batch * rows, 1, columns * wide * channels]) as Tensor3D;
  });
  const all: Tensor4D = tf.reshape(tf.concat(lines, 1), [batch, rows * tall, columns * wide, channels]);
  const [, height, width] = shape;
  // Beyond the result lies padding, which goes; and what the windows did not reach is missing.
  const [bottom, right] = [rows * tall - top - height, columns * wide - left - width];
  const kept: Tensor4D['shape'] = [batch, height + Math.min(0, bottom), width + Math.min(0, right), channels];
  const beyond = { top, left, bottom: Math.max(0, bottom), right: Math.max(0, right) };
  const missing = { top: 0, left: 0, bottom: Math.max(0, -bottom), right: Math.max(0, -right) };
  return widen(tf, narrow(tf, all, beyond, kept), missing);
}
