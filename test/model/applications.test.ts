import { existsSync, readdirSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../../src/backend/tf.ts';
import { createModel } from '../../src/model/executor.ts';
import { availableBackends, useBackend } from '../backend/with-backend.ts';
import { readNpz } from '../npz.ts';
import { fileSpec, open } from './opening.ts';

/**
 * A folder that scripts/keras-applications/make.py filled: model files, each with Keras' value of every layer in an .npz
 * file of the same name.
 */
const folder = process.env['FILTERSCOPE_APPLICATIONS'] ?? '/nowhere';
const files = existsSync(folder)
  ? readdirSync(folder).filter(
      (file) =>
        ['.keras', '.h5'].includes(extname(file)) &&
        existsSync(join(folder, `${basename(file, extname(file))}.npz`)),
    )
  : [];

describe.skipIf(!files.length)("Keras' applications", () => {
  beforeAll(() => useBackend(availableBackends.at(-1)!, 2));

  it.each(files)('%s equals Keras in every layer', { timeout: 600_000 }, async (file) => {
    const values = readNpz(join(folder, `${basename(file, extname(file))}.npz`));
    const source = await open(fileSpec(join(folder, file), { preprocess: 'none' }));
    const model = await createModel(source);
    const { shape, data } = values.get('input')!;
    const input = tf.tensor4d(data, [1, ...shape] as Tensor4D['shape']);
    const found = new Map<string, number>();
    await model.read(
      input,
      model.layers.map(({ index }) => index),
      (index, actual) => {
        const { name } = model.layers[index]!;
        const expected = values.get(name)?.data;
        if (!expected) return Promise.resolve();
        let [scale, worst] = [0, actual.length === expected.length ? 0 : Infinity];
        for (const [i, value] of expected.entries()) {
          scale = Math.max(scale, Math.abs(value));
          const difference = Math.abs(value - actual[i]!);
          // What is no number is no less than any.
          if (!(difference <= worst)) worst = difference;
        }
        found.set(name, worst / (scale || 1));
        return Promise.resolve();
      },
    );
    input.dispose();
    model.dispose();
    const missing = [...values.keys()].filter((name) => name !== 'input' && !found.has(name));
    expect(missing).toEqual([]);
    const [name, worst] = [...found].reduce((a, b) => (b[1] > a[1] ? b : a));
    process.stderr.write(`| ${file} | ${found.size} | ${worst.toExponential(1)} (${name}) |\n`);
    expect(worst, name).toBeLessThan(1e-4);
  });
});
