/** A finished picture: red, green, blue, 8 bits each, row-major without padding. */
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

/** Enlarges by a whole factor, every pixel a square. */
export function enlarge({ width, height, rgb }: Bitmap, factor: number): Bitmap {
  if (factor === 1) return { width, height, rgb };
  const row = width * factor * 3;
  const out = new Uint8Array(row * height * factor);
  for (let y = 0; y < height; y++) {
    const start = y * factor * row;
    for (let x = 0, to = start; x < width; x++) {
      const from = (y * width + x) * 3;
      for (let copy = 0; copy < factor; copy++, to += 3) {
        out[to] = rgb[from]!;
        out[to + 1] = rgb[from + 1]!;
        out[to + 2] = rgb[from + 2]!;
      }
    }
    for (let copy = 1; copy < factor; copy++) out.copyWithin(start + copy * row, start, start + row);
  }
  return { width: width * factor, height: height * factor, rgb: out };
}

/** Copies `source` into `target` at x, y, where it must fit. */
export function paste(target: Bitmap, source: Bitmap, x: number, y: number): void {
  const bytes = source.width * 3;
  for (let row = 0; row < source.height; row++) {
    target.rgb.set(source.rgb.subarray(row * bytes, (row + 1) * bytes), ((y + row) * target.width + x) * 3);
  }
}
