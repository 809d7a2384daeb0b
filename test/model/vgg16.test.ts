import { join } from 'node:path';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../../src/backend/tf.ts';
import { createModel } from '../../src/model/executor.ts';
import { sharedFixtures } from '../fixtures.ts';
import { availableBackends, useBackend } from '../backend/with-backend.ts';
import { messageOf, open, zooSpec } from './opening.ts';

const file =
  sharedFixtures && join(sharedFixtures, 'vgg16', 'vgg16_trunk_tf_dim_ordering_tf_kernels_notop.h5');
if (!file) process.stderr.write('The shared fixtures are not here: the trained VGG16 trunk is left out.\n');

const spec = zooSpec('vgg16', { weights: file!, includeTop: false, input: [96, 64] });

describe.skipIf(!file).each(availableBackends)('the trained VGG16 trunk on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it('is what its convolutions make of an image', async () => {
    const source = await open(spec);
    const model = await createModel(source);
    expect(model.badWeights).toEqual([]);
    const pixels = Uint8Array.from({ length: 96 * 64 * 3 }, (_, i) => 127 + 120 * Math.sin(i / 37));
    const input = model.input({ height: 96, width: 64, channels: 3, data: pixels });
    const outputs = model.forward(
      input,
      source.layers.map(({ index }) => index),
    );

    // Written out by hand from the paper's table and the file's own arrays.
    const weights = await source.loadWeights();
    let x = input.clone();
    for (const [i, { name }] of source.layers.entries()) {
      if (i === 0) continue;
      const arrays = weights.get(name);
      const before = x;
      x = tf.tidy((): Tensor4D => {
        if (!arrays) return tf.maxPool(before, 2, 2, 'valid');
        const { shape, data } = arrays.get('kernel')!;
        const kernel = tf.tensor4d(data, shape as [number, number, number, number]);
        const padded = tf.pad(before, [
          [0, 0],
          [1, 1],
          [1, 1],
          [0, 0],
        ]);
        return tf.relu(
          tf.add<Tensor4D>(tf.conv2d(padded, kernel, 1, 'valid'), tf.tensor1d(arrays.get('bias')!.data)),
        );
      });
      const [difference, scale] = await Promise.all(
        [tf.max(tf.abs(tf.sub(outputs[i] as Tensor4D, x))), tf.max(tf.abs(x))].map(
          async (of: Tensor) => (await of.data())[0]!,
        ),
      );
      expect(difference! / scale!, name).toBeLessThan(1e-4);
    }
    expect(outputs[18]!.shape).toEqual([1, 3, 2, 512]);
    model.dispose();
    tf.dispose(outputs);
  });
});

it.skipIf(!file)('the trunk has no weights for the classifier', async () => {
  const { input: _, ...square } = spec;
  expect(await messageOf(open({ ...square, includeTop: true }), sharedFixtures!)).toContain(
    'The file has no weights for layers `fc1`, `fc2`, `predictions`.',
  );
});
