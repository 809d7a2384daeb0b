import sharp from 'sharp';
import type { Bitmap } from './bitmap.ts';
import type { Lut } from './colormap.ts';
import { indexColors } from './palette.ts';
import { writePng } from './png.ts';

/** Raised whenever the same pixels give other files. */
export const ENCODE_VERSION = 1;

/**
 * For maps, contours, figures: everything that is not a photograph. Without loss, and with a palette where 256 colours do.
 * With `reduce` they do for blends of few colours too (contours, text), with differences that are not seen. The same
 * pixels give the same bytes.
 *
 * @param options.order the colormap in use, for smaller files
 */
export async function encodePng(
  bitmap: Bitmap,
  options: { readonly order?: Lut; readonly reduce?: boolean } = {},
): Promise<Buffer> {
  const indexed = indexColors(bitmap, options);
  if (indexed) return writePng(indexed, indexed.palette);
  return writePng({ width: bitmap.width, height: bitmap.height, pixels: bitmap.rgb });
}

/**
 * For photographs and other pictures of many colours: WebP, lossy unless told otherwise. The same pixels give the same bytes.
 *
 * @param options.quality 1..100, default 88
 */
export async function encodeWebp(
  bitmap: Bitmap,
  options: { readonly quality?: number; readonly lossless?: boolean } = {},
): Promise<Buffer> {
  const { width, height, rgb } = bitmap;
  const { quality = 88, lossless = false } = options;
  return sharp(rgb, { raw: { width, height, channels: 3 } })
    .webp(lossless ? { lossless, effort: 4 } : { quality, effort: 4, smartSubsample: true })
    .toBuffer();
}
