import { expect, it } from 'vitest';
import { indexColors } from '../../src/image/palette.ts';

it('gives up an image of a million colours', () => {
  const [width, height] = [1200, 1000];
  const rgb = new Uint8Array(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel++) {
    // Each another colour, in no order: an odd factor goes through all of 2^24.
    const color = Math.imul(pixel, 0x5bd1e995) & 0xffffff;
    rgb.set([color >>> 16, (color >>> 8) & 255, color & 255], 3 * pixel);
  }
  expect(indexColors({ width, height, rgb }, { reduce: true })).toBeUndefined();
});
