import type { Tensor3D } from '@tensorflow/tfjs-core';
import { tf } from '../backend/tf.ts';
/**
 * Natural colours from independent ones (Lucid, Olah et al., Distill 2017): three numbers of a pixel that vary freely become
 * red, green and blue that vary together as they do in photographs.
 */

/** Square root of the colours' covariance over ImageNet. Row: red, green, blue. Column: one independent component. */
const COVARIANCE_ROOT = [
  [0.26, 0.09, 0.02],
  [0.27, 0.0, -0.05],
  [0.27, -0.09, 0.03],
] as const;

const largestNorm = Math.max(
  ...[0, 1, 2].map((column) => Math.hypot(...COVARIANCE_ROOT.map((row) => row[column]!))),
);
const matrix = COVARIANCE_ROOT.map((row) => row.map((value) => value / largestNorm));

/**
 * sigmoid(M·x) of every pixel; the sigmoid alone where there is one channel.
 * @param free float32 [channels, places]: any numbers
 * @returns the same shape, 0..1
 */
export function toColors(free: Float32Array, channels: 1 | 3): Float32Array {
  const out = new Float32Array(free.length);
  if (channels === 1) {
    for (let i = 0; i < free.length; i++) out[i] = sigmoid(free[i]!);
    return out;
  }
  const places = free.length / 3;
  for (let c = 0; c < 3; c++) {
    const [a, b, d] = matrix[c]! as [number, number, number];
    const offset = c * places;
    for (let i = 0; i < places; i++) {
      out[offset + i] = sigmoid(a * free[i]! + b * free[places + i]! + d * free[2 * places + i]!);
    }
  }
  return out;
}

/**
 * The backward pass: the gradient with respect to the free numbers.
 * @param colors what `toColors` gave, [channels, places]
 * @param gradient with respect to those, the same shape
 */
export function fromColorGradient(
  colors: Float32Array,
  gradient: Float32Array,
  channels: 1 | 3,
): Float32Array {
  const out = new Float32Array(gradient.length);
  const places = gradient.length / channels;
  for (let c = 0; c < channels; c++) {
    const [a, b, d] = matrix[c]! as [number, number, number];
    for (let place = 0, i = c * places; place < places; place++, i++) {
      const s = colors[i]!;
      const inner = gradient[i]! * s * (1 - s);
      if (channels === 1) {
        out[i] = inner;
        continue;
      }
      out[place]! += a * inner;
      out[places + place]! += b * inner;
      out[2 * places + place]! += d * inner;
    }
  }
  return out;
}

/** `toColors` on the backend. @param free float32 [channels, height, width] */
export function colorsOf(free: Tensor3D): Tensor3D {
  return tf.sigmoid(free.shape[0] === 1 ? free : mixed(free, false));
}

/** `fromColorGradient` on the backend, all of the shape [channels, height, width]. */
export function freeGradient(colors: Tensor3D, gradient: Tensor3D): Tensor3D {
  const inner: Tensor3D = tf.mul(gradient, tf.sub(colors, tf.mul(colors, colors)));
  return inner.shape[0] === 1 ? inner : mixed(inner, true);
}

/** The matrix, or its transpose, times the three numbers of every pixel. */
function mixed(planes: Tensor3D, transposed: boolean): Tensor3D {
  const [channels, height, width] = planes.shape;
  const rows = transposed ? [0, 1, 2].map((column) => matrix.map((row) => row[column]!)) : matrix;
  const product = tf.matMul(tf.tensor2d(rows), tf.reshape(planes, [channels, height * width]));
  return tf.reshape(product, planes.shape);
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
