import { describe, expect, it } from 'vitest';
import { onGrey } from '../../src/techniques/patches/cells.ts';

/** One row of one channel. */
const shown = (values: readonly number[]): number[] => {
  const cell = { width: values.length, height: 1, channels: 1, data: Float32Array.from(values) };
  const { data } = onGrey(cell, [0, 1, 2]);
  return Array.from(values, (_, x) => data[x * 3]!);
};

describe('onGrey', () => {
  it('stretches all but the 0.5 % farthest from zero to black and white', () => {
    // 1..1000 in disorder, every other one negative: 995 is the 99.5th percentile of their sizes.
    const values = Array.from({ length: 1000 }, (_, i) => {
      const size = ((i * 387) % 1000) + 1;
      return size % 2 ? size : -size;
    });
    const shades = shown(values);
    for (const [i, value] of values.entries()) {
      const shade = 127.5 + Math.max(-1, Math.min(1, value / 995)) * 127.5;
      expect(shades[i], `${value}`).toBeCloseTo(shade, 4);
    }
  });

  it('goes by the farthest where nearly all are zero', () => {
    const values = Array.from({ length: 1000 }, (_, i) => (i === 400 ? -2 : i === 700 ? 1 : 0));
    const shades = shown(values);
    expect([shades[0], shades[400], shades[700]]).toEqual([127.5, 0, 191.25]);
  });

  it('takes what is not a number for nothing', () => {
    expect(shown([NaN, Infinity, -Infinity, 1, -1])).toEqual([127.5, 127.5, 127.5, 255, 0]);
    expect(shown([NaN, 0])).toEqual([127.5, 127.5]);
  });

  it('puts channels in the order of red, green and blue', () => {
    const cell = { width: 1, height: 1, channels: 3, data: Float32Array.of(1, 0, -1) };
    expect([...onGrey(cell, [2, 1, 0]).data]).toEqual([0, 127.5, 255]);
  });
});
