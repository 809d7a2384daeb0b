import { beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../../src/backend/tf.ts';
import { diversityGradient, styleSimilarity } from '../../src/optim/diversity.ts';
import { availableBackends, useBackend } from '../backend/with-backend.ts';
import { noise, slopeError } from './finite-differences.ts';

describe.each(availableBackends)('diversity on %s', (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  const valueOf = async (x: Float32Array, shape: [number, number, number, number]): Promise<number> => {
    const maps = tf.tensor4d(x, shape);
    const { value, gradient } = styleSimilarity(maps);
    const [number] = await value.data();
    tf.dispose([maps, value, gradient]);
    return number!;
  };

  it('is 0 for an image alone, and one less than their number for images that are alike', async () => {
    const one = noise(24, 'one', 0, 1);
    expect(await valueOf(one, [1, 2, 3, 4])).toBeCloseTo(0, 5);
    expect(await valueOf(Float32Array.from([...one, ...one, ...one]), [3, 2, 3, 4])).toBeCloseTo(2, 4);
  });

  it('counts the cosine of Gram matrices', async () => {
    // Two channels, one place: (1, 0) and (1, 1). Grams [1 0; 0 0] and [1 1; 1 1]: cosine 1/2, felt by both.
    expect(await valueOf(Float32Array.from([1, 0, 1, 1]), [2, 1, 1, 2])).toBeCloseTo(0.5, 5);
  });

  it('has the gradient that finite differences say', async () => {
    const x = noise(72, 'x', 0, 1);
    const maps = tf.tensor4d(x, [3, 2, 3, 4]);
    const { value, gradient } = styleSimilarity(maps);
    const slope = (await gradient.data()) as Float32Array;
    for (const name of ['a', 'b']) {
      const error = await slopeError((at) => valueOf(at, [3, 2, 3, 4]), x, slope, noise(72, name), 1e-2);
      expect(error).toBeLessThan(2e-3);
    }
    tf.dispose([maps, value, gradient]);
  });

  it('pushes apart, as strongly as the objectives are large', async () => {
    const maps = tf.tensor4d(noise(48, 'maps', 0, 1), [2, 2, 3, 4]);
    const { value, gradient } = styleSimilarity(maps);
    const signal = diversityGradient(0.5)(maps, [3, -5]);
    const [a, b] = [await signal.data(), await gradient.data()];
    a.forEach((x, i) => expect(x).toBeCloseTo(-0.5 * 4 * b[i]!, 5));
    tf.dispose([maps, value, gradient, signal]);
  });
});
