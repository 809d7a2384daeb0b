/**
 * First-layer kernels that can only be smooth: a window times a Gaussian blur of free numbers, in opponent colours. Left
 * alone, a network this small tends to fill its first layer with coloured noise, which works as well and shows nothing.
 */
import type { Scalar, Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { tf } from '../../src/backend/tf.ts';
import { heNormal } from './parameters.ts';
import type { KernelForm } from './recipe.ts';

export interface OpponentSettings {
  /** Pixels: deviation of the blur of light and dark, and of the two colour differences, which need less detail. */
  readonly blur: { readonly light: number; readonly colour: number };
  /** Colour differences are multiplied with it. */
  readonly colourShare: number;
  /** Cost of kernels that look at light and at colour both. */
  readonly mixing: number;
  /** Cost of pairs of kernels that look at the same. */
  readonly likeness: number;
}

/** Rows: white against black, red against green, yellow against blue. Orthonormal, in red, green, blue. */
const OPPONENTS = [
  [1, 1, 1].map((x) => x / Math.sqrt(3)),
  [1, -1, 0].map((x) => x / Math.sqrt(2)),
  [1, 1, -2].map((x) => x / Math.sqrt(6)),
];

/** For square kernels of colour images. The free numbers are float32 [3 opponents, size · size, filters]. */
export function opponentKernels(size: number, settings: OpponentSettings): KernelForm {
  const { blur, colourShare, mixing, likeness } = settings;
  const light = withoutMean(blurAndWindow(size, blur.light), size);
  const colour = blurAndWindow(size, blur.colour).map((row) => row.map((x) => x * colourShare));
  // Made anew each time: a tensor kept outside would outlive the training.
  const shaping = (): Tensor => tf.tensor([light, colour, colour]);
  const toRgb = (): Tensor2D => tf.tensor2d(OPPONENTS);

  return {
    settings,

    initial: (name, shape, seed) => heNormal(name, [3, size * size, shape[3]!], size * size * 3, seed),

    kernel(free) {
      const filters = free.shape[2]!;
      const shaped = tf.reshape(tf.matMul(shaping(), free), [3, size * size * filters]);
      const rgb = tf.reshape(tf.matMul(toRgb(), shaped, true), [3, size, size, filters]);
      return tf.transpose(rgb, [1, 2, 0, 3]) as Tensor4D;
    },

    cost(kernel) {
      const filters = kernel.shape[3];
      const flat = tf.reshape(tf.transpose(kernel, [2, 0, 1, 3]), [3, size * size * filters]);
      const opponents = tf.reshape(tf.matMul(toRgb(), flat), [3, size * size, filters]);
      const energies = tf.sum(tf.square(opponents), 1); // [3, filters]
      const energy = tf.add(tf.sum(energies, 0), 1e-6);
      const share = tf.div(tf.reshape(tf.slice(energies, [0, 0], [1, filters]), [filters]), energy);
      const mixed = tf.mean(tf.mul(share, tf.sub(1, share)));
      const unit = tf.div(tf.reshape(opponents, [3 * size * size, filters]), tf.sqrt(energy));
      const cosines = tf.matMul(unit as Tensor2D, unit as Tensor2D, true);
      const alike = tf.div(tf.sub(tf.sum(tf.square(cosines)), filters), filters * (filters - 1));
      return tf.add(tf.mul(mixed, mixing), tf.mul(alike, likeness)) as Scalar;
    },
  };
}

type Matrix = readonly (readonly number[])[];

/** [size², size²]: what becomes of each free number, a blurred spot under the window. */
function blurAndWindow(size: number, sigma: number): Matrix {
  const line = Array.from({ length: size }, (_, to) =>
    Array.from({ length: size }, (_, from) => Math.exp(-((to - from) ** 2) / (2 * sigma * sigma))),
  ).map((row) => {
    const length = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0));
    return row.map((x) => x / length);
  });
  return places(size).map(([y, x]) =>
    places(size).map(([v, u]) => line[y]![v]! * line[x]![u]! * windowAt(y, x, size)),
  );
}

/** Less their mean under the window: a kernel that adds up to nothing tells edges from plain areas, bright or dark. */
function withoutMean(matrix: Matrix, size: number): Matrix {
  const window = places(size).map(([y, x]) => windowAt(y, x, size));
  const total = window.reduce((sum, w) => sum + w, 0);
  const sums = matrix[0]!.map((_, from) => matrix.reduce((sum, row) => sum + row[from]!, 0));
  return matrix.map((row, to) => row.map((x, from) => x - (window[to]! * sums[from]!) / total));
}

const windowAt = (y: number, x: number, size: number): number => taper(y, size) * taper(x, size);

/** From 1 in the middle to little at the ends. */
const taper = (at: number, size: number): number =>
  Math.cos(((at - (size - 1) / 2) / (size + 1)) * Math.PI) ** 0.7;

const places = (size: number): readonly (readonly [number, number])[] =>
  Array.from({ length: size * size }, (_, i) => [Math.floor(i / size), i % size] as const);
