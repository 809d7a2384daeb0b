import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type BatchStatistics, normalizeBatch } from '../../../src/backend/native/batch-norm.ts';
import { tf } from '../../../src/backend/tf.ts';
import { availableBackends, useBackend } from '../with-backend.ts';

const EPSILON = 1e-3;
const ignore = (): void => {};

describe.runIf(availableBackends.includes('tensorflow'))('batch normalization in training', () => {
  beforeAll(() => useBackend('tensorflow'));
  const x = (): Tensor4D => tf.randomNormal([3, 4, 5, 2], 1, 2, 'float32', 7);
  const gamma = (): Tensor1D => tf.tensor1d([1.5, -0.5]);
  const beta = (): Tensor1D => tf.tensor1d([0.25, 2]);

  it('is the formula, over batch, height and width', () => {
    const { mean, variance } = tf.moments(x(), [0, 1, 2]);
    const scaled = tf.mul(tf.div(tf.sub(x(), mean), tf.sqrt(tf.add(variance, EPSILON))), gamma());
    const expected = tf.add(scaled, beta());
    const y = normalizeBatch(x(), gamma(), beta(), EPSILON, ignore);
    expect(y.shape).toEqual([3, 4, 5, 2]);
    expect(tf.max(tf.abs(tf.sub(y, expected))).dataSync()[0]).toBeLessThan(1e-5);
  });

  it('tells mean and variance, the latter with n - 1', () => {
    let batch: BatchStatistics | undefined;
    normalizeBatch(x(), gamma(), beta(), EPSILON, (statistics) => (batch = statistics));
    const { mean, variance } = tf.moments(x(), [0, 1, 2]);
    const unbiased = tf.mul(variance, 60 / 59).dataSync();
    [0, 1].forEach((channel) => {
      expect(batch!.mean[channel]).toBeCloseTo(mean.dataSync()[channel]!, 5);
      expect(batch!.variance[channel]).toBeCloseTo(unbiased[channel]!, 4);
    });
  });

  it('has the gradients that small differences show, for x, gamma and beta', () => {
    const weights = tf.randomNormal([3, 4, 5, 2], 0, 1, 'float32', 8);
    const score = (...[values, scale, offset]: (Tensor4D | Tensor1D)[]) =>
      tf.sum(
        tf.mul(
          normalizeBatch(values as Tensor4D, scale as Tensor1D, offset as Tensor1D, EPSILON, ignore),
          weights,
        ),
      );
    const at = [x(), gamma(), beta()];
    const { grads } = tf.valueAndGrads(score as Parameters<typeof tf.valueAndGrads>[0])(at);
    at.forEach((input, which) => {
      const direction = tf.randomNormal(input.shape, 0, 1, 'float32', 20 + which);
      const moved = (by: number): number => {
        const inputs = at.map((other, i) => (i === which ? tf.add(other, tf.mul(direction, by)) : other));
        return score(...(inputs as (Tensor4D | Tensor1D)[])).dataSync()[0]!;
      };
      const difference = (moved(1e-2) - moved(-1e-2)) / 2e-2;
      const slope = tf.sum(tf.mul(grads[which]!, direction)).dataSync()[0]!;
      expect(Math.abs(difference - slope)).toBeLessThan(0.01 * Math.max(1, Math.abs(slope)));
    });
  });
});
