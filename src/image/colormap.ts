import {
  interpolateCividis,
  interpolateInferno,
  interpolateMagma,
  interpolatePlasma,
  interpolateRdBu,
  interpolateViridis,
} from 'd3-scale-chromatic';
import { colormaps } from '../schema/colormaps.ts';
import type { Colormap } from '../schema/colormaps.ts';
import type { Bitmap, FloatMap } from './bitmap.ts';

/** 256 colours from low to high: uint8 [256, 3], red, green, blue. */
export type Lut = Uint8Array;

/** Lowest and highest value; a range without extent or without numbers is allowed. */
export type Range = readonly [low: number, high: number];

/** Where a value is not a number: a pink that no colormap comes near. */
export const NAN_COLOR: readonly [number, number, number] = [255, 0, 255];

const SIZE = 256;

const interpolators: Readonly<Record<string, (t: number) => string>> = {
  viridis: interpolateViridis,
  magma: interpolateMagma,
  inferno: interpolateInferno,
  plasma: interpolatePlasma,
  cividis: interpolateCividis,
  grey: (t) => `rgb(${[t, t, t].map((part) => Math.round(part * 255)).join()})`,
  // ColorBrewer's RdBu, turned round: blue is negative, white zero, red positive.
  diverging: (t) => interpolateRdBu(1 - t),
};

const made = new Map<string, Lut>();

/** The colours of a colormap; one shared table each, not to be written to. @throws Error where there is none of that name */
export function colormap(name: string): Lut {
  let lut = made.get(name);
  if (!lut) {
    const at = interpolators[name] ?? between(colormaps.get(name)?.colors);
    if (!at) throw new Error(`no colormap is called ${name}`);
    lut = Uint8Array.from(
      Array.from({ length: SIZE }, (_, index) => parseColor(at(index / (SIZE - 1)))).flat(),
    );
    if (colormaps.isBuiltIn(name)) made.set(name, lut);
  }
  return lut;
}

/** Linear in sRGB between evenly spaced colours. */
function between(colors: Colormap['colors'] | undefined): ((t: number) => string) | undefined {
  if (!colors) return undefined;
  const stops = colors.map(parseColor);
  return (t) => {
    const at = t * (stops.length - 1);
    const below = Math.min(Math.floor(at), stops.length - 2);
    const parts = stops[below]!.map((part, channel) => {
      const above = stops[below + 1]![channel]!;
      return Math.round(part + (above - part) * (at - below));
    });
    return `rgb(${parts.join()})`;
  };
}

/** True for a colormap whose middle means zero: it takes `signedRange` of the values. */
export const isDiverging = (name: string): boolean => colormaps.get(name)?.diverging === true;

/** The same reach to both sides of zero, so that zero gets the middle colour; [-1, 1] where all is zero. */
export function signedRange([low, high]: Range): Range {
  const reach = Math.max(Math.abs(low), Math.abs(high));
  return reach > 0 && Number.isFinite(reach) ? [-reach, reach] : [-1, 1];
}

/** Index 0..255 of a value's colour, as matplotlib: 256 equal steps over the range, the ends catching what lies beyond. */
export function colorIndex(value: number, [low, high]: Range): number {
  const scale = scaleOf([low, high]);
  return Math.min(Math.max(Math.floor((value - low) * scale), 0), SIZE - 1) || 0;
}

/**
 * Every value in its colour. Beyond the range (infinities too) it is the colour of that end, where the value is not a
 * number NAN_COLOR; a range without extent gives the lowest colour throughout.
 */
export function paintMap({ data, height, width }: FloatMap, lut: Lut, range: Range): Bitmap {
  const count = height * width;
  const words = new Uint32Array(Math.ceil(count / 4) * 3);
  const scale = scaleOf(range);
  const low = scale === 0 ? 0 : range[0];
  const colors = colorWords(lut);
  // Minimum and maximum keep NaN, which `| 0` makes zero: the entry before the lowest colour.
  const color = (value: number): number =>
    colors[(Math.min(Math.max((value - low) * scale, 0), SIZE - 1) + 1) | 0]!;
  // Four pixels are three words of memory: a third of the time of twelve bytes. Node runs on little-endian machines.
  for (let index = 0, to = 0; index < count; index += 4, to += 3) {
    const second = color(data[index + 1]!);
    const third = color(data[index + 2]!);
    words[to] = color(data[index]!) | (second << 24);
    words[to + 1] = (second >>> 8) | (third << 16);
    words[to + 2] = (third >>> 16) | (color(data[index + 3]!) << 8);
  }
  return { width, height, rgb: new Uint8Array(words.buffer, 0, count * 3) };
}

/** A map in places of a colormap instead of colours. */
export interface IndexedMap {
  readonly width: number;
  readonly height: number;
  /** uint8 [height, width]: positions in `lut`. */
  readonly places: Uint8Array;
  readonly lut: Lut;
}

/** How values become places: (value - low) * factor, at most `most`, rounded down; of a range without extent all are the first. */
export function placeScale(range: Range): {
  readonly low: number;
  readonly factor: number;
  readonly most: number;
} {
  const factor = scaleOf(range);
  return { low: factor === 0 ? 0 : range[0], factor, most: SIZE - 1 };
}

/** As `paintMap`, colours by their places; undefined where a value gets NAN_COLOR, which has none. */
export function indexMap({ data, height, width }: FloatMap, lut: Lut, range: Range): IndexedMap | undefined {
  const places = new Uint8Array(height * width);
  const scale = scaleOf(range);
  const low = scale === 0 ? 0 : range[0];
  for (let index = 0; index < places.length; index++) {
    const value = (data[index]! - low) * scale;
    if (Number.isNaN(value)) return undefined;
    // As paintMap rounds.
    places[index] = ((Math.min(Math.max(value, 0), SIZE - 1) + 1) | 0) - 1;
  }
  return { width, height, places, lut };
}

/** The map in its colours. */
export function colorsOf({ width, height, places, lut }: IndexedMap): Bitmap {
  const rgb = new Uint8Array(places.length * 3);
  for (let index = 0, to = 0; index < places.length; index++) {
    const from = places[index]! * 3;
    rgb[to++] = lut[from]!;
    rgb[to++] = lut[from + 1]!;
    rgb[to++] = lut[from + 2]!;
  }
  return { width, height, rgb };
}

function colorWords(lut: Lut): Uint32Array {
  const word = (red: number, green: number, blue: number) => red | (green << 8) | (blue << 16);
  const colors = new Uint32Array(SIZE + 1);
  colors[0] = word(...NAN_COLOR);
  for (let index = 0; index < SIZE; index++) {
    colors[index + 1] = word(lut[index * 3]!, lut[index * 3 + 1]!, lut[index * 3 + 2]!);
  }
  return colors;
}

/**
 * Three numbers a pixel as red, green and blue, each scaled from its range to 0..255: one range for all keeps colours
 * true, one a channel lets each use its whole scale.
 *
 * @param image float32 [height, width, 3]
 */
export function paintRgb(
  { data, height, width }: FloatMap,
  ranges: Range | readonly [Range, Range, Range],
): Bitmap {
  const each = isOne(ranges) ? [ranges, ranges, ranges] : ranges;
  const rgb = new Uint8Array(height * width * 3);
  for (let channel = 0; channel < 3; channel++) {
    const [low, high] = each[channel]!;
    const scale = high > low && Number.isFinite(high - low) ? 255 / (high - low) : 0;
    for (let index = channel; index < rgb.length; index += 3) {
      const value = (data[index]! - low) * scale;
      rgb[index] = value >= 255 ? 255 : value > 0 ? (value + 0.5) | 0 : 0;
    }
  }
  for (let index = 0; index < rgb.length; index += 3) {
    if (Number.isNaN(data[index]! + data[index + 1]! + data[index + 2]!)) rgb.set(NAN_COLOR, index);
  }
  return { width, height, rgb };
}

const isOne = (ranges: Range | readonly Range[]): ranges is Range => typeof ranges[0] === 'number';

/** Zero for a range without extent: then every finite value counts as the lowest. */
function scaleOf([low, high]: Range): number {
  return high > low && Number.isFinite(high - low) ? SIZE / (high - low) : 0;
}

function parseColor(text: string): number[] {
  if (text.startsWith('#'))
    return [1, 3, 5].map((start) => Number.parseInt(text.slice(start, start + 2), 16));
  return (text.match(/\d+/g) ?? []).map(Number);
}
