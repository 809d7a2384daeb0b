import sharp from 'sharp';
import type { Bitmap } from './bitmap.ts';
import type { Lut } from './colormap.ts';
import { indexColors } from './palette.ts';
import { writePng } from './png.ts';

/** Raised whenever the same pixels give other files. */
export const ENCODE_VERSION = 1;

/** Bytes from which on an image of many colours is worth the seconds that choosing 256 of them takes. */
const WORTH_DITHERING = 400_000;

/**
 * For maps, contours, figures: everything that is not a photograph. Without loss, and with a palette where 256 colours do.
 * With `reduce` they do for blends of few colours too (contours, text), with differences that are not seen. The same
 * pixels give the same bytes.
 *
 * @param options.order the colormap in use, for smaller files
 * @param options.dither large files of many colours get the 256 that suit them best, mixed by dots, where that makes them smaller:
 * it does with photographs, not with pixels that are enlarged, since dots break up what repeats
 */
export async function encodePng(
  bitmap: Bitmap,
  options: { readonly order?: Lut; readonly reduce?: boolean; readonly dither?: boolean } = {},
): Promise<Buffer> {
  const indexed = indexColors(bitmap, options);
  if (indexed) return writePng(indexed, indexed.palette);
  const { width, height, rgb } = bitmap;
  const exact = await writePng({ width, height, pixels: rgb });
  if (!options.dither || exact.length < WORTH_DITHERING) return exact;
  const dithered = await sharp(rgb, { raw: { width, height, channels: 3 } })
    .png({ palette: true, dither: 1, effort: 4 })
    .toBuffer();
  return dithered.length < exact.length ? dithered : exact;
}

/**
 * For photographs and other images of many colours: WebP, lossy by default. The same pixels give the same bytes.
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

/** WebP quality of copies of half the size, 1..100. */
const HALF_QUALITY = 80;

/** The same image in half its width and height, for pages that show it small. */
export async function encodeHalf({ width, height, rgb }: Bitmap): Promise<Buffer> {
  return sharp(rgb, { raw: { width, height, channels: 3 } })
    .resize(Math.ceil(width / 2), Math.ceil(height / 2), { fit: 'fill', kernel: 'lanczos3' })
    .webp({ quality: HALF_QUALITY, effort: 4, smartSubsample: true })
    .toBuffer();
}
