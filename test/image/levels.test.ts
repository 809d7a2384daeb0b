import { describe, expect, it } from 'vitest';
import { contourLevels, niceTicks } from '../../src/image/levels.ts';

// matplotlib 3.11.2: z = np.full((4, 4), low); z[1, 2] = high; plt.contourf(z, levels=count).levels
const MATPLOTLIB: readonly [low: number, high: number, count: number, levels: readonly number[]][] = [
  [0, 1, 7, [0, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9, 1.05]],
  [0, 1.37, 7, [0, 0.2, 0.4, 0.6, 0.8, 1, 1.2, 1.4]],
  [-0.3, 0.9, 7, [-0.3, -0.15, 0, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9]],
  [0, 255, 7, [0, 40, 80, 120, 160, 200, 240, 280]],
  [-3.2e-5, 4.1e-5, 7, [-4e-5, -3e-5, -2e-5, -1e-5, 0, 1e-5, 2e-5, 3e-5, 4e-5, 5e-5]],
  [0, 12345.6, 7, [0, 2000, 4000, 6000, 8000, 10000, 12000, 14000]],
  [100.2, 100.7, 7, [100.16, 100.24, 100.32, 100.4, 100.48, 100.56, 100.64, 100.72]],
  [1000.0001, 1000.0009, 5, [1000, 1000.00015, 1000.0003, 1000.00045, 1000.0006, 1000.00075, 1000.0009]],
  [-1, 1, 1, [-1, 0, 1]],
  [0.12, 0.13, 3, [0.12, 0.123, 0.126, 0.129, 0.132]],
  [0, 3, 2, [0, 1, 2, 3]],
  [-7.7, -2.2, 10, [-8, -7.5, -7, -6.5, -6, -5.5, -5, -4.5, -4, -3.5, -3, -2.5, -2]],
  [0.4999, 0.5001, 4, [0.49988, 0.49992, 0.49996, 0.5, 0.50004, 0.50008, 0.50012]],
  [1e6, 1000001, 7, [1e6, 1000000.15, 1000000.3, 1000000.45, 1000000.6, 1000000.75, 1000000.9, 1000001.05]],
  [0, 1e-9, 7, [0, 1.5e-10, 3e-10, 4.5e-10, 6e-10, 7.5e-10, 9e-10, 1.05e-9]],
  [2, 2, 7, [2 - 5e-14, 2, 2 + 5e-14]],
  [0, 0, 7, [-2.5e-14, 0, 2.5e-14]],
];

describe('contourLevels', () => {
  it.each(MATPLOTLIB)(
    'chooses over %d..%d with %d levels what matplotlib chooses',
    (low, high, count, levels) => {
      const ours = contourLevels([low, high], count);
      expect(ours).toHaveLength(levels.length);
      const step = levels[1]! - levels[0]!;
      ours.forEach((level, index) => expect(Math.abs(level - levels[index]!) / step).toBeLessThan(1e-2));
      if (step > 1e-12) ours.forEach((level, index) => expect(level).toBeCloseTo(levels[index]!, 9));
    },
  );

  it('spans any finite range with equal steps', () => {
    for (const low of [-1e30, -7, -1e-20, 0, 3, 1e15]) {
      for (const extent of [1e-3, 1, 17, 1e18]) {
        const levels = contourLevels([low, low + extent], 7);
        expect(levels.length).toBeGreaterThan(1);
        expect(levels.length).toBeLessThan(14);
        const slack = Math.max(Math.abs(low), Math.abs(low + extent)) * 1e-12;
        expect(levels[0]!).toBeLessThanOrEqual(low + slack);
        expect(levels.at(-1)!).toBeGreaterThanOrEqual(low + extent - slack);
      }
    }
  });

  it('answers where there is no range', () => {
    expect(contourLevels([NaN, NaN], 7).every(Number.isFinite)).toBe(true);
    expect(contourLevels([-Infinity, Infinity], 7).every(Number.isFinite)).toBe(true);
  });
});

describe('niceTicks', () => {
  it('stays within the range', () => {
    expect(niceTicks([0, 1.37], 6)).toEqual([0, 0.25, 0.5, 0.75, 1, 1.25]);
    expect(niceTicks([-1, 1], 4).map((tick) => Math.round(tick * 10) / 10)).toEqual([-1, -0.5, 0, 0.5, 1]);
  });

  it('gives one tick to a range without extent, none to no range', () => {
    expect(niceTicks([3, 3], 6)).toEqual([3]);
    expect(niceTicks([NaN, NaN], 6)).toEqual([]);
  });
});
