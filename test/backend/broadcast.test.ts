import type { Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { reluGradient } from '../../src/backend/rectify.ts';
import { tf } from '../../src/backend/tf.ts';
import { availableBackends, useBackend } from './with-backend.ts';

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Numbers of both signs, none of them zero. */
const numbers = (count: number, seed: number): Float32Array =>
  new Float32Array(count).map((_, i) => Math.sin(i * 12.9898 + seed) * 3 || 1);

/** NumPy's rule, value by value. */
function literally(
  [a, aShape]: readonly [Float32Array, readonly number[]],
  [b, bShape]: readonly [Float32Array, readonly number[]],
  of: (a: number, b: number) => number,
): Float32Array {
  const rank = Math.max(aShape.length, bShape.length);
  const padded = (shape: readonly number[]): number[] => [
    ...Array<number>(rank - shape.length).fill(1),
    ...shape,
  ];
  const [left, right] = [padded(aShape), padded(bShape)];
  const shape = left.map((n, axis) => (n === 1 ? right[axis]! : n));
  const position = (own: readonly number[], at: readonly number[]): number =>
    own.reduce((sum, n, axis) => sum * n + (n === 1 ? 0 : at[axis]!), 0);
  return new Float32Array(sizeOf(shape)).map((_, i) => {
    const at: number[] = [];
    for (let axis = rank - 1, rest = i; axis >= 0; rest = Math.floor(rest / shape[axis]!), axis--)
      at.unshift(rest % shape[axis]!);
    return of(a[position(left, at)]!, b[position(right, at)]!);
  });
}

const OPERATIONS: readonly [
  name: string,
  run: (a: Tensor, b: Tensor) => Tensor,
  of: (a: number, b: number) => number,
][] = [
  ['add', tf.add, (a, b) => a + b],
  ['sub', tf.sub, (a, b) => a - b],
  ['mul', tf.mul, (a, b) => a * b],
  ['div', tf.div, (a, b) => a / b],
];

const SHAPES: readonly [number[], number[]][] = [
  [[2, 3, 4, 5], [5]],
  [[5], [2, 3, 4, 5]],
  [[1, 64, 64, 80], [80]],
  [
    [2, 64, 64, 40],
    [1, 1, 1, 40],
  ],
  [
    [1, 64, 64, 80],
    [1, 1, 1, 80],
  ],
  // A gate for each sample.
  [
    [2, 3, 4, 5],
    [2, 1, 1, 5],
  ],
  [[2, 3, 4, 8], [8]],
  [[8], [2, 3, 4, 8]],
  [
    [2, 1, 1, 8],
    [2, 3, 4, 8],
  ],
  [[3, 4, 8], [8]],
  [[8], [1, 8]],
  [[2, 3, 4, 5], []],
  [[1], [3, 4]],
  [
    [3, 1, 5],
    [4, 1],
  ],
  [
    [2, 3, 1],
    [1, 3, 4],
  ],
  [
    [1, 1],
    [1, 1, 1],
  ],
  [[0, 3], [3]],
];

describe.each(availableBackends)('on %s', (backend) => {
  beforeAll(() => useBackend(backend, 2));

  describe.each(OPERATIONS)('%s of different shapes', (_name, run, of) => {
    it.each(SHAPES)('%j and %j', (aShape, bShape) => {
      const [a, b] = [numbers(sizeOf(aShape), 1), numbers(sizeOf(bShape), 2)];
      const result = tf.tidy(() => run(tf.tensor(a, aShape), tf.tensor(b, bShape)));
      expect(result.dataSync()).toEqual(literally([a, aShape], [b, bShape], of));
      result.dispose();
    });
  });

  it('keeps what is no finite number', () => {
    const values = numbers(64 * 64 * 80, 1);
    values.set([NaN, Infinity, -Infinity, 3e38]);
    for (const [, run, of] of OPERATIONS) {
      const result = tf.tidy(() => run(tf.tensor(values, [1, 64, 64, 80]), tf.fill([80], 3)));
      expect(result.dataSync().slice(0, 5)).toEqual(values.slice(0, 5).map((value) => of(value, 3)));
      result.dispose();
    }
  });

  it('lets a signal pass where a rectifier did, between 0 and its ceiling', () => {
    const y = [-1, 0, 1e-30, 3, 5.999, 6, 7];
    const signal = [1, 2, 3, -4, 5, 6, 7];
    const passed = (ceiling?: number): number[] =>
      tf.tidy(() => [
        ...reluGradient(tf.tensor1d(signal), tf.tensor1d(y), ceiling)
          .dataSync()
          .map((value) => value + 0),
      ]);
    expect(passed()).toEqual([0, 0, 3, -4, 5, 6, 7]);
    expect(passed(6)).toEqual([0, 0, 3, -4, 5, 0, 0]);
    expect(passed(4)).toEqual([0, 0, 3, -4, 0, 0, 0]);
  });

  it('does so in maps of any size', () => {
    const count = 2 ** 17 + 3;
    const [y, signal] = [numbers(count, 1).map((value) => value * 3), numbers(count, 2)];
    const result = tf.tidy(() => reluGradient(tf.tensor1d(signal), tf.tensor1d(y), 6));
    const expected = signal.map((value, i) => (y[i]! > 0 && y[i]! < 6 ? value : 0));
    expect(result.dataSync().map((value) => value + 0)).toEqual(expected);
    result.dispose();
  });
});
