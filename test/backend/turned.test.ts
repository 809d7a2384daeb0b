import type { Tensor4D } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { tf } from '../../src/backend/tf.ts';
import { useBackend } from './with-backend.ts';

beforeAll(() => useBackend('wasm', 2));

/** A 2x2 filter from one channel to one, by its four taps. */
const filterOf = (taps: readonly number[]): Tensor4D => tf.tensor4d([...taps], [2, 2, 1, 1]);

/** What a single 1 in the output's upper left sends back to an image of 2x2: the filter itself. */
const backOf = (filter: Tensor4D): number[] =>
  tf.tidy(() => [
    ...tf.conv2dTranspose(tf.tensor4d([1], [1, 1, 1, 1]), filter, [1, 2, 2, 1], 1, 'valid').dataSync(),
  ]);

it('sends back by the filter that is asked for, whichever were asked for before', () => {
  const first = filterOf([1, 2, 3, 4]);
  const second = filterOf([5, 6, 7, 8]);
  for (let again = 0; again < 2; again++) {
    expect(backOf(first)).toEqual([1, 2, 3, 4]);
    expect(backOf(second)).toEqual([5, 6, 7, 8]);
  }
  first.dispose();
  expect(backOf(second)).toEqual([5, 6, 7, 8]);
  second.dispose();
});

it('keeps nothing of a filter that is gone', () => {
  const before = tf.backend().numDataIds();
  for (let count = 0; count < 3; count++) {
    const filter = filterOf([1, 2, 3, count]);
    expect(backOf(filter)).toEqual([1, 2, 3, count]);
    const copy = filter.clone();
    filter.dispose();
    expect(backOf(copy)).toEqual([1, 2, 3, count]);
    copy.dispose();
  }
  expect(tf.backend().numDataIds()).toBe(before);
});
