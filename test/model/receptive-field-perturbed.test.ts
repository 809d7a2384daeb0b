import { join } from 'node:path';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../../src/backend/tf.ts';
import { createModel } from '../../src/model/executor.ts';
import type { Model } from '../../src/model/model.ts';
import type { Network } from '../../src/model/network.ts';
import type { ModelSource } from '../../src/model/open.ts';
import { randomFrom } from '../../src/random.ts';
import { fieldOfUnit } from '../../src/techniques/unit-field.ts';
import { useBackend } from '../backend/with-backend.ts';
import { fileSpec, kerasFixtures, open } from './opening.ts';
import { sourceOf } from './source-of.ts';

const fixture = (name: string): Promise<ModelSource> => open(fileSpec(join(kerasFixtures, `${name}.keras`)));

describe('fields of branched networks, by hand', () => {
  it.each([
    // 3 of padding, 7 pixels every 2; pools of 3 every 2 begin with a whole one (28 divides); each 3 x 3 behind adds 2 x 4.
    ['resnet_like', 'conv1', 7, 2, -3],
    ['resnet_like', 'pool1', 11, 4, -3],
    ['resnet_like', 'res1_conv1', 19, 4, -7],
    ['resnet_like', 'res1_add', 27, 4, -11],
    ['resnet_like', 'res2_add', 43, 4, -19],
    // The widest of three branches: 3 + 2 x 2.
    ['inception_like', 'a1x1', 3, 2, 0],
    ['inception_like', 'c_proj', 7, 2, -2],
    ['inception_like', 'mixed', 7, 2, -2],
    ['inception_like', 'sep', 11, 2, -4],
    ['lenet', 'p2', 16, 4, 0],
  ])('%s, %s', async (name, layer, size, stride, offset) => {
    const { layers } = await fixture(name);
    expect(layers.find((one) => one.name === layer)!.receptiveField).toEqual({
      ...{ size: [size, size], stride: [stride, stride], offset: [offset, offset] },
    });
  });
});

/** 14 x 15 pixels by SAME convolutions with strides: odd sizes, unequal padding. */
const strided: Network = {
  ...{ name: 'test', format: 'test', inputShape: [14, 15, 1], preprocess: 'none' },
  nodes: [
    { name: 'in', type: 'InputLayer', config: {}, inputs: [] },
    {
      ...{ name: 'one', type: 'Conv2D', inputs: ['in'] },
      config: { filters: 2, kernel_size: 3, strides: 2, padding: 'same' },
    },
    {
      ...{ name: 'two', type: 'Conv2D', inputs: ['one'] },
      config: { filters: 2, kernel_size: 2, strides: [1, 2], padding: 'same' },
    },
  ],
};

/** All channels of one place for an input in which the chosen pixels got other values. */
async function outputAt(
  model: Model,
  layer: number,
  place: number,
  input: Float32Array,
): Promise<readonly number[]> {
  const [height, width, channels] = model.network.inputShape;
  const pixels = tf.tensor4d(input, [1, height, width, channels]) as Tensor4D;
  const [output] = model.forward(pixels, [layer]);
  const values = await output!.data();
  const depth = model.layers[layer]!.outputShape.at(-1)!;
  tf.dispose([pixels, output!]);
  return [...values.slice(place * depth, (place + 1) * depth)];
}

// What a unit gives is looked at, not a gradient: other pixels outside the box change no bit of it, pixels inside can.
describe('fields by changing pixels', () => {
  beforeAll(() => useBackend('wasm'));

  it.each([
    ['resnet_like', 'res1_relu1'],
    ['inception_like', 'sep'],
    ['vgg_like', 'block2_conv2'],
    ['lenet', 'c2'],
    ['strides', 'two'],
  ])('%s, %s', async (name, layerName) => {
    const source = name === 'strides' ? sourceOf(strided, (random) => 0.1 + random()) : await fixture(name);
    const model = await createModel(source);
    const layer = model.layers.find((one) => one.name === layerName)!;
    const [height, width, channels] = model.network.inputShape;
    const [rows, columns] = layer.outputShape as [number, number];
    const random = randomFrom(`changed pixels of ${name}`);
    const before = Float32Array.from({ length: height * width * channels }, () => random());
    const changed = (isChanged: (x: number, y: number) => boolean): Float32Array =>
      before.map((value, i) => {
        const pixel = Math.floor(i / channels);
        return isChanged(pixel % width, Math.floor(pixel / width)) ? value + 3 * (random() - 0.5) : value;
      });
    for (const place of [0, Math.floor(rows / 2) * columns + Math.floor(columns / 2), rows * columns - 1]) {
      const box = fieldOfUnit(layer, place, model.network.inputShape);
      const inside = (x: number, y: number): boolean =>
        x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height;
      const unit = await outputAt(model, layer.index, place, before);
      expect(
        await outputAt(
          model,
          layer.index,
          place,
          changed((x, y) => !inside(x, y)),
        ),
      ).toEqual(unit);
      expect(await outputAt(model, layer.index, place, changed(inside))).not.toEqual(unit);
      // Each of the box's outermost rows and columns counts, where it lies in the image and no other unit's padding does.
      if (place === 0 || place === rows * columns - 1) continue;
      for (const edge of [
        (x: number) => x === box.x,
        (x: number) => x === box.x + box.width - 1,
        (_: number, y: number) => y === box.y,
        (_: number, y: number) => y === box.y + box.height - 1,
      ]) {
        const only = changed((x, y) => inside(x, y) && edge(x, y));
        expect(await outputAt(model, layer.index, place, only)).not.toEqual(unit);
      }
    }
    model.dispose();
  });
});
