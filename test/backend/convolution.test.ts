import { beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../../src/backend/tf.ts';
import {
  conv2d,
  depthwise,
  deviation,
  differences,
  noise,
  outputShape,
  pool,
  type Shape3,
  type Window,
} from './reference.ts';
import { availableBackends, useBackend } from './with-backend.ts';

// Sizes and strides whose SAME padding is uneven on one or both axes, kernels larger than the stride and smaller.
const windows: (Window & { shape: Shape3 })[] = [];
const kernels = [
  [1, 1],
  [2, 2],
  [3, 3],
  [4, 4],
  [5, 2],
] as const;
const strides = [
  [1, 1],
  [2, 2],
  [3, 2],
  [4, 4],
] as const;
for (const kernel of kernels) {
  for (const stride of strides) {
    for (const padding of ['valid', 'same'] as const) {
      windows.push({ kernel, stride, padding, shape: [6, 5, 2] });
      windows.push({ kernel, stride, padding, shape: [5, 8, 3] });
    }
  }
}
const name = ({ kernel, stride, padding, shape }: (typeof windows)[number]): string =>
  `${kernel.join('x')} by ${stride.join(',')} ${padding} on ${shape.join('x')}`;
const cases = windows.map((window) => [name(window), window] as const);

const LIMIT = 2e-6;
const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Value and input and weight gradients by tfjs of an operation on [1, ...shape]. */
function run(
  operation: (x: never, w: never) => unknown,
  x: [Float64Array, Shape3],
  w: [Float64Array, number[]],
  upstream: Float64Array,
): { value: ArrayLike<number>; gradients: ArrayLike<number>[] } {
  return tf.tidy(() => {
    const image = tf.tensor(Float32Array.from(x[0]), [1, ...x[1]]);
    const weights = tf.tensor(Float32Array.from(w[0]), w[1]);
    const value = operation(image as never, weights as never) as ReturnType<typeof tf.tensor>;
    const dy = tf.tensor(Float32Array.from(upstream), value.shape);
    const gradients = tf.grads(operation as never)([image, weights], dy);
    return { value: value.dataSync(), gradients: gradients.map((gradient) => gradient.dataSync()) };
  });
}

describe.each(availableBackends)('on %s', (backend) => {
  beforeAll(() => useBackend(backend, 2));

  it.each(cases)('conv2d and its gradients: %s', (_, window) => {
    const { shape, kernel, stride, padding } = window;
    const filters = 3;
    const x = noise(size(shape), 1);
    const w = noise(size(kernel) * shape[2] * filters, 2);
    const expected = conv2d(x, shape, w, filters, window);
    const upstream = noise(expected.length, 3);
    const { value, gradients } = run(
      (image, weights) => tf.conv2d(image, weights, [...stride], padding),
      [x, shape],
      [w, [...kernel, shape[2], filters]],
      upstream,
    );
    expect(deviation(value, expected)).toBeLessThan(LIMIT);
    const byInput = differences((at) => conv2d(at, shape, w, filters, window), x, upstream);
    const byFilter = differences((at) => conv2d(x, shape, at, filters, window), w, upstream);
    expect(deviation(gradients[0]!, byInput)).toBeLessThan(LIMIT);
    expect(deviation(gradients[1]!, byFilter)).toBeLessThan(LIMIT);
  });

  // TensorFlow's own kernels want the same stride on both axes.
  it.each(cases.filter(([, { stride }]) => stride[0] === stride[1]))(
    'depthwiseConv2d and its gradients: %s',
    (_, window) => {
      const { shape, kernel, stride, padding } = window;
      const multiplier = shape[2] === 2 ? 1 : 2;
      const x = noise(size(shape), 4);
      const w = noise(size(kernel) * shape[2] * multiplier, 5);
      const expected = depthwise(x, shape, w, multiplier, window);
      const upstream = noise(expected.length, 6);
      const { value, gradients } = run(
        (image, weights) => tf.depthwiseConv2d(image, weights, [...stride], padding),
        [x, shape],
        [w, [...kernel, shape[2], multiplier]],
        upstream,
      );
      expect(deviation(value, expected)).toBeLessThan(LIMIT);
      const byInput = differences((at) => depthwise(at, shape, w, multiplier, window), x, upstream);
      const byFilter = differences((at) => depthwise(x, shape, at, multiplier, window), w, upstream);
      expect(deviation(gradients[0]!, byInput)).toBeLessThan(LIMIT);
      expect(deviation(gradients[1]!, byFilter)).toBeLessThan(LIMIT);
    },
  );

  describe.each(['max', 'avg'] as const)('%s pooling and its gradient', (kind) => {
    it.each(cases)('%s', (_, window) => {
      const { shape, kernel, stride, padding } = window;
      // A third of the windows has no positive value at all; no two values are equal.
      const x = noise(size(shape), 7).map((value, i) => value - (i % 3) * 0.7 + i * 1e-4);
      const expected = pool(kind, x, shape, window);
      const upstream = noise(expected.length, 8);
      const operation = (image: ReturnType<typeof tf.tensor4d>) =>
        tf.pool(image, [...kernel], kind, padding, undefined, [...stride]);
      const [value, gradient] = tf.tidy(() => {
        const image = tf.tensor4d(Float32Array.from(x), [1, ...shape]);
        const y = operation(image);
        const dy = tf.tensor(Float32Array.from(upstream), y.shape);
        return [
          y.dataSync(),
          tf
            .grad(operation as never)(image, dy)
            .dataSync(),
        ];
      });
      expect(deviation(value!, expected)).toBeLessThan(LIMIT);
      const reference = differences((at) => pool(kind, at, shape, window), x, upstream);
      expect(deviation(gradient!, reference)).toBeLessThan(LIMIT);
      expect(value!.length).toBe(size(outputShape(shape, window)));
    });
  });
});
