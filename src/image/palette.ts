import type { Bitmap } from './bitmap.ts';
import type { Lut } from './colormap.ts';

export interface Indexed {
  readonly width: number;
  readonly height: number;
  /** uint8 [height, width]: positions in the palette. */
  readonly pixels: Uint8Array;
  /** uint8 [n, 3], n <= 256. */
  readonly palette: Uint8Array;
}

const MOST = 256;

/**
 * A picture in at most 256 colours, `undefined` where it has more and `reduce` is not set. Reduced, it keeps the greys of
 * text and its most frequent other colours, and takes the nearest of these for the rest: right for pictures of few
 * colours and their blends (maps, contours, text), wrong for photographs.
 *
 * @param options.order the colormap in use; near colours get near places in the palette, which makes smaller files
 */
export function indexColors(
  { width, height, rgb }: Bitmap,
  options: { readonly order?: Lut; readonly reduce?: boolean } = {},
): Indexed | undefined {
  const counts = countColors(rgb, options.reduce ? Infinity : MOST);
  if (!counts) return undefined;
  const kept = counts.size <= MOST ? [...counts.keys()] : mostFrequent(counts, options.order);
  const places = new Map(inOrder(kept, options.order).map((color, place) => [color, place]));
  const palette = new Uint8Array(places.size * 3);
  for (const [color, place] of places)
    palette.set([color >>> 16, (color >>> 8) & 255, color & 255], place * 3);
  for (const color of counts.keys()) if (!places.has(color)) places.set(color, nearest(palette, color));
  return { width, height, pixels: lookUp(rgb, places), palette };
}

/** How often each colour (red << 16 | green << 8 | blue) occurs; `undefined` as soon as there are more than `most`. */
function countColors(rgb: Uint8Array, most: number): Map<number, number> | undefined {
  // One counter for every colour there is: memory is taken only for those that occur.
  const seen = new Uint32Array(1 << 24);
  const colors: number[] = [];
  for (let at = 0; at < rgb.length; at += 3) {
    const color = (rgb[at]! << 16) | (rgb[at + 1]! << 8) | rgb[at + 2]!;
    if (seen[color]!++ === 0 && colors.push(color) > most) return undefined;
  }
  return new Map(colors.map((color) => [color, seen[color]!]));
}

/** Greys enough for smooth letters, the colormap in steps too small to be seen on a bar, and what is most often there. */
function mostFrequent(counts: ReadonlyMap<number, number>, order: Lut | undefined): number[] {
  const greys = Array.from({ length: 16 }, (_, step) => step * 17 * 0x010101);
  const steps = order ? Array.from({ length: 86 }, (_, step) => colorOf(order, step * 3)) : [];
  const others = [...counts].sort(([one, often], [other, rare]) => rare - often || one - other);
  return [...new Set([...greys, ...steps, ...others.map(([color]) => color)])].slice(0, MOST);
}

const colorOf = (lut: Lut, place: number) =>
  (lut[place * 3]! << 16) | (lut[place * 3 + 1]! << 8) | lut[place * 3 + 2]!;

function inOrder(colors: readonly number[], order: Lut | undefined): number[] {
  const rank = (color: number) => (order ? nearest(order, color) : luma(color));
  return colors
    .map((color) => [rank(color), luma(color), color] as const)
    .sort((one, other) => one[0] - other[0] || one[1] - other[1] || one[2] - other[2])
    .map(([, , color]) => color);
}

const luma = (color: number) => 299 * (color >>> 16) + 587 * ((color >>> 8) & 255) + 114 * (color & 255);

function nearest(palette: Uint8Array, color: number): number {
  const [red, green, blue] = [color >>> 16, (color >>> 8) & 255, color & 255];
  let best = 0;
  let least = Infinity;
  for (let place = 0; place * 3 < palette.length; place++) {
    const distance =
      (palette[place * 3]! - red) ** 2 +
      (palette[place * 3 + 1]! - green) ** 2 +
      (palette[place * 3 + 2]! - blue) ** 2;
    if (distance < least) {
      least = distance;
      best = place;
    }
  }
  return best;
}

function lookUp(rgb: Uint8Array, places: ReadonlyMap<number, number>): Uint8Array {
  const table = new Uint8Array(1 << 24);
  for (const [color, place] of places) table[color] = place;
  const pixels = new Uint8Array(rgb.length / 3);
  for (let index = 0, at = 0; index < pixels.length; index++, at += 3) {
    pixels[index] = table[(rgb[at]! << 16) | (rgb[at + 1]! << 8) | rgb[at + 2]!]!;
  }
  return pixels;
}
