import type { Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../../src/backend/tf.ts';
import { createModel } from '../../src/model/executor.ts';
import type { Network, NetworkNode } from '../../src/model/network.ts';
import { availableBackends, useBackend } from '../backend/with-backend.ts';
import { sourceOf } from './source-of.ts';

type Shape = readonly [number, number, number];

const networkOf = (inputShape: Shape, nodes: readonly Partial<NetworkNode>[]): Network => ({
  name: 'test',
  format: 'test',
  inputShape,
  preprocess: 'none',
  nodes: [
    { name: 'in', type: 'InputLayer', config: {}, inputs: [] },
    ...nodes.map((node) => ({ name: 'tested', type: '', config: {}, inputs: ['in'], ...node })),
  ],
});

/** Output and gradient of the sum of output · weights, of a batch of two whose values lie in [0.2, 2.2]. */
async function run(network: Network, weight: () => number = () => 1) {
  const model = await createModel(sourceOf(network, weight));
  const [height, width, channels] = network.inputShape;
  const count = 2 * height * width * channels;
  const x = Array.from({ length: count }, (_, i) => 1.2 + Math.sin(1.7 * i));
  const input = tf.tensor4d(x, [2, height, width, channels]);
  const last = model.layers.length - 1;
  const trace = model.trace(input, last);
  const shape = trace.output.shape;
  const y = [...(await trace.output.data())];
  const upstream = y.map((_, i) => Math.cos(0.9 * i));
  const signal = tf.tensor(upstream, shape);
  const gradient = [...(await trace.backward(signal, { keep: true }).data())];
  /** TensorFlow.js' own, through its tape. */
  const taped = tf.tidy(() =>
    tf.grad((pixels: Tensor) => tf.sum(tf.mul(model.forward(pixels as typeof input, [last])[0]!, signal)))(
      input,
    ),
  );
  const gradientByTape = [...(await taped.data())];
  trace.dispose();
  model.dispose();
  return { x, y, shape: shape.slice(1), upstream, gradient, gradientByTape, layers: model.layers };
}

const expectClose = (actual: readonly number[], expected: readonly number[]): void => {
  expect(actual.length).toBe(expected.length);
  const scale = Math.max(...expected.map(Math.abs), 1e-3);
  const worst = Math.max(...actual.map((value, i) => Math.abs(value - expected[i]!)));
  expect(worst / scale).toBeLessThan(3e-5);
};

const erf = (x: number): number => {
  let sum = 0;
  const steps = 2000;
  for (let i = 0; i < steps; i++) sum += Math.exp(-((((i + 0.5) * x) / steps) ** 2));
  return ((2 / Math.sqrt(Math.PI)) * sum * x) / steps;
};

const even = (x: number): number => (x % 1 === 0.5 ? 2 * Math.round(x / 2) : Math.round(x));

describe.each(availableBackends)('%s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each<[string, (x: number) => boolean]>([
    ['Greater', (x) => x > 1.5],
    ['GreaterEqual', (x) => x >= 1.5],
    ['Less', (x) => x < 1.5],
    ['LessEqual', (x) => x <= 1.5],
    ['Equal', (x) => x === 1.5],
  ])('%s is 1 where it holds, and sends nothing back', async (type, holds) => {
    const model = await createModel(
      sourceOf(networkOf([1, 2, 2], [{ type, config: { constant: 1.5 } }]), () => 1),
    );
    const input = tf.tensor4d([1, 1.5, 2, -1.5], [1, 1, 2, 2]);
    const trace = model.trace(input, 1);
    const expected = [1, 1.5, 2, -1.5].map((x) => (holds(x) ? 1 : 0));
    expect([...(await trace.output.data())]).toEqual(expected);
    expect([...(await trace.backward(tf.onesLike(input)).data())]).toEqual([0, 0, 0, 0]);
    trace.dispose();
    model.dispose();
  });

  it.each([
    { config: {}, inputs: ['positive', 'in', 'negative'], chosen: [4, 3, 2, 3], slopes: [1, 1, 1, -1] },
    // Whatever is not 0 holds.
    { config: {}, inputs: ['in', 'in', 'negative'], chosen: [4, 3, 2, -3], slopes: [1, 1, 1, 1] },
    { config: { constant: 7 }, inputs: ['positive', 'in'], chosen: [4, 3, 2, 7], slopes: [1, 1, 1, 0] },
    {
      ...{ config: { constant: 7, constant_side: 'left' }, inputs: ['positive', 'in'] },
      ...{ chosen: [7, 7, 7, -3], slopes: [0, 0, 0, 1] },
    },
  ])('Where chooses by what is computed: $inputs $config', async ({ config, inputs, chosen, slopes }) => {
    const nodes = [
      { name: 'positive', type: 'Greater', config: { constant: 0 } },
      { name: 'negative', type: 'Negative' },
      { type: 'Where', config, inputs },
    ];
    const model = await createModel(sourceOf(networkOf([1, 2, 2], nodes), () => 1));
    const input = tf.tensor4d([4, 3, 2, -3], [1, 1, 2, 2]);
    const trace = model.trace(input, 3);
    expect([...(await trace.output.data())]).toEqual(chosen);
    expect([...(await trace.backward(tf.onesLike(input)).data())]).toEqual(slopes);
    trace.dispose();
    model.dispose();
  });

  it.each<[string, (x: number) => number, ((x: number) => number)?]>([
    ['Sqrt', Math.sqrt, (x) => 0.5 / Math.sqrt(x)],
    ['Rsqrt', (x) => x ** -0.5, (x) => -0.5 * x ** -1.5],
    ['Square', (x) => x * x, (x) => 2 * x],
    ['Exp', Math.exp, Math.exp],
    ['Expm1', Math.expm1, Math.exp],
    ['Log', Math.log, (x) => 1 / x],
    ['Log1p', Math.log1p, (x) => 1 / (1 + x)],
    ['Absolute', Math.abs, Math.sign],
    ['Negative', (x) => -x, () => -1],
    ['Reciprocal', (x) => 1 / x, (x) => -1 / x ** 2],
    ['Sign', Math.sign, () => 0],
    ['Floor', Math.floor, () => 0],
    ['Ceil', Math.ceil, () => 0],
    ['Round', even, () => 0],
    ['Erf', erf, (x) => (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x)],
    ['Sin', Math.sin, Math.cos],
    ['Cos', Math.cos, (x) => -Math.sin(x)],
    ['Arctan', Math.atan, (x) => 1 / (1 + x * x)],
    ['Sinh', Math.sinh, Math.cosh],
    ['Cosh', Math.cosh, Math.sinh],
  ])('%s is its formula, and so is its gradient', async (type, formula, slope) => {
    const { x, y, upstream, gradient } = await run(networkOf([3, 4, 2], [{ type }]));
    expectClose(y, x.map(formula));
    expectClose(
      gradient,
      x.map((value, i) => upstream[i]! * slope!(value)),
    );
  });

  it('takes the tangent of small values', async () => {
    const scaled = networkOf(
      [3, 4, 2],
      [
        { name: 'scaled', type: 'Multiply', config: { constant: 0.5 } },
        { type: 'Tan', inputs: ['scaled'] },
      ],
    );
    const { x, y, upstream, gradient } = await run(scaled);
    expectClose(
      y,
      x.map((value) => Math.tan(value / 2)),
    );
    expectClose(
      gradient,
      x.map((value, i) => upstream[i]! * 0.5 * (1 + Math.tan(value / 2) ** 2)),
    );
  });

  it('rounds halves to even numbers', async () => {
    const model = await createModel(sourceOf(networkOf([1, 5, 1], [{ type: 'Round' }]), () => 0));
    const [output] = model.forward(tf.tensor4d([0.5, 1.5, 2.5, -0.5, -1.5], [1, 1, 5, 1]), [1]);
    expect([...(await output!.data())].map((n) => n + 0)).toEqual([0, 2, 2, 0, -2]);
  });

  it.each<[Record<string, unknown>, (x: number) => number]>([
    [{ x_min: 0.5, x_max: 1.5 }, (x) => Math.min(Math.max(x, 0.5), 1.5)],
    [{ x_min: 0.5 }, (x) => Math.max(x, 0.5)],
    [{ x_max: 1.5, x_min: -Infinity }, (x) => Math.min(x, 1.5)],
  ])('clips %j', async (config, formula) => {
    const { x, y, upstream, gradient } = await run(networkOf([3, 4, 2], [{ type: 'Clip', config }]));
    expectClose(y, x.map(formula));
    expectClose(
      gradient,
      x.map((value, i) => (formula(value) === value ? upstream[i]! : 0)),
    );
  });

  const binary: Readonly<Record<string, (a: number, b: number) => number>> = {
    Add: (a, b) => a + b,
    Subtract: (a, b) => a - b,
    Multiply: (a, b) => a * b,
    Divide: (a, b) => a / b,
    Maximum: Math.max,
    Minimum: Math.min,
    Power: (a, b) => a ** b,
  };

  it.each(Object.keys(binary).flatMap((type) => [[type, 'left'] as const, [type, 'right'] as const]))(
    '%s with constants on the %s: one, one a channel, one a column, stored ones',
    async (type, side) => {
      const op = (x: number, c: number): number =>
        side === 'left' ? binary[type]!(c, x) : binary[type]!(x, c);
      const constants: [unknown, (i: number) => number][] = [
        [1.3, () => 1.3],
        [[0.5, 2], (i) => [0.5, 2][i % 2]!],
        [[[0.5, 2]], (i) => [0.5, 2][i % 2]!],
        [[[1], [2], [3], [4]], (i) => 1 + (Math.floor(i / 2) % 4)],
        [[[[[0.7]]]], () => 0.7],
      ];
      for (const [constant, at] of constants) {
        const config = { constant, ...(side === 'left' ? { constant_side: side } : {}) };
        const found = await run(networkOf([3, 4, 2], [{ type, config }]));
        expectClose(
          found.y,
          found.x.map((value, i) => op(value, at(i))),
        );
        expectClose(found.gradient, found.gradientByTape);
      }
      const config = { constant_shape: [4, 1], constant_side: side };
      let drawn = 1;
      const found = await run(networkOf([3, 4, 2], [{ type, config }]), () => drawn++);
      expectClose(
        found.y,
        found.x.map((value, i) => op(value, 1 + (Math.floor(i / 2) % 4))),
      );
      expect(found.layers[1]!.parameters).toBe(4);
    },
  );

  /** [3, 4, 2] maps, their mean over all places as [2], and over rows as [4, 2]: axes that are missing, or 1. */
  it.each(Object.keys(binary))('%s spreads maps of other ranks and sizes over each other', async (type) => {
    const network = networkOf(
      [3, 4, 2],
      [
        { name: 'mean', type: 'GlobalAveragePooling2D' },
        { type, inputs: ['in', 'mean'] },
      ],
    );
    const { x, y, gradient, gradientByTape, shape } = await run(network);
    expect(shape).toEqual([3, 4, 2]);
    const mean = (i: number): number => {
      const start = i < 24 ? 0 : 24;
      const own = x.slice(start, start + 24).filter((_, k) => k % 2 === i % 2);
      return own.reduce((a, b) => a + b, 0) / 12;
    };
    expectClose(
      y,
      x.map((value, i) => binary[type]!(value, mean(i))),
    );
    expectClose(gradient, gradientByTape);
    const turned = networkOf(
      [3, 4, 2],
      [
        { name: 'mean', type: 'GlobalAveragePooling2D', config: { keepdims: true } },
        { type, inputs: ['mean', 'in'] },
      ],
    );
    const other = await run(turned);
    expectClose(
      other.y,
      x.map((value, i) => binary[type]!(mean(i), value)),
    );
    expectClose(other.gradient, other.gradientByTape);
  });

  it('widens maps to a constant that has more rows', async () => {
    const network = networkOf([1, 2, 1], [{ type: 'Add', config: { constant: [[[1]], [[10]]] } }]);
    const { x, y, shape, gradient, upstream } = await run(network);
    expect(shape).toEqual([2, 2, 1]);
    const expected = [0, 1].flatMap((n) => [1, 10].flatMap((c) => [x[2 * n]! + c, x[2 * n + 1]! + c]));
    expectClose(y, expected);
    expectClose(
      gradient,
      [0, 1, 4, 5].map((i) => upstream[i]! + upstream[i + 2]!),
    );
  });
});

describe('receptive fields', () => {
  const layersOf = (nodes: readonly Partial<NetworkNode>[]) =>
    sourceOf(networkOf([6, 6, 2], nodes), () => 0).layers;

  it('stay as they are behind functions and constants, and are the image behind a spread mean', () => {
    const conv = { name: 'conv', type: 'Conv2D', config: { filters: 2, kernel_size: 3, padding: 'same' } };
    for (const node of [
      { type: 'Sqrt' },
      { type: 'Multiply', config: { constant: [1, 2] } },
      { type: 'Multiply', config: { constant_shape: [6, 6, 2] } },
    ]) {
      expect(layersOf([conv, { ...node, inputs: ['conv'] }])[2]!.receptiveField).toEqual(
        layersOf([conv])[1]!.receptiveField,
      );
    }
    const mean = { name: 'mean', type: 'GlobalAveragePooling2D', inputs: ['conv'] };
    expect(
      layersOf([conv, mean, { type: 'Multiply', inputs: ['conv', 'mean'] }])[3]!.receptiveField,
    ).toBeUndefined();
  });

  it.each<[Partial<NetworkNode>, string]>([
    [{ type: 'Add', config: { constant: 'x' } }, '`constant` is "x"'],
    [{ type: 'Add', config: { constant: [[1, 2], [3]] } }, '`constant` is [[1,2],[3]]'],
    [{ type: 'Add', config: { constant: [1, 2, 3] } }, 'its inputs have the shapes [6, 6, 2], [3]'],
    [{ type: 'Add', config: { constant_shape: [0] } }, '`constant_shape` is [0]'],
    [{ type: 'Add', config: { constant_shape: [2, 1, 1, 1] } }, 'its constant has the shape [2, 1, 1, 1]'],
    [{ type: 'Add' }, 'the layer has 1 inputs'],
    [{ type: 'Add', config: { constant: 1 }, inputs: ['in', 'in'] }, 'the layer has 2 inputs and a constant'],
    [{ type: 'Divide', inputs: ['in', 'in', 'in'] }, 'the layer has 3 inputs'],
    [{ type: 'Clip', config: { x_min: 'a' } }, '`x_min` is "a"'],
    [{ type: 'Sqrt', config: { constant: 1 } }, '`constant` 1 is not supported'],
  ])('%j is refused', (node, message) => {
    expect(() => layersOf([node])).toThrow(message);
  });
});
