import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { opponentKernels } from '../../scripts/training/opponent-kernels.ts';
import { tf } from '../../src/backend/tf.ts';
import { useBackend } from '../backend/with-backend.ts';

const SIZE = 5;
const settings = { blur: { light: 0.8, colour: 1.5 }, colourShare: 0.8, mixing: 1, likeness: 0 };
const form = opponentKernels(SIZE, settings);
beforeAll(() => useBackend('wasm'));

/** Free numbers that are not zero for the given opponents only. */
function freeOf(opponents: readonly number[], filters = 4): Tensor {
  const all = tf.randomNormal([3, SIZE * SIZE, filters], 0, 1, 'float32', 3);
  const kept = tf.tensor3d([0, 1, 2].map((o) => [[opponents.includes(o) ? 1 : 0]]));
  return tf.mul(all, kept);
}
const values = (tensor: Tensor): number[] => [...tensor.dataSync()];

describe('kernels in opponent colours', () => {
  it('of light are grey and add up to nothing', () => {
    const kernel = form.kernel(freeOf([0]));
    expect(kernel.shape).toEqual([SIZE, SIZE, 3, 4]);
    const [red, green, blue] = tf.split(kernel, 3, 2).map(values) as [number[], number[], number[]];
    red.forEach((value, i) => {
      expect(green[i]).toBeCloseTo(value, 5);
      expect(blue[i]).toBeCloseTo(value, 5);
    });
    for (const sum of values(tf.sum(kernel, [0, 1, 2]))) expect(sum).toBeCloseTo(0, 4);
    expect(Math.max(...red.map(Math.abs))).toBeGreaterThan(0.1);
  });

  it('of colour differences are nowhere light or dark', () => {
    for (const value of values(tf.sum(form.kernel(freeOf([1, 2])), 2))) expect(value).toBeCloseTo(0, 5);
    const yellowBlue = form.kernel(freeOf([2]));
    const [red, green, blue] = tf.split(yellowBlue, 3, 2).map(values) as [number[], number[], number[]];
    red.forEach((value, i) => {
      expect(green[i]).toBeCloseTo(value, 5);
      expect(blue[i]).toBeCloseTo(-2 * value, 5);
    });
  });

  it('are blurred: colours more than light', () => {
    const roughness = (kernel: Tensor4D): number => {
      const steps = tf.sub(
        tf.slice(kernel, [1, 0, 0, 0], [SIZE - 1, -1, -1, -1]),
        tf.slice(kernel, [0, 0, 0, 0], [SIZE - 1, -1, -1, -1]),
      );
      return tf.div(tf.sum(tf.square(steps)), tf.sum(tf.square(kernel))).dataSync()[0]!;
    };
    const [light, colour] = [
      roughness(form.kernel(freeOf([0], 64))),
      roughness(form.kernel(freeOf([1], 64))),
    ];
    // Free numbers that know nothing of each other have 2·4/5 on five rows.
    expect(light).toBeLessThan(1);
    expect(colour).toBeLessThan(light / 2);
  });

  it('cost most where a kernel is half of light, half of colour', () => {
    const cost = (opponents: readonly number[]): number =>
      form.cost(form.kernel(freeOf(opponents))).dataSync()[0]!;
    expect(cost([0])).toBeCloseTo(0, 5);
    expect(cost([1, 2])).toBeCloseTo(0, 5);
    expect(cost([0, 1])).toBeGreaterThan(0.05);
    expect(cost([0, 1])).toBeLessThanOrEqual(0.25);
  });

  it('cost where two are alike, with either sign', () => {
    const alike = opponentKernels(SIZE, { ...settings, mixing: 0, likeness: 1 });
    const free = freeOf([0, 1, 2], 1);
    const cost = (...factors: number[]): number =>
      alike
        .cost(
          alike.kernel(
            tf.concat(
              factors.map((factor) => tf.mul(free, factor)),
              2,
            ),
          ),
        )
        .dataSync()[0]!;
    expect(cost(1, 2)).toBeCloseTo(1, 4);
    expect(cost(1, -3)).toBeCloseTo(1, 4);
    const different = alike.cost(alike.kernel(freeOf([0, 1, 2], 8))).dataSync()[0]!;
    expect(different).toBeLessThan(0.2);
  });
});
