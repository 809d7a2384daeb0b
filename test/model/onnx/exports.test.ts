import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../../../src/backend/tf.ts';
import { createModel } from '../../../src/model/executor.ts';
import { availableBackends, useBackend } from '../../backend/with-backend.ts';
import { readNpz } from '../../npz.ts';
import { fileSpec, open } from '../opening.ts';

/**
 * A folder that a script in scripts/exporters/ filled: NAME.<exporter>.onnx, or the folder NAME.<exporter> of a TensorFlow.js graph model, and
 * NAME.npz with `input` and the `output` of the library that the network comes from.
 */
const folder = process.env['FILTERSCOPE_EXPORTS'] ?? '/nowhere';
const pattern = new RegExp(process.env['FILTERSCOPE_EXPORTS_ONLY'] ?? '');
const files = existsSync(folder)
  ? readdirSync(folder)
      .filter((file) => file.endsWith('.onnx') || existsSync(join(folder, file, 'model.json')))
      .filter((file) => pattern.test(file))
  : [];

describe.skipIf(!files.length)('networks as exporters write them', () => {
  beforeAll(() => useBackend(availableBackends.at(-1)!, 2));

  it.each(files)('%s equals its library', { timeout: 600_000 }, async (file) => {
    const values = readNpz(join(folder, `${basename(file).split('.')[0]!}.npz`));
    const path = file.endsWith('.onnx') ? join(folder, file) : join(folder, file, 'model.json');
    const model = await createModel(await open(fileSpec(path, { preprocess: 'none' })));
    const { shape, data } = values.get('input')!;
    const input = tf.tensor4d(data, [1, ...shape] as Tensor4D['shape']);
    const output = values.get('output')!;
    const [actual] = model.forward(input, [model.layers.length - 1]) as [Tensor];
    // Maps are stored with their channels last; so may be boxes, in the order that they were made in.
    const swapped = output.shape.length === 2 && actual.shape[1] !== output.shape[0];
    const moved =
      output.shape.length === 3
        ? tf.transpose(actual, [0, 3, 1, 2])
        : swapped
          ? tf.transpose(actual, [0, 2, 1])
          : tf.clone(actual);
    const found = await moved.data();
    tf.dispose([input, actual, moved]);
    model.dispose();
    expect(found.length).toBe(output.data.length);
    const scale = output.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const worst = output.data.reduce((most, value, i) => {
      const difference = Math.abs(value - found[i]!);
      return difference <= most ? most : difference;
    }, 0);
    process.stderr.write(`| ${file} | ${model.layers.length} | ${(worst / scale).toExponential(1)} |\n`);
    expect(worst / scale).toBeLessThan(1e-4);
  });
});
