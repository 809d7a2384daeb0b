import { join } from 'node:path';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../../../src/backend/tf.ts';
import { createModel } from '../../../src/model/executor.ts';
import { packageRoot } from '../../../src/package-root.ts';
import { availableBackends, useBackend } from '../../backend/with-backend.ts';
import { sharedFixtures } from '../../fixtures.ts';
import { readNpz } from '../../npz.ts';
import type { NpyArray } from '../../npz.ts';
import { openOnnx } from './opening.ts';

const own = join(packageRoot, 'test/fixtures/onnx');

/** As TensorFlow orders the axes of maps: the channels last. */
const channelsLast = ({ shape, data }: NpyArray): Tensor =>
  tf.tidy(() => {
    const tensor = tf.tensor(data, [...shape]);
    return shape.length === 4 ? tf.transpose(tensor, [0, 2, 3, 1]) : tensor;
  });

/** Largest difference over the largest value of the reference. */
async function deviation(actual: Tensor, expected: NpyArray): Promise<number> {
  const reference = channelsLast(expected);
  expect(actual.shape).toEqual(reference.shape);
  const [values, references] = [await actual.data(), await reference.data()];
  reference.dispose();
  let [difference, scale] = [0, 0];
  references.forEach((value, i) => {
    difference = Math.max(difference, Math.abs(value - values[i]!));
    scale = Math.max(scale, Math.abs(value));
  });
  return difference / (scale || 1);
}

/** PyTorch folds a batch normalization into the convolution before it, whose output is then that of the normalization. */
const FOLDED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  resnet_like_torch: { conv1: 'bn1', conv2: 'bn2', 'stem.0': 'stem.1', 'down.0': 'down.1' },
  modern: { expand: 'bn' },
};

function referenceOf(
  network: string,
  layer: string,
  reference: ReadonlyMap<string, NpyArray>,
): NpyArray | undefined {
  for (const [ending, normalization] of Object.entries(FOLDED[network] ?? {})) {
    if (layer === ending || layer.endsWith(`.${ending}`))
      return reference.get(`output:${layer.slice(0, -ending.length)}${normalization}`);
  }
  return reference.get(`output:${layer}`);
}

// References are PyTorch's own, for every module (make.py).
describe.each(availableBackends)('on %s a network exported by PyTorch', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each([
    ['resnet_like_torch', own, 11],
    ['modern', own, 21],
    ['ordered', own, 5],
    ...(sharedFixtures ? [['alex_like_torch', join(sharedFixtures, 'onnx'), 14] as const] : []),
  ] as const)('gives the output of every module: %s', async (name, folder, modules) => {
    const reference = readNpz(join(folder, `${name}.reference.npz`));
    const source = await openOnnx(join(folder, `${name}.onnx`));
    const model = await createModel(source);
    const x = channelsLast(reference.get('input')!) as Tensor4D;
    let compared = 0;
    for (const { name: layer, index } of model.layers) {
      const expected = referenceOf(name, layer, reference);
      if (!expected) continue;
      const [output] = model.forward(x, [index]);
      expect(await deviation(output!, expected), layer).toBeLessThan(1e-4);
      output!.dispose();
      compared++;
    }
    expect(compared).toBeGreaterThanOrEqual(modules);
    for (const [key, expected] of reference) {
      const [, layer, channel] = /^gradient:(.*):(\d+)$/.exec(key) ?? [];
      if (layer === undefined) continue;
      const index = model.layers.find((one) => one.name === layer)!.index;
      const trace = model.trace(x, index);
      const { shape } = trace.output;
      const places = shape.slice(1, -1).reduce((product, n) => product * n, 1);
      const signal = tf.tidy(() => {
        const one = tf.oneHot(tf.scalar(Number(channel), 'int32'), shape.at(-1)!);
        return tf.mul(tf.ones(shape), tf.div(tf.cast(one, 'float32'), places));
      });
      const gradient = trace.backward(signal);
      expect(await deviation(gradient, expected), key).toBeLessThan(1e-4);
      tf.dispose([gradient, signal]);
      trace.dispose();
    }
    x.dispose();
    model.dispose();
  });
});
