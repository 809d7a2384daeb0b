import type { Tensor3D } from '@tensorflow/tfjs-core';
import { Repeats } from '../backend/repeats.ts';
import { tf } from '../backend/tf.ts';
import type { Random } from '../random.ts';
import { truncatedNormal } from '../random.ts';
import { colorsOf, freeGradient } from './color.ts';
import { GREY } from './float-image.ts';
import type { Size } from './float-image.ts';
import { createSpectrum, fallOff, naturalScale, resizeCoefficients, valuesOf } from './spectrum.ts';

/**
 * The numbers that an image is written down in. Which ones they are decides what an ascent finds: steps that are equally long
 * in frequencies and colours make images, steps that are equally long in pixels make noise.
 */
export interface Parameterization extends Size {
  readonly channels: 1 | 3;
  /** Numbers to begin with: nearly grey. */
  start(random: Random): Float32Array;
  /** The image they stand for: float32 [channels, height, width], 0..1. */
  render(parameters: Float32Array): Promise<Float32Array>;
  /**
   * The backward pass.
   * @param image what `render` gave
   * @param gradient with respect to it
   */
  pullBack(image: Float32Array, gradient: Float32Array): Promise<Float32Array>;
  /** Called after every step, counted from 1: may change the numbers in place. */
  settle(parameters: Float32Array, step: number): void;
  /** The same kind of numbers for an image of another size, how these become those, and where each of them goes. */
  resized(to: Size): {
    readonly next: Parameterization;
    readonly move: (values: Float32Array) => Float32Array;
    readonly rearrange: (values: Float32Array) => Float32Array;
  };
  dispose(): void;
}

/** Standard deviation of the numbers that a spectrum begins with. */
const START_DEVIATION = 0.01;
/** Beyond so many standard deviations none is drawn. */
const START_LIMIT = 4;

/** Lucid's: a spectrum scaled as natural images are, in independent colours, brought to 0..1 by a sigmoid. */
export function fourier(size: Size, channels: 1 | 3): Parameterization {
  const { height, width } = size;
  const spectrum = createSpectrum(size, channels);
  const plane = naturalScale(size);
  const shape = [channels, height, width] as const;
  const repeats = new Repeats(2);
  const all = new Float32Array(channels * plane.length);
  for (let c = 0; c < channels; c++) all.set(plane, c * plane.length);
  const scale: Tensor3D = tf.tensor3d(all, [...shape]);
  return {
    ...{ height, width, channels },
    start: (random) =>
      Float32Array.from(
        { length: channels * height * width },
        () => START_DEVIATION * truncatedNormal(random, START_LIMIT),
      ),
    // All of it where the products are computed: loops over every value here take longer than those.
    render: (parameters) =>
      valuesOf(repeats, 'render', [parameters], shape, (coefficients) =>
        colorsOf(spectrum.spaceOf(tf.mul(coefficients, scale))),
      ),
    pullBack: (image, gradient) =>
      valuesOf(repeats, 'pull back', [image, gradient], shape, (colors, pulled) =>
        tf.mul(spectrum.frequenciesOf(freeGradient(colors!, pulled!)), scale),
      ),
    settle: () => {},
    resized(to) {
      const rearrange = (values: Float32Array): Float32Array =>
        resizeCoefficients(values, channels, size, to);
      // The fall-off near the finest patterns has moved up with the size: what it held back would now burst in.
      const before = fallOff(size);
      const after = fallOff(to);
      const held = rearrange(
        Float32Array.from({ length: channels * plane.length }, (_, i) => before[i % plane.length]!),
      );
      return {
        next: fourier(to, channels),
        rearrange,
        move: (values) => rearrange(values).map((value, i) => (value * held[i]!) / after[i % after.length]!),
      };
    },
    dispose() {
      repeats.dispose();
      spectrum.dispose();
      scale.dispose();
    },
  };
}

export interface PixelSettings {
  /** Standard deviation of the Gaussian that an image is smoothed with, in pixels; 0: never. */
  readonly blur: number;
  /** Steps from one smoothing to the next. */
  readonly blurEvery: number;
}

/** The pixels themselves, held in 0..1. */
export function pixels(size: Size, channels: 1 | 3, settings: PixelSettings): Parameterization {
  const { height, width } = size;
  return {
    ...{ height, width, channels },
    start: (random) =>
      Float32Array.from(
        { length: channels * height * width },
        () => GREY + START_DEVIATION * truncatedNormal(random, START_LIMIT),
      ),
    render: (parameters) => Promise.resolve(parameters.slice()),
    pullBack: (_, gradient) => Promise.resolve(gradient),
    settle(parameters, step) {
      if (settings.blur > 0 && step % settings.blurEvery === 0) {
        for (let c = 0; c < channels; c++) {
          const start = c * height * width;
          blurPlane(parameters.subarray(start, start + height * width), size, settings.blur);
        }
      }
      for (let i = 0; i < parameters.length; i++) {
        parameters[i] = Math.min(1, Math.max(0, parameters[i]!));
      }
    },
    resized: (to) => ({
      next: pixels(to, channels, settings),
      move: (values) => resizePlanes(values, channels, size, to),
      rearrange: (values) => resizePlanes(values, channels, size, to),
    }),
    dispose: () => {},
  };
}

/** Smooths a plane in place with a Gaussian; at the borders the weights that lie inside are brought to a sum of 1. */
export function blurPlane(plane: Float32Array, { height, width }: Size, deviation: number): void {
  const radius = Math.ceil(3 * deviation);
  const weights = Array.from({ length: radius + 1 }, (_, i) =>
    Math.exp(-(i * i) / (2 * deviation * deviation)),
  );
  const line = new Float64Array(Math.max(height, width));
  const along = (start: number, step: number, length: number): void => {
    for (let i = 0; i < length; i++) line[i] = plane[start + i * step]!;
    for (let i = 0; i < length; i++) {
      let sum = 0;
      let total = 0;
      for (let j = Math.max(0, i - radius); j <= Math.min(length - 1, i + radius); j++) {
        const weight = weights[Math.abs(j - i)]!;
        sum += weight * line[j]!;
        total += weight;
      }
      plane[start + i * step] = sum / total;
    }
  };
  for (let row = 0; row < height; row++) along(row * width, 1, width);
  for (let column = 0; column < width; column++) along(column, width, height);
}

/** Bilinear, borders on borders. */
export function resizePlanes(values: Float32Array, channels: number, from: Size, to: Size): Float32Array {
  const out = new Float32Array(channels * to.height * to.width);
  const place = (i: number, n: number, m: number): [number, number, number] => {
    const at = Math.min(n - 1, Math.max(0, ((i + 0.5) * n) / m - 0.5));
    const low = Math.floor(at);
    return [low, Math.min(n - 1, low + 1), at - low];
  };
  for (let y = 0, index = 0; y < to.height; y++) {
    const [top, bottom, fy] = place(y, from.height, to.height);
    for (let x = 0; x < to.width; x++, index++) {
      const [left, right, fx] = place(x, from.width, to.width);
      for (let c = 0; c < channels; c++) {
        const at = (row: number, column: number): number =>
          values[(c * from.height + row) * from.width + column]!;
        const above = at(top, left) * (1 - fx) + at(top, right) * fx;
        const below = at(bottom, left) * (1 - fx) + at(bottom, right) * fx;
        out[c * to.height * to.width + index] = above * (1 - fy) + below * fy;
      }
    }
  }
  return out;
}
