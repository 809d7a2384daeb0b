import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../../../src/backend/tf.ts';
import { createModel } from '../../../src/model/executor.ts';
import type { Model } from '../../../src/model/model.ts';
import { channelObjective } from '../../../src/optim/objective.ts';
import { atInput } from '../../../src/techniques/attribution/at-input.ts';
import type {
  Attribution,
  Method,
  MethodSettings,
} from '../../../src/techniques/attribution/attribution-types.ts';
import { meanGradient } from '../../../src/techniques/attribution/input-gradients.ts';
import { attributionBy } from '../../../src/techniques/attribution/methods.ts';
import { riseMask } from '../../../src/techniques/attribution/perturbation.ts';
import { collect, scoreOf, Scoring } from '../../../src/techniques/attribution/scoring.ts';
import type { Input } from '../../../src/techniques/attribution/scoring.ts';
import { availableBackends, useBackend } from '../../backend/with-backend.ts';
import { fileSpec, kerasFixtures, open } from '../../model/opening.ts';
import { readNpz } from '../../npz.ts';

const reference = readNpz(join(kerasFixtures, 'resnet_like.attribution.npz'));
const classes = [...reference.get('classes')!.data];
const settings: MethodSettings = {
  ...{ samples: 50, noise: 0.15, window: [8, 8], stride: [4, 4], cells: 4, kept: 0.5, seed: 3 },
  coarseToFine: false,
};

/** The greatest difference as a fraction of the greatest magnitude. */
function distance(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(found.length).toBe(expected.length);
  let [most, scale] = [0, 0];
  for (let at = 0; at < found.length; at++) {
    most = Math.max(most, Math.abs(found[at]! - expected[at]!));
    scale = Math.max(scale, Math.abs(expected[at]!));
  }
  return most / scale;
}

describe.each(availableBackends)('attribution on %s', (backend) => {
  let model: Model;
  let scoring: Scoring;
  let input: Input;
  beforeAll(async () => {
    await useBackend(backend);
    model = await createModel(await open(fileSpec(join(kerasFixtures, 'resnet_like.keras'))));
    scoring = new Scoring(model, tf, { layer: model.layers.length - 1, preactivation: true });
    const { shape, data } = reference.get('input')!;
    input = { shape: [shape[1]!, shape[2]!, shape[3]!], data };
  });
  afterAll(() => model.dispose());

  const indexOf = (name: string): number => model.layers.find((layer) => layer.name === name)!.index;
  const run = (method: Method, layers: readonly number[] = [], more: Partial<MethodSettings> = {}) =>
    attributionBy(method)(
      { scoring, input, layers, settings: { ...settings, ...more } },
      classes.map((unit) => channelObjective(unit)),
    );
  const whole = ({ channels, data }: Attribution): Float32Array => channels ?? data;

  it.each(['grad-cam', 'grad-cam++', 'hires-cam', 'layer-cam'] as const)(
    'by %s equals TensorFlow at every layer, all in one pass',
    async (method) => {
      const names = [...reference.keys()].filter((key) => key.startsWith(`${method}:`));
      const layers = [...new Set(names.map((key) => key.split(':')[1]!))];
      expect(layers.length).toBeGreaterThan(1);
      // Kernels of merged layers are made by the first pass, and stay the model's.
      await run(method, layers.map(indexOf));
      const before = tf.memory().numTensors;
      const maps = await run(method, layers.map(indexOf));
      expect(tf.memory().numTensors).toBe(before);
      for (const [i, unit] of classes.entries()) {
        for (const [k, layer] of layers.entries()) {
          const { shape, data } = reference.get(`${method}:${layer}:${unit}`)!;
          const map = maps[i]![k]!;
          expect([map.height, map.width]).toEqual(shape);
          if (data.every((value) => value === 0)) expect(Math.max(...map.data)).toBeLessThan(1e-6);
          else expect(distance(map.data, data), `${layer} ${unit}`).toBeLessThan(1e-4);
        }
      }
    },
  );

  it.each(['grad-cam', 'layer-cam'] as const)(
    'by %s gives every bit of what it gives for one layer alone',
    async (method) => {
      const layers = model.layers
        .filter(({ kind, outputShape }) => kind !== 'input' && outputShape.length === 3)
        .map(({ index }) => index);
      const together = await run(method, layers);
      for (const [k, layer] of layers.entries()) {
        const alone = await run(method, [layer]);
        expect(
          alone.map(([map]) => map),
          model.layers[layer]!.name,
        ).toEqual(together.map((maps) => maps[k]));
      }
    },
  );

  it('by grad-cam gives every bit of what it gives for one input alone, whatever is explained at the same time', async () => {
    const layers = model.layers.filter(({ type }) => type === 'Conv2D').map(({ index }) => index);
    const inputs = Array.from({ length: 6 }, (_, i): Input => ({
      ...input,
      data: input.data.map((value, at) => value * Math.cos(i * at)),
    }));
    const explain = (own: Input, i: number) =>
      attributionBy('grad-cam')(
        { scoring, input: own, layers, settings },
        // Not the same class for all.
        [classes[i % classes.length]!, classes[0]!].map((unit) => channelObjective(unit)),
      );
    const alone: (readonly (readonly Attribution[])[])[] = [];
    for (const [i, own] of inputs.entries()) alone.push(await explain(own, i));
    // As single operations, and then as a graph.
    for (let time = 0; time < 5; time++) {
      const together = await Promise.all(inputs.map(explain));
      expect(together).toEqual(alone);
    }
    expect(alone[1]).not.toEqual(alone[2]);
  });

  it.each(['gradient', 'gradient-x-input', 'integrated-gradients', 'occlusion'] as const)(
    'by %s equals TensorFlow',
    async (method) => {
      const maps = await run(method);
      for (const [i, unit] of classes.entries()) {
        const expected = reference.get(`${method}:${unit}`)!.data;
        expect(distance(whole(maps[i]![0]!), expected), String(unit)).toBeLessThan(1e-4);
      }
    },
  );

  it('by integrated gradients says how complete it is', async () => {
    const maps = await run('integrated-gradients');
    for (const [i, unit] of classes.entries()) {
      const [sum, difference] = reference.get(`completeness:${unit}`)!.data;
      const found = maps[i]![0]!.completeness!;
      expect(found.sum).toBeCloseTo(sum!, 3);
      expect(found.difference).toBeCloseTo(difference!, 4);
    }
  });

  it('by smoothgrad is the mean over the noisy inputs, equal to TensorFlow for the same noise', async () => {
    const { shape, data } = reference.get('noise')!;
    const each = data.length / shape[0]!;
    const noise = Array.from({ length: shape[0]! }, (_, i) => data.slice(i * each, (i + 1) * each));
    for (const unit of classes) {
      const found = await meanGradient(scoring, input, channelObjective(unit), noise);
      expect(distance(found, reference.get(`smoothgrad:${unit}`)!.data)).toBeLessThan(1e-4);
    }
  });

  it('by guided-grad-cam is the product of guided backpropagation and the map at the input size', async () => {
    const layer = indexOf([...reference.keys()].find((key) => key.startsWith('grad-cam:'))!.split(':')[1]!);
    const [product, guided, cams] = await Promise.all([
      run('guided-grad-cam', [layer]),
      run('guided-backprop'),
      run('grad-cam', [layer]),
    ]);
    for (const i of classes.keys()) {
      const cam = atInput(cams[i]![0]!, model.layers[layer]!, input.shape);
      const expected = guided[i]![0]!.channels!.map(
        (value, at) => value * cam[Math.floor(at / input.shape[2])]!,
      );
      expect([...product[i]![0]!.channels!]).toEqual([...expected]);
    }
  });

  /** Logits of one image by the whole forward pass: a route of its own. */
  const logits = async (values: Float32Array): Promise<Float32Array> => {
    const tensor = tf.tensor4d(values, [1, ...input.shape]);
    const trace = model.trace(tensor, model.layers.length - 1, { preactivation: true });
    const found = Float32Array.from((await trace.output.data()) as Float32Array);
    trace.dispose();
    tensor.dispose();
    return found;
  };

  it('by rise is the mean score behind masks, image by image', async () => {
    const samples = 12;
    const maps = await run('rise', [], { samples });
    const [height, width, channels] = input.shape;
    for (const [i, unit] of classes.entries()) {
      const total = new Float64Array(height * width);
      const weight = new Float64Array(height * width);
      for (let index = 0; index < samples; index++) {
        const mask = riseMask(settings, index, height, width);
        const masked = input.data.map((value, at) => value * mask[Math.floor(at / channels)]!);
        const score = (await logits(masked))[unit]!;
        for (let at = 0; at < total.length; at++) {
          total[at]! += score * mask[at]!;
          weight[at]! += mask[at]!;
        }
      }
      const expected = total.map((sum, at) => (weight[at]! > 0 ? sum / weight[at]! : 0));
      expect(distance(maps[i]![0]!.data, expected)).toBeLessThan(1e-4);
    }
  });

  it('by score-cam weighs each channel by the score of the image seen through it', async () => {
    const name = [...reference.keys()]
      .filter((key) => key.startsWith('grad-cam:'))
      .at(-1)!
      .split(':')[1]!;
    const layer = model.layers[indexOf(name)]!;
    const [height, width, depth] = layer.outputShape as [number, number, number];
    const maps = await run('score-cam', [layer.index]);
    const tensor = tf.tensor4d(input.data, [1, ...input.shape]);
    const [output] = model.forward(tensor, [layer.index]);
    const values = (await output!.data()) as Float32Array;
    tf.dispose([tensor, output!]);
    const seen: Float32Array[] = [];
    for (let k = 0; k < depth; k++) {
      const plane = Float32Array.from({ length: height * width }, (_, at) => values[at * depth + k]!);
      const large = atInput({ height, width, data: plane }, layer, input.shape);
      const [low, high] = [Math.min(...large), Math.max(...large)];
      const mask = large.map((value) => (high > low ? (value - low) / (high - low) : 0));
      seen.push(await logits(input.data.map((value, at) => value * mask[Math.floor(at / input.shape[2])]!)));
    }
    for (const [i, unit] of classes.entries()) {
      const scores = seen.map((each) => each[unit]!);
      const sum = scores.reduce((all, score) => all + Math.exp(score), 0);
      const expected = Float64Array.from({ length: height * width }, (_, at) =>
        Math.max(
          0,
          scores.reduce((all, score, k) => all + (Math.exp(score) / sum) * values[at * depth + k]!, 0),
        ),
      );
      expect(distance(maps[i]![0]!.data, expected)).toBeLessThan(1e-4);
    }
  });

  it('gives a sample of a batch what it gives it alone', async () => {
    const objective = channelObjective(classes[0]!);
    const factors = [1, 0.5, -1, 0.25, 2, 0.75, 0.1, 1.5, 0.9];
    const fill = (index: number, into: Float32Array): void =>
      into.set(input.data.map((value) => factors[index]! * value));
    let at = 0;
    for await (const gradient of scoring.gradients(input.shape, factors.length, fill, objective)) {
      const index = at++;
      const [alone] = await collect(
        scoring.gradients(input.shape, 1, (_, into) => fill(index, into), objective),
      );
      expect(distance(gradient, alone!)).toBeLessThan(1e-6);
    }
    expect(at).toBe(factors.length);
  });

  it('scores what the references score', async () => {
    const found = await logits(input.data);
    expect(distance(found, reference.get('logits')!.data)).toBeLessThan(1e-5);
    expect(scoreOf(found, [found.length], channelObjective(2))).toBe(found[2]);
  });
});
