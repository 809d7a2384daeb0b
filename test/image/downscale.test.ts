import { describe, expect, it } from 'vitest';
import { downscale } from '../../src/image/downscale.ts';

const maps = (
  height: number,
  width: number,
  channels: number,
  at: (y: number, x: number, c: number) => number,
) => ({
  height,
  width,
  channels,
  data: Float32Array.from({ length: height * width * channels }, (_, index) =>
    at(Math.floor(index / (width * channels)), Math.floor(index / channels) % width, index % channels),
  ),
});

describe('downscale', () => {
  it('averages the area under each value', () => {
    const four = maps(4, 4, 1, (y, x) => y * 4 + x);
    expect(downscale(four, 2)).toEqual({
      height: 2,
      width: 2,
      channels: 1,
      data: Float32Array.of(2.5, 4.5, 10.5, 12.5),
    });
  });

  it.each([1, 2])('averages four values of %d channels to the bit as any other area', (channels) => {
    const large = maps(6, 10, channels, (y, x, c) => Math.sin(y * 10 + x + c * 99) * 10 ** ((x % 7) - 3));
    const at = (y: number, x: number, c: number): number => large.data[(y * 10 + x) * channels + c]!;
    // Rows first, in double precision, as where pixels have shares of values.
    const half = maps(3, 5, channels, (y, x, c) => {
      const [left, right] = [2 * x, 2 * x + 1].map(
        (column) => 0.5 * at(2 * y, column, c) + 0.5 * at(2 * y + 1, column, c),
      );
      return 0.5 * left! + 0.5 * right!;
    });
    expect(downscale(large, 5)).toEqual(half);
  });

  it('shares values between the pixels they lie under', () => {
    // Three values into two: the middle one halves.
    expect([
      ...downscale(
        maps(1, 3, 1, (_, x) => x),
        2,
      ).data,
    ]).toEqual([expect.closeTo(1 / 3, 6), expect.closeTo(5 / 3, 6)]);
  });

  it.each([
    [7, 5, 3, 4],
    [13, 29, 2, 10],
    [64, 48, 1, 31],
  ])('agrees with the definition on %d x %d x %d to %d', (height, width, channels, side) => {
    const source = maps(height, width, channels, (y, x, c) => Math.sin(y * 3.1 + x * 1.7 + c));
    const small = downscale(source, side);
    expect(Math.max(small.height, small.width)).toBe(side);
    for (let y = 0; y < small.height; y++) {
      for (let x = 0; x < small.width; x++) {
        for (let c = 0; c < channels; c++) {
          const value = small.data[(y * small.width + x) * channels + c]!;
          expect(value).toBeCloseTo(mean(source, small, y, x, c), 5);
        }
      }
    }
  });

  it('keeps the proportions to the nearest pixel, and at least one', () => {
    expect(
      downscale(
        maps(100, 200, 1, () => 1),
        50,
      ),
    ).toMatchObject({ height: 25, width: 50 });
    expect(
      downscale(
        maps(1, 1000, 1, () => 1),
        10,
      ),
    ).toMatchObject({ height: 1, width: 10 });
  });

  it('leaves what is small enough alone', () => {
    const small = maps(8, 6, 2, () => 1);
    expect(downscale(small, 8)).toBe(small);
  });

  it('leaves out what is not a number, and keeps it where nothing else is', () => {
    const gaps = maps(2, 4, 2, (y, x, c) => (c === 1 ? 1 : x >= 2 ? NaN : y === 0 && x === 0 ? NaN : 6));
    expect([...downscale(gaps, 2).data]).toEqual([6, 1, NaN, 1]);
  });

  it('keeps infinities', () => {
    expect([
      ...downscale(
        maps(2, 2, 1, (y) => (y ? Infinity : 0)),
        1,
      ).data,
    ]).toEqual([Infinity]);
  });
});

/** Straight from the definition: every source value by how much of it lies under the pixel. */
function mean(
  source: { height: number; width: number; channels: number; data: Float32Array },
  small: { height: number; width: number },
  y: number,
  x: number,
  c: number,
): number {
  const rows = overlaps(source.height, small.height, y);
  const columns = overlaps(source.width, small.width, x);
  let sum = 0;
  for (const [row, high] of rows) {
    for (const [column, wide] of columns)
      sum += high * wide * source.data[(row * source.width + column) * source.channels + c]!;
  }
  return sum;
}

function overlaps(from: number, to: number, at: number): [number, number][] {
  const [start, end] = [(at * from) / to, ((at + 1) * from) / to];
  return Array.from({ length: from }, (_, index): [number, number] => [
    index,
    (Math.max(0, Math.min(index + 1, end) - Math.max(index, start)) * to) / from,
  ]);
}
