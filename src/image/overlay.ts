import type { Bitmap, FloatMap } from './bitmap.ts';

/** Where a map's values stand on its image, in pixels: value [i, j] at y = first[0] + i·step[0], x = first[1] + j·step[1]. */
export interface Placing {
  readonly first: readonly [y: number, x: number];
  readonly step: readonly [y: number, x: number];
}

/** A map stretched over the whole of an image. */
export function stretched(map: Pick<FloatMap, 'height' | 'width'>, image: Size): Placing {
  const step = [image.height / map.height, image.width / map.width] as const;
  return { first: [step[0] / 2 - 0.5, step[1] / 2 - 0.5], step };
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * A map at an image's size: bilinear between its values, the nearest one beyond the outermost. Where a value is not a number, neither are the
 * pixels around it.
 */
export function spread({ data, height, width }: FloatMap, to: Size, { first, step }: Placing): FloatMap {
  const out = new Float32Array(to.width * to.height);
  const down = between(height, to.height, first[0], step[0]);
  const across = between(width, to.width, first[1], step[1]);
  for (let y = 0, at = 0; y < to.height; y++) {
    const { low: top, high: bottom, share: below } = down[y]!;
    for (let x = 0; x < to.width; x++, at++) {
      const { low: left, high: right, share: beside } = across[x]!;
      const upper = mix(data[top * width + left]!, data[top * width + right]!, beside);
      const lower = mix(data[bottom * width + left]!, data[bottom * width + right]!, beside);
      out[at] = mix(upper, lower, below);
    }
  }
  return { width: to.width, height: to.height, data: out };
}

/** No share of a value that is not a number is taken where another is exactly met. */
const mix = (one: number, other: number, share: number): number =>
  share === 0 ? one : one + (other - one) * share;

/** For each pixel of a side the two values that it lies between, and how far on. */
function between(values: number, pixels: number, first: number, step: number) {
  return Array.from({ length: pixels }, (_, pixel) => {
    const place = Math.min(Math.max((pixel - first) / step, 0), values - 1);
    const low = Math.floor(place);
    return { low, high: Math.min(low + 1, values - 1), share: place - low };
  });
}

/**
 * One image over another of the same size.
 * @param opacity 0..1, of all pixels or of each: [height, width]
 */
export function layOver(under: Bitmap, over: Bitmap, opacity: number | Float32Array): Bitmap {
  const rgb = new Uint8Array(under.rgb.length);
  for (let at = 0; at < rgb.length; at++) {
    const share = typeof opacity === 'number' ? opacity : opacity[Math.floor(at / 3)]!;
    rgb[at] = Math.round(under.rgb[at]! + (over.rgb[at]! - under.rgb[at]!) * share);
  }
  return { width: under.width, height: under.height, rgb };
}

/** Opacity that grows with a value's distance from zero, up to `most` at the range's farther end; `most` where there is no number. */
export function fadeToZero(
  { data }: FloatMap,
  [low, high]: readonly [number, number],
  most: number,
): Float32Array {
  const reach = Math.max(Math.abs(low), Math.abs(high));
  return data.map((value) =>
    Number.isNaN(value) ? most : reach > 0 ? most * Math.min(Math.abs(value) / reach, 1) : 0,
  );
}
