import { expect, it } from 'vitest';
import { adam, ascent, shareOf } from '../../src/optim/optimizer.ts';

it('Adam follows Kingma and Ba', () => {
  // Computed by hand from the paper's algorithm with a rate of 0.1, for the gradients 2 and then -1.
  const optimizer = adam(0.1);
  const parameters = Float32Array.from([0]);
  optimizer.step(parameters, Float32Array.from([2]), 1);
  // m = 0.2, v = 0.004; corrected 2 and 4: a step of 0.1 · 2/2.
  expect(parameters[0]).toBeCloseTo(0.1, 6);
  optimizer.step(parameters, Float32Array.from([-1]), 1);
  // m = 0.08, v = 0.004996; corrected 0.08/0.19 and 0.004996/0.001999.
  expect(parameters[0]).toBeCloseTo(0.1 + (0.1 * (0.08 / 0.19)) / Math.sqrt(0.004996 / 0.001999), 6);
});

it('Adam goes on as it was where its numbers are rearranged', () => {
  const reverse = (values: Float32Array): Float32Array => values.slice().reverse();
  const straight = Float32Array.from([0, 0]);
  const turned = Float32Array.from([0, 0]);
  const one = adam(0.1);
  let other = adam(0.1);
  one.step(straight, Float32Array.from([1, -3]), 1);
  other.step(turned, Float32Array.from([1, -3]), 1);
  one.step(straight, Float32Array.from([2, 5]), 1);
  other = other.rearranged(reverse);
  const back = reverse(turned);
  other.step(back, Float32Array.from([5, 2]), 1);
  expect([...reverse(back)]).toEqual([...straight]);
});

it('plain ascent goes along the gradient', () => {
  const parameters = Float32Array.from([1, 2]);
  ascent(0.5).step(parameters, Float32Array.from([4, -2]), 1);
  expect([...parameters]).toEqual([3, 1]);
});

it('steps are full for half of the way, then shorten to a tenth', () => {
  const shares = Array.from({ length: 101 }, (_, step) => shareOf(step, 101));
  expect(shares.slice(0, 51).every((share) => share === 1)).toBe(true);
  expect(shares[75]).toBeCloseTo(0.55, 10);
  expect(shares[100]).toBeCloseTo(0.1, 10);
  expect(shareOf(0, 1)).toBe(1);
  const parameters = Float32Array.from([1]);
  ascent(0.5).step(parameters, Float32Array.from([4]), 0.25);
  expect(parameters[0]).toBe(1.5);
});
