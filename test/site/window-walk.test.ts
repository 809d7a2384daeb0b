import { describe, expect, it } from 'vitest';
import {
  addend,
  decimalsFor,
  fixed,
  greyLevel,
  productsAt,
  signedLevel,
} from '../../src/site/window-walk.ts';
import { printWindows } from '../../src/site/techniques/arithmetic/windows.ts';
import { geometrySentence } from '../../src/site/techniques/arithmetic/sentences.ts';
import type { ArithmeticFacts } from '../../src/techniques/arithmetic/facts.ts';

const numberOf = (text: string): number => Number(text.replace('−', '-'));

/** A 5 x 5 corner of an input of two channels, padded by one above and to the left, below a kernel of 3 x 3. */
function facts(): ArithmeticFacts {
  const value = (c: number, y: number, x: number): number | null =>
    y < 0 || x < 0 ? null : Math.fround(Math.sin(3 * c + 1.7 * y + 0.9 * x) * 0.8);
  const channels = [0, 1].map((channel) => ({
    channel,
    values: Array.from({ length: 36 }, (_, i) => value(channel, Math.floor(i / 6) - 1, (i % 6) - 1)),
    weights: Array.from({ length: 9 }, (_, i) => Math.fround(Math.cos(2.3 * i + channel))),
  }));
  const places = Array.from({ length: 16 }, (_, i) => {
    const [row, column] = [Math.floor(i / 4), i % 4];
    const sums = channels.map(({ values, weights }) =>
      weights.reduce((sum, weight, tap) => {
        const at = (row + Math.floor(tap / 3)) * 6 + column + (tap % 3);
        return sum + weight * (values[at] ?? 0);
      }, 0),
    );
    const before = sums[0]! + sums[1]! - 0.25;
    return { row, column, sums, before, output: Math.max(0, before) };
  });
  return {
    ...{ operation: 'sum', input: { layer: 'image', shape: [20, 30, 2] }, map: [20, 30, 4] },
    window: { size: [3, 3], stride: [1, 1], dilation: [1, 1], padding: [1, 1] },
    patch: { top: -1, left: -1, rows: 6, columns: 6 },
    walk: { top: 0, left: 0, rows: 4, columns: 4 },
    ...{ channels, bias: -0.25, activation: { name: 'relu' }, places },
  };
}

describe('printed arithmetic', () => {
  it('can be done again from what is printed, within the rounding', () => {
    for (let index = 0; index < 16; index++) {
      const { rows, lines, map } = printWindows(facts(), index);
      const sums = rows.map(({ products, sum, kernel, input }) => {
        const printed = products!.cells.map(({ text }) => numberOf(text));
        const half = 0.5 * 10 ** -(sum!.split('.')[1]?.length ?? 0);
        expect(Math.abs(printed.reduce((all, one) => all + one) - numberOf(sum!))).toBeLessThanOrEqual(
          10 * half + 1e-12,
        );
        // And each product from the numbers below the window and the kernel.
        const below = input.cells.filter(({ marked }) => marked).map(({ text }) => numberOf(text));
        expect(below).toHaveLength(9);
        kernel!.cells.forEach(({ text }, tap) =>
          expect(Math.abs(below[tap]! * numberOf(text) - printed[tap]!)).toBeLessThan(0.012),
        );
        return numberOf(sum!);
      });
      const [addition, result, activation] = lines;
      const before = numberOf(result!.replace('= ', ''));
      expect(Math.abs(sums[0]! + sums[1]! - 0.25 - before)).toBeLessThanOrEqual(0.002);
      expect(addition).toContain('(bias)');
      expect(activation).toBe(`ReLU of it = ${fixed(Math.max(0, before), 3)}`);
      expect(map.cells.filter(({ marked }) => marked).map(({ text }) => text)).toEqual([
        map.cells[index]!.text,
      ]);
      expect(numberOf(map.cells[index]!.text)).toBe(Math.max(0, before));
    }
  });

  it('marks the padding, says how it rounds, and where the window lies', () => {
    const { rows, rounding, walk } = printWindows(facts(), 0);
    const { cells } = rows[0]!.input;
    expect(cells.flatMap(({ empty }, i) => (empty === 'padding' ? [i] : []))).toEqual([
      0, 1, 2, 3, 4, 5, 6, 12, 18, 24, 30,
    ]);
    expect(cells.filter(({ empty }) => empty === 'padding').every(({ text }) => text === '0')).toBe(true);
    expect(rounding).toBe(
      'Computed with unrounded numbers, then rounded: the input to 2 decimals, the kernel to 2 decimals, products and sums to 3 decimals.',
    );
    expect(walk!.texts.split(';')).toHaveLength(16);
    expect(geometrySentence(facts())).toBe(
      'A window of 3 × 3 values of image, here at rows −1 to 4, columns −1 to 4. Dashed cells are padding: zeros around the input.',
    );
  });

  it('has decimals by the size of numbers', () => {
    expect(decimalsFor([0.5, -0.2])).toBe(2);
    expect(decimalsFor([0.05])).toBe(3);
    expect(decimalsFor([3, null])).toBe(2);
    expect(decimalsFor([-31])).toBe(1);
    expect(decimalsFor([123.68])).toBe(0);
    expect(decimalsFor([])).toBe(0);
    expect([fixed(-0.001, 2), fixed(-1.25, 1), fixed(null, 2)]).toEqual(['0.00', '−1.3', 'not finite']);
    expect([addend(0.5, 1), addend(-0.5, 1)]).toEqual(['+ 0.5', '− 0.5']);
    expect([signedLevel(-1, 2), signedLevel(null, 2), signedLevel(3, 0)]).toEqual([-8, 0, 0]);
    expect([greyLevel(1, 0, 2), greyLevel(0, 0, 0), greyLevel(2, 0, 2)]).toEqual([8, 8, 16]);
  });

  it('multiplies what lies below a window that moves by its stride', () => {
    const data = {
      patch: [0, 0, 3, 4] as const,
      window: [1, 2] as const,
      stride: [2, 2] as const,
      padding: [0, 0] as const,
      values: [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]],
      weights: [[10, 100]],
    };
    expect(productsAt(data, 0, [1, 1])).toEqual([110, 1200]);
  });
});
