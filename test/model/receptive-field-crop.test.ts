import type { Tensor4D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { join } from 'node:path';
import { tf } from '../../src/backend/tf.ts';
import { around, cropFinder, isWithin } from '../../src/model/receptive-field-crop.ts';
import type { ReceptiveFieldCrop, Window } from '../../src/model/receptive-field-crop.ts';
import { PoolingSwitches } from '../../src/model/pooling-switches.ts';
import { createModel } from '../../src/model/executor.ts';
import type { Model } from '../../src/model/model.ts';
import type { ModelSource } from '../../src/model/open.ts';
import type { Network, NetworkNode } from '../../src/model/network.ts';
import { randomFrom } from '../../src/random.ts';
import { clipBox, fieldOfUnit } from '../../src/techniques/unit-field.ts';
import { availableBackends, useBackend } from '../backend/with-backend.ts';
import { fileSpec, kerasFixtures, open } from './opening.ts';
import { sourceOf } from './source-of.ts';

type Config = Readonly<Record<string, unknown>>;

function network(size: readonly [number, number], layers: readonly [string, Config, string[]?][]): Network {
  const nodes: NetworkNode[] = [{ name: 'in', type: 'InputLayer', config: {}, inputs: [] }];
  for (const [i, [type, config, inputs]] of layers.entries()) {
    nodes.push({ name: `l${i}`, type, config, inputs: inputs ?? [nodes[nodes.length - 1]!.name] });
  }
  return { name: 'test', format: 'test', inputShape: [...size, 3], nodes, preprocess: 'none' };
}

function randomInput(model: Model): Tensor4D {
  const [height, width, channels] = model.network.inputShape;
  const random = randomFrom('input of a test');
  const values = Float32Array.from({ length: height * width * channels }, () => random() - 0.3);
  return tf.tensor4d(values, [1, height, width, channels]);
}

type UnitPosition = readonly [row: number, column: number, filter: number];

const RULES = ['gradient', 'deconvnet', 'guided', 'redirected'] as const;

const windowOf = ([y, x]: UnitPosition): Window => ({ x, y, width: 1, height: 1 });

function cut(input: Tensor4D, { x, y, width, height }: Window): Tensor4D {
  return tf.slice(input, [0, y, x, 0], [1, height, width, input.shape[3]]);
}

/** A part of the input, with zeros for the rest. */
function widened(part: Tensor4D, { x, y }: { x: number; y: number }, shape: Tensor4D['shape']): Tensor4D {
  return tf.pad(part, [
    [0, 0],
    [y, shape[1] - y - part.shape[1]],
    [x, shape[2] - x - part.shape[2]],
    [0, 0],
  ]);
}

/** One unit's value, and the signal that comes back from it by each rule, over the whole input. */
async function look(
  model: Model,
  layer: number,
  input: Tensor4D,
  units: readonly UnitPosition[],
  crops: { readonly there: ReceptiveFieldCrop; readonly back: readonly ReceptiveFieldCrop[] } | undefined,
): Promise<Float32Array[]> {
  const [, height, width] = input.shape;
  const whole = { x: 0, y: 0, width, height };
  const piece = cut(input, crops?.there.input ?? whole);
  const trace = model.trace(piece, layer, crops ? { crop: crops.there } : {});
  const found: Float32Array[] = [];
  for (const [i, [row, column, filter]] of units.entries()) {
    const crop = crops?.back[i];
    const from = crops?.there.layers.at(-1)!.window ?? { x: 0, y: 0 };
    const [, , columns = 1, filters = 1] = trace.output.shape;
    const value = (await trace.output.data())[
      ((row - from.y) * columns + column - from.x) * filters + filter
    ]!;
    const shape = crop ? [1, 1, 1, filters] : trace.output.shape;
    const signal = tf.buffer(shape as [number, number, number, number]);
    signal.set(1, 0, ...(crop ? [0, 0] : [row, column]), filter);
    const parts = new Float32Array(1 + RULES.length * input.size);
    parts[0] = value;
    for (const [at, rule] of RULES.entries()) {
      const sent = signal.toTensor();
      const back = trace.backward(sent, { rule, keep: true, ...(crop ? { crop } : {}) });
      const padded = widened(back, crop?.input ?? whole, input.shape);
      parts.set(await padded.data(), 1 + at * input.size);
      tf.dispose([sent, back, padded]);
    }
    found.push(parts);
  }
  trace.dispose();
  piece.dispose();
  return found;
}

/** Greatest difference over the greatest value, for each pair of lists apart. */
function deviationOf(expected: readonly Float32Array[], actual: readonly Float32Array[]): number {
  return Math.max(
    ...expected.map((list, i) => {
      let scale = 0;
      let difference = 0;
      for (const [j, value] of list.entries()) {
        scale = Math.max(scale, Math.abs(value));
        difference = Math.max(difference, Math.abs(value - actual[i]![j]!));
      }
      return difference / (scale || 1);
    }),
  );
}

/** Nine units of a layer's map, alone and two at a time: against the whole image, and how much of its work was done. */
async function compare(
  source: ModelSource,
  name: string | undefined,
): Promise<{ work: number; deviation: number; usesSwitches: boolean }> {
  const tensors = tf.memory().numTensors;
  const model = await createModel(source);
  const layer =
    name === undefined ? model.layers.length - 1 : model.layers.findIndex((one) => one.name === name);
  const find = cropFinder(model.network, layer);
  const info = model.layers[layer]!;
  const [rows, columns, filters] = info.outputShape as [number, number, number];
  const input = randomInput(model);
  // Both ends and the middle: the border cases are the ones that could go wrong.
  const along = (count: number): number[] => [0, Math.floor(count / 2), count - 1];
  const units = along(rows).flatMap((row) =>
    along(columns).map((column): UnitPosition => [row, column, (row + column) % filters]),
  );
  const wholes = await look(model, layer, input, units, undefined);
  let work = 0;
  let deviation = 0;
  for (const [i, unit] of units.entries()) {
    const crop = find(windowOf(unit));
    const field = fieldOfUnit(info, unit[0] * columns + unit[1], model.network.inputShape);
    expect(isWithin(crop, find())).toBe(true);
    // The part of the field that lies in the image; less of it where a map on the way ends before.
    if (crop.layers.every(({ window }) => window)) {
      const box = clipBox(field, model.network.inputShape);
      if (box.width === field.width && box.height === field.height) expect(crop.input).toEqual(box);
      expect(around([crop.input, box])).toEqual(box);
    }
    work += crop.work / find().work / units.length;
    const alone = await look(model, layer, input, [unit], { there: crop, back: [crop] });
    deviation = Math.max(deviation, deviationOf([wholes[i]!], alone));
    // Each is one of two that way.
    const partner = units[i + 4];
    if (!partner) continue;
    const pair = [unit, partner];
    const there = find(around(pair.map(windowOf)));
    const back = pair.map((one) => find(windowOf(one)));
    const both = await look(model, layer, input, pair, { there, back });
    deviation = Math.max(deviation, deviationOf([wholes[i]!, wholes[i + 4]!], both));
  }
  const size = model.switchesSize(layer);
  if (size !== undefined) {
    const switches = new PoolingSwitches();
    tf.dispose(model.forward(input, [layer], switches));
    expect(switches.bytes).toBe(size);
    expect([layer, layer + 1].map((index) => switches.reaches(index))).toEqual([true, false]);
    const projections = await Promise.all(
      units.map(async (unit) => {
        const crop = find(windowOf(unit));
        const signal = tf.buffer([1, 1, 1, filters]);
        signal.set(1, 0, 0, 0, unit[2]);
        const sent = signal.toTensor();
        const back = model.backwardFromSwitches(switches, sent, crop);
        const padded = widened(back, crop.input, input.shape);
        const values = Float32Array.from(await padded.data());
        tf.dispose([sent, back, padded]);
        return values;
      }),
    );
    const length = input.size;
    const expected = wholes.map((list) => list.slice(1 + length, 1 + 2 * length));
    deviation = Math.max(deviation, deviationOf(expected, projections));
  }
  input.dispose();
  model.dispose();
  expect(tf.memory().numTensors).toBe(tensors);
  return { work, deviation, usesSwitches: size !== undefined };
}

const conv = { filters: 4, kernel_size: 3, padding: 'same', activation: 'relu' };

const networks: Readonly<Record<string, Network>> = {
  'SAME convolutions and pools': network(
    [48, 40],
    [
      ['Conv2D', conv],
      ['MaxPooling2D', {}],
      ['Conv2D', conv],
      ['MaxPooling2D', {}],
      ['Conv2D', conv],
    ],
  ),
  'SAME with strides, on sizes that do not divide': network(
    [47, 53],
    [
      ['Conv2D', { ...conv, strides: 2 }],
      ['MaxPooling2D', { pool_size: 3, strides: 2, padding: 'same' }],
      ['Conv2D', { ...conv, kernel_size: 4 }],
    ],
  ),
  'VALID with strides and remainders': network(
    [45, 50],
    [
      ['Conv2D', { ...conv, padding: 'valid', kernel_size: 5, strides: 2 }],
      ['MaxPooling2D', { pool_size: 3, strides: 2 }],
      ['Conv2D', { ...conv, padding: 'valid' }],
    ],
  ),
  'explicit padding and a residual': network(
    [40, 44],
    [
      ['ZeroPadding2D', { padding: 3 }],
      ['Conv2D', { ...conv, padding: 'valid', kernel_size: 7, strides: 2 }],
      ['Conv2D', conv],
      ['Add', {}, ['l1', 'l2']],
      ['AveragePooling2D', { pool_size: 3, strides: 2, padding: 'same' }],
      ['Conv2D', conv],
    ],
  ),
  'pools of three that reach over the border, and of twenty': network(
    [43, 49],
    [
      ['Conv2D', conv],
      ['MaxPooling2D', { pool_size: 3, padding: 'same' }],
      ['Conv2D', conv],
      ['MaxPooling2D', { pool_size: [5, 4] }],
      ['Conv2D', conv],
    ],
  ),
  'oblong, even and dilated kernels': network(
    [60, 54],
    [
      ['Conv2D', { ...conv, kernel_size: [2, 5] }],
      ['MaxPooling2D', {}],
      ['Conv2D', { ...conv, dilation_rate: 2 }],
      ['MaxPooling2D', {}],
      ['Conv2D', { ...conv, padding: 'valid', kernel_size: [4, 1] }],
    ],
  ),
  'an hourglass': network(
    [48, 48],
    [
      ['Conv2D', conv],
      ['MaxPooling2D', {}],
      ['Conv2D', conv],
      ['UpSampling2D', {}],
      ['Concatenate', {}, ['l0', 'l3']],
      ['Conv2D', conv],
    ],
  ),
};

/** Pools do not overlap, and no layer needs TensorFlow.js' own gradient. */
const NEEDS_SWITCHES_ONLY = [
  'oblong, even and dilated kernels',
  'SAME convolutions and pools',
  'pools of three that reach over the border, and of twenty',
  'an hourglass',
];

// The whole image is the reference. Sums over parts may be added in another order, hence not equal to the last bit.
describe.each(availableBackends)('a receptive-field crop on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each(Object.entries(networks))('is all that units of %s are made of', async (name, net) => {
    const source = sourceOf(net, (random) => random() - 0.4);
    const { work, deviation, usesSwitches } = await compare(source, undefined);
    expect(usesSwitches).toBe(NEEDS_SWITCHES_ONLY.includes(name));
    expect(work).toBeLessThan(0.9);
    expect(deviation).toBeLessThan(1e-5);
  });

  it.each([
    ['vgg_like', 'block2_conv2'],
    ['resnet_like', 'res1_relu1'],
    ['inception_like', 'sep'],
  ])('is all that units of %s, layer %s, are made of', async (name, layer) => {
    const source = await open(fileSpec(join(kerasFixtures, `${name}.keras`)));
    const { work, deviation } = await compare(source, layer);
    expect(work).toBeLessThan(0.9);
    expect(deviation).toBeLessThan(1e-5);
  });
});

describe('receptive-field crops', () => {
  const find = cropFinder(networks['SAME convolutions and pools']!, 5);

  it('narrow down from layer to layer', () => {
    // Unit 6 of 10 columns: 3 there, 6 before the pool, 8, 16, 18 of the 40 of the input.
    const { layers, input } = find({ x: 6, y: 6, width: 1, height: 1 });
    const widths = layers.map(({ window }) => [window!.x, window!.width]);
    expect(widths).toEqual([
      [17, 18],
      [18, 16],
      [9, 8],
      [10, 6],
      [5, 3],
      [6, 1],
    ]);
    expect(input).toEqual({ x: 17, y: 17, width: 18, height: 18 });
  });

  it('tell those apart that cannot share a batch', () => {
    const shape = (x: number, y: number): string => find({ x, y, width: 1, height: 1 }).shape;
    expect(shape(4, 4)).toBe(shape(5, 7));
    // The field hangs over the left border, over the right, over the upper.
    expect(new Set([shape(4, 4), shape(0, 4), shape(9, 4), shape(4, 0), shape(1, 4)]).size).toBe(5);
  });

  it.each([
    [
      'behind global pooling',
      [
        ['GlobalAveragePooling2D', {}],
        ['Dense', { units: 3 }],
      ],
      undefined,
    ],
    [
      'where a layer looks at everything',
      [
        ['Conv2D', conv],
        ['GlobalAveragePooling2D', { keepdims: true }],
        ['Multiply', {}, ['l0', 'l1']],
      ],
      { x: 10, y: 10, width: 1, height: 1 },
    ],
  ] as [string, [string, Config, string[]?][], Window | undefined][])('are whole %s', (_, layers, window) => {
    const crop = cropFinder(network([32, 32], layers), layers.length)(window);
    expect(crop.input).toEqual({ x: 0, y: 0, width: 32, height: 32 });
    expect(crop.layers[1]!.window).toBeUndefined();
  });
});
