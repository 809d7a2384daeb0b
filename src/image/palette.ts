import quickselect from 'quickselect';
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
/** A reduced colour may be so far from its own (of 441 from black to white; greys of letters are up to 13.9), … */
const FAR = 14;
/** … and further in this share of the pixels. Contours: up to 0.05 %; one photograph among 49 maps: 1.6 %. */
const MOST_FAR = 0.005;

/**
 * An image in at most 256 colours, `undefined` where it has more. With `reduce` it may have more: it keeps greys for
 * text, steps of the colormap and its most frequent other colours, and takes the nearest of these for the rest, but not
 * where that would be seen (photographs).
 *
 * @param options.order the colormap in use; near colours get near places in the palette, which makes smaller files
 */
export function indexColors(
  { width, height, rgb }: Bitmap,
  options: { readonly order?: Lut; readonly reduce?: boolean } = {},
): Indexed | undefined {
  const table = countColors(rgb, width, options.reduce ? Infinity : MOST);
  if (!table) return undefined;
  const { colors, counts } = table.list();
  const kept = colors.length <= MOST ? [...colors] : mostFrequent(colors, counts, options.order);
  const places = new ColorTable();
  const palette = new Uint8Array(kept.length * 3);
  for (const [place, color] of inOrder(kept, options.order).entries()) {
    places.add(color, place);
    palette.set(partsOf(color), place * 3);
  }
  let left = width * height * MOST_FAR;
  for (const [i, color] of colors.entries()) {
    if (places.has(color)) continue;
    const place = nearest(palette, color);
    const distance = Math.hypot(
      ...partsOf(color).map((part, channel) => part - palette[place * 3 + channel]!),
    );
    if (distance > FAR) left -= counts[i]!;
    if (left < 0) return undefined;
    places.add(color, place);
  }
  return { width, height, pixels: lookUp(rgb, width, places), palette };
}

const partsOf = (color: number) => [color >>> 16, (color >>> 8) & 255, color & 255] as const;

/** A number for each colour (red << 16 | green << 8 | blue), by open addressing: several times faster than a Map. */
class ColorTable {
  size = 0;
  #colors = new Int32Array(4096).fill(-1);
  #numbers = new Uint32Array(4096);

  /** Where the colour is, or is to be put. */
  #find(color: number): number {
    const mask = this.#colors.length - 1;
    // Of the product's 32 bits as many upper ones as there are places, or more: a large table would fill up in its beginning only.
    let at = (Math.imul(color, 0x9e3779b1) >>> Math.min(12, Math.clz32(mask))) & mask;
    while (this.#colors[at] !== color && this.#colors[at] !== -1) at = (at + 1) & mask;
    return at;
  }

  has(color: number): boolean {
    return this.#colors[this.#find(color)] !== -1;
  }

  /** 0 for one that is not there. */
  get(color: number): number {
    return this.#numbers[this.#find(color)]!;
  }

  add(color: number, number: number): void {
    let at = this.#find(color);
    if (this.#colors[at] === -1) {
      if (++this.size * 2 > this.#colors.length) {
        this.#grow();
        at = this.#find(color);
      }
      this.#colors[at] = color;
    }
    this.#numbers[at]! += number;
  }

  #grow(): void {
    const [colors, numbers] = [this.#colors, this.#numbers];
    this.#colors = new Int32Array(colors.length * 4).fill(-1);
    this.#numbers = new Uint32Array(colors.length * 4);
    colors.forEach((color, index) => {
      if (color === -1) return;
      const at = this.#find(color);
      this.#colors[at] = color;
      this.#numbers[at] = numbers[index]!;
    });
  }

  /** Both of one length, `size`. */
  list(): { readonly colors: Int32Array; readonly counts: Uint32Array } {
    const colors = new Int32Array(this.size);
    const counts = new Uint32Array(this.size);
    for (let at = 0, to = 0; at < this.#colors.length; at++) {
      if (this.#colors[at] === -1) continue;
      colors[to] = this.#colors[at]!;
      counts[to++] = this.#numbers[at]!;
    }
    return { colors, counts };
  }
}

/** Whether a row of pixels is that above it once more: most are, where pixels were enlarged and on empty paper. */
function isRepeated(rgb: Uint8Array, start: number, stride: number): boolean {
  const above = start - stride;
  return above >= 0 && Buffer.compare(rgb.subarray(above, start), rgb.subarray(start, start + stride)) === 0;
}

/** How often each colour occurs; `undefined` as soon as there are more than `most`. */
function countColors(rgb: Uint8Array, width: number, most: number): ColorTable | undefined {
  const table = new ColorTable();
  const stride = width * 3;
  for (let start = 0; start < rgb.length;) {
    let next = start + stride;
    while (next < rgb.length && isRepeated(rgb, next, stride)) next += stride;
    const rows = (next - start) / stride;
    let run = 0;
    let previous = -1;
    for (let at = start; at < start + stride; at += 3, run++) {
      const color = (rgb[at]! << 16) | (rgb[at + 1]! << 8) | rgb[at + 2]!;
      if (color === previous) continue;
      if (run > 0) table.add(previous, run * rows);
      if (table.size > most) return undefined;
      previous = color;
      run = 0;
    }
    table.add(previous, run * rows);
    start = next;
  }
  return table.size > most ? undefined : table;
}

/** Greys enough for smooth letters, the colormap in steps too small to be seen on a bar, and what is most often there. */
function mostFrequent(colors: Int32Array, counts: Uint32Array, order: Lut | undefined): number[] {
  const greys = Array.from({ length: 16 }, (_, step) => step * 17 * 0x010101);
  const steps = order ? Array.from({ length: 86 }, (_, step) => colorOf(order, step * 3)) : [];
  const oftenFirst = (one: number, other: number): number =>
    counts[other]! - counts[one]! || colors[one]! - colors[other]!;
  const ranks = Uint32Array.from(colors.keys());
  // Photographs have some 100,000 colours: sorting all of them takes longer than everything else here.
  quickselect(ranks as unknown as number[], MOST - 1, 0, ranks.length - 1, oftenFirst);
  const others = [...ranks.subarray(0, MOST)].sort(oftenFirst).map((rank) => colors[rank]!);
  return [...new Set([...greys, ...steps, ...others])].slice(0, MOST);
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
  const [red, green, blue] = partsOf(color);
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

function lookUp(rgb: Uint8Array, width: number, places: ColorTable): Uint8Array {
  const pixels = new Uint8Array(rgb.length / 3);
  const stride = width * 3;
  for (let start = 0, to = 0; start < rgb.length; start += stride, to += width) {
    if (isRepeated(rgb, start, stride)) {
      pixels.copyWithin(to, to - width, to);
      continue;
    }
    let previous = -1;
    let place = 0;
    for (let index = 0, at = start; index < width; index++, at += 3) {
      const color = (rgb[at]! << 16) | (rgb[at + 1]! << 8) | rgb[at + 2]!;
      if (color !== previous) {
        place = places.get(color);
        previous = color;
      }
      pixels[to + index] = place;
    }
  }
  return pixels;
}
