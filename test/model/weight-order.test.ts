import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Weights } from '../../src/model/network.ts';
import { packageRoot } from '../../src/package-root.ts';
import type { Hdf5Content } from './make-hdf5.ts';
import { makeHdf5 } from './make-hdf5.ts';
import { fileSpec, messageOf, open, put, temporaryFolder } from './opening.ts';

const folder = temporaryFolder();

type Listed = readonly [name: string, shape: readonly number[], number: number];

/** What Keras saved: make_weight_orders.py says how. */
interface Saved {
  readonly name: string;
  readonly version: string;
  readonly config: unknown;
  readonly groups: Readonly<Record<string, readonly Listed[]>>;
  readonly layers: Readonly<Record<string, readonly number[]>>;
}

const read = (file: string): readonly Saved[] => {
  const path = join(packageRoot, 'test', 'fixtures', 'keras-weights', file);
  return JSON.parse(gunzipSync(readFileSync(path)).toString()) as Saved[];
};

const filled = (shape: readonly number[], value: number): Float32Array =>
  new Float32Array(shape.reduce((product, n) => product * n, 1)).fill(value);

/** The file that Keras wrote, as far as it matters. */
function asHdf5({ version, config, groups }: Saved): Hdf5Content {
  const group = ([name, arrays]: [string, readonly Listed[]]): [string, Hdf5Content] => {
    const content: Record<string, Hdf5Content> = {};
    for (const [key, shape, value] of arrays) {
      const steps = key.split('/');
      const last = steps.pop()!;
      let at = content;
      for (const step of steps) at = (at[step] ??= {}) as Record<string, Hdf5Content>;
      at[last] = { shape, data: filled(shape, value) } as unknown as Hdf5Content;
    }
    const names = arrays.map(([key]) => key);
    return [name, { '@': names.length ? { weight_names: names } : {}, ...content }];
  };
  return {
    '@': { model_config: JSON.stringify(config), keras_version: version },
    model_weights: {
      '@': { layer_names: Object.keys(groups), keras_version: version },
      ...Object.fromEntries(Object.entries(groups).map(group)),
    },
  };
}

/** The same by the converter of TensorFlow.js: layer by layer, as the file lists them. */
function putTfjs(name: string, { version, config, groups }: Saved): string {
  const arrays = Object.values(groups).flat();
  const weights = arrays.map(([key, shape]) => ({ name: key.replace(/:0$/, ''), shape, dtype: 'float32' }));
  const bytes = Buffer.concat(arrays.map(([, shape, value]) => Buffer.from(filled(shape, value).buffer)));
  put(folder, `${name}/weights.bin`, bytes);
  return put(
    folder,
    `${name}/model.json`,
    JSON.stringify({
      format: 'layers-model',
      convertedBy: 'TensorFlow.js Converter',
      modelTopology: { keras_version: version, model_config: config },
      weightsManifest: [{ paths: ['weights.bin'], weights }],
    }),
  );
}

const numbersIn = (weights: Weights): Record<string, number[]> =>
  Object.fromEntries(
    [...weights].map(([layer, arrays]) => [layer, [...arrays.values()].map(({ data }) => data[0]!)]),
  );

describe.each(['keras-2.json.gz', 'keras-3.json.gz'])('%s', (file) => {
  const all = read(file);

  describe.each(all.map((saved, index) => ({ ...saved, index })))('$name', ({ index }) => {
    const saved = all[index]!;

    it('gives each layer of a .h5 file its own weights', async () => {
      const path = put(folder, `${file}-${index}.h5`, await makeHdf5(asHdf5(saved)));
      const source = await open(fileSpec(path));
      expect(numbersIn(await source.loadWeights())).toEqual(saved.layers);
    });

    // TensorFlow.js goes by names, which are wrong then.
    it.skipIf(saved.name.includes('exchanged'))('gives each layer of a converted model its own', async () => {
      const source = await open(fileSpec(putTfjs(`${file}-${index}`, saved)));
      expect(numbersIn(await source.loadWeights())).toEqual(saved.layers);
    });
  });

  it('deals weights out by name where another file says what is trainable', async () => {
    const plain = all.find(({ name }) => name === 'functional, convolutions, frozen: nothing')!;
    const network = put(folder, `${file}-plain.h5`, await makeHdf5(asHdf5(plain)));
    for (const frozen of ['first-half', 'all', 'norms', 'one']) {
      const saved = all.find(({ name }) => name === `functional, convolutions, frozen: ${frozen}`)!;
      const weights = put(folder, `${file}-${frozen}.h5`, await makeHdf5(asHdf5(saved)));
      const source = await open(fileSpec(network, { weights }));
      expect(numbersIn(await source.loadWeights()), frozen).toEqual(saved.layers);
    }
  });

  it('refuses arrays that neither order nor names lead to layers', async () => {
    const saved = all.find(({ name }) => name === 'sequential, convolutions, frozen: nothing')!;
    const groups = Object.fromEntries(
      Object.entries(saved.groups).map(([name, arrays]) => [
        name,
        name === 'base' ? [...arrays].reverse() : arrays,
      ]),
    );
    const renamed = Object.fromEntries(
      Object.entries(groups).map(([name, arrays]) => [
        name,
        arrays.map(([key, shape, value]): Listed => [key.replace(/(b|c)(\d)\//, 'other$1$2/'), shape, value]),
      ]),
    );
    const path = put(folder, `${file}-reversed.h5`, await makeHdf5(asHdf5({ ...saved, groups: renamed })));
    expect(await messageOf(open(fileSpec(path)), folder)).toContain(
      'The 17 weight arrays of `base` do not fit its layers.',
    );
  });
});
