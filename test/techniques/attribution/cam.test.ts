import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../../../src/backend/tf.ts';
import { CAM_METHODS } from '../../../src/techniques/attribution/attribution-types.ts';
import { classActivation } from '../../../src/techniques/attribution/cam.ts';
import { availableBackends, useBackend } from '../../backend/with-backend.ts';

const random = (seed: number, ...shape: number[]): Tensor => tf.randomNormal(shape, 0, 1, 'float32', seed);

describe.each(availableBackends)('class activation on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each(CAM_METHODS)('%s of a layer from what a batch normalization makes of it', (method) => {
    tf.tidy(() => {
      const [map, signal] = [random(1, 1, 6, 5, 4), random(2, 1, 6, 5, 4)];
      // Turned round, switched off, made larger and smaller.
      const scaling = { scale: tf.tensor1d([-2, 0, 3, 0.1]), offset: tf.tensor1d([5, -1, 0, 0.5]) };
      const { scale, offset } = scaling;
      const direct = classActivation(tf, method, {
        map: map as Tensor4D,
        gradient: tf.mul(signal, scale),
      });
      const behind = classActivation(tf, method, {
        map: tf.add(tf.mul(map, scale), offset),
        gradient: signal as Tensor4D,
        scaling,
      });
      for (const part of ['cam', 'means'] as const) {
        const [expected, found] = [direct[part], behind[part]];
        expect(found.shape).toEqual(expected.shape);
        const size = tf.max(tf.abs(expected)).dataSync()[0]!;
        expect(size).toBeGreaterThan(0.01);
        expect(tf.max(tf.abs(tf.sub(found, expected))).dataSync()[0]! / size).toBeLessThan(1e-4);
      }
    });
  });
});
