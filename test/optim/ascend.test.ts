import { join } from 'node:path';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../../src/backend/tf.ts';
import { createModel } from '../../src/model/executor.ts';
import type { Model } from '../../src/model/model.ts';
import { randomFrom } from '../../src/random.ts';
import { ascend } from '../../src/optim/ascend.ts';
import type { AscentResult, AscentConfig, Schedule } from '../../src/optim/ascend.ts';
import { DEFAULTS } from '../../src/optim/method-settings.ts';
import { ascentConfigOf } from '../../src/optim/methods.ts';
import { createNetworkInput } from '../../src/optim/network-input.ts';
import { channelObjective, signalOf } from '../../src/optim/objective.ts';
import { toBytes } from '../../src/optim/float-image.ts';
import { createResampling, drawPlacement } from '../../src/optim/transform.ts';
import { availableBackends, useBackend } from '../backend/with-backend.ts';
import { fileSpec, kerasFixtures, open } from '../model/opening.ts';
import { readNpz } from '../npz.ts';
import { dot, noise, slopeError } from './finite-differences.ts';

const never = new AbortController().signal;
const schedule = (size: number, steps: number): Schedule => ({
  stages: [{ size: { height: size, width: size }, steps }],
  ...{ redirected: 16, patience: 8, frames: [] },
});

/** [height, width, channels] to planes, or back. */
function planes(values: Float32Array, places: number, channels: number): Float32Array {
  return Float32Array.from(values, (_, i) => values[(i % places) * channels + Math.floor(i / places)]!);
}

describe.each(availableBackends)('on %s', (backend) => {
  let model: Model;
  let layer: number;
  beforeAll(async () => {
    await useBackend(backend);
    model = await createModel(await open(fileSpec(join(kerasFixtures, 'vgg_like.keras'))));
    layer = model.layers.find(({ name }) => name === 'block2_conv2')!.index;
  });
  afterAll(() => model.dispose());

  const ascentConfig = (method: 'fourier' | 'maco' | 'pixels' = 'fourier'): AscentConfig =>
    ascentConfigOf(method, { ...DEFAULTS[method], jitter: 4 }, 3, false);
  const climb = async (
    channels: readonly number[],
    how = ascentConfig(),
    steps = 20,
  ): Promise<AscentResult[]> => {
    const starts = channels.map((channel) => ({
      objective: channelObjective(channel),
      random: randomFrom(`start ${channel}`),
    }));
    const place = { model, layer, preactivation: false };
    return (await ascend(place, how, schedule(24, steps), starts, randomFrom('moves'), never))!;
  };

  it("has Keras' gradient for an image's pixels", async () => {
    const reference = readNpz(join(kerasFixtures, 'vgg_like.reference.npz'));
    const { shape, data } = reference.get('input')!;
    const [count, height, width, channels] = shape as [number, number, number, 3];
    const length = height * width * channels;
    // 0..1 go into this network as they are.
    const input = createNetworkInput({ height, width }, channels, 'unit');
    const shown = new Float32Array(data.length);
    for (let i = 0; i < count; i++) {
      const image = planes(data.subarray(i * length, (i + 1) * length), height * width, channels);
      input.write(image, shown.subarray(i * length, (i + 1) * length), undefined);
    }
    let found = 0;
    for (const [key, expected] of reference) {
      const [, name, channel] = /^gradient:(.*):(\d+)$/.exec(key) ?? [];
      if (name === undefined) continue;
      found += 1;
      const at = model.layers.find((one) => one.name === name)!.index;
      const images = tf.tensor4d(shown, [count, height, width, channels]);
      const trace = model.trace(images, at, { rules: ['gradient'] });
      // The reference is of the mean over the whole batch.
      const objective = {
        where: 'mean' as const,
        channels: [{ channel: Number(channel), weight: 1 / count }],
      };
      const objectives = Array.from({ length: count }, () => objective);
      const signal = signalOf(objectives, trace.output.shape.slice(1));
      const gradient = trace.backward(signal);
      const values = (await gradient.data()) as Float32Array;
      tf.dispose([images, signal, gradient]);
      trace.dispose();
      const largest = Math.max(...expected.data.map(Math.abs)) || 1;
      for (let i = 0; i < count; i++) {
        const mine = input.pullBack(values.subarray(i * length, (i + 1) * length), undefined);
        const theirs = planes(expected.data.subarray(i * length, (i + 1) * length), height * width, channels);
        const differences = mine.map((value, j) => Math.abs(value - theirs[j]!) / largest);
        expect(Math.max(...differences)).toBeLessThan(1e-4);
      }
    }
    expect(found).toBeGreaterThan(10);
  });

  it('has the gradient of a whole step: parameters, colours, resampling, preprocessing, network', async () => {
    const size = { height: 24, width: 24 };
    const { parameterization: make } = ascentConfig();
    const parameterization = make(size);
    const input = createNetworkInput(size, 3, model.network.preprocess);
    const lucid = { jitter: 4, scale: 0.1, rotate: 10, settle: 2 };
    const resampling = createResampling(size, drawPlacement(lucid, randomFrom('placement')));
    // The first layer without its ReLU is linear: differences meet no kink.
    const first = model.layers.find(({ type }) => type === 'Conv2D')!.index;
    const show = async (parameters: Float32Array) => {
      const image = await parameterization.render(parameters);
      const shown = new Float32Array(image.length);
      input.write(image, shown, resampling);
      const x: Tensor4D = tf.tensor4d(shown, [1, 24, 24, 3]);
      const trace = model.trace(x, first, { preactivation: true, rules: ['gradient'] });
      x.dispose();
      return { image, trace };
    };
    const parameters = noise(3 * 24 * 24, 'parameters');
    const { image, trace } = await show(parameters);
    const weights = noise(trace.output.size, 'weights');
    const signal = tf.tensor(weights, trace.output.shape);
    const back = trace.backward(signal);
    trace.dispose();
    const pulled = input.pullBack((await back.data()) as Float32Array, resampling);
    const gradient = await parameterization.pullBack(image, pulled);
    tf.dispose([signal, back]);
    const of = async (at: Float32Array): Promise<number> => {
      const { trace: one } = await show(at);
      const output = (await one.output.data()) as Float32Array;
      one.dispose();
      return dot(output, weights);
    };
    for (const name of ['a', 'b', 'c']) {
      expect(await slopeError(of, parameters, gradient, noise(parameters.length, name))).toBeLessThan(1e-4);
    }
    parameterization.dispose();
  });

  it.each(['fourier', 'maco', 'pixels'] as const)('climbs (%s), leaving no tensor behind', async (method) => {
    const before = tf.memory().numTensors;
    const [one] = await climb([1], ascentConfig(method), 40);
    expect(tf.memory().numTensors).toBe(before);
    const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;
    expect(one!.curve).toHaveLength(40);
    expect(mean(one!.curve.slice(-5))).toBeGreaterThan(1.1 * mean(one!.curve.slice(0, 5)));
    expect(one!.image.data.every((value) => value >= 0 && value <= 1)).toBe(true);
  });

  it.each(['fourier', 'maco'] as const)('gives the same bits each time (%s)', async (method) => {
    expect(await climb([1, 2], ascentConfig(method))).toEqual(await climb([1, 2], ascentConfig(method)));
  });

  it.each(['fourier', 'maco'] as const)(
    'makes the same picture, to the bit, whoever shares the batch (%s)',
    async (method) => {
      const [alone] = await climb([2], ascentConfig(method));
      const together = await climb([5, 2, 0, 7, 3], ascentConfig(method));
      expect(together[1]).toEqual(alone);
      expect(together[0]).not.toEqual(alone);
    },
  );

  it('stops when it is told to', async () => {
    const place = { model, layer, preactivation: false };
    const start = { objective: channelObjective(1), random: randomFrom('a') };
    const before = tf.memory().numTensors;
    const climbing = ascend(
      place,
      ascentConfig(),
      schedule(24, 20),
      [start],
      randomFrom('b'),
      AbortSignal.abort(),
    );
    expect(await climbing).toBeUndefined();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('goes from coarse to fine, and takes frames on the way', async () => {
    const place = { model, layer, preactivation: false };
    const start = { objective: channelObjective(1), random: randomFrom('a') };
    const stages = [
      { size: { height: 16, width: 16 }, steps: 6 },
      { size: { height: 32, width: 32 }, steps: 4 },
    ];
    const plan = { ...schedule(0, 0), stages, frames: [0, 5, 10] };
    const [one] = (await ascend(place, ascentConfig(), plan, [start], randomFrom('b'), never))!;
    expect(one!.curve).toHaveLength(10);
    expect(one!.image).toMatchObject({ height: 32, width: 32 });
    expect(one!.frames.map(({ step, height, width }) => [step, height, width])).toEqual([
      [0, 32, 32],
      [5, 32, 32],
      [10, 32, 32],
    ]);
    expect(one!.frames.at(-1)!.data).toEqual(toBytes(one!.image));
  });
});
