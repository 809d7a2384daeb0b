import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../../../src/backend/tf.ts';
import { classHead } from '../../../src/model/class-head.ts';
import { createModel } from '../../../src/model/executor.ts';
import type { Model } from '../../../src/model/model.ts';
import { channelObjective } from '../../../src/optim/objective.ts';
import { packageRoot } from '../../../src/package-root.ts';
import type { Method } from '../../../src/techniques/attribution/attribution-types.ts';
import { attributionBy } from '../../../src/techniques/attribution/methods.ts';
import { Scoring } from '../../../src/techniques/attribution/scoring.ts';
import { availableBackends, useBackend } from '../../backend/with-backend.ts';
import { readNpz } from '../../npz.ts';
import { kerasFixtures } from '../opening.ts';
import { openOnnx } from './opening.ts';

/** Keras' fixtures as the same networks in ONNX (make_twins.py): references of theirs hold here. */
const twin = async (name: string): Promise<Model> =>
  createModel(
    await openOnnx(join(packageRoot, 'test/fixtures/onnx', `${name}_twin.onnx`), { preprocess: 'none' }),
  );

function indexOf(model: Model, name: string): number {
  const found = model.layers.find((layer) => layer.name === name);
  if (!found) throw new Error(`no layer ${name}`);
  return found.index;
}

/** The greatest difference as a fraction of the greatest magnitude. */
function distance(found: ArrayLike<number>, expected: Float32Array): number {
  expect(found.length).toBe(expected.length);
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(value - found[i]!)), 0) / (scale || 1);
}

describe.each(availableBackends)('on %s an ONNX network', (backend) => {
  beforeAll(() => useBackend(backend));

  // The references are Captum's Deconvolution and GuidedBackprop of the strongest place of a channel.
  it.each(['deconvnet', 'guided'] as const)('projects by %s as Captum does', async (rule) => {
    const reference = readNpz(join(kerasFixtures, 'vgg_like.backprojection.npz'));
    const model = await twin('vgg_like');
    const { shape, data } = reference.get('input')!;
    const input = tf.tensor4d(data, shape as [number, number, number, number]);
    const projections = [...reference].filter(([key]) => key.startsWith(`${rule}:`));
    expect(projections).toHaveLength(3);
    for (const [key, expected] of projections) {
      const [, layer, channel] = key.split(':') as [string, string, string];
      const trace = model.trace(input, indexOf(model, `${layer}_relu`), { rules: [rule] });
      const { shape: output } = trace.output;
      const values = await trace.output.data();
      // Of all values of the channel, the strongest.
      let strongest = Number(channel);
      for (let i = Number(channel); i < values.length; i += output[3]!)
        if (values[i]! > values[strongest]!) strongest = i;
      const signal = tf.tidy(() => {
        const one = new Float32Array(values.length);
        one[strongest] = 1;
        return tf.tensor4d(one, output as [number, number, number, number]);
      });
      const projection = trace.backward(signal, { rule });
      expect(distance(await projection.data(), expected.data), key).toBeLessThan(1e-4);
      trace.dispose();
      tf.dispose([signal, projection]);
    }
    input.dispose();
    model.dispose();
  });

  describe('explains its classes', () => {
    const reference = readNpz(join(kerasFixtures, 'resnet_like.attribution.npz'));
    const classes = [...reference.get('classes')!.data];
    const { shape, data } = reference.get('input')!;
    let model: Model;
    let scoring: Scoring;
    beforeAll(async () => {
      model = await twin('resnet_like');
      const { layer } = classHead(model.network, model.layers)!;
      scoring = new Scoring(model, tf, { layer, preactivation: true });
    });
    afterAll(() => model.dispose());

    const run = (method: Method, layers: readonly number[] = []) =>
      attributionBy(method)(
        {
          ...{ scoring, layers, input: { shape: [shape[1]!, shape[2]!, shape[3]!], data } },
          settings: {
            samples: 50,
            noise: 0.15,
            window: [8, 8],
            stride: [4, 4],
            coarseToFine: false,
            cells: 4,
            kept: 0.5,
            seed: 3,
          },
        },
        classes.map((unit) => channelObjective(unit)),
      );

    it('with the probabilities that Keras gives', async () => {
      const x = tf.tensor4d(data, shape as [number, number, number, number]);
      const [output] = model.forward(x, [model.layers.length - 1]);
      const expected = reference.get('probabilities')!.data;
      expect(distance(await output!.data(), expected)).toBeLessThan(1e-5);
      tf.dispose([x, output!]);
    });

    it.each(['grad-cam', 'grad-cam++', 'hires-cam', 'layer-cam'] as const)(
      'by %s as TensorFlow does, at every layer',
      async (method) => {
        const keys = [...reference.keys()].filter((key) => key.startsWith(`${method}:`));
        const layers = [...new Set(keys.map((key) => key.split(':')[1]!))];
        expect(layers).toHaveLength(4);
        const maps = await run(
          method,
          layers.map((name) => indexOf(model, name)),
        );
        for (const [i, unit] of classes.entries()) {
          for (const [k, layer] of layers.entries()) {
            const expected = reference.get(`${method}:${layer}:${unit}`)!.data;
            const found = maps[i]![k]!.data;
            if (expected.every((value) => value === 0)) expect(Math.max(...found)).toBeLessThan(1e-6);
            else expect(distance(found, expected), `${layer} ${unit}`).toBeLessThan(1e-4);
          }
        }
      },
    );

    it.each(['gradient', 'gradient-x-input', 'integrated-gradients', 'occlusion'] as const)(
      'by %s as TensorFlow does',
      async (method) => {
        const maps = await run(method);
        for (const [i, unit] of classes.entries()) {
          const { channels, data: found } = maps[i]![0]!;
          const expected = reference.get(`${method}:${unit}`)!.data;
          expect(distance(channels ?? found, expected), String(unit)).toBeLessThan(1e-4);
        }
      },
    );
  });
});
