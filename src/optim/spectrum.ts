import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { Repeats } from '../backend/repeats.ts';
import { tf } from '../backend/tf.ts';
import type { Size } from './float-image.ts';

/**
 * The real discrete Fourier transform along one axis as an orthonormal matrix [n, n]: column 0 is constant, columns 2k-1 and
 * 2k are the cosine and the sine of k cycles, and for even n the last one alternates. An image of n x m values is
 * basis(n) · coefficients · basis(m)ᵀ, and because the matrices are orthonormal, the transposes are both the transform
 * forwards and the backward pass of a gradient. TensorFlow.js has no gradient of its FFT, and wasm no FFT.
 */
export function fourierBasis(n: number): Float32Array {
  const out = new Float32Array(n * n);
  for (let column = 0; column < n; column++) {
    const cycles = cyclesOf(column);
    const sine = column > 0 && column % 2 === 0;
    const norm = Math.sqrt((cycles === 0 || 2 * cycles === n ? 1 : 2) / n);
    for (let row = 0; row < n; row++) {
      // Whole turns are left out first: the argument stays small and exact.
      const angle = (2 * Math.PI * ((row * cycles) % n)) / n;
      out[row * n + column] = norm * (sine ? Math.sin(angle) : Math.cos(angle));
    }
  }
  return out;
}

/** Cycles per length of the axis that a column of the basis stands for. */
export const cyclesOf = (column: number): number => Math.ceil(column / 2);

/** Cycles per pixel from which on less and less of a pattern is let through: what alternates from pixel to pixel is none. */
const CUTOFF = 0.4;

/**
 * What each coefficient is multiplied by, [height, width]: 1/f, as natural images fall off, f in cycles per pixel, no less than
 * one cycle over the longer side. Lucid's factor for its complex spectrum, √(wh)/4f, in terms of an orthonormal real one: √2/4f.
 * Near the finest patterns that pixels can hold it falls off steeply, as exp(-(f/0.4)⁴): strides and pooling like checkerboards.
 */
export function naturalScale({ height, width }: Size): Float32Array {
  const least = 1 / Math.max(height, width);
  const fall = fallOff({ height, width });
  return frequencies({ height, width }).map(
    (frequency, i) => (Math.SQRT2 / 4 / Math.max(frequency, least)) * fall[i]!,
  );
}

/** exp(-(f/0.4)⁴) of each coefficient, [height, width]. */
export function fallOff(size: Size): Float32Array {
  return frequencies(size).map((frequency) => Math.exp(-((frequency / CUTOFF) ** 4)));
}

/** Cycles per pixel of each coefficient, [height, width]. */
function frequencies({ height, width }: Size): Float32Array {
  const out = new Float32Array(height * width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      out[y * width + x] = Math.hypot(cyclesOf(y) / height, cyclesOf(x) / width);
    }
  }
  return out;
}

/** Both directions of the transform for images of one size, with the matrices kept on the backend. */
export interface Spectrum extends Size {
  /** The same on the backend, float32 [channels, height, width]. Called inside a tidy. */
  spaceOf(coefficients: Tensor3D): Tensor3D;
  frequenciesOf(values: Tensor3D): Tensor3D;
  /** Planes [channels, height, width] of coefficients to planes of values. */
  toSpace(coefficients: Float32Array): Promise<Float32Array>;
  /** Planes of values to coefficients: the inverse, and the backward pass of a gradient with respect to values. */
  toFrequencies(values: Float32Array): Promise<Float32Array>;
  dispose(): void;
}

export function createSpectrum({ height, width }: Size, channels: number): Spectrum {
  const [down, downBack] = pair(height);
  const [across, acrossBack] = pair(width);

  // One image at a time: a product of several could be summed in another order. Of two matrices each: the WebAssembly backend's
  // product of stacks takes ten times as long.
  const multiply = (planes: Tensor3D, rows: Tensor2D, columns: Tensor2D): Tensor3D => {
    const lines = tf.matMul(tf.reshape(planes, [channels * height, width]), columns);
    const turned = tf.transpose(tf.reshape(lines, [channels, height, width]), [0, 2, 1]);
    const all = tf.matMul(tf.reshape(turned, [channels * width, height]), rows);
    return tf.transpose(tf.reshape(all, [channels, width, height]) as Tensor3D, [0, 2, 1]);
  };
  const spaceOf = (coefficients: Tensor3D): Tensor3D => multiply(coefficients, downBack, acrossBack);
  const frequenciesOf = (values: Tensor3D): Tensor3D => multiply(values, down, across);
  const shape = [channels, height, width] as const;
  const repeats = new Repeats(2);

  return {
    height,
    width,
    spaceOf,
    frequenciesOf,
    toSpace: (coefficients) => valuesOf(repeats, 'space', [coefficients], shape, spaceOf),
    toFrequencies: (values) => valuesOf(repeats, 'frequencies', [values], shape, frequenciesOf),
    dispose() {
      repeats.dispose();
      tf.dispose([down, downBack, across, acrossBack]);
    },
  };
}

/**
 * What is made on the backend, brought here.
 *
 * @param make from tensors of the values, all of one shape; called inside a tidy
 */
export async function valuesOf(
  repeats: Repeats,
  key: string,
  values: readonly Float32Array[],
  shape: readonly [number, number, number],
  make: (...tensors: Tensor3D[]) => Tensor3D,
): Promise<Float32Array> {
  const tensors = values.map((each) => tf.tensor3d(each, [...shape]));
  const [made] = repeats.run(key, tensors, () => [tf.tidy(() => make(...tensors))]);
  const result = (await made!.data()) as Float32Array;
  tf.dispose([...tensors, made!]);
  return result;
}

/** The matrix and its transpose: a product without transposing is the fast one on wasm. */
function pair(n: number): [Tensor2D, Tensor2D] {
  const basis = tf.tensor2d(fourierBasis(n), [n, n]);
  return [basis, tf.transpose(basis)];
}

/**
 * Coefficients of an image of another size that looks the same: those that both sizes have. What is written in units of
 * `naturalScale` needs no other factor where the shape stays the same.
 */
export function resizeCoefficients(
  coefficients: Float32Array,
  channels: number,
  from: Size,
  to: Size,
): Float32Array {
  const out = new Float32Array(channels * to.height * to.width);
  const height = sharedColumns(from.height, to.height);
  const width = sharedColumns(from.width, to.width);
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < height; y++) {
      const start = (c * from.height + y) * from.width;
      out.set(coefficients.subarray(start, start + width), (c * to.height + y) * to.width);
    }
  }
  return out;
}

/** The alternating column of an even length has no counterpart in another. */
function sharedColumns(a: number, b: number): number {
  if (a === b) return a;
  const least = Math.min(a, b);
  return least % 2 === 0 ? least - 1 : least;
}
