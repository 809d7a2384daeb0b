type Format = 'png' | 'jpeg' | 'gif' | 'webp' | 'tiff' | 'avif';

/** What a file is by its first bytes; whether it is a kind of picture that is read here, and if not, why. */
export type Sniffed =
  | { readonly readable: true; readonly format: Format }
  | { readonly readable: false; readonly reason: string };

const READ_HERE = 'PNG, JPEG, WebP, GIF, TIFF and AVIF are read';

export function sniffFormat(bytes: Uint8Array): Sniffed {
  const head = Array.from(bytes.subarray(0, 512), (byte) => String.fromCharCode(byte)).join('');
  if (head === '') return refuse('the file is empty');
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return accept('png');
  if (head.startsWith('\xff\xd8\xff')) return accept('jpeg');
  if (/^GIF8[79]a/.test(head)) return accept('gif');
  if (/^RIFF[^]{4}WEBP/.test(head)) return accept('webp');
  if (/^(II[*+]\0|MM\0[*+])/.test(head)) return accept('tiff');
  const brand = /^[^]{4}ftyp([^]{4})/.exec(head)?.[1];
  if (brand === 'avif' || brand === 'avis' || (brand === 'mif1' && head.includes('avif')))
    return accept('avif');
  return refuse(`it is ${nameOf(head, brand)}; ${READ_HERE}`);
}

/** True where a file lacks the end that its format prescribes, or the length it says; TIFF and AVIF say nothing of the kind. */
export function isCutOff(bytes: Uint8Array, format: Format): boolean {
  const end = (from: number, to?: number): string => Buffer.from(bytes.slice(from, to)).toString('latin1');
  switch (format) {
    case 'jpeg':
      return end(-2) !== '\xff\xd9';
    case 'png':
      return end(-8, -4) !== 'IEND';
    case 'gif':
      return end(-1) !== ';';
    case 'webp':
      return new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true) + 8 > bytes.length;
    case 'tiff':
    case 'avif':
      return false;
  }
}

function nameOf(head: string, brand: string | undefined): string {
  // Drawings may name other files and addresses to be fetched, and need fonts: they are never opened.
  if (/<(?:[\w-]+:)?svg[\s>]/i.test(head)) return 'an SVG drawing';
  if (brand === 'heic' || brand === 'heix' || brand === 'mif1' || brand === 'hevc') return 'a HEIC picture';
  if (brand) return 'a film or a kind of picture unknown here';
  if (head.startsWith('%PDF')) return 'a PDF';
  if (head.startsWith('BM')) return 'a BMP picture';
  if (head.startsWith('PK\x03\x04')) return 'a ZIP archive';
  if (/^\s*<(?:!doctype html|html)/i.test(head)) return 'a web page';
  if (/^[\t\r\n\x20-\x7e]*$/.test(head)) return 'a text';
  return 'of no kind known here';
}

const accept = (format: Format): Sniffed => ({ readable: true, format });
const refuse = (reason: string): Sniffed => ({ readable: false, reason });
