import { hasEnd, unusualJpeg } from './jpeg.ts';
import { readIfd } from './tiff-ifd.ts';

export type Format = 'png' | 'jpeg' | 'gif' | 'webp' | 'tiff' | 'avif';

/** What a file is by its first bytes; whether it is a kind of image that is read here, and if not, why. */
export type Sniffed =
  | { readonly readable: true; readonly format: Format }
  | { readonly readable: false; readonly reason: string };

const SUPPORTED = 'Supported: PNG, JPEG, WebP, GIF, TIFF, AVIF.';

export function sniffFormat(bytes: Uint8Array): Sniffed {
  const head = Array.from(bytes.subarray(0, 512), (byte) => String.fromCharCode(byte)).join('');
  if (head === '') return refuse('The file is empty.');
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return accept('png');
  if (head.startsWith('\xff\xd8\xff')) return accept('jpeg');
  if (/^GIF8[79]a/.test(head)) return accept('gif');
  if (/^RIFF[^]{4}WEBP/.test(head)) return accept('webp');
  if (/^(II[*+]\0|MM\0[*+])/.test(head)) return accept('tiff');
  const brand = /^[^]{4}ftyp([^]{4})/.exec(head)?.[1];
  if (brand === 'avif' || brand === 'avis' || (brand === 'mif1' && head.includes('avif')))
    return accept('avif');
  return refuse(`Unsupported image format: ${nameOf(head, brand)}. ${SUPPORTED}`);
}

/** True where a file lacks the end that its format prescribes, or says it is longer than it is. */
export function isCutOff(bytes: Uint8Array, format: Format): boolean {
  const end = (from: number, to?: number): string => Buffer.from(bytes.slice(from, to)).toString('latin1');
  switch (format) {
    case 'jpeg':
      return !hasEnd(bytes);
    case 'png':
      return end(-8, -4) !== 'IEND';
    case 'gif':
      return end(-1) !== ';';
    case 'webp':
      return new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true) + 8 > bytes.length;
    case 'tiff':
      return isTiffCutOff(bytes);
    case 'avif':
      return isAvifCutOff(bytes);
  }
}

function isTiffCutOff(bytes: Uint8Array): boolean {
  const ifd = readIfd(bytes);
  if (!ifd) return true;
  // Strips and tiles: where they begin, and how many bytes they have.
  return [
    [273, 279],
    [324, 325],
  ].some(([at, length]) => {
    const [starts, lengths] = [ifd.numbers(at!), ifd.numbers(length!)];
    return starts?.some((start, index) => start + (lengths?.[index] ?? 0) > bytes.length);
  });
}

/** AVIF is made of boxes, each with its length; the last may say 0, which is up to the end. */
function isAvifCutOff(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (at + 16 <= bytes.length) {
    const length = view.getUint32(at);
    if (length === 0) return false;
    at += length === 1 ? Number(view.getBigUint64(at + 8)) : Math.max(8, length);
  }
  return at > bytes.length;
}

/** What a file says it is, where that is a kind that may not be read here: the reason, should it fail. */
export function unsupportedKind(bytes: Uint8Array, format: Format): string | undefined {
  const kind = format === 'jpeg' ? unusualJpeg(bytes) : format === 'avif' ? unusualAvif(bytes) : undefined;
  return kind && `Unsupported ${format.toUpperCase()}: ${kind}.`;
}

/** The settings of the first AV1 image stand in its `av1C` box. */
function unusualAvif(bytes: Uint8Array): string | undefined {
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 65536)).indexOf('av1C');
  const flags = at < 0 ? 0 : (bytes[at + 6] ?? 0);
  return flags & 0x40 ? `${flags & 0x20 ? 12 : 10} bits` : undefined;
}

function nameOf(head: string, brand: string | undefined): string {
  // Drawings may name other files and addresses to be fetched, and need fonts: they are never opened.
  if (/<(?:[\w-]+:)?svg[\s>]/i.test(head)) return 'SVG';
  if (brand === 'heic' || brand === 'heix' || brand === 'mif1' || brand === 'hevc') return 'HEIC';
  if (brand) return 'a video, or an unknown image format';
  if (head.startsWith('%PDF')) return 'PDF';
  if (head.startsWith('BM')) return 'BMP';
  if (head.startsWith('\xff\x0a') || head.startsWith('\0\0\0\x0cJXL ')) return 'JPEG XL';
  if (head.startsWith('\0\0\0\x0cjP  ') || head.startsWith('\xff\x4f\xff\x51')) return 'JPEG 2000';
  if (head.startsWith('v/1\x01')) return 'OpenEXR';
  if (head.startsWith('8BPS')) return 'Photoshop';
  if (/^P[1-7]\s/.test(head)) return 'Netpbm';
  if (head.startsWith('\x89HDF')) return 'HDF5';
  if (head.startsWith('\x93NUMPY')) return 'NumPy';
  if (head.startsWith('PK\x03\x04')) return 'ZIP';
  if (/^\s*<(?:!doctype html|html)/i.test(head)) return 'HTML';
  if (/^[\t\r\n\x20-\x7e]*$/.test(head)) return 'text';
  return 'unknown';
}

const accept = (format: Format): Sniffed => ({ readable: true, format });
const refuse = (reason: string): Sniffed => ({ readable: false, reason });
