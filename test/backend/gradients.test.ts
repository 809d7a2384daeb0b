import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { reluGradient } from '../../src/backend/rectify.ts';
import { tf } from '../../src/backend/tf.ts';
import { deviation, differences, noise } from './reference.ts';
import { availableBackends, useBackend } from './with-backend.ts';

type Operation = (x: Tensor) => Tensor;

/** What tfjs says of d sum(operation(x) * upstream) / dx. */
function gradient(operation: Operation, x: Tensor, upstream?: Tensor): number[] {
  return tf.tidy(() => [...tf.grad(operation)(x, upstream).dataSync()]);
}

describe.each(availableBackends)('on %s', (backend) => {
  beforeAll(() => useBackend(backend, 2));

  describe('activations', () => {
    it.each<[string, Operation, (x: number) => number]>([
      ['relu', tf.relu as Operation, (x) => Math.max(0, x)],
      ['relu6', tf.relu6 as Operation, (x) => Math.min(6, Math.max(0, x))],
    ])('%s', (_, operation, f) => {
      const at = noise(200, 1).map((x) => x * 10 + 1e-3);
      const upstream = noise(200, 2);
      const reference = differences((x) => x.map(f), at, upstream);
      const [x, dy] = [at, upstream].map((values) => tf.tensor(Float32Array.from(values), [2, 100]));
      expect(deviation(gradient(operation, x!, dy), reference)).toBeLessThan(1e-6);
    });

    it.each([1, 3, 4, 7, 4099])('let %d values through as the formula says', (count) => {
      const values = Array.from(noise(count, 3), (x) => x * 12);
      const upstream = Array.from(noise(count, 4), Math.fround);
      for (const ceiling of [Infinity, 6]) {
        const expected = values.map((x, i) => (x > 0 && x < ceiling ? upstream[i]! : 0));
        const passed = tf.tidy(() =>
          reluGradient(tf.tensor1d(upstream), tf.tensor1d(values), ceiling).dataSync(),
        );
        expect(Array.from(passed, (value) => value + 0)).toEqual(expected);
      }
    });

    it('let nothing pass at 0', () => {
      const x = tf.tensor1d([-1, 0, -0, 2]);
      expect(gradient(tf.relu as Operation, x)).toEqual([0, 0, 0, 1]);
      expect(gradient(tf.relu6 as Operation, tf.tensor1d([0, 5, 7]))).toEqual([0, 1, 0]);
    });

    it('have a gradient within a network', () => {
      // y = relu(w x) with w = 2: dy/dx is 2 where x > 0; the layer in between must not disturb the redirection
      const x = tf.tensor2d([[1, -1]]);
      expect(gradient((input) => tf.relu(tf.mul(input, 2)), x)).toEqual([2, 0]);
    });
  });

  describe('max pooling', () => {
    it('gives the gradient to the largest value, negative or not', () => {
      const x = tf.tensor4d([-4, -3, -2, -1, 0, 0, 0, 5], [1, 2, 4, 1]);
      const pool: Operation = (input) => tf.maxPool(input as Tensor4D, 2, 2, 'valid');
      // windows {-4 -3 / 0 0} and {-2 -1 / 0 5}; of the two zeros the first
      expect(gradient(pool, x)).toEqual([0, 0, 0, 0, 1, 0, 0, 1]);
      const negative = tf.tensor4d([-4, -3, -2, -1], [1, 2, 2, 1]);
      expect(gradient(pool, negative)).toEqual([0, 0, 0, 1]);
    });

    it('adds the gradients of overlapping windows', () => {
      const x = tf.tensor4d([1, 9, 2, 3, 4, 5, 6, 7, 8], [1, 3, 3, 1]);
      const pool: Operation = (input) => tf.maxPool(input as Tensor4D, 2, 1, 'valid');
      // maxima: 9, 9 / 7, 8
      expect(gradient(pool, x)).toEqual([0, 2, 0, 0, 0, 0, 0, 1, 1]);
    });

    it('leaves the padding of SAME out', () => {
      const x = tf.tensor4d([-1, -2, -3], [1, 1, 3, 1]);
      const pool: Operation = (input) => tf.maxPool(input as Tensor4D, [1, 2], [1, 2], 'same');
      // windows {-1 -2} and {-3, nothing}
      expect([...pool(x).dataSync()]).toEqual([-1, -3]);
      expect(gradient(pool, x)).toEqual([1, 0, 1]);
    });
  });

  it('average pooling divides by what lies in the image', () => {
    const x = tf.tensor4d([1, 2, 3], [1, 1, 3, 1]);
    const pool: Operation = (input) => tf.avgPool(input as Tensor4D, [1, 2], [1, 2], 'same');
    expect([...pool(x).dataSync()]).toEqual([1.5, 3]);
    expect(gradient(pool, x)).toEqual([0.5, 0.5, 1]);
  });

  it('gather adds what its rows were used for', () => {
    const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);
    const gather: Operation = (input) => tf.gather(input, tf.tensor1d([2, 0, 2], 'int32'));
    const upstream = tf.tensor2d([1, 10, 2, 20, 3, 30], [3, 2]);
    expect(gradient(gather, x, upstream)).toEqual([2, 20, 0, 0, 4, 40]);
  });

  it('unsortedSegmentSum leaves ids out of range out, and keeps whole numbers whole', () => {
    const ids = tf.tensor1d([1, -1, 1, 0], 'int32');
    const sums = tf.unsortedSegmentSum(tf.tensor1d([1, 2, 3, 4]), ids, 3);
    expect([...sums.dataSync()]).toEqual([4, 4, 0]);
    const whole = tf.unsortedSegmentSum(tf.tensor1d([5, 6, 7, 8], 'int32'), ids, 2);
    expect(whole.dtype).toBe('int32');
    expect([...whole.dataSync()]).toEqual([8, 12]);
  });

  it('conv3d', () => {
    // One axis of 3, kernel (1, 2): y = [x0 + 2 x1, x1 + 2 x2]
    const x = tf.tensor5d([1, 2, 3], [1, 1, 1, 3, 1]);
    const kernel = tf.tensor5d([1, 2], [1, 1, 2, 1, 1]);
    const convolve: Operation = (input) => tf.conv3d(input as never, kernel, 1, 'valid');
    expect(gradient(convolve, x, tf.tensor5d([1, 10], [1, 1, 1, 2, 1]))).toEqual([1, 12, 20]);
  });

  it('keeps no tensor behind', () => {
    const image = tf.tensor4d(Float32Array.from(noise(2 * 12 * 12 * 4, 5)), [2, 12, 12, 4]);
    const filter = tf.tensor4d(Float32Array.from(noise(3 * 3 * 4 * 4, 6)), [3, 3, 4, 4]);
    const depth = tf.tensor4d(Float32Array.from(noise(3 * 3 * 4, 7)), [3, 3, 4, 1]);
    const step = (): void =>
      tf.dispose(
        tf.grads((x: Tensor, w: Tensor, d: Tensor) => {
          const first = tf.relu(tf.conv2d(x as Tensor4D, w as Tensor4D, 1, 'same'));
          const pooled = tf.avgPool(tf.maxPool(first, 3, 2, 'same'), 2, 1, 'same');
          const second = tf.conv2d(pooled, w as Tensor4D, 2, 'same');
          return tf.gather(tf.depthwiseConv2d(second, d as Tensor4D, 1, 'same'), [0, 0, 1]);
        })([image, filter, depth]),
      );
    step();
    const count = (): object => ({ ...tf.memory(), held: tf.engine().backend.numDataIds() });
    const before = count();
    for (let i = 0; i < 3; i++) step();
    expect(count()).toEqual(before);
  });

  it('gives the same bits again', () => {
    const x = tf.tensor4d(Float32Array.from(noise(24 * 24 * 8, 8)), [1, 24, 24, 8]);
    const filter = tf.tensor4d(Float32Array.from(noise(9 * 64, 9)), [3, 3, 8, 8]);
    const run = (): number[] =>
      gradient((input) => tf.relu(tf.conv2d(input as Tensor4D, filter, 1, 'same')), x);
    const first = run();
    for (let i = 0; i < 5; i++) expect(run()).toEqual(first);
  });
});

describe('only on wasm', () => {
  beforeAll(() => useBackend('wasm', 2));

  it('maxPoolWithArgmax says where the maxima are', () => {
    const x = tf.tensor4d([-4, -3, -2, -1, 7, 6, 5, 8], [2, 2, 2, 1]);
    const within = tf.maxPoolWithArgmax(x, 2, 2, 'valid');
    expect([...within['result']!.dataSync()]).toEqual([-1, 8]);
    expect([...within['indexes']!.dataSync()]).toEqual([3, 3]);
    const over = tf.maxPoolWithArgmax(x, 2, 2, 'valid', true);
    expect([...over['indexes']!.dataSync()]).toEqual([3, 7]);
    expect(over['indexes']!.dtype).toBe('int32');
  });

  it('rotateWithOffset turns an image by a quarter', () => {
    const x = tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1]);
    // About the middle pixel, which is at 1 of 3; anticlockwise.
    const turned = tf.image.rotateWithOffset(x, Math.PI / 2, 0, 1 / 3);
    expect([...turned.dataSync()]).toEqual([3, 6, 9, 2, 5, 8, 1, 4, 7]);
  });
});
