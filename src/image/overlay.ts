import type { Bitmap, FloatMap } from './bitmap.ts';

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
