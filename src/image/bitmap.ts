import { averageTo } from './downscale.ts';

/** A finished image: red, green, blue, 8 bits each, row-major without padding. */
export interface Bitmap {
  readonly width: number;
  readonly height: number;
  /** uint8 [height, width, 3] */
  readonly rgb: Uint8Array;
}

/** One map of numbers: float32 [height, width], row-major, y downwards. */
export interface FloatMap {
  readonly height: number;
  readonly width: number;
  readonly data: Float32Array;
}

/** Grey or coloured pixels (uint8 [height, width, channels]) as an image. */
export function asBitmap({
  width,
  height,
  channels,
  data,
}: {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array;
}): Bitmap {
  if (channels === 3) return { width, height, rgb: data };
  const rgb = new Uint8Array(data.length * 3);
  for (let i = 0; i < rgb.length; i++) rgb[i] = data[Math.floor(i / 3)]!;
  return { width, height, rgb };
}

/** Enlarges to a size, every pixel a rectangle of its own colour: all alike where the size is a whole multiple. */
export function enlarge({ width, height, rgb }: Bitmap, to: { width: number; height: number }): Bitmap {
  const row = to.width * 3;
  const out = new Uint8Array(row * to.height);
  const columns = Array.from({ length: to.width }, (_, x) => Math.floor((x * width) / to.width) * 3);
  let previous = -1;
  for (let y = 0; y < to.height; y++) {
    const line = Math.floor((y * height) / to.height);
    const start = y * row;
    if (line === previous) {
      out.copyWithin(start, start - row, start);
      continue;
    }
    previous = line;
    const from = line * width * 3;
    for (let x = 0, at = start; x < to.width; x++, at += 3) {
      const source = from + columns[x]!;
      out[at] = rgb[source]!;
      out[at + 1] = rgb[source + 1]!;
      out[at + 2] = rgb[source + 2]!;
    }
  }
  return { width: to.width, height: to.height, rgb: out };
}

/** Reduces to a size that is no longer either way, every pixel the mean of the area that it covers. */
export function shrink({ width, height, rgb }: Bitmap, to: { width: number; height: number }): Bitmap {
  const whole = { width, height, channels: 3, data: new Float32Array(rgb) };
  const { data } = averageTo(whole, to.height, to.width);
  const out = new Uint8Array(data.length);
  for (let at = 0; at < out.length; at++) out[at] = data[at]! + 0.5;
  return { width: to.width, height: to.height, rgb: out };
}

/** Fills a rectangle, which must lie within the image, with one grey. */
export function fillGrey(
  target: Bitmap,
  grey: number,
  x: number,
  y: number,
  width: number,
  height: number,
): void {
  for (let row = y; row < y + height; row++) {
    target.rgb.fill(grey, (row * target.width + x) * 3, (row * target.width + x + width) * 3);
  }
}

/** Copies `source` into `target` at x, y, where it must fit. */
export function paste(target: Bitmap, source: Bitmap, x: number, y: number): void {
  const bytes = source.width * 3;
  for (let row = 0; row < source.height; row++) {
    target.rgb.set(source.rgb.subarray(row * bytes, (row + 1) * bytes), ((y + row) * target.width + x) * 3);
  }
}
