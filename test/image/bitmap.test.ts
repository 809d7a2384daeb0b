import { describe, expect, it } from 'vitest';
import { shrink } from '../../src/image/bitmap.ts';

describe('shrink', () => {
  it('gives every pixel the mean of the area it covers, in each colour, to the nearest step', () => {
    const [width, height] = [12, 9];
    const rgb = Uint8Array.from({ length: width * height * 3 }, (_, at) => (at * 89 + (at % 7) * 31) % 256);
    const small = shrink({ width, height, rgb }, { width: 4, height: 3 });
    expect([small.width, small.height, small.rgb.length]).toEqual([4, 3, 36]);
    for (let at = 0; at < small.rgb.length; at++) {
      const [x, y, part] = [Math.floor(at / 3) % 4, Math.floor(at / 12), at % 3];
      let sum = 0;
      for (let row = 3 * y; row < 3 * y + 3; row++)
        for (let column = 3 * x; column < 3 * x + 3; column++) sum += rgb[(row * width + column) * 3 + part]!;
      expect(small.rgb[at]).toBe(Math.round(sum / 9));
    }
  });

  it('shares pixels that lie under two', () => {
    const rgb = Uint8Array.of(0, 90, 255, 30, 90, 255, 60, 90, 255);
    const small = shrink({ width: 3, height: 1, rgb }, { width: 2, height: 1 });
    expect([...small.rgb]).toEqual([10, 90, 255, 50, 90, 255]);
  });
});
