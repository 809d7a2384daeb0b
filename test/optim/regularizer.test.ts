import { describe, expect, it } from 'vitest';
import { decay, normalize, totalVariation } from '../../src/optim/regularizer.ts';
import { noise, slopeError } from './finite-differences.ts';

const size = { height: 5, width: 6 };

describe('what keeps an image calm', () => {
  it('pulls towards grey with the gradient of half the square', async () => {
    const x = noise(90, 'x', 0, 1);
    const gradient = new Float32Array(90);
    decay(0.7)(x, gradient, size);
    const of = (at: Float32Array): number => -0.35 * at.reduce((sum, v) => sum + (v - 0.5) ** 2, 0);
    expect(await slopeError(of, x, gradient, noise(90, 'direction'))).toBeLessThan(1e-4);
  });

  it('pulls neighbours together with the gradient of total variation', async () => {
    const x = noise(90, 'x', 0, 1);
    const gradient = new Float32Array(90);
    totalVariation(0.7)(x, gradient, size);
    const of = (at: Float32Array): number => {
      let sum = 0;
      for (let c = 0; c < 3; c++) {
        for (let row = 0; row < 5; row++) {
          for (let column = 0; column < 6; column++) {
            const here = at[c * 30 + row * 6 + column]!;
            if (column < 5) sum += Math.hypot(at[c * 30 + row * 6 + column + 1]! - here, 1e-3);
            if (row < 4) sum += Math.hypot(at[c * 30 + (row + 1) * 6 + column]! - here, 1e-3);
          }
        }
      }
      return -0.7 * sum;
    };
    expect(await slopeError(of, x, gradient, noise(90, 'direction'), 1e-4)).toBeLessThan(1e-3);
  });

  it('brings a gradient to a root mean square of 1, and leaves nothing at nothing', () => {
    const gradient = Float32Array.from([3, -4, 0, 0]);
    normalize(gradient);
    expect([...gradient]).toEqual([1.2, -1.6, 0, 0].map(Math.fround));
    const nothing = new Float32Array(4);
    normalize(nothing);
    expect([...nothing]).toEqual([0, 0, 0, 0]);
  });
});
