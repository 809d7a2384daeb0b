import type { Tensor4D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { join } from 'node:path';
import { tf } from '../../src/backend/tf.ts';
import { cropFinder } from '../../src/model/crop.ts';
import type { Crop } from '../../src/model/crop.ts';
import { createModel } from '../../src/model/executor.ts';
import type { Model } from '../../src/model/model.ts';
import type { Network, NetworkNode } from '../../src/model/network.ts';
import { randomFrom } from '../../src/model/random.ts';
import { fieldOfUnit } from '../../src/techniques/unit-field.ts';
import { useBackend } from '../backend/with-backend.ts';
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

/** Value of one unit, and the signal that comes back from it by each rule, over the whole input. */
async function lookAt(
  model: Model,
  layer: number,
  input: Tensor4D,
  [row, column, filter]: readonly [number, number, number],
  crop: Crop | undefined,
): Promise<readonly number[][]> {
  const [, height, width, channels] = input.shape;
  const { x, y, width: wide, height: tall } = crop ?? { x: 0, y: 0, width, height };
  const piece = tf.slice(input, [0, y, x, 0], [1, tall, wide, channels]);
  const trace = model.trace(piece, layer);
  const [, , columns = 1, filters = 1] = trace.output.shape;
  const at = ((row - (crop?.row ?? 0)) * columns + column - (crop?.column ?? 0)) * filters + filter;
  const value = (await trace.output.data())[at]!;
  const signal = new Float32Array(trace.output.size);
  signal[at] = 1;
  const found: number[][] = [[value]];
  for (const rule of ['gradient', 'deconvnet', 'guided'] as const) {
    const sent = tf.tensor(signal, trace.output.shape);
    const back = trace.backward(sent, { rule, keep: true });
    const padded = tf.pad(back, [
      [0, 0],
      [y, height - y - tall],
      [x, width - x - wide],
      [0, 0],
    ]);
    found.push([...(await padded.data())]);
    tf.dispose([sent, back, padded]);
  }
  trace.dispose();
  piece.dispose();
  return found;
}

/** 25 units of the layer's map: how many had a smaller piece, and the greatest difference over the greatest value. */
async function compare(model: Model, layer: number): Promise<{ cropped: number; deviation: number }> {
  const find = cropFinder(model.network, layer);
  const info = model.layers[layer]!;
  const [rows, columns, filters] = info.outputShape as [number, number, number];
  const input = randomInput(model);
  let cropped = 0;
  let deviation = 0;
  // Both ends and the middle: the border cases are the ones that could go wrong.
  const along = (count: number): number[] => [0, 1, Math.floor(count / 2), count - 2, count - 1];
  for (const row of along(rows)) {
    for (const column of along(columns)) {
      const crop = find(fieldOfUnit(info, row * columns + column, model.network.inputShape));
      if (!crop) continue;
      cropped += 1;
      const at = [row, column, (row + column) % filters] as const;
      const whole = await lookAt(model, layer, input, at, undefined);
      const piece = await lookAt(model, layer, input, at, crop);
      for (const [i, values] of whole.entries()) {
        let scale = 0;
        let difference = 0;
        for (const [j, value] of values.entries()) {
          scale = Math.max(scale, Math.abs(value));
          difference = Math.max(difference, Math.abs(value - piece[i]![j]!));
        }
        deviation = Math.max(deviation, difference / (scale || 1));
      }
    }
  }
  input.dispose();
  model.dispose();
  return { cropped, deviation };
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

// The whole picture is the reference. Sums over pieces may be added in another order, hence not equal to the last bit.
describe('a piece of the picture', () => {
  beforeAll(() => useBackend('wasm'));

  it.each(Object.entries(networks))('does for units of %s', async (_, net) => {
    const model = await createModel(sourceOf(net, (random) => random() - 0.4));
    const { cropped, deviation } = await compare(model, model.layers.length - 1);
    expect(cropped).toBeGreaterThan(8);
    expect(deviation).toBeLessThan(1e-5);
  });

  it.each([
    ['vgg_like', 'block2_conv2'],
    ['resnet_like', 'res1_relu1'],
    ['inception_like', 'sep'],
  ])('does for units of %s, layer %s', async (name, layer) => {
    const model = await createModel(await open(fileSpec(join(kerasFixtures, `${name}.keras`))));
    const index = model.layers.findIndex((one) => one.name === layer);
    const { cropped, deviation } = await compare(model, index);
    expect(cropped).toBeGreaterThan(8);
    expect(deviation).toBeLessThan(1e-5);
  });

  it('is as small as strides allow', () => {
    const find = cropFinder(networks['SAME convolutions and pools']!, 3);
    // l2 sees 8 of 40 columns, 2 apart: unit 9 those from 15 to 22, so that a piece begins at 14.
    expect(find({ x: 15, y: 15, width: 8, height: 8 })).toEqual({
      ...{ x: 14, y: 14, width: 10, height: 10 },
      ...{ row: 7, column: 7 },
    });
    expect(find({ x: -3, y: 37, width: 8, height: 8 })).toEqual({
      ...{ x: 0, y: 36, width: 6, height: 10 },
      ...{ row: 18, column: 0 },
    });
  });

  it.each([
    [
      'behind global pooling',
      [
        ['GlobalAveragePooling2D', {}],
        ['Dense', { units: 3 }],
      ],
    ],
    [
      'where the layer crops its input',
      [
        ['Cropping2D', { cropping: 2 }],
        ['Conv2D', conv],
      ],
    ],
    [
      'where one layer looks at everything',
      [
        ['GlobalAveragePooling2D', { keepdims: true }],
        ['Multiply', {}, ['in', 'l0']],
      ],
    ],
  ] as [string, [string, Config, string[]?][]][])('is none %s', (_, layers) => {
    const net = network([32, 32], layers);
    expect(cropFinder(net, layers.length)({ x: 10, y: 10, width: 3, height: 3 })).toBeUndefined();
  });
});
