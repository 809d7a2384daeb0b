import type { LayerInfo } from '../model/network.ts';

/**
 * Some filters of a first layer ask for one plain colour. Nearly all of their gradient lies in the numbers that stand for the mean of a
 * image, and Adam, which brings the steps of all numbers to one length, would follow the small rest just as far: what the borders
 * lack adds up to a frame of the opposite colour, noise to torn edges. The more plain the colour that is asked for, the more is
 * the rest left alone, and the further the colour itself is moved.
 */
export interface UniformColorStep {
  /** Added to what a number's mean gradient is divided by: one far below it hardly moves. */
  readonly floor: number;
  /** Where the numbers of the mean colour are. */
  readonly places: readonly number[];
  /** How many times as far as others these go. */
  readonly factor: number;
}

const FASTER = 4;
/** Of the gradient of the mean colour. */
const FLOOR = 0.03;
/** How little of the gradient must lie elsewhere: at a boosted of 0.96 half of all this holds, at 0.8 next to nothing. */
const SHARPNESS = 16;

/** Pixels either way that a layer sees at most. */
const NARROW = 9;

/**
 * True of layers so near the pixels that what their filters' gradients say of a plain colour is what they want. Further up it
 * may be all that comes through of a filter that is hard to wake, and wants something else.
 */
export const prefersUniformColor = ({ receptiveField }: LayerInfo): boolean =>
  receptiveField !== undefined && Math.max(...receptiveField.size) <= NARROW;

/**
 * @param gradient with respect to a spectrum, [channels, height, width]: each plane's first number is its mean
 * @returns undefined where nothing is asked for
 */
export function uniformColorStep(gradient: Float32Array, channels: 1 | 3): UniformColorStep | undefined {
  const places = Array.from({ length: channels }, (_, c) => (c * gradient.length) / channels);
  const energy = gradient.reduce((sum, value) => sum + value * value, 0);
  const plain = places.reduce((sum, place) => sum + gradient[place]! ** 2, 0);
  if (plain === 0) return undefined;
  const boosted = FASTER ** 2 * plain;
  const degree = (boosted / (boosted + energy - plain)) ** SHARPNESS;
  return { floor: FLOOR * degree * Math.sqrt(plain), places, factor: 1 + (FASTER - 1) * degree };
}
