import { describe, expect, it } from 'vitest';
import { toHalf } from '../../scripts/training/half.ts';
import { halfToNumber } from '../../src/model/half-floats.ts';

describe('numbers in half precision', () => {
  it('come back as they were, every one that there is', () => {
    const all = Array.from({ length: 0x10000 }, (_, bits) => bits);
    const numbers = all.filter((bits) => !Number.isNaN(halfToNumber(bits)));
    expect(numbers).toHaveLength(0x10000 - 2 * 1023);
    expect(numbers.filter((bits) => toHalf(halfToNumber(bits)) !== bits)).toEqual([]);
  });

  it('are the nearest, and of two equally near the even one', () => {
    for (let bits = 0; bits < 0x7bff; bits += 97) {
      const [low, high] = [halfToNumber(bits), halfToNumber(bits + 1)];
      const middle = (low + high) / 2;
      const tiny = (high - low) / 1000;
      expect([toHalf(middle - tiny), toHalf(middle + tiny)]).toEqual([bits, bits + 1]);
      expect(toHalf(middle)).toBe(bits % 2 === 0 ? bits : bits + 1);
      expect(toHalf(-middle)).toBe(0x8000 | toHalf(middle));
    }
  });

  it.each([
    [65504, 0x7bff],
    [65519, 0x7bff],
    [65520, 0x7c00],
    [1e9, 0x7c00],
    [-1e9, 0xfc00],
    [2 ** -25, 0],
    [2 ** -24, 1],
    [1, 0x3c00],
    [-2, 0xc000],
    [1 / 3, 0x3555],
  ])('take %d to the bits of IEEE 754', (value, bits) => expect(toHalf(value)).toBe(bits));

  it('keep what is no number', () => expect(halfToNumber(toHalf(NaN))).toBeNaN());
});
