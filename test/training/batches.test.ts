import { describe, expect, it } from 'vitest';
import { centreBatch, makeBatch, shuffled, type Variation } from '../../scripts/training/batches.ts';
import type { ImageSet } from '../../scripts/training/image-set.ts';
import { randomFrom } from '../../src/random.ts';

/** Two images of 4 x 4, every value another: red = 10 y + x, green and blue 50 and 100 more; the second 100 more again. */
const pixels = Uint8Array.from({ length: 2 * 16 * 3 }, (_, i) => {
  const [channel, at] = [i % 3, Math.floor(i / 3) % 16];
  return 10 * Math.floor(at / 4) + (at % 4) + 50 * channel + (i >= 48 ? 100 : 0);
});
const set: ImageSet = { count: 2, size: 4, channels: 3, pixels, labels: Uint8Array.of(7, 9) };
const still: Variation = { crop: 3, flip: false, colourMixing: 0, tint: 0, contrast: [1, 1] };
const bytes = (values: Float32Array): number[] => [...values].map((value) => Math.round(127.5 * (value + 1)));
/** Red of each row. */
const reds = (values: Float32Array, side: number): number[][] => {
  const red = bytes(values).filter((_, i) => i % 3 === 0);
  return Array.from({ length: side }, (_, y) => red.slice(y * side, (y + 1) * side));
};
const one = Uint32Array.of(0);

describe('an order', () => {
  it('has every image once, and another one for another epoch or seed', () => {
    const orders = [shuffled(500, 1, 0), shuffled(500, 1, 1), shuffled(500, 2, 0)];
    for (const order of orders) {
      expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 500 }, (_, i) => i));
    }
    expect(new Set(orders.map(String)).size).toBe(3);
    expect(shuffled(500, 1, 0)).toEqual(orders[0]);
  });
});

describe('a batch', () => {
  it('cuts a square out of each image, anywhere', () => {
    const random = randomFrom('anywhere');
    const corners = Array.from({ length: 60 }, () => {
      const cut = reds(makeBatch(set, one, still, random).pixels, 3);
      const corner = cut[0]![0]!;
      expect(cut).toEqual([0, 10, 20].map((y) => [corner + y, corner + y + 1, corner + y + 2]));
      return corner;
    });
    expect(new Set(corners)).toEqual(new Set([0, 1, 10, 11]));
  });

  it('takes labels along', () => {
    const { labels, pixels: values } = makeBatch(set, Uint32Array.of(1, 0, 1), still, randomFrom('labels'));
    expect([...labels]).toEqual([9, 7, 9]);
    expect(bytes(values)[0]).toBeGreaterThanOrEqual(100);
    expect(bytes(values)[27]).toBeLessThan(100);
  });

  it('mirrors about half of them', () => {
    const random = randomFrom('mirror');
    const whole = { ...still, crop: 4, flip: true };
    const firsts = Array.from({ length: 200 }, () => reds(makeBatch(set, one, whole, random).pixels, 4)[1]!);
    const mirrored = firsts.filter((row) => row.join() === '13,12,11,10').length;
    expect(firsts.filter((row) => row.join() === '10,11,12,13').length).toBe(200 - mirrored);
    expect(Math.abs(mirrored - 100)).toBeLessThan(30);
  });

  it('changes contrast about the mean colour', () => {
    const flat = { ...still, crop: 4, contrast: [0.5, 0.5] as const };
    const { pixels: values } = makeBatch(set, one, flat, randomFrom('contrast'));
    // Reds are 0 to 33 with the mean 16.5.
    expect(reds(values, 4)[0]).toEqual([0, 1, 2, 3].map((red) => Math.round(16.5 + (red - 16.5) / 2)));
  });

  it('mixes colours linearly, the same for all of an image, and keeps within bounds', () => {
    const mixed = { ...still, crop: 4, colourMixing: 0.1 };
    const { pixels: values } = makeBatch(set, one, mixed, randomFrom('colours'));
    expect(values.every((value) => value >= -1 && value <= 1)).toBe(true);
    const step = (from: number, to: number, channel: number) =>
      values[to * 3 + channel]! - values[from * 3 + channel]!;
    // All channels of the sample rise by one together: what they become rises by the same everywhere.
    for (const channel of [1, 2]) expect(step(5, 6, channel)).toBeCloseTo(step(9, 10, channel), 5);
    expect(bytes(values)).not.toEqual([...pixels.subarray(0, 48)]);
  });

  it('is the middle, unchanged, for measuring', () => {
    const grey: ImageSet = {
      ...{ count: 1, size: 4, channels: 1, labels: Uint8Array.of(3) },
      pixels: Uint8Array.from({ length: 16 }, (_, i) => i),
    };
    const { pixels: values, labels } = centreBatch(grey, 0, 1, 2);
    expect(bytes(values)).toEqual([5, 6, 9, 10]);
    expect([...labels]).toEqual([3]);
  });
});
