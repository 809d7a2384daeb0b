import { describe, expect, it } from 'vitest';
import { cosine, hash, sine, smoothstep, TURN, turnOf } from '../../src/synthetic/arithmetic.ts';
import { blur, hills } from '../../src/synthetic/canvas.ts';
import { diceFrom } from '../../src/synthetic/dice.ts';
import { apartFrom, rgbOf, tone } from '../../src/synthetic/tone.ts';

describe('arithmetic', () => {
  it('gives sine, cosine and arc tangent to what they promise', () => {
    for (let angle = -20; angle < 20; angle += 0.0371) {
      expect(Math.abs(sine(angle) - Math.sin(angle))).toBeLessThan(1e-8);
      expect(Math.abs(cosine(angle) - Math.cos(angle))).toBeLessThan(1e-8);
      const [x, y] = [3 * Math.cos(angle), 3 * Math.sin(angle)];
      expect(Math.abs(turnOf(y, x) - Math.atan2(y, x) / TURN)).toBeLessThan(1e-5);
    }
    expect(turnOf(0, 0)).toBe(0);
  });

  it('gives each cell a number of its own, evenly', () => {
    const values = Array.from({ length: 400 }, (_, index) =>
      hash(index % 20, Math.floor(index / 20) - 10, 7),
    );
    expect(new Set(values).size).toBe(400);
    expect(values.reduce((sum, value) => sum + value, 0) / 400).toBeCloseTo(0.5, 1);
    expect(Math.min(...values)).toBeLessThan(0.02);
    expect(Math.max(...values)).toBeGreaterThan(0.98);
  });

  it('steps smoothly', () => {
    expect([-1, 2, 3, 4, 9].map((x) => smoothstep(2, 4, x))).toEqual([0, 0, 0.5, 1, 1]);
  });
});

describe('colours', () => {
  // Oklab, lightness, chroma and hue of sRGB's corners, from colorjs.io.
  it.each([
    ['red', tone(0.62796, 0.25768, 29.234 / 360), [255, 0, 0]],
    ['green', tone(0.86644, 0.29483, 142.495 / 360), [0, 255, 0]],
    ['blue', tone(0.45201, 0.31321, 264.052 / 360), [0, 0, 255]],
    ['grey', tone(0.59987, 0, 0), [128, 128, 128]],
    ['white', tone(1, 0, 0), [255, 255, 255]],
    ['black', tone(0, 0, 0), [0, 0, 0]],
  ] as const)('are those of Oklab: %s', (_, color, expected) => {
    const found = rgbOf(color);
    for (const [index, value] of expected.entries()) {
      expect(Math.abs(found[index]! - value)).toBeLessThanOrEqual(3);
    }
    expect(rgbOf({ ...color, c: 0 })[0]).toBe(rgbOf({ ...color, c: 0 })[2]);
  });

  it('are moved apart in lightness, the shorter way where there is room', () => {
    const grey = tone(0.5, 0, 0);
    expect(apartFrom(grey, tone(0.6, 0.1, 0.3), 0.3).l).toBeCloseTo(0.8);
    expect(apartFrom(grey, tone(0.4, 0.1, 0.3), 0.3).l).toBeCloseTo(0.2);
    expect(apartFrom(grey, tone(0.9, 0.1, 0.3), 0.3).l).toBe(0.9);
    expect(apartFrom(tone(0.9, 0, 0), tone(0.95, 0, 0), 0.3).l).toBeCloseTo(0.6);
  });
});

describe('fields', () => {
  it('of hills are smooth, of mean nothing, and as many as asked for', () => {
    const [coarse, fine] = [2, 20].map((cells) => hills(diceFrom('hills'), 60, 100, cells));
    for (const field of [coarse!, fine!]) {
      expect(Math.abs(field.reduce((sum, value) => sum + value, 0) / field.length)).toBeLessThan(0.6);
    }
    const steps = (field: Float32Array) =>
      field.reduce((sum, value, at) => sum + (at % 100 ? Math.abs(value - field[at - 1]!) : 0), 0);
    expect(steps(fine!)).toBeGreaterThan(3 * steps(coarse!));
  });

  it('are blurred without loss, each channel for itself', () => {
    const size = 15;
    const data = new Float32Array(size * size * 2);
    data[2 * (7 * size + 7)] = 100;
    blur(data, size, size, 2, 1.2);
    const [first, second] = [0, 1].map((channel) => data.filter((_, at) => at % 2 === channel));
    expect(first!.reduce((sum, value) => sum + value, 0)).toBeCloseTo(100, 3);
    expect(Math.max(...second!)).toBe(0);
    // A Gaussian's values one and two pixels from its middle, in the ratio of exp(-1/2.88) to exp(-4/2.88).
    const at = (x: number) => first![7 * size + x]!;
    expect(at(8) / at(9)).toBeCloseTo(Math.exp(3 / 2.88), 4);
    expect(at(6)).toBeCloseTo(at(8), 6);
  });
});
