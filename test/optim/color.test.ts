import { beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../../src/backend/tf.ts';
import { colorsOf, freeGradient, fromColorGradient, toColors } from '../../src/optim/color.ts';
import { availableBackends, useBackend } from '../backend/with-backend.ts';
import { dot, noise, slopeError } from './finite-differences.ts';

describe('colours', () => {
  it('are grey where nothing is said, and in 0..1 whatever is said', () => {
    expect([...toColors(new Float32Array(6), 3)]).toEqual([0.5, 0.5, 0.5, 0.5, 0.5, 0.5]);
    const far = toColors(noise(300, 'far', -1e4, 1e4), 3);
    expect(Math.min(...far)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...far)).toBeLessThanOrEqual(1);
  });

  it("mix by Lucid's matrix", () => {
    // The first component alone: its column over its own norm, the largest one.
    const [r, g, b] = toColors(Float32Array.from([1, 0, 0]), 3);
    const logit = (p: number): number => Math.log(p / (1 - p));
    const norm = Math.hypot(0.26, 0.27, 0.27);
    expect(logit(r!)).toBeCloseTo(0.26 / norm, 5);
    expect(logit(g!)).toBeCloseTo(0.27 / norm, 5);
    expect(logit(b!)).toBeCloseTo(0.27 / norm, 5);
  });

  it.each([1, 3] as const)('send a gradient back exactly (%i channels)', async (channels) => {
    const x = noise(channels * 20, 'x', -2, 2);
    const weights = noise(x.length, 'weights');
    const gradient = fromColorGradient(toColors(x, channels), weights, channels);
    const of = (at: Float32Array): number => dot(toColors(at, channels), weights);
    for (const name of ['a', 'b', 'c']) {
      expect(await slopeError(of, x, gradient, noise(x.length, name))).toBeLessThan(1e-4);
    }
  });
});

describe.each(availableBackends)('colours on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each([1, 3] as const)('of %d channels and their gradients are those of the formulas', (channels) => {
    const shape: [number, number, number] = [channels, 5, 7];
    const [free, gradient] = ['free', 'gradient'].map((name) => noise(channels * 35, name, -3, 3)) as [
      Float32Array,
      Float32Array,
    ];
    const colors = toColors(free, channels);
    const [own, back] = tf.tidy(() => [
      colorsOf(tf.tensor3d(free, shape)).dataSync(),
      freeGradient(tf.tensor3d(colors, shape), tf.tensor3d(gradient, shape)).dataSync(),
    ]);
    const expected = fromColorGradient(colors, gradient, channels);
    for (let i = 0; i < free.length; i++) {
      expect(own![i]).toBeCloseTo(colors[i]!, 6);
      expect(back![i]).toBeCloseTo(expected[i]!, 5);
    }
  });
});
