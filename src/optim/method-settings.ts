import type { TransformSettings } from './transform.ts';

/** Every number that a method has, by the names of an experiment file. */
export interface MethodSettings {
  readonly learning_rate: number;
  /** Whole pixels that an image is moved by before every step, in all. */
  readonly jitter: number;
  /** Enlarged or made smaller by up to this share. */
  readonly scale: number;
  /** Turned by up to so many degrees. */
  readonly rotate: number;
  /** Weight of the pull towards grey. */
  readonly l2: number;
  /** Weight of total variation. */
  readonly total_variation: number;
  /** Standard deviation in pixels of the smoothing after every fourth step. */
  readonly blur: number;
  /** Side of the smallest piece that is shown in place of the whole, as a share of its side. */
  readonly crop: number;
  /** Standard deviation of the noise on what is shown, as a share of the scale from black to white. */
  readonly noise: number;
}

export const METHODS = ['fourier', 'maco', 'pixels', 'dense'] as const;
export type Method = (typeof METHODS)[number];

/** Nothing of it: what a method has no use for. */
const NONE = { jitter: 0, scale: 0, rotate: 0, l2: 0, total_variation: 0, blur: 0, crop: 1, noise: 0 };

/** Lucid's for `fourier`; for the others what makes the calmest images that are still clear. */
export const DEFAULTS: Readonly<Record<Method, MethodSettings & { readonly steps: number }>> = {
  fourier: {
    ...{ ...NONE, steps: 256, learning_rate: 0.05 },
    ...{ jitter: 12, scale: 0.1, rotate: 10 },
  },
  maco: { ...NONE, steps: 256, learning_rate: 0.3, crop: 0.75, noise: 0.05 },
  pixels: {
    ...{ ...NONE, steps: 200, learning_rate: 0.02, jitter: 8 },
    ...{ l2: 0.5, total_variation: 0.1, blur: 0.5 },
  },
  dense: {
    ...{ ...NONE, steps: 200, learning_rate: 0.02, jitter: 8 },
    ...{ l2: 0.5, total_variation: 0.1 },
  },
};

/** Lucid moves an image twice, by two thirds of the way before it is scaled and turned and by one third after. */
export function transformsOf({
  jitter,
  scale,
  rotate,
  crop,
  noise,
}: MethodSettings): TransformSettings | undefined {
  if (jitter === 0 && scale === 0 && rotate === 0 && crop === 1 && noise === 0) return undefined;
  const first = scale === 0 && rotate === 0 ? jitter : Math.round((2 * jitter) / 3);
  return { jitter: first, scale, rotate, settle: jitter - first, crop, noise };
}
