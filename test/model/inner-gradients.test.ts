import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../../src/backend/tf.ts';
import { createModel } from '../../src/model/executor.ts';
import type { BackwardRule, Model } from '../../src/model/model.ts';
import type { ModelSource } from '../../src/model/open.ts';
import { availableBackends, useBackend } from '../backend/with-backend.ts';
import { readNpz } from '../npz.ts';
import { fileSpec, kerasFixtures, open } from './opening.ts';

const source = (name: string): Promise<ModelSource> => open(fileSpec(join(kerasFixtures, `${name}.keras`)));

function indexOf(model: Model, name: string): number {
  const found = model.layers.find((layer) => layer.name === name);
  if (!found) throw new Error(`no layer ${name}`);
  return found.index;
}

/** 1 for one output, 0 for the others: float32 [1, classes]. */
const oneHot = (index: number, length: number): Tensor => {
  const values = new Float32Array(length);
  values[index] = 1;
  return tf.tensor2d(values, [1, length]);
};

/** For comparing many values at once. */
async function bytesOf(tensor: Tensor): Promise<string> {
  const { buffer, byteOffset, byteLength } = await tensor.data();
  return createHash('sha256')
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest('hex');
}

/** [places, channels] of a map and of the signal at it, batch of 1. */
interface Inner {
  readonly map: Float32Array;
  readonly signal: Float32Array;
  readonly channels: number;
}

const at = (values: Float32Array, place: number, { channels }: Inner, channel: number): number =>
  values[place * channels + channel]!;

/** relu(sum_k weight(place, k) A_k), row-major: the formulas of the CAM family differ in the weight only. */
function weighted(inner: Inner, weight: (place: number, channel: number) => number): Float64Array {
  return Float64Array.from({ length: inner.map.length / inner.channels }, (_, place) => {
    let sum = 0;
    for (let k = 0; k < inner.channels; k++) sum += weight(place, k) * at(inner.map, place, inner, k);
    return Math.max(sum, 0);
  });
}

function sums(inner: Inner, value: (place: number, channel: number) => number): number[] {
  const places = inner.map.length / inner.channels;
  return Array.from({ length: inner.channels }, (_, k) => {
    let sum = 0;
    for (let place = 0; place < places; place++) sum += value(place, k);
    return sum;
  });
}

/** Selvaraju 2017, Draelos 2020, Jiang 2021, Chattopadhay 2018. */
const formulas: Record<string, (inner: Inner) => Float64Array> = {
  'grad-cam'(inner) {
    const means = sums(inner, (place, k) => at(inner.signal, place, inner, k));
    return weighted(inner, (_, k) => means[k]! / (inner.map.length / inner.channels));
  },
  'hires-cam': (inner) => weighted(inner, (place, k) => at(inner.signal, place, inner, k)),
  'layer-cam': (inner) => weighted(inner, (place, k) => Math.max(at(inner.signal, place, inner, k), 0)),
  'grad-cam++'(inner) {
    const total = sums(inner, (place, k) => at(inner.map, place, inner, k));
    const weights = sums(inner, (place, k) => {
      const g = at(inner.signal, place, inner, k);
      const divisor = 2 * g ** 2 + total[k]! * g ** 3;
      return divisor === 0 ? 0 : (g ** 2 / divisor) * Math.max(g, 0);
    });
    return weighted(inner, (_, k) => weights[k]!);
  },
};

describe.each(availableBackends)('signals at inner layers on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  describe('of a network with branches', () => {
    const reference = readNpz(join(kerasFixtures, 'resnet_like.attribution.npz'));
    let model: Model;
    let input: Tensor4D;
    beforeAll(async () => {
      model = await createModel(await source('resnet_like'));
      const { shape, data } = reference.get('input')!;
      input = tf.tensor4d(data, shape as [number, number, number, number]);
    });
    afterAll(() => {
      model.dispose();
      input.dispose();
    });

    it("give TensorFlow's class activation maps", async () => {
      const logits = model.layers.at(-1)!;
      const keys = [...reference.keys()].filter((key) => key.split(':')[0]! in formulas);
      expect(keys.length).toBeGreaterThanOrEqual(8);
      const layers = [...new Set(keys.map((key) => key.split(':')[1]!))].map((name) => indexOf(model, name));
      // Kernels of merged layers, and turned ones, are made by the first pass, and stay the model's.
      const first = model.trace(input, logits.index, { preactivation: true });
      tf.tidy(() => tf.dispose(first.backward(tf.zerosLike(first.output), { to: layers })));
      first.dispose();
      const before = tf.memory().numTensors;
      const trace = model.trace(input, logits.index, {
        preactivation: true,
        rules: ['gradient'],
        maps: layers,
      });
      const inner = new Map<string, Inner>();
      for (const target of new Set(keys.map((key) => Number(key.split(':')[2])))) {
        const signal = oneHot(target, trace.output.size);
        const signals = trace.backward(signal, { keep: true, to: layers });
        for (const [i, layer] of layers.entries()) {
          const map = trace.map(layer);
          expect(signals[i]!.shape).toEqual(map.shape);
          inner.set(`${model.layers[layer]!.name}:${target}`, {
            map: (await map.data()) as Float32Array,
            signal: (await signals[i]!.data()) as Float32Array,
            channels: map.shape.at(-1)!,
          });
        }
        tf.dispose([signal, ...signals]);
      }
      trace.dispose();
      expect(tf.memory().numTensors).toBe(before);
      for (const key of keys) {
        const [method, layer, target] = key.split(':') as [string, string, string];
        const actual = formulas[method]!(inner.get(`${layer}:${target}`)!);
        const expected = reference.get(key)!.data;
        expect(actual.length, key).toBe(expected.length);
        let [difference, scale] = [0, 0];
        expected.forEach((value, i) => {
          difference = Math.max(difference, Math.abs(value - actual[i]!));
          scale = Math.max(scale, Math.abs(value));
        });
        expect(difference / (scale || 1), key).toBeLessThan(1e-4);
      }
    });

    it('are derivatives: what a constant added to a map changes, by finite differences', async () => {
      const opened = await source('resnet_like');
      const weights = await opened.loadWeights();
      const normalized = opened.layers.filter(({ type }) => type === 'BatchNormalization');
      expect(normalized.length).toBeGreaterThan(2);
      const target = 1;
      const last = model.layers.at(-1)!.index;
      const score = async (layer: string, channel: number, step: number): Promise<number> => {
        const shifted = new Map(weights);
        const arrays = new Map(weights.get(layer)!);
        const beta = arrays.get('beta')!;
        const data = Float32Array.from(beta.data);
        data[channel]! += step;
        shifted.set(layer, arrays.set('beta', { ...beta, data }));
        const changed = await createModel({ ...opened, loadWeights: () => Promise.resolve(shifted) });
        const trace = changed.trace(input, last, { preactivation: true, rules: [] });
        const value = (await trace.output.data())[target]!;
        trace.dispose();
        changed.dispose();
        return value;
      };
      const trace = model.trace(input, last, { preactivation: true });
      const signal = oneHot(target, trace.output.size);
      for (const { name, index } of normalized) {
        const inner = trace.backward(signal, { keep: true, to: index });
        const perChannel = Array.from(await tf.sum(inner, [0, 1, 2]).data());
        const channel = perChannel.reduce(
          (best, v, k) => (Math.abs(v) > Math.abs(perChannel[best]!) ? k : best),
          0,
        );
        const step = 2e-3;
        const slope = ((await score(name, channel, step)) - (await score(name, channel, -step))) / (2 * step);
        expect(Math.abs(slope)).toBeGreaterThan(0);
        // A ReLU behind it may open or close for some places within the step.
        expect(Math.abs(slope - perChannel[channel]!) / Math.abs(slope), name).toBeLessThan(0.02);
        inner.dispose();
      }
      trace.dispose();
      signal.dispose();
    });
  });

  it.each([
    ['vgg_like', 'block3_conv2'],
    ['inception_like', undefined],
    ['resnet_like', undefined],
  ])('go on to the pixels as one signal would, by every rule: %s', async (name, layer) => {
    const model = await createModel(await source(name));
    const { shape, data } = readNpz(join(kerasFixtures, `${name}.reference.npz`)).get('input')!;
    const input = tf.tensor4d(data, shape as [number, number, number, number]);
    const last = layer === undefined ? model.layers.at(-1)!.index : indexOf(model, layer);
    // Layers that all paths pass through; a few are enough.
    const throughout = model.layers.filter(
      ({ index }) =>
        index > 0 &&
        index < last &&
        !model.network.nodes.some(({ inputs }, to) => {
          const from = inputs.map((input) => model.layers.find((one) => one.name === input)!.index);
          return to > index && to <= last && from.some((i) => i < index);
        }),
    );
    const narrow = throughout.filter((_, i) => i % Math.ceil(throughout.length / 5) === 0);
    expect(narrow.length).toBeGreaterThan(1);
    for (const rule of ['gradient', 'deconvnet', 'guided', 'redirected'] as BackwardRule[]) {
      const trace = model.trace(input, last, { preactivation: true, rules: [rule] });
      const signal = tf.tidy(() => tf.sin(tf.reshape(tf.range(0, trace.output.size), trace.output.shape)));
      const whole = trace.backward(signal, { rule, keep: true });
      const all = trace.backward(signal, { rule, keep: true, to: narrow.map(({ index }) => index) });
      for (const [i, { index, name: at }] of narrow.entries()) {
        const alone = trace.backward(signal, { rule, keep: true, to: index });
        expect(await bytesOf(alone), at).toBe(await bytesOf(all[i]!));
        const first = model.trace(input, index, { rules: [rule] });
        const there = first.backward(alone, { rule });
        // The same operations in the same order.
        expect(await bytesOf(there), `${rule} ${at}`).toBe(await bytesOf(whole));
        first.dispose();
        tf.dispose([alone, there]);
      }
      trace.dispose();
      tf.dispose([signal, whole, ...all]);
    }
    model.dispose();
    input.dispose();
  });

  describe('of a chain', () => {
    let model: Model;
    let input: Tensor4D;
    let last: number;
    beforeAll(async () => {
      model = await createModel(await source('vgg_like'));
      input = tf.fill([2, 64, 64, 3], 0.5) as Tensor4D;
      last = indexOf(model, 'block3_conv2');
    });
    afterAll(() => {
      model.dispose();
      input.dispose();
    });

    it('leave nothing behind, also where layers before them are not passed', () => {
      const before = tf.memory().numTensors;
      const inner = indexOf(model, 'block2_conv1');
      const trace = model.trace(input, last, { maps: [inner] });
      const signal = tf.onesLike(trace.output);
      const [first, again, own] = trace.backward(signal, { to: [inner, inner, last] });
      expect(own!.dataSync()).toEqual(signal.dataSync());
      expect(first!.dataSync()).toEqual(again!.dataSync());
      tf.dispose([signal, first!, again!, own!]);
      // All that was recorded is gone but the output and the map.
      expect(tf.memory().numTensors).toBe(before + 2);
      expect(trace.map(inner).shape).toEqual(model.forward(input, [inner])[0]!.shape);
      trace.dispose();
      expect(tf.memory().numTensors).toBe(before + 1);
    });

    it('need a layer that the traced one is made from, and a map that was asked for', () => {
      const trace = model.trace(input, indexOf(model, 'block2_conv1'));
      const signal = tf.onesLike(trace.output);
      expect(() => trace.backward(signal, { to: last })).toThrow(`is not made from layer ${last}`);
      expect(() => trace.map(1)).toThrow('was not made to keep the map of layer 1');
      expect(() => model.trace(input, 2, { maps: [last] })).toThrow(`is not made from layer ${last}`);
      trace.dispose();
      signal.dispose();
    });
  });
});
