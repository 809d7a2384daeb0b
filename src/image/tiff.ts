/**
 * What the samples of a TIFF are, and the rule by which they become 8-bit colours. A TIFF may hold anything from a scan to
 * measured heights: what has no rule is refused, since a guess would give wrong numbers without a word.
 */
import { ImageError } from './image-error.ts';
import { readIfd, type Ifd } from './tiff-ifd.ts';

/** How samples that are not 8- or 16-bit colours are brought to 0..255. */
export interface SampleRule {
  /** What the decoder hands out one sample as. */
  readonly read: 'uchar' | 'char' | 'ushort' | 'uint' | 'int' | 'float';
  /** What they are: a 16-bit one is handed out unsigned whatever it is. */
  readonly signed: boolean;
  readonly space: 'b-w' | 'srgb' | 'scrgb' | 'grey16' | 'rgb16';
  /** Bands of colour, the first of those in the file; the others are left out. */
  readonly bands: 1 | 3;
  /** Samples of this range are black to white. Absent for floating point: 0..1, and nothing else. */
  readonly range?: readonly [number, number];
  readonly what: string;
}

export interface TiffPlan {
  /** The file, or a copy whose samples are said to be unsigned. */
  readonly bytes: Uint8Array;
  /** Absent where the decoder's own rule is right. */
  readonly rule?: SampleRule;
}

const TAG = {
  bits: 258,
  compression: 259,
  photometric: 262,
  samples: 277,
  planar: 284,
  inkSet: 332,
  tileWidth: 322,
  extraSamples: 338,
  sampleFormat: 339,
  smallest: 340,
  largest: 341,
} as const;

/** Bands of colour by PhotometricInterpretation. */
const COLORS: Readonly<Record<number, { name: string; bands: 1 | 3 | 4 }>> = {
  0: { name: 'MinIsWhite', bands: 1 },
  1: { name: 'grey', bands: 1 },
  2: { name: 'RGB', bands: 3 },
  3: { name: 'palette', bands: 1 },
  5: { name: 'CMYK', bands: 4 },
  6: { name: 'YCbCr', bands: 3 },
  8: { name: 'CIELab', bands: 3 },
};
const COLORS_REFUSED: Readonly<Record<number, string>> = {
  4: 'a transparency mask',
  9: 'ICCLab',
  10: 'ITULab',
  32803: 'raw sensor data (CFA)',
  32844: 'LogL',
  32845: 'LogLuv',
  34892: 'raw sensor data (LinearRaw)',
};
const COMPRESSIONS_REFUSED: Readonly<Record<number, string>> = {
  34661: 'JBIG',
  34887: 'LERC',
  34925: 'LZMA',
  50000: 'Zstandard',
  33003: 'JPEG 2000',
  33005: 'JPEG 2000',
  34712: 'JPEG 2000',
  50002: 'JPEG XL',
  52546: 'JPEG XL',
};

const UNSIGNED = 1;
const SIGNED = 2;
const FLOAT = 3;
/** ExtraSamples: neither colour nor transparency. */
const UNSPECIFIED = 0;
const JPEG = 7;
const OLD_JPEG = 6;

const RANGE_HINT = 'Write their range into SMinSampleValue and SMaxSampleValue, or save the file as 8 bits';

/**
 * @throws ImageError for what is not supported, saying what it is
 */
export function planTiff(bytes: Uint8Array): TiffPlan {
  const ifd = readIfd(bytes);
  // The decoder says what is wrong with it.
  if (!ifd) return { bytes };
  const one = (tag: number, absent: number): number => ifd.numbers(tag, 1)?.[0] ?? absent;
  const samples = one(TAG.samples, 1);
  const photometric = one(TAG.photometric, samples >= 3 ? 2 : 1);
  const color = COLORS[photometric];
  const allBits = ifd.numbers(TAG.bits) ?? [1];
  const bits = allBits[0]!;
  const formats = ifd.numbers(TAG.sampleFormat) ?? [UNSIGNED];
  // 4, undefined, is what old writers say of plain numbers.
  const format = formats[0] === 4 ? UNSIGNED : formats[0]!;
  const compression = one(TAG.compression, 1);

  if (!color) throw unsupported(COLORS_REFUSED[photometric] ?? `colours of kind ${photometric}`);
  if (compression in COMPRESSIONS_REFUSED) {
    throw unsupported(`compressed as ${COMPRESSIONS_REFUSED[compression]!}`);
  }
  if (new Set(allBits).size > 1 || new Set(formats).size > 1) throw unsupported('bands of different types');
  if (format === 5 || format === 6) throw unsupported('complex numbers');
  if (photometric === 6 && compression !== JPEG && compression !== OLD_JPEG) {
    throw unsupported('YCbCr without JPEG compression');
  }
  if (photometric === 5 && one(TAG.inkSet, 1) !== 1) throw unsupported('inks other than CMYK');
  if (one(TAG.planar, 1) === 2 && samples > 1 && ifd.place(TAG.tileWidth)) {
    throw unsupported('tiles of separate bands');
  }
  const isPlain = format === UNSIGNED && (bits === 8 || bits === 16);
  const isSmall = format === UNSIGNED && (bits === 1 || bits === 2 || bits === 4) && color.bands === 1;
  if (isSmall && samples === 1) return { bytes };
  const what = `${bits}-bit ${format === FLOAT ? 'floating-point' : format === SIGNED ? 'signed' : 'unsigned'} samples`;
  const isOther =
    ((format === UNSIGNED || format === FLOAT) && bits === 32) ||
    (format === SIGNED && (bits === 8 || bits === 16 || bits === 32));
  if (!isPlain && !isOther) throw unsupported(what);
  if (!isPlain && photometric !== 1 && photometric !== 2) throw unsupported(`${what} of ${color.name}`);
  if (bits === 16 && photometric === 8) throw unsupported(`${what} of CIELab`);

  const dropped = extraBand(ifd, samples, color, isPlain);
  const stated = bits === 8 && isPlain ? undefined : statedRange(ifd);
  if (isPlain && !dropped && (stated === undefined || (photometric !== 1 && photometric !== 2)))
    return { bytes };
  const range = stated ?? (format === UNSIGNED ? ([0, 2 ** bits - 1] as const) : undefined);
  if (format === SIGNED && !range) throw unsupported(`${what} without a range. ${RANGE_HINT}`);
  const bands = color.bands === 1 ? 1 : 3;
  return {
    bytes: bits === 16 && format === SIGNED ? asUnsigned(bytes, ifd) : bytes,
    rule: {
      ...handedOut(bits, format, bands),
      signed: format === SIGNED,
      bands,
      ...(range && { range }),
      what,
    },
  };
}

/** What the decoder makes of samples before any conversion. */
function handedOut(bits: number, format: number, bands: 1 | 3): Pick<SampleRule, 'read' | 'space'> {
  const space = bands === 1 ? 'b-w' : 'srgb';
  if (bits === 16) return { read: 'ushort', space: bands === 1 ? 'grey16' : 'rgb16' };
  if (format === FLOAT) return { read: 'float', space: bands === 1 ? 'b-w' : 'scrgb' };
  if (bits === 8) return { read: format === SIGNED ? 'char' : 'uchar', space };
  return { read: format === SIGNED ? 'int' : 'uint', space };
}

/**
 * Whether a band follows the colours that is to be left out.
 * @throws ImageError for bands whose meaning the file does not say, or that are too many
 */
function extraBand(
  ifd: Ifd,
  samples: number,
  color: { name: string; bands: number },
  isPlain: boolean,
): boolean {
  const extra = samples - color.bands;
  if (extra < 0) throw new ImageError('The file is damaged: it has fewer bands than its colours need.');
  if (extra === 0) return false;
  if (extra > 1) throw unsupported(`${samples} bands`);
  const meaning = ifd.numbers(TAG.extraSamples, 1)?.[0];
  if (meaning === undefined) {
    throw unsupported(`${samples} bands without an ExtraSamples tag`);
  }
  if (meaning === UNSPECIFIED) {
    if (color.name !== 'RGB') throw unsupported(`${samples} bands`);
    return true;
  }
  if (!isPlain) throw unsupported('transparency in samples that are not 8 or 16 bits');
  return false;
}

/** The range that a file states for its samples; that of all of them together where bands differ. */
function statedRange(ifd: Ifd): readonly [number, number] | undefined {
  const [smallest, largest] = [ifd.numbers(TAG.smallest), ifd.numbers(TAG.largest)];
  if (!smallest?.length || !largest?.length) return undefined;
  const range = [Math.min(...smallest), Math.max(...largest)] as const;
  return range[0] < range[1] && range.every(Number.isFinite) ? range : undefined;
}

function asUnsigned(bytes: Uint8Array, ifd: Ifd): Uint8Array {
  const { at, count, size } = ifd.place(TAG.sampleFormat)!;
  const copy = Uint8Array.from(bytes);
  const little = bytes[0] === 0x49;
  for (let index = 0; index < count; index++) {
    copy[at + index * size + (little ? 0 : size - 1)] = UNSIGNED;
  }
  return copy;
}

/**
 * @param samples interleaved, `from` values a pixel
 * @returns uint8, `rule.bands` values a pixel
 * @throws ImageError where the rule does not hold for the values
 */
export function scaleSamples(
  samples: ArrayLike<number>,
  from: number,
  { bands, range, what }: SampleRule,
): Uint8Array {
  const count = samples.length / from;
  let [least, greatest] = [Infinity, -Infinity];
  for (let pixel = 0; pixel < count; pixel++) {
    for (let band = 0; band < bands; band++) {
      const value = samples[pixel * from + band]!;
      if (!Number.isFinite(value)) throw unsupported(`${what} that are not all numbers (NaN or infinity)`);
      if (value < least) least = value;
      if (value > greatest) greatest = value;
    }
  }
  const span = `${what} from ${short(least)} to ${short(greatest)}`;
  if (!range && (least < 0 || greatest > 1)) {
    throw unsupported(`${span}, not from 0 to 1. ${RANGE_HINT}`);
  }
  const [black, white] = range ?? [0, 1];
  const level = (value: number) =>
    Math.min(255, Math.max(0, Math.round(((value - black) / (white - black)) * 255)));
  if (least < greatest && level(least) === level(greatest)) {
    throw unsupported(
      `${span}, which are one colour in a range from ${short(black)} to ${short(white)}. ${RANGE_HINT}`,
    );
  }
  const out = new Uint8Array(count * bands);
  for (let pixel = 0, at = 0; pixel < count; pixel++) {
    for (let band = 0; band < bands; band++) out[at++] = level(samples[pixel * from + band]!);
  }
  return out;
}

const short = (value: number): string => String(Number(value.toPrecision(4)));

const unsupported = (what: string) => new ImageError(`Unsupported TIFF: ${what}.`);
