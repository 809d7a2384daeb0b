import { join } from 'node:path';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../../src/backend/tf.ts';
import { createModel } from '../../src/model/executor.ts';
import type { BackwardRule, Model } from '../../src/model/model.ts';
import { randomFrom } from '../../src/random.ts';
import { availableBackends, useBackend } from '../backend/with-backend.ts';
import type { NpyArray } from '../npz.ts';
import { readNpz } from '../npz.ts';
import { fileSpec, kerasFixtures, open, zooSpec } from './opening.ts';

/** Largest difference over the largest value of the reference. */
async function deviation(actual: Tensor, expected: Tensor | NpyArray): Promise<number> {
  expect(actual.shape).toEqual(expected.shape);
  const [values, references] = await Promise.all([
    actual.data(),
    'data' in expected && typeof expected.data === 'function' ? expected.data() : (expected as NpyArray).data,
  ]);
  let difference = 0;
  let scale = 0;
  references.forEach((value, i) => {
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

/** Between 0 and 1, the same each time. */
function noise(shape: [number, number, number, number]): Tensor4D {
  const random = randomFrom(`noise ${shape.join()}`);
  const length = shape.reduce((product, n) => product * n, 1);
  return tf.tensor4d(
    Float32Array.from({ length }, () => random()),
    shape,
  );
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
        // Kernels of merged layers, and turned ones, are made by the first pass, and stay the model's.
        const first = model.trace(input, indexOf(model, layer));
        tf.tidy(() => first.backward(tf.zerosLike(first.output)).dispose());
        first.dispose();
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

  it.each([
    ['lenet', 'hidden'],
    ['resnet_like', 'gap'],
    ['inception_like', 'gmp'],
  ])('gives each sample of %s at %s what it gets alone, to the bit', async (name, layer) => {
    const model = await load(name);
    const [height, width, channels] = model.network.inputShape;
    const images = noise([3, height, width, channels]);
    const gradientOf = async (some: Tensor4D): Promise<Float32Array> => {
      const trace = model.trace(some, indexOf(model, layer), { rules: ['gradient'] });
      const gradient = trace.backward(trace.output);
      trace.dispose();
      return (await gradient.data()) as Float32Array;
    };
    const all = await gradientOf(images);
    const size = all.length / 3;
    for (const sample of [0, 1, 2]) {
      const alone = await gradientOf(tf.slice(images, [sample, 0, 0, 0], [1, -1, -1, -1]));
      expect(alone).toEqual(all.slice(sample * size, (sample + 1) * size));
    }
    images.dispose();
    model.dispose();
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

  describe('a trace', () => {
    let model: Model;
    let layer: number;
    let images: Tensor4D;
    beforeAll(async () => {
      model = await load('vgg_like');
      layer = indexOf(model, 'block3_conv2');
      images = noise([3, 64, 64, 3]);
    });
    afterAll(() => {
      model.dispose();
      images.dispose();
    });

    it('sends several signals back if it is kept, and none after the last', async () => {
      const before = tf.memory().numTensors;
      const trace = model.trace(images, layer);
      const signals = [0, 17].map((channel) => meanOf(trace.output.shape, channel));
      const again = meanOf(trace.output.shape, 0);
      const first = trace.backward(signals[0]!, { keep: true });
      const second = trace.backward(signals[1]!, { keep: true, rule: 'guided' });
      const third = trace.backward(again);
      expect(await deviation(third, first)).toBe(0);
      expect(await deviation(second, first)).toBeGreaterThan(0.1);
      expect(() => trace.backward(again)).toThrow('the trace is used up');
      tf.dispose([...signals, again, first, second, third]);
      trace.dispose();
      trace.dispose();
      expect(tf.memory().numTensors).toBe(before);
    });

    it('frees all it recorded when it is disposed before any signal', () => {
      const before = tf.memory().numTensors;
      const trace = model.trace(images, layer);
      trace.dispose();
      expect(() => trace.backward(images)).toThrow('the trace is used up');
      expect(tf.memory().numTensors).toBe(before);
      expect(images.isDisposed).toBe(false);
    });

    it('refuses signals of another shape and rules it did not record for, and can be used still', () => {
      const trace = model.trace(images, layer, { rules: ['deconvnet'] });
      const signal = meanOf(trace.output.shape, 0);
      expect(() => trace.backward(images, { rule: 'deconvnet' })).toThrow(
        '[3, 64, 64, 3] is not [3, 16, 16, 24]',
      );
      expect(() => trace.backward(signal)).toThrow('the trace was not made for the rule gradient');
      const result = trace.backward(signal, { rule: 'deconvnet' });
      expect(result.shape).toEqual([3, 64, 64, 3]);
      trace.dispose();
      tf.dispose([signal, result]);
    });

    it.each(['gradient', 'deconvnet', 'guided', 'redirected'] as const)(
      'gives each sample by %s what it gets alone, to the bit',
      async (rule) => {
        const signalOf = (output: Tensor): Tensor => tf.tidy(() => tf.relu(tf.sub(output, 0.1)));
        const together = model.trace(images, layer);
        const signal = signalOf(together.output);
        const all = await together.backward(signal, { rule }).data();
        for (const sample of [0, 1, 2]) {
          const image = tf.slice(images, [sample, 0, 0, 0], [1, -1, -1, -1]);
          const trace = model.trace(image, layer);
          const alone = trace.backward(signalOf(trace.output), { rule });
          const size = alone.size;
          expect(await alone.data()).toEqual(all.slice(sample * size, (sample + 1) * size));
          trace.dispose();
        }
        together.dispose();
      },
    );

    it('takes images of other sizes', async () => {
      for (const [height, width] of [
        [40, 72],
        [37, 21],
      ] as const) {
        const image = noise([2, height, width, 3]);
        const trace = model.trace(image, layer);
        expect(trace.output.shape).toEqual([2, height >> 2, width >> 2, 24]);
        const signal = meanOf(trace.output.shape, 3);
        const gradient = trace.backward(signal);
        const expected = tf.tidy(() =>
          tf.grad((x: Tensor) => model.forward(x as Tensor4D, [layer])[0]!)(image, signal),
        );
        expect(await deviation(gradient, expected)).toBeLessThan(1e-5);
        trace.dispose();
        tf.dispose([image, signal, gradient, expected]);
      }
    });

    it('says which layer cannot take a size, and computes those before it', async () => {
      const lenet = await load('lenet');
      const image = noise([1, 40, 40, 1]);
      const before = tf.memory().numTensors;
      expect(() => lenet.trace(image, indexOf(lenet, 'probs'))).toThrow(
        'Layer `probs` cannot be computed for images of 40x40 pixels.\n' +
          '  The weights of layer `hidden` (Dense) fit 28x28 pixels only.\n' +
          '  Use 28x28 pixels, or an earlier layer.',
      );
      expect(() => lenet.trace(noise([1, 4, 40, 1]), indexOf(lenet, 'c1'))).toThrow(
        'Layer `c1` (Conv2D): its 5x5 window is larger than its 4x40 input.',
      );
      expect(() => lenet.trace(noise([1, 28, 28, 3]), 1)).toThrow('the network takes 1 channels, got 3');
      expect(() => lenet.trace(image, 99)).toThrow('there is no layer 99');
      const trace = lenet.trace(image, indexOf(lenet, 'flat'));
      expect(trace.output.shape).toEqual([1, 7 * 7 * 16]);
      trace.dispose();
      expect(tf.memory().numTensors).toBe(before + 2);
      lenet.dispose();
    });

    it('ends before the activation where that is asked for', async () => {
      const trace = model.trace(images, layer, { preactivation: true });
      const [output] = model.forward(images, [layer]) as [Tensor];
      const rectified = tf.relu(trace.output);
      expect(await deviation(rectified, output)).toBeLessThan(1e-6);
      // A unit that is dead after the activation: its signal reaches the pixels all the same.
      const values = await trace.output.data();
      const [, height, width, channels] = output.shape as [number, number, number, number];
      const dead = values.findIndex((value) => value < 0);
      const signal = tf.tidy(() => {
        const ones = new Float32Array(output.size);
        ones[dead] = 1;
        return tf.tensor(ones, output.shape);
      });
      const gradient = trace.backward(signal);
      // By a difference along the gradient itself: its squared length is the slope.
      const step = 1e-3;
      const unit = async (x: Tensor4D): Promise<number> => {
        const there = model.trace(x, layer, { preactivation: true });
        const all = await there.output.data();
        there.dispose();
        return all[dead]!;
      };
      const norm = Math.sqrt((await tf.sum(tf.square(gradient)).data())[0]!);
      const [up, down] = [step, -step].map((by) => tf.add(images, tf.mul(gradient, by / norm)) as Tensor4D);
      expect(norm).toBeGreaterThan(0);
      expect(((await unit(up!)) - (await unit(down!))) / (2 * step) / norm).toBeCloseTo(1, 1);
      expect([height, width, channels]).toEqual([16, 16, 24]);
      trace.dispose();
    });
  });

  it('records a map a convolution, and for projections only those that pools look at', async () => {
    const model = await createModel(
      await open(zooSpec('vgg16', { weights: 'random', includeTop: false, input: [64, 64] })),
    );
    const layer = indexOf(model, 'block3_conv3');
    const image = noise([1, 64, 64, 3]);
    const map = 4 * 64 * 64 * 64;
    const recorded = (rules: readonly BackwardRule[]): number => {
      const before = tf.memory().numBytes;
      const trace = model.trace(image, layer, { rules });
      const bytes = tf.memory().numBytes - before;
      trace.dispose();
      return bytes / map;
    };
    // Two maps of size 1 and their pool (1/4), two of 1/2 and theirs (1/8), three of 1/4.
    expect(recorded(['gradient'])).toBeCloseTo(2 + 1 / 4 + 1 + 1 / 8 + 3 / 4, 3);
    expect(recorded(['deconvnet'])).toBeCloseTo(1 + 1 / 4 + 1 / 2 + 1 / 8 + 1 / 4, 3);
    model.dispose();
  });
});
