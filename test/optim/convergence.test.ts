import { describe, expect, it } from 'vitest';
import { randomFrom, truncatedNormal } from '../../src/random.ts';
import { isStillRising } from '../../src/optim/convergence.ts';

/** A curve over 0..1, with noise of a standard deviation. */
function curve(steps: number, of: (t: number) => number, noise = 0, name = 'noise'): number[] {
  const random = randomFrom(name);
  return Array.from({ length: steps }, (_, i) => of(i / steps) + noise * truncatedNormal(random, 4));
}
/** Nears 1: of what is to be gained, the time constant says how much is by the end. */
const saturating = (constant: number) => (t: number) => 1 - Math.exp(-t / constant);
const names = Array.from({ length: 50 }, (_, i) => `noise ${i}`);

describe('a curve', () => {
  /** How many of fifty such curves are said to climb; noise is a share of the rise, as large as it is in dreams. */
  const flagged = (steps: number, constant: number): number => {
    const noise = 0.07 * (1 - Math.exp(-1 / constant));
    return names.filter((name) => isStillRising(curve(steps, saturating(constant), noise, name))).length;
  };

  // Of the whole way they have come 1 - exp(-1 / constant).
  it.each([
    [3, '28 %'],
    [2, '39 %'],
  ])('still climbs that has come less than half its way (time constant %d, %s)', (constant) => {
    expect(flagged(64, constant)).toBeGreaterThan(40);
    expect(flagged(512, constant)).toBe(50);
  });
  it.each([
    [0.66, '78 %'],
    [0.25, '98 %'],
    [0.05, '100 %'],
  ])('climbs no more that has come most of it (time constant %d, %s)', (constant) => {
    expect(flagged(64, constant)).toBe(0);
    expect(flagged(512, constant)).toBe(0);
  });

  it('is judged alike whatever its length and its scale', () => {
    for (const steps of [64, 160, 512]) {
      for (const scale of [1e-3, 1, 1e4]) {
        const scaled = (constant: number) => (t: number) => scale * (saturating(constant)(t) - 5);
        expect(isStillRising(curve(steps, scaled(3), 0.01 * scale))).toBe(true);
        expect(isStillRising(curve(steps, scaled(0.4), 0.01 * scale))).toBe(false);
      }
    }
  });

  it('still climbs where it is straight, or bends upwards', () => {
    expect(isStillRising(curve(100, (t) => t))).toBe(true);
    expect(isStillRising(curve(100, (t) => Math.max(0, t - 0.5)))).toBe(true);
  });

  it('climbs no more where it falls, rests, or is noise', () => {
    expect(isStillRising(curve(100, (t) => -t))).toBe(false);
    expect(isStillRising(curve(100, (t) => Math.min(t, 0.3) - Math.max(0, t - 0.5)))).toBe(false);
    expect(isStillRising(curve(100, () => 0))).toBe(false);
    const noisy = names.filter((name) => isStillRising(curve(256, () => 1, 0.1, name)));
    expect(noisy.length).toBeLessThanOrEqual(3);
  });

  it('is too short to tell of 32 steps', () => {
    expect(isStillRising(curve(32, saturating(0.05)))).toBe(true);
    expect(isStillRising([])).toBe(true);
    expect(isStillRising(curve(33, saturating(0.05)))).toBe(false);
  });

  it('is not judged where it is not finite', () => {
    expect(isStillRising(curve(64, () => NaN))).toBe(false);
  });
});
