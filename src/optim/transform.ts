import type { Random } from '../random.ts';
import { truncatedNormal } from '../random.ts';
import { GREY } from './float-image.ts';
import type { Size } from './float-image.ts';

/**
 * What an image goes through before every step, so that nothing can hide between pixels: Lucid's pad, jitter, scale, rotate
 * and jitter again, all in one resampling. Beyond its borders an image is grey.
 */
export interface TransformSettings {
  /** First shift in pixels: from -jitter/2 to jitter/2, whole. */
  readonly jitter: number;
  /** Enlargement from 1 - scale to 1 + scale. */
  readonly scale: number;
  /** Degrees, either way. */
  readonly rotate: number;
  /** Second shift, after scaling and turning. */
  readonly settle: number;
  /** Side of the smallest piece that is shown in place of the whole, as a share of its side; 1 where the whole always is. */
  readonly crop?: number;
  /** Standard deviation of the noise that is added, as a share of the scale from black to white. */
  readonly noise?: number;
}

/** Where a place of the result lies in the image: centre + linear · (place - centre) + shift. */
export interface Placement {
  /** Row-major [[yy, yx], [xy, xx]]. */
  readonly linear: readonly [number, number, number, number];
  /** Rows, columns. */
  readonly shift: readonly [number, number];
}

export const STILL: Placement = { linear: [1, 0, 0, 1], shift: [0, 0] };

/** Scales and angles are drawn from as many equal steps as Lucid has; so is the extra weight of not turning at all. */
const SCALES = 11;
const ANGLES = 21;
const EXTRA_UPRIGHT = 5;
/** Beyond so many standard deviations nothing is drawn. */
const CROP_LIMIT = 4;
const NOISE_LIMIT = 4;

export function drawPlacement(settings: TransformSettings, random: Random): Placement {
  const shiftOf = (most: number): [number, number] => {
    const along = (): number => Math.floor(random() * (Math.floor(most) + 1)) - Math.floor(most / 2);
    return [along(), along()];
  };
  const first = shiftOf(settings.jitter);
  const scale = 1 + settings.scale * ((2 * Math.floor(random() * SCALES)) / (SCALES - 1) - 1);
  const turn = Math.floor(random() * (ANGLES + EXTRA_UPRIGHT));
  const degrees = turn < ANGLES ? settings.rotate * ((2 * turn) / (ANGLES - 1) - 1) : 0;
  const second = shiftOf(settings.settle);
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle) / scale, Math.sin(angle) / scale];
  const linear = [cos, -sin, sin, cos] as const;
  return {
    linear,
    shift: [
      first[0] + linear[0] * second[0] + linear[1] * second[1],
      first[1] + linear[2] * second[0] + linear[3] * second[1],
    ],
  };
}

/** Pieces lie about the middle, with this standard deviation of their own middle, in sides of the image (Fel et al. 2023). */
const CROP_SPREAD = 0.15;

/** A piece of an image, enlarged to the whole's size; it lies within the image, so that nothing comes in over a border. */
export function drawCrop(least: number, { height, width }: Size, random: Random): Placement {
  const side = least + (1 - least) * random();
  const room = (1 - side) / 2;
  const along = (length: number): number => {
    const from = CROP_SPREAD * truncatedNormal(random, CROP_LIMIT);
    return length * Math.min(room, Math.max(-room, from));
  };
  return { linear: [side, 0, 0, side], shift: [along(height), along(width)] };
}

function drawNoise({ height, width }: Size, deviation: number, random: Random): Float32Array {
  const length = height * width;
  return Float32Array.from({ length }, () => deviation * truncatedNormal(random, NOISE_LIMIT));
}

/** A resampling whose result has noise on it: the same for every image, and for every colour. */
export function noisy(resampling: Resampling, deviation: number, random: Random): Resampling {
  const noise = drawNoise(resampling, deviation, random);
  return {
    ...resampling,
    apply(plane, into) {
      resampling.apply(plane, into);
      for (let i = 0; i < noise.length; i++) into[i]! += noise[i]!;
    },
  };
}

/** What an image goes through before one step. */
export function drawResampling(settings: TransformSettings, size: Size, random: Random): Resampling {
  const resampling = createResampling(size, drawSomePlacement(settings, size, random));
  const { noise = 0 } = settings;
  return noise > 0 ? noisy(resampling, noise, random) : resampling;
}

/** Draws what a step would, for a stream of random numbers that is to go on behind it. */
export function skipResampling(settings: TransformSettings, size: Size, random: Random): void {
  drawSomePlacement(settings, size, random);
  const { noise = 0 } = settings;
  if (noise > 0) drawNoise(size, noise, random);
}

function drawSomePlacement(settings: TransformSettings, size: Size, random: Random): Placement {
  const { crop = 1 } = settings;
  return crop < 1 ? drawCrop(crop, size, random) : drawPlacement(settings, random);
}

/** Bilinear resampling at one placement. The same for every image of that size. */
export interface Resampling extends Size {
  /** One plane [height, width] to another; what lies beyond the border is grey. */
  apply(plane: Float32Array, into: Float32Array): void;
  /** The exact transpose: adds to `into` what a gradient with respect to the result means for the plane. */
  addTransposed(gradient: Float32Array, into: Float32Array): void;
}

export function createResampling({ height, width }: Size, { linear, shift }: Placement): Resampling {
  const places = height * width;
  // Upper left of the four neighbours, and their weights; a neighbour beyond the border weighs nothing.
  const corners = new Int32Array(places);
  const weights = new Float32Array(4 * places);
  const grey = new Float32Array(places);
  const centerY = (height - 1) / 2;
  const centerX = (width - 1) / 2;
  for (let row = 0, place = 0; row < height; row++) {
    for (let column = 0; column < width; column++, place++) {
      const dy = row - centerY;
      const dx = column - centerX;
      const y = centerY + linear[0] * dy + linear[1] * dx + shift[0];
      const x = centerX + linear[2] * dy + linear[3] * dx + shift[1];
      const top = Math.floor(y);
      const left = Math.floor(x);
      const below = y - top;
      const right = x - left;
      const w = 4 * place;
      let inside = 0;
      if (top >= 0 && top < height) {
        if (left >= 0 && left < width) inside += weights[w] = (1 - below) * (1 - right);
        if (left >= -1 && left + 1 < width) inside += weights[w + 1] = (1 - below) * right;
      }
      if (top >= -1 && top + 1 < height) {
        if (left >= 0 && left < width) inside += weights[w + 2] = below * (1 - right);
        if (left >= -1 && left + 1 < width) inside += weights[w + 3] = below * right;
      }
      corners[place] = top * width + left;
      grey[place] = GREY * (1 - inside);
    }
  }

  return {
    height,
    width,
    // Without lists: these loops run over every value of every step.
    apply(plane, into) {
      for (let place = 0, w = 0; place < places; place++, w += 4) {
        const corner = corners[place]!;
        const a = weights[w]!;
        const b = weights[w + 1]!;
        const c = weights[w + 2]!;
        const d = weights[w + 3]!;
        let value = grey[place]!;
        if (a !== 0) value += a * plane[corner]!;
        if (b !== 0) value += b * plane[corner + 1]!;
        if (c !== 0) value += c * plane[corner + width]!;
        if (d !== 0) value += d * plane[corner + width + 1]!;
        into[place] = value;
      }
    },
    addTransposed(gradient, into) {
      for (let place = 0, w = 0; place < places; place++, w += 4) {
        const corner = corners[place]!;
        const a = weights[w]!;
        const b = weights[w + 1]!;
        const c = weights[w + 2]!;
        const d = weights[w + 3]!;
        const g = gradient[place]!;
        if (a !== 0) into[corner]! += a * g;
        if (b !== 0) into[corner + 1]! += b * g;
        if (c !== 0) into[corner + width]! += c * g;
        if (d !== 0) into[corner + width + 1]! += d * g;
      }
    },
  };
}
