import { createRequire } from 'node:module';
import { expect, it, vi } from 'vitest';
import { tf } from '../../src/backend/tf.ts';

it('is the instance that CommonJS packages see', () => {
  expect(createRequire(import.meta.url)('@tensorflow/tfjs-core').engine()).toBe(tf.engine());
});

it('has gradients and computes in plain JavaScript without a greeting', async () => {
  const warn = vi.spyOn(console, 'warn');
  await tf.setBackend('cpu');
  const slope = tf.grad((x) => tf.square(x).sum())(tf.tensor1d([1, 2, 3]));
  expect([...slope.dataSync()]).toEqual([2, 4, 6]);
  expect(warn).not.toHaveBeenCalled();
});
