/**
 * From an image file to the pixels a network is shown. The one place where foreign files are opened, so the one that
 * guards against broken and hostile ones.
 */
import sharp from 'sharp';
import type { ImagesSpec } from '../schema/experiment.ts';
import type { ImagePixels } from '../model/model.ts';
import { firstImage } from './containers.ts';
import { hasAllScans, withEnd } from './jpeg.ts';
import { ImageError } from './image-error.ts';
import { MAX_BYTES, readImageFile, tooLarge } from './read.ts';
import { isCutOff, sniffFormat, unsupportedKind } from './sniff.ts';
import type { Tile } from './candidates.ts';
import { planTiff, scaleSamples, type SampleRule } from './tiff.ts';

/** Raised whenever the same file and options give other pixels. Goes into cache keys. */
export const DECODE_VERSION = 2;

/** Images that claim more pixels are refused before any is decoded. */
export const MAX_PIXELS = 100e6;
/** Of those whose samples are scaled by rule, which are held in memory all at once. */
export const MAX_SAMPLES = 100e6;

export interface DecodeOptions {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  /**
   * stretch: both sides as asked for, whatever that does to the proportions. cover: fills the frame, what hangs over is
   * cut off evenly. contain: the whole image, centred on black.
   */
  readonly fit: ImagesSpec['fit'];
  /** Before fitting, after turning by EXIF. Pixels, or fractions of the image where all four are <= 1. */
  readonly crop?: ImagesSpec['crop'];
  /** Which part of the (cropped) image. */
  readonly tile?: Tile;
}

/**
 * PNG, JPEG, WebP, TIFF, AVIF or GIF (first frame, first page) as it looks on a screen: turned by its EXIF orientation,
 * 8-bit sRGB by its own colour profile, transparency over white. The format is recognized by content, never by name.
 * Resampling is Lanczos (3 lobes, widened when shrinking); an image of the right size is not resampled. One channel is
 * ITU-R 601 luma, as Pillow's and Keras' grayscale. The same bytes and options always give the same pixels.
 *
 * @param source absolute path or the file's content
 * @throws ImageError for anything wrong with the file
 */
export async function decodeImage(source: string | Uint8Array, options: DecodeOptions): Promise<ImagePixels> {
  const { height, width, channels, fit } = options;
  const file = await open(source, options);
  const first = file.rule ? await bySamples(file, file.rule) : ofFile(file);
  const fitted = first
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
  const { data, info } = await pixelsOf(fitted.raw({ depth: 'uchar' }), file);
  const rgb = new Uint8Array(data.buffer, data.byteOffset, data.length);
  return { height, width, channels, data: toChannels(rgb, info.channels, channels) };
}

/** Size in pixels of the image as it is looked at (turned, cropped, one tile of it), before fitting. */
export async function nativeSize(
  source: string | Uint8Array,
  options: Pick<DecodeOptions, 'crop' | 'tile'> = {},
): Promise<{ height: number; width: number }> {
  const { area } = await open(source, options);
  return { height: area.height, width: area.width };
}

/** An image of which the head is read. */
interface Opened {
  readonly bytes: Uint8Array;
  /** What is wrong with it where its pixels cannot be had. */
  readonly problem: string;
  readonly failOn: 'error' | 'warning';
  /** The part to use, as looked at. */
  readonly area: Area;
  readonly rule?: SampleRule;
}

/** Leaves this process no decoders but those of the formats that are read, so that none else has flaws to offer. */
export function restrictDecoders(): void {
  sharp.cache(false);
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({
    operation: ['Jpeg', 'Png', 'Webp', 'Tiff', 'Nsgif', 'Heif'].map((name) => `VipsForeignLoad${name}Buffer`),
  });
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
): Promise<Opened> {
  const whole = typeof source === 'string' ? await readImageFile(source) : source;
  if (whole.length > MAX_BYTES) throw tooLarge(whole.length);
  const sniffed = sniffFormat(whole);
  if (!sniffed.readable) throw new ImageError(sniffed.reason);
  const { format } = sniffed;
  const problem = unsupportedKind(whole, format) ?? (isCutOff(whole, format) ? CUT_OFF : undefined);
  // A JPEG that lacks only its end marker has all its pixels; where it lacks more, the decoder warns.
  const isEndless = format === 'jpeg' && problem === CUT_OFF && hasAllScans(whole);
  const first = isEndless ? withEnd(whole) : firstImage(whole, format);
  const { bytes, rule } = format === 'tiff' ? planTiff(first) : { bytes: first };
  // The size is judged here and not by sharp, whose message does not say it.
  const { autoOrient } = await sharp(bytes, { limitInputPixels: false })
    .metadata()
    .catch((error: unknown) => {
      // Of JPEG and PNG the head alone is read here: with that, a file that only begins like an image is more likely.
      const isHeadOnly = problem === CUT_OFF && (format === 'jpeg' || format === 'png');
      throw new ImageError(isHeadOnly ? NOT_AN_IMAGE : (problem ?? NOT_AN_IMAGE), error);
    });
  const { width, height } = autoOrient;
  if (width * height > MAX_PIXELS) {
    throw new ImageError(
      `The file states ${width} x ${height} pixels. The limit is ${MAX_PIXELS / 1e6} million.`,
    );
  }
  const area = tileOf(cropOf({ left: 0, top: 0, width, height }, crop), tile);
  return {
    bytes,
    problem: problem ?? 'The file is damaged.',
    failOn: isEndless ? 'warning' : 'error',
    area,
    ...(rule && { rule }),
  };
}

const CUT_OFF = 'The file is cut off.';
const NOT_AN_IMAGE = 'The file is damaged or not an image.';

const ofFile = ({ bytes, failOn, area }: Opened) =>
  sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn }).autoOrient().extract(area);

/** 8-bit colours from the samples as they stand in the file. */
async function bySamples(file: Opened, rule: SampleRule): Promise<sharp.Sharp> {
  const { height, width } = file.area;
  if (height * width * rule.bands > MAX_SAMPLES) {
    throw new ImageError(
      `Unsupported TIFF: ${width} x ${height} pixels of ${rule.what}. The limit is ${MAX_SAMPLES / 1e6} million samples.`,
    );
  }
  const { data, info } = await pixelsOf(
    ofFile(file).toColourspace(rule.space).raw({ depth: rule.read }),
    file,
  );
  const colors = scaleSamples(asNumbers(data, rule), info.channels, rule);
  return sharp(colors, { raw: { width, height, channels: rule.bands } });
}

function asNumbers(data: Buffer, { read, signed }: SampleRule) {
  const Numbers = {
    uchar: Uint8Array,
    char: Int8Array,
    ushort: signed ? Int16Array : Uint16Array,
    uint: Uint32Array,
    int: Int32Array,
    float: Float32Array,
  }[read];
  // A buffer of sharp's own, as long as its content.
  return new Numbers(data.buffer as ArrayBuffer, data.byteOffset, data.length / Numbers.BYTES_PER_ELEMENT);
}

const pixelsOf = (image: sharp.Sharp, { problem }: Opened) =>
  image.toBuffer({ resolveWithObject: true }).catch((error: unknown) => {
    // What the decoder says may be about another image that is decoded at the same time.
    throw new ImageError(problem, error);
  });

function cropOf(whole: Area, crop: DecodeOptions['crop']): Area {
  if (!crop) return whole;
  const fractions = Math.max(crop.x, crop.y, crop.width, crop.height) <= 1;
  const [across, down] = fractions ? [whole.width, whole.height] : [1, 1];
  const left = Math.round(crop.x * across);
  const top = Math.round(crop.y * down);
  const width = Math.min(Math.round((crop.x + crop.width) * across), whole.width) - left;
  const height = Math.min(Math.round((crop.y + crop.height) * down), whole.height) - top;
  if (left < 0 || top < 0 || width < 1 || height < 1) {
    throw new ImageError(`\`crop\` lies outside the ${whole.width} x ${whole.height} pixels of the image.`);
  }
  return { left, top, width, height };
}

/** All tiles of an image have the same size; what does not divide evenly is left over between them. */
function tileOf(area: Area, tile: Tile | undefined): Area {
  if (!tile) return area;
  const { row, column, rows, columns } = tile;
  const width = Math.floor(area.width / columns);
  const height = Math.floor(area.height / rows);
  if (width < 1 || height < 1) {
    throw new ImageError(
      `${area.width} x ${area.height} pixels cannot be cut into ${rows} x ${columns} tiles.`,
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
      // Pillow's integer weights, so that grey images agree with it to the bit.
      out[index] = (pixels[at]! * 19595 + pixels[at + 1]! * 38470 + pixels[at + 2]! * 7471 + 0x8000) >> 16;
    }
  }
  return out;
}
