import { join } from 'node:path';
import type { Rank, Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { NativeFunction } from '../../src/backend/native/function.ts';
import { tf } from '../../src/backend/tf.ts';
import { createModel } from '../../src/model/executor.ts';
import type { Model } from '../../src/model/model.ts';
import { packageRoot } from '../../src/package-root.ts';
import { availableBackends, useBackend } from '../backend/with-backend.ts';
import { fileSpec, kerasFixtures, open } from './opening.ts';

const networks: readonly (readonly [name: string, path: string])[] = [
  ...['lenet', 'vgg_like', 'resnet_like', 'inception_like'].map(
    (name) => [name, join(kerasFixtures, `${name}.keras`)] as const,
  ),
  ['modern', join(packageRoot, 'test', 'fixtures', 'onnx', 'modern.onnx')],
];

const bits = async (tensor: Tensor): Promise<Int32Array> =>
  new Int32Array(((await tensor.data()) as Float32Array).slice().buffer);

const RUNS = 6;

describe.each(availableBackends)('passes of the same kind on %s', (backend) => {
  beforeAll(() => useBackend(backend));
  afterEach(() => vi.restoreAllMocks());

  /** The layer's output, what a trace keeps of the layer before, and gradients with respect to the input and to that layer. */
  async function passes(model: Model, input: Tensor4D, layer: number): Promise<Int32Array[]> {
    const between = Math.floor(layer / 2);
    const [output] = model.forward(input, [layer]);
    const trace = model.trace(input, layer, { rules: ['gradient'], maps: [between] });
    const signal = tf.randomNormal(trace.output.shape, 0, 1, 'float32', 3);
    const gradient = trace.backward(signal, { keep: true });
    const [inner] = trace.backward(signal, { to: [between] });
    const tensors = [output!, trace.output, trace.map(between), gradient, inner!];
    const results = await Promise.all(tensors.map(bits));
    tf.dispose([output!, signal, gradient, inner!]);
    trace.dispose();
    return results;
  }

  it.each(networks)('give the same bits each time, for every image: %s', async (_name, path) => {
    const made: boolean[] = [];
    const make = NativeFunction.make.bind(NativeFunction);
    vi.spyOn(NativeFunction, 'make').mockImplementation((inputs, run) => {
      const result = make(inputs, run);
      made.push(result.made !== undefined);
      return result;
    });
    const model = await createModel(await open(fileSpec(path)));
    const [height, width, channels] = model.network.inputShape;
    const images = [1, 2, 3, 4, 5, 6].map((seed) =>
      tf.randomUniform<Rank.R4>([2, height, width, channels], -1, 1, 'float32', seed),
    );
    const alone = await createModel(await open(fileSpec(path)));
    for (const layer of [model.layers.length - 1, Math.floor(model.layers.length / 2)]) {
      for (const [run, image] of images.entries()) {
        const found = await passes(model, image, layer);
        if (run < RUNS - 2) continue;
        // A model that has seen no other image runs its operations one by one.
        const expected = await passes(alone, image, layer);
        found.forEach((values, i) => expect(values, `${layer} ${i}`).toEqual(expected[i]));
      }
    }
    // One for each of four kinds of passes.
    expect(made).toEqual(backend === 'tensorflow' ? Array.from({ length: 8 }, () => true) : []);
    model.dispose();
    alone.dispose();
    tf.dispose(images);
  });

  it('leaves no tensor behind', async () => {
    const model = await createModel(await open(fileSpec(join(kerasFixtures, 'vgg_like.keras'))));
    const input = tf.randomUniform<Rank.R4>([1, ...model.network.inputShape], -1, 1);
    await passes(model, input, 6);
    const before = tf.memory().numTensors;
    for (let run = 0; run < RUNS; run++) await passes(model, input, 6);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(input);
    model.dispose();
  });
});
