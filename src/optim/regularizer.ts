import { GREY } from './float-image.ts';
import type { Size } from './float-image.ts';

/** Adds to a gradient (upwards) what keeps an image calm. Works on planes [channels, height, width]. */
export type Regularizer = (image: Float32Array, gradient: Float32Array, size: Size) => void;

/** The gradient of -weight/2 · Σ (value - grey)²: what nothing speaks for fades away. */
export function decay(weight: number): Regularizer {
  return (image, gradient) => {
    for (let i = 0; i < gradient.length; i++) gradient[i]! -= weight * (image[i]! - GREY);
  };
}

/** Smooths the corner of the absolute value, in units of an image's scale. */
export const TV_SOFTNESS = 1e-3;

/** The gradient of -weight · Σ √(difference² + softness²) over all neighbours, down and across (total variation). */
export function totalVariation(weight: number): Regularizer {
  return (image, gradient, { height, width }) => {
    const pull = (a: number, b: number): void => {
      const difference = image[b]! - image[a]!;
      const force = (weight * difference) / Math.sqrt(difference * difference + TV_SOFTNESS * TV_SOFTNESS);
      gradient[a]! += force;
      gradient[b]! -= force;
    };
    for (let start = 0; start < image.length; start += height * width) {
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const place = start + y * width + x;
          if (x + 1 < width) pull(place, place + 1);
          if (y + 1 < height) pull(place, place + width);
        }
      }
    }
  };
}

/** A gradient brought to a root mean square of 1, in place; zeros stay. */
export function normalize(gradient: Float32Array): void {
  let sum = 0;
  for (const g of gradient) sum += g * g;
  const norm = Math.sqrt(sum / gradient.length);
  if (norm > 0) for (let i = 0; i < gradient.length; i++) gradient[i]! /= norm;
}
