import { join } from 'node:path';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../../src/backend/tf.ts';
import { createModel } from '../../src/model/executor.ts';
import type { Model } from '../../src/model/model.ts';
import { availableBackends, useBackend } from '../backend/with-backend.ts';
import type { NpyArray } from '../npz.ts';
import { readNpz } from '../npz.ts';
import { fileSpec, kerasFixtures, open } from './opening.ts';

/** Largest difference over the largest value of the reference. */
async function deviation(actual: Tensor, expected: Tensor | NpyArray): Promise<number> {
  expect(actual.shape).toEqual(expected.shape);
  const [values, wanted] = await Promise.all([
    actual.data(),
    'data' in expected && typeof expected.data === 'function' ? expected.data() : (expected as NpyArray).data,
  ]);
  let difference = 0;
  let scale = 0;
  wanted.forEach((value, i) => {
    difference = Math.max(difference, Math.abs(value - values[i]!));
    scale = Math.max(scale, Math.abs(value));
  });
  // A dead channel has a gradient of zeros: then any difference counts as it is.
  return difference / (scale || 1);
}

const load = async (name: string): Promise<Model> =>
  createModel(await open(fileSpec(join(kerasFixtures, `${name}.keras`))));

function indexOf(model: Model, name: string): number {
  const found = model.layers.find((layer) => layer.name === name);
  if (!found) throw new Error(`no layer ${name}`);
  return found.index;
}

/** One at the given place of a channel (row-major over the map), zero elsewhere. */
function oneAt(shape: readonly number[], place: number, channel: number): Tensor4D {
  const [, height, width, channels] = shape as [number, number, number, number];
  const values = new Float32Array(height * width * channels);
  values[place * channels + channel] = 1;
  return tf.tensor4d(values, [1, height, width, channels]);
}

/** The signal whose gradient is that of the mean of a channel over the map's places. */
function meanOf(shape: readonly number[], channel: number): Tensor {
  const [batch, ...rest] = shape as [number, ...number[]];
  const channels = rest[rest.length - 1]!;
  const places = rest.slice(0, -1).reduce((product, n) => product * n, 1);
  return tf.tidy(() => {
    const one = tf.oneHot(tf.tensor1d([channel], 'int32'), channels);
    return tf.tile(
      tf.reshape(tf.div(tf.cast(one, 'float32'), places), [1, ...rest.slice(0, -1).map(() => 1), channels]),
      [batch, ...rest.slice(0, -1), 1],
    );
  });
}

describe.each(availableBackends)('%s', (backend) => {
  beforeAll(() => useBackend(backend));

  // References are Keras' own, written by it together with the models (make_keras_fixtures.py).
  describe.each(['lenet', 'vgg_like', 'resnet_like', 'inception_like'])('%s', (name) => {
    const reference = readNpz(join(kerasFixtures, `${name}.reference.npz`));
    let model: Model;
    let input: Tensor4D;
    beforeAll(async () => {
      model = await load(name);
      const { shape, data } = reference.get('input')!;
      input = tf.tensor4d(data, shape as [number, number, number, number]);
    });
    afterAll(() => {
      model.dispose();
      input.dispose();
    });

    it("gives Keras' outputs and gradients, and leaves nothing behind", async () => {
      let tried = 0;
      for (const [key, expected] of reference) {
        const [, layer, channel] = /^gradient:(.*):(\d+)$/.exec(key) ?? [];
        if (layer === undefined) continue;
        const before = tf.memory().numTensors;
        const trace = model.trace(input, indexOf(model, layer));
        expect(await deviation(trace.output, reference.get(`output:${layer}`)!), layer).toBeLessThan(1e-4);
        const signal = meanOf(trace.output.shape, Number(channel));
        const gradient = trace.backward(signal);
        expect(await deviation(gradient, expected), key).toBeLessThan(1e-4);
        tf.dispose([signal, gradient]);
        // All that was recorded is gone but the output.
        expect(tf.memory().numTensors).toBe(before + 1);
        trace.dispose();
        expect(tf.memory().numTensors).toBe(before);
        tried++;
      }
      expect(tried).toBeGreaterThan(3);
    });

    it('gives the gradient of every layer', async () => {
      for (const { index, name: layer } of model.layers) {
        const signal = tf.tidy(() => {
          const [output] = model.forward(input, [index]) as [Tensor];
          return tf.sin(tf.reshape(tf.range(0, output.size), output.shape));
        });
        const expected = tf.tidy(() =>
          index === 0
            ? signal.clone()
            : tf.grad((x: Tensor) => model.forward(x as Tensor4D, [index])[0]!)(input, signal),
        );
        const trace = model.trace(input, index, { rules: ['gradient'] });
        const gradient = trace.backward(signal);
        expect(await deviation(gradient, expected), layer).toBeLessThan(1e-4);
        trace.dispose();
        tf.dispose([signal, expected, gradient]);
      }
    });
  });

  // The references are Captum's Deconvolution and GuidedBackprop of the strongest place of a channel.
  it.each(['deconvnet', 'guided'] as const)('projects by %s as Captum does', async (rule) => {
    const reference = readNpz(join(kerasFixtures, 'vgg_like.backprojection.npz'));
    const model = await load('vgg_like');
    const { shape, data } = reference.get('input')!;
    const input = tf.tensor4d(data, shape as [number, number, number, number]);
    const projections = [...reference].filter(([key]) => key.startsWith(`${rule}:`));
    expect(projections).toHaveLength(3);
    for (const [key, expected] of projections) {
      const [, layer, channel] = key.split(':') as [string, string, string];
      const trace = model.trace(input, indexOf(model, layer), { rules: [rule] });
      const map = tf.tidy(() => tf.slice(trace.output, [0, 0, 0, Number(channel)], [-1, -1, -1, 1]));
      const values = await map.data();
      const signal = oneAt(trace.output.shape, values.indexOf(Math.max(...values)), Number(channel));
      const projection = trace.backward(signal, { rule });
      expect(await deviation(projection, expected), key).toBeLessThan(1e-4);
      trace.dispose();
      tf.dispose([map, signal, projection]);
    }
    input.dispose();
    model.dispose();
  });
});
