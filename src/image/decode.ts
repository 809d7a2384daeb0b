/**
 * From a picture file to the pixels a network is shown. The one place where foreign files are opened, so the one that
 * guards against broken and hostile ones.
 */
import { readFile, stat } from 'node:fs/promises';
import sharp from 'sharp';
import { shortageOf } from '../errors.ts';
import type { ImagesSpec } from '../schema/experiment.ts';
import type { ImagePixels } from '../model/model.ts';
import { isCutOff, sniffFormat } from './sniff.ts';
import type { Tile } from './sources.ts';

/** Raised whenever the same file and options give other pixels. Goes into cache keys. */
export const DECODE_VERSION = 1;

/** Larger files are refused unread. */
export const MAX_BYTES = 200e6;
/** Pictures that claim more pixels are refused before any is decoded. */
export const MAX_PIXELS = 100e6;

export interface DecodeOptions {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  /**
   * stretch: both sides as asked for, whatever that does to the proportions. cover: fills the frame, what hangs over is
   * cut off evenly. contain: the whole picture, centred on black.
   */
  readonly fit: ImagesSpec['fit'];
  /** Before fitting, after turning by EXIF. Pixels, or fractions of the picture where all four are <= 1. */
  readonly crop?: ImagesSpec['crop'];
  /** Which part of the (cropped) picture. */
  readonly tile?: Tile;
}

/** A picture that cannot be used; `reason` begins in lower case and names no file. */
export class PictureError extends Error {
  readonly reason: string;

  constructor(reason: string, cause?: unknown) {
    super(reason, { cause });
    this.name = 'PictureError';
    this.reason = reason;
  }
}

/**
 * PNG, JPEG, WebP, TIFF, AVIF or GIF (first frame, first page) as it looks on a screen: turned by its EXIF orientation,
 * 8-bit sRGB by its own colour profile, transparency over white. The format is told by content, never by name.
 * Resampling is Lanczos (3 lobes, widened when shrinking); a picture of the right size is not resampled. One channel is
 * ITU-R 601 luma, as Pillow's and Keras' grayscale. The same bytes and options always give the same pixels.
 *
 * @param source absolute path or the file's content
 * @throws PictureError for anything wrong with the file
 */
export async function decodePicture(
  source: string | Uint8Array,
  options: DecodeOptions,
): Promise<ImagePixels> {
  const { height, width, channels, fit } = options;
  const { bytes, isWhole, area } = await open(source, options);
  const fitted = load(bytes)
    .autoOrient()
    .extract(area)
    .flatten({ background: '#fff' })
    .toColourspace('srgb')
    .resize({
      width,
      height,
      fit: fit === 'stretch' ? 'fill' : fit,
      kernel: 'lanczos3',
      background: '#000',
      // Shrinking inside the JPEG decoder is faster, but its result depends on how much is shrunk.
      fastShrinkOnLoad: false,
    });
  const { data, info } = await fitted
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
    .catch((error: unknown) => {
      // What the decoder says may be about another picture that is decoded at the same time.
      throw new PictureError(isWhole ? 'it is damaged' : 'the file is cut off', error);
    });
  const rgb = new Uint8Array(data.buffer, data.byteOffset, data.length);
  return { height, width, channels, data: toChannels(rgb, info.channels, channels) };
}

/** Size in pixels of the picture as it is looked at (turned, cropped, one tile of it), before fitting. */
export async function nativeSize(
  source: string | Uint8Array,
  options: Pick<DecodeOptions, 'crop' | 'tile'> = {},
): Promise<{ height: number; width: number }> {
  const { area } = await open(source, options);
  return { height: area.height, width: area.width };
}

interface Area {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

async function open(
  source: string | Uint8Array,
  { crop, tile }: Pick<DecodeOptions, 'crop' | 'tile'>,
): Promise<{ bytes: Uint8Array; isWhole: boolean; area: Area }> {
  const bytes = typeof source === 'string' ? await read(source) : source;
  if (bytes.length > MAX_BYTES) throw tooLarge(bytes.length);
  const format = sniffFormat(bytes);
  if (!format.readable) throw new PictureError(format.reason);
  const isWhole = !isCutOff(bytes, format.format);
  // The size is judged here and not by sharp, whose message does not say it.
  const { autoOrient } = await sharp(bytes, { limitInputPixels: false })
    .metadata()
    .catch((error: unknown) => {
      // Of others the head alone is read here: with that, a file that only begins like a picture is more likely.
      const isReadThrough = format.format === 'webp' || format.format === 'gif';
      if (isReadThrough && !isWhole) throw new PictureError('the file is cut off', error);
      throw new PictureError('it is damaged or not a picture', error);
    });
  const { width, height } = autoOrient;
  if (width * height > MAX_PIXELS) {
    throw new PictureError(
      `it claims ${width} x ${height} pixels, more than the ${MAX_PIXELS / 1e6} million allowed`,
    );
  }
  const whole: Area = { left: 0, top: 0, width, height };
  return { bytes, isWhole, area: tileOf(cropOf(whole, crop), tile) };
}

const load = (bytes: Uint8Array) => sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'error' });

async function read(path: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size > MAX_BYTES) throw tooLarge(size);
    return await readFile(path);
  } catch (error) {
    if (error instanceof PictureError) throw error;
    const shortage = shortageOf(error, path);
    if (shortage) throw shortage;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new PictureError('the file is gone', error);
    if (code === 'EACCES' || code === 'EPERM') throw new PictureError('it may not be read', error);
    throw new PictureError(`it cannot be read: ${code ?? String(error)}`, error);
  }
}

const tooLarge = (bytes: number) =>
  new PictureError(`the file has ${Math.round(bytes / 1e6)} MB, more than the ${MAX_BYTES / 1e6} MB allowed`);

function cropOf(whole: Area, crop: DecodeOptions['crop']): Area {
  if (!crop) return whole;
  const fractions = Math.max(crop.x, crop.y, crop.width, crop.height) <= 1;
  const [across, down] = fractions ? [whole.width, whole.height] : [1, 1];
  const left = Math.round(crop.x * across);
  const top = Math.round(crop.y * down);
  const width = Math.min(Math.round((crop.x + crop.width) * across), whole.width) - left;
  const height = Math.min(Math.round((crop.y + crop.height) * down), whole.height) - top;
  if (left < 0 || top < 0 || width < 1 || height < 1) {
    throw new PictureError(`the crop lies outside its ${whole.width} x ${whole.height} pixels`);
  }
  return { left, top, width, height };
}

/** All tiles of a picture have the same size; what does not divide evenly is left over between them. */
function tileOf(area: Area, tile: Tile | undefined): Area {
  if (!tile) return area;
  const { row, column, rows, columns } = tile;
  const width = Math.floor(area.width / columns);
  const height = Math.floor(area.height / rows);
  if (width < 1 || height < 1) {
    throw new PictureError(
      `${area.width} x ${area.height} pixels cannot be cut into ${rows} x ${columns} tiles`,
    );
  }
  const left = area.left + Math.floor((column * area.width) / columns);
  const top = area.top + Math.floor((row * area.height) / rows);
  return { left, top, width, height };
}

function toChannels(pixels: Uint8Array, from: number, to: 1 | 3): Uint8Array {
  if (from === to) return pixels;
  const count = pixels.length / from;
  const out = new Uint8Array(count * to);
  if (from === 1) {
    for (let index = 0; index < out.length; index++) out[index] = pixels[Math.floor(index / to)]!;
  } else {
    for (let index = 0, at = 0; index < count; index++, at += from) {
      // Pillow's integer weights, so that grey pictures agree with it to the bit.
      out[index] = (pixels[at]! * 19595 + pixels[at + 1]! * 38470 + pixels[at + 2]! * 7471 + 0x8000) >> 16;
    }
  }
  return out;
}
