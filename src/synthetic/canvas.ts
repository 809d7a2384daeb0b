import { clamp } from './arithmetic.ts';
import type { Dice } from './dice.ts';
import { expNegative } from '../random.ts';

/** An image under way: float32 [height, width, 3], 0..255, not yet rounded or cut off. */
export interface Canvas {
  readonly height: number;
  readonly width: number;
  readonly data: Float32Array;
}

export const blank = (height: number, width: number): Canvas => ({
  height,
  width,
  data: new Float32Array(height * width * 3),
});

/**
 * Calls `paint` for every pixel with its number and its centre in drawing units: the shorter side reaches from -1 to 1, y downwards.
 */
export function eachPixel(
  { height, width }: { readonly height: number; readonly width: number },
  paint: (index: number, x: number, y: number) => void,
): void {
  const unit = 2 / Math.min(height, width);
  for (let row = 0, index = 0; row < height; row++) {
    const y = (row + 0.5 - height / 2) * unit;
    for (let column = 0; column < width; column++, index++) {
      paint(index, (column + 0.5 - width / 2) * unit, y);
    }
  }
}

/** A smooth field of random hills, about -2..2, with `cells` of them along the longer side: cubic B-spline over normal-like numbers. */
export function hills(dice: Dice, height: number, width: number, cells: number): Float32Array {
  const step = cells / Math.max(height, width);
  const across = Math.ceil(cells) + 4;
  const knots = Float32Array.from(
    { length: across * across },
    () => 1.9 * (dice.between(-1, 1) + dice.between(-1, 1) + dice.between(-1, 1)),
  );
  const splines = Array.from({ length: Math.max(height, width) }, (_, at) => {
    const x = at * step;
    const first = Math.floor(x);
    const t = x - first;
    const rest = 1 - t;
    return {
      first,
      a: (rest * rest * rest) / 6,
      b: (3 * t * t * t - 6 * t * t + 4) / 6,
      c: (3 * rest * rest * rest - 6 * rest * rest + 4) / 6,
      d: (t * t * t) / 6,
    };
  });
  const out = new Float32Array(height * width);
  const line = new Float32Array(across);
  for (let y = 0; y < height; y++) {
    const { first, a, b, c, d } = splines[y]!;
    for (let x = 0; x < across; x++) {
      const at = first * across + x;
      line[x] =
        a * knots[at]! + b * knots[at + across]! + c * knots[at + 2 * across]! + d * knots[at + 3 * across]!;
    }
    for (let x = 0, at = y * width; x < width; x++, at++) {
      const s = splines[x]!;
      const from = s.first;
      out[at] = s.a * line[from]! + s.b * line[from + 1]! + s.c * line[from + 2]! + s.d * line[from + 3]!;
    }
  }
  return out;
}

/** Hills upon hills, 0..1. */
export function clouds(dice: Dice, height: number, width: number, cells = 2.5): Float32Array {
  const sum = hills(dice, height, width, cells);
  for (const [share, finer] of [
    [0.5, 2.3],
    [0.25, 5],
  ] as const) {
    const more = hills(dice, height, width, cells * finer);
    for (let i = 0; i < sum.length; i++) sum[i]! += share * more[i]!;
  }
  let [low, high] = [Infinity, -Infinity];
  for (const value of sum) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return sum.map((value) => (value - low) / (high - low + 1e-6));
}

/** Gaussian blur in place over `channels` interleaved channels; `sigma` in pixels, edges repeated. */
export function blur(
  data: Float32Array,
  height: number,
  width: number,
  channels: number,
  sigma: number,
): void {
  const reach = Math.max(1, Math.ceil(2.5 * sigma));
  const weights = Array.from({ length: 2 * reach + 1 }, (_, at) =>
    expNegative((at - reach) ** 2 / (2 * sigma * sigma)),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const kernel = Float64Array.from(weights, (weight) => weight / total);
  blurLines(data, height, width * channels, channels, width, channels, kernel, reach);
  blurLines(data, width, channels, width * channels, height, channels, kernel, reach);
}

function blurLines(
  data: Float32Array,
  lines: number,
  lineStep: number,
  step: number,
  count: number,
  channels: number,
  kernel: Float64Array,
  reach: number,
): void {
  const line = new Float32Array(count + 2 * reach);
  for (let number = 0; number < lines; number++) {
    for (let channel = 0; channel < channels; channel++) {
      const start = number * lineStep + channel;
      for (let at = 0; at < line.length; at++) {
        line[at] = data[start + clamp(at - reach, 0, count - 1) * step]!;
      }
      for (let at = 0; at < count; at++) {
        let sum = 0;
        for (let tap = 0; tap < kernel.length; tap++) sum += kernel[tap]! * line[at + tap]!;
        data[start + at * step] = sum;
      }
    }
  }
}
