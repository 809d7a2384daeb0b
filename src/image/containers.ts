/**
 * The part of a file that holds its first image. Decoders look through all frames and pages of a file before they show
 * the first, which a hostile file makes take hours; and some refuse a file for an end that no pixel needs.
 */
import type { Format } from './sniff.ts';
import { TIFF_ORDER, readIfd } from './tiff-ifd.ts';

/**
 * @returns the file with its first frame or page alone, or `bytes` themselves where nothing is left out or its parts are
 * not as they should be: to say so is the decoder's business
 */
export function firstImage(bytes: Uint8Array, format: Format): Uint8Array {
  switch (format) {
    case 'gif':
      return firstOfGif(bytes);
    case 'webp':
      return firstOfWebp(bytes);
    case 'tiff':
      return firstOfTiff(bytes);
    case 'avif':
      return asStill(bytes);
    case 'jpeg':
    case 'png':
      return bytes;
  }
}

const GIF_TRAILER = 0x3b;

function firstOfGif(bytes: Uint8Array): Uint8Array {
  const colors = (flags: number): number => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  let at = 13 + colors(bytes[10] ?? 0);
  while (at < bytes.length) {
    const isImage = bytes[at] === 0x2c;
    if (!isImage && bytes[at] !== 0x21) return bytes;
    at += isImage ? 11 + colors(bytes[at + 9] ?? 0) : 2;
    // Blocks of at most 255 bytes, until an empty one.
    while (at < bytes.length && bytes[at] !== 0) at += 1 + bytes[at]!;
    if (at++ >= bytes.length) return bytes;
    if (isImage) {
      if (at === bytes.length - 1 && bytes[at] === GIF_TRAILER) return bytes;
      return Buffer.concat([bytes.subarray(0, at), Uint8Array.of(GIF_TRAILER)]);
    }
  }
  return bytes;
}

const WEBP_FRAME = 'ANMF';
const HAS_EXIF = 0x08;

function firstOfWebp(bytes: Uint8Array): Uint8Array {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.length < 21) return bytes;
  const declared = file.readUInt32LE(4) + 8;
  const end = Math.min(file.length, declared);
  const parts: Uint8Array[] = [];
  let frames = 0;
  for (let at = 12; at + 8 <= end;) {
    const length = 8 + file.readUInt32LE(at + 4);
    if (at + length > end) {
      // Of an animation the first frame may be whole; how it is turned stands behind the last.
      if (frames > 0 && !(file[20]! & HAS_EXIF)) break;
      return bytes;
    }
    const isFrame = file.toString('latin1', at, at + 4) === WEBP_FRAME;
    if (isFrame) frames++;
    if (!isFrame || frames === 1) parts.push(file.subarray(at, at + length), new Uint8Array(length % 2));
    at += length + (length % 2);
  }
  if (frames < 2 && declared <= file.length) return bytes;
  const first = Buffer.concat([file.subarray(0, 12), ...parts]);
  first.writeUInt32LE(first.length - 8, 4);
  return first;
}

function firstOfTiff(bytes: Uint8Array): Uint8Array {
  const ifd = readIfd(bytes);
  if (!ifd || ifd.next === 0) return bytes;
  const copy = Uint8Array.from(bytes);
  copy.fill(0, ifd.nextAt, ifd.nextAt + TIFF_ORDER[ifd.isBig ? 'big' : 'classic'].offset);
  return copy;
}

/**
 * An AVIF sequence has its first image as a still one beside the film. The decoder goes by the brand alone, and crashes
 * at some damaged films: they are hidden from it.
 */
function asStill(bytes: Uint8Array): Uint8Array {
  const still = Buffer.from(bytes);
  let hasFilm = false;
  for (const { at, end, type } of boxes(still)) {
    if (type === 'moov') {
      still.write('free', at + 4, 'latin1');
      hasFilm = true;
    } else if (type === 'ftyp') {
      // The brand, a version, and the brands it is compatible with.
      for (let brand = at + 8; brand + 4 <= Math.min(end, still.length); brand += 4) {
        const stillBrand = STILL_BRANDS[still.toString('latin1', brand, brand + 4)];
        if (stillBrand) {
          still.write(stillBrand, brand, 'latin1');
          hasFilm = true;
        }
      }
    }
  }
  return hasFilm ? still : bytes;
}

/** Of a film, the brand of its still image. */
const STILL_BRANDS: Readonly<Record<string, string>> = { avis: 'avif', msf1: 'mif1' };

/** The outermost boxes of an ISO base media file. */
function* boxes(file: Buffer): Generator<{ at: number; end: number; type: string }> {
  for (let at = 0; at + 16 <= file.length;) {
    const length = file.readUInt32BE(at);
    const end =
      length === 0
        ? file.length
        : at + (length === 1 ? Math.max(16, Number(file.readBigUInt64BE(at + 8))) : Math.max(8, length));
    yield { at, end, type: file.toString('latin1', at + 4, at + 8) };
    at = end;
  }
}
