import { describe, expect, it } from 'vitest';
import { takeSwitches } from '../../src/model/layers/switches.ts';
import { randomFrom } from '../../src/random.ts';

/** Which of a window's values is the greatest, the first of equal ones, by looking at one window after the other. */
function bySearch(
  data: Float32Array,
  [, width, channels]: readonly number[],
  [rows, columns]: readonly number[],
) {
  const found: number[] = [];
  for (let row = 0; row < rows!; row++) {
    for (let column = 0; column < columns!; column++) {
      for (let c = 0; c < channels!; c++) {
        const values = [0, 1, 2, 3].map((tap) => {
          const value = data[((row * 2 + (tap >> 1)) * width! + column * 2 + (tap & 1)) * channels! + c]!;
          return Number.isNaN(value) ? -Infinity : value;
        });
        found.push(values.indexOf(Math.max(...values)));
      }
    }
  }
  return found;
}

describe('switches of windows of 2 x 2', () => {
  const random = randomFrom('switches');
  const tiny = 2 ** -149;
  it.each<[string, () => number]>([
    ['half of them zero', () => Math.max(0, random() - 0.5)],
    ['of few values', () => Math.floor(random() * 3)],
    [
      'from the smallest to the greatest',
      () => [0, tiny, 2 * tiny, 3e38, Infinity][Math.floor(random() * 5)]!,
    ],
    ['of both signs', () => random() - 0.5],
    ['all negative', () => -random() - 0.1],
    ['zeros of both signs', () => (random() < 0.5 ? -0 : 0)],
    ['some of which are no numbers', () => (random() < 0.02 ? NaN : random())],
  ])('are those of a search: %s', (_, value) => {
    // An odd row and column are left over.
    const shape = [13, 15, 6] as const;
    const data = Float32Array.from({ length: 13 * 15 * 6 }, value);
    const switches = takeSwitches(data, shape, [6, 7, 6], [2, 2], [0, 0]);
    expect([...switches]).toEqual(bySearch(data, shape, [6, 7]));
  });
});
