import { join } from 'node:path';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../../src/backend/tf.ts';
import { createModel } from '../../src/model/executor.ts';
import type { Model } from '../../src/model/model.ts';
import { openModel } from '../../src/model/open.ts';
import type { ModelSpec } from '../../src/schema/experiment.ts';
import { packageRoot } from '../../src/package-root.ts';
import { availableBackends, useBackend } from '../backend/with-backend.ts';
import { readNpz } from '../npz.ts';
import type { NpyArray } from '../npz.ts';

const folder = join(packageRoot, 'test', 'fixtures', 'keras');
const options = { cacheDir: '/nonexistent', seed: 1, place: () => ({ file: 'test' }) };
const fileSpec = (path: string): ModelSpec => ({
  source: { kind: 'file', path },
  includeTop: true,
  inputChannels: 3,
});

/** Largest difference over the largest value of the reference. */
async function deviation(actual: Tensor, expected: NpyArray): Promise<number> {
  expect(actual.shape).toEqual(expected.shape);
  const values = await actual.data();
  let difference = 0;
  let scale = 0;
  expected.data.forEach((value, i) => {
    difference = Math.max(difference, Math.abs(value - values[i]!));
    scale = Math.max(scale, Math.abs(value));
  });
  // A dead channel has a gradient of zeros: then any difference counts as it is.
  return difference / (scale || 1);
}

// References are Keras' own, written by it together with the models (make_keras_fixtures.py).
describe.each(availableBackends)('%s', (backend) => {
  beforeAll(() => useBackend(backend));

  describe.each(['lenet', 'vgg_like', 'resnet_like', 'inception_like'])('%s', (name) => {
    const reference = readNpz(join(folder, `${name}.reference.npz`));
    const files = [`${name}.keras`, `${name}.h5`];

    describe.each(files)('%s', (file) => {
      let model: Model;
      let input: Tensor4D;
      beforeAll(async () => {
        model = await createModel(await openModel(fileSpec(join(folder, file)), options));
        const { shape, data } = reference.get('input')!;
        input = tf.tensor4d(data, shape as [number, number, number, number]);
      });
      afterAll(() => {
        model.dispose();
        input.dispose();
      });
      const indexOf = (layer: string): number => {
        const found = model.layers.find((one) => one.name === layer);
        if (!found) throw new Error(`no layer ${layer}`);
        return found.index;
      };

      it('gives the output of every layer', async () => {
        const layers = [...reference.keys()].filter((key) => key.startsWith('output:'));
        expect(layers).toHaveLength(model.layers.length - 1);
        const all = layers.map((key) => indexOf(key.slice(7)));
        // Kernels of merged layers are made by the first pass, and stay the model's.
        tf.dispose(model.forward(input, all));
        const before = tf.memory().numTensors;
        const outputs = model.forward(input, all);
        expect(tf.memory().numTensors).toBe(before + layers.length);
        for (const [i, key] of layers.entries()) {
          const output = outputs[i]!;
          expect(output.shape.slice(1)).toEqual(model.layers[indexOf(key.slice(7))]!.outputShape);
          expect(await deviation(output, reference.get(key)!), key).toBeLessThan(1e-4);
          output.dispose();
        }
      });

      it('gives the gradients', async () => {
        for (const [key, expected] of reference) {
          const [, layer, channel] = /^gradient:(.*):(\d+)$/.exec(key) ?? [];
          if (layer === undefined) continue;
          const gradient = tf.tidy(() =>
            tf.grad((x: Tensor) => {
              const [maps] = model.forward(x as Tensor4D, [indexOf(layer)]) as [Tensor4D];
              return tf.mean(tf.slice(maps, [0, 0, 0, Number(channel)], [-1, -1, -1, 1]));
            })(input),
          );
          expect(await deviation(gradient, expected), key).toBeLessThan(1e-4);
          gradient.dispose();
        }
      });
    });
  });
});
