import { describe, expect, it } from 'vitest';
import { Maxima } from '../../src/techniques/patches/nearest.ts';
import { randomFrom } from '../../src/random.ts';

/** One row for each image, one column for each filter. */
const maximaOf = (rows: readonly (readonly number[])[]): Maxima => {
  const maxima = new Maxima(rows.length);
  for (const [position, row] of rows.entries()) maxima.add(position, Float32Array.from(row));
  return maxima;
};

const cosine = (a: readonly number[], b: readonly number[]): number => {
  const dot = (one: readonly number[], other: readonly number[]) =>
    one.reduce((sum, value, index) => sum + value * other[index]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
};

describe('the filters most like one', () => {
  it('are those with the greatest cosine of their maxima, as the formula says', () => {
    const random = randomFrom('rows');
    const rows = Array.from({ length: 20 }, () =>
      Array.from({ length: 12 }, () => Math.fround(random() - 0.3)),
    );
    const column = (filter: number) => rows.map((row) => row[filter]!);
    for (const filter of [0, 5, 11]) {
      const expected = rows[0]!
        .map((_, other) => ({ filter: other, cosine: cosine(column(filter), column(other)) }))
        .filter((each) => each.filter !== filter)
        .sort((a, b) => b.cosine - a.cosine)
        .slice(0, 6);
      const found = maximaOf(rows).nearestTo(filter)!;
      expect(found.map((each) => each.filter)).toEqual(expected.map((each) => each.filter));
      for (const [index, each] of found.entries()) {
        expect(Math.abs(each.cosine - expected[index]!.cosine)).toBeLessThanOrEqual(0.5001e-4);
      }
    }
  });

  it('are never silent ones, nor those with values that are not finite', () => {
    const maxima = maximaOf([
      [1, 0, 2, NaN],
      [3, 0, 6, 1],
    ]);
    expect(maxima.nearestTo(0)).toEqual([{ filter: 2, cosine: 1 }]);
    expect(maxima.nearestTo(1)).toEqual([]);
  });

  it('are not known of one image', () => {
    expect(maximaOf([[1, 2]]).nearestTo(0)).toBeUndefined();
  });

  it('are found over some of very many images, evenly chosen', () => {
    const maxima = new Maxima(10_000);
    for (let image = 0; image < 10_000; image++)
      maxima.add(image, Float32Array.of(image % 2, 1, image % 3 === 0 ? 1 : 0));
    const [half, third] = maxima.nearestTo(1)!;
    expect(half!.filter).toBe(0);
    expect(half!.cosine).toBeCloseTo(Math.sqrt(1 / 2), 2);
    expect(third!.filter).toBe(2);
    expect(third!.cosine).toBeCloseTo(Math.sqrt(1 / 3), 2);
  });
});
