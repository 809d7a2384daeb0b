import { describe, expect, it } from 'vitest';
import { boxOf, energyIn, pointsInto } from '../../scripts/attribution-boxes/metrics.ts';
import { drawPattern, patternMask } from '../../src/synthetic/patterns.ts';

const options = { size: [96, 96], seed: 62 } as const;

describe('the place of an object', () => {
  it('is where the image differs from its background', async () => {
    const mask = (await patternMask('triangle', 0, options))!;
    const { data } = await drawPattern('triangle', 0, options);
    const colour = (inside: boolean): number[] => {
      const sums = [0, 0, 0, 0];
      for (const [at, covered] of mask.entries()) {
        if ((covered === 1) !== inside) continue;
        sums[3]!++;
        for (let k = 0; k < 3; k++) sums[k]! += data[3 * at + k]!;
      }
      return sums.slice(0, 3).map((sum) => sum / sums[3]!);
    };
    const [on, off] = [colour(true), colour(false)];
    expect(Math.hypot(...on.map((value, k) => value - off[k]!))).toBeGreaterThan(40);
    const covered = mask.reduce((sum, value) => sum + value, 0);
    expect(covered).toBeGreaterThan(96 * 96 * 0.05);
    expect(covered).toBeLessThan(96 * 96 * 0.9);
  });

  it('is unknown for textures', async () => {
    expect(await patternMask('stripes', 0, options)).toBeUndefined();
  });
});

describe('measures of maps', () => {
  // 4 x 3 pixels, the object in the middle two of the second and third row.
  const mask = Uint8Array.of(0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0);
  const box = boxOf(mask, 4)!;

  it('find the box around all covered pixels', () => {
    expect(box).toEqual({ top: 1, bottom: 3, left: 1, right: 3 });
    expect(boxOf(new Uint8Array(12), 4)).toBeUndefined();
  });

  it('tell whether the greatest value lies in it', () => {
    expect(pointsInto(Float32Array.of(0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 5), 4, box)).toBe(true);
    expect(pointsInto(Float32Array.of(0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 5), 4, box)).toBe(false);
  });

  it('tell how much of the positive values does', () => {
    expect(energyIn(Float32Array.of(1, 0, 0, 0, -7, 2, 0, 0, 0, 0, 1, 0), 4, box)).toBe(0.75);
    expect(energyIn(new Float32Array(12), 4, box)).toBe(0);
  });
});
