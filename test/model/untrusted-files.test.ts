import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.ts';
import { withHdf5 } from '../../src/model/formats/hdf5.ts';
import { openModel } from '../../src/model/open.ts';
import { PATIENCE, timeLimit, unpackedLimit } from '../../src/model/reading/limits.ts';
import type { ModelSpec } from '../../src/schema/experiment.ts';
import { fileSpec, kerasFixtures, messageOf, open, put, temporaryFolder } from './opening.ts';

const folder = temporaryFolder();
const odd = (name: string): string => join(packageRoot, 'test', 'fixtures', 'hdf5', name);

/** A network of one dense layer `d`, which takes the weights in a file. */
const dense = (weights: string, units = 2, side = 1): ModelSpec => ({
  source: {
    kind: 'inline',
    layers: [
      { type: 'Flatten', name: 'f', from: 'input', config: {} },
      { type: 'Dense', name: 'd', from: 'f', config: { units } },
    ],
  },
  ...{ includeTop: true, input: [side, side], inputChannels: 3, weights },
});

/** lenet.h5 with the size of an object in its global heap such that the HDF5 library never gets past it. */
function endless(name: string): string {
  const bytes = Uint8Array.from(readFileSync(join(kerasFixtures, 'lenet.h5')));
  bytes.set([0xf0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 2072);
  return put(folder, name, bytes);
}

const config = (layers: readonly unknown[]): string =>
  JSON.stringify({ class_name: 'Sequential', config: { name: 'm', layers } });

describe('a file that keeps its reader busy', () => {
  it('is given up, and not waited for again', async () => {
    const path = endless('endless.h5');
    const start = performance.now();
    expect(await messageOf(open(fileSpec(path)), folder)).toMatchInlineSnapshot(`
      "<folder>/endless.h5: Reading the model file was stopped after 4 seconds.
        That is the limit for a file of 130 kB. The file is damaged, or made so that reading never ends.
        Save or download the file again. If this computer is busy, run the command again later."
    `);
    expect(performance.now() - start).toBeLessThan(PATIENCE * timeLimit(200_000) + 60_000);
    const again = performance.now();
    expect(await messageOf(open(fileSpec(path)), folder)).toMatch('was stopped after 4 seconds');
    expect(performance.now() - again).toBeLessThan(3000);
    expect((await open(fileSpec(join(kerasFixtures, 'lenet.h5')))).network.name).not.toBe('');
  });

  it('is left at once when the work is interrupted', async () => {
    const interrupt = new AbortController();
    const opening = openModel(fileSpec(endless('interrupted.h5')), {
      ...{ cacheDir: '/nowhere', seed: 1, signal: interrupt.signal },
      place: () => ({ file: 'x.yaml' }),
    });
    const stopped = expect(opening).rejects.toThrow('enough');
    setTimeout(() => interrupt.abort(new Error('enough')), 200);
    const start = performance.now();
    await stopped;
    expect(performance.now() - start).toBeLessThan(timeLimit(0) / 2);
  });
});

describe('a file that declares more than it holds', () => {
  it('is refused where the HDF5 library asks for memory', async () => {
    expect(await messageOf(open(fileSpec(odd('memory.h5'))), folder)).toMatchInlineSnapshot(`
      "test/fixtures/hdf5/memory.h5: Reading the file takes more than 256 MB of memory.
        That is the limit for a file of 42 kB. The file is damaged, or declares more than it contains.
        Save or download the file again."
    `);
  });

  it('is refused before its arrays are made', async () => {
    expect(await messageOf(open(dense(odd('declares.h5'), 60_000, 64)), folder)).toMatchInlineSnapshot(`
      "test/fixtures/hdf5/declares.h5: With the array \`/d/d/kernel:0\` the file declares 2,813 MB.
        The limit for a file of 11 kB is 64.0 MB.
        The file is damaged, or made to fill memory. Save or download it again."
    `);
    expect(unpackedLimit(10_000)).toBeLessThan(2 ** 27);
  });
});

describe('an HDF5 file that leads elsewhere', () => {
  it('by a virtual array is refused', async () => {
    expect(await messageOf(open(dense(odd('virtual.h5'))), folder)).toMatchInlineSnapshot(`
      "test/fixtures/hdf5/virtual.h5: The weights \`/d/d/kernel:0\` are stored in other files.
        Only weights inside the file itself are read."
    `);
  });

  it('by external storage is refused', async () => {
    expect(await messageOf(open(dense(odd('external-storage.h5'))), folder)).toMatchInlineSnapshot(`
      "test/fixtures/hdf5/external-storage.h5: The file cannot be read as HDF5.
        The HDF5 library reports: the values of /d/d/kernel:0 cannot be read.
        Save or download the file again."
    `);
  });

  it('by groups in circles and a link to standard input is refused', async () => {
    // Slow machines reach the limit of time first.
    expect(await messageOf(open(dense(odd('circles.h5'))), folder)).toMatch(
      /groups that contain themselves|was stopped after 4 seconds/,
    );
  });
});

it('refuses weights that are damaged where they are compressed', async () => {
  const whole = readFileSync(odd('compressed.h5'));
  const at = whole.indexOf(Buffer.from([0x78, 0x5e]));
  expect(at).toBeGreaterThan(0);
  const damaged = Uint8Array.from(whole).fill(0xff, at + 4, at + 12);
  const sound = await (await open(dense(odd('compressed.h5')))).loadWeights();
  expect([...sound.get('d')!.get('kernel')!.data]).toEqual([0, 1, 2, 3, 4, 5]);
  expect(await messageOf(open(dense(put(folder, 'damaged.h5', damaged))), folder)).toMatchInlineSnapshot(`
    "<folder>/damaged.h5: The file cannot be read as HDF5.
      The HDF5 library reports: the values of /d/d/kernel:0 cannot be read.
      Save or download the file again."
  `);
});

it('reads numbers in the byte order that the file says', async () => {
  const weights = await (await open(dense(odd('byte-order.h5')))).loadWeights();
  expect([...weights.get('d')!.get('kernel')!.data]).toEqual([0, 1, 2, 3, 4, 5]);
  expect([...weights.get('d')!.get('bias')!.data]).toEqual([1.5, -2]);
});

it('reads every type of number, in both byte orders and in compressed pieces', async () => {
  await withHdf5({ path: odd('number-types.h5') }, { file: odd('number-types.h5') }, (root) => {
    expect(root.keys()).toHaveLength(44);
    for (const name of root.keys()) {
      const values = [...root.dataset([name])!.read()];
      expect([name, values]).toEqual([name, [1, 2, 100, 0, 99, name.includes('-u') ? 200 : -3]]);
    }
  });
});

describe('a description', () => {
  it('nested too deeply is refused', async () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const json = put(folder, 'deep/model.json', `{"modelTopology": {"config": ${deep}}}`);
    expect(await messageOf(open(fileSpec(json)), folder)).toMatchInlineSnapshot(`
      "<folder>/deep/model.json: The file nests values more than 256 deep.
        That is more than any model description needs.
        The file is damaged. Save or download it again."
    `);
    const keras = put(folder, 'deep.keras', zipSync({ 'config.json': strToU8(deep) }));
    expect(await messageOf(open(fileSpec(keras)), folder)).toMatch('nests values more than 256 deep');
  });

  it('that is too long is refused unread', async () => {
    const json = put(folder, 'long/model.json', ' '.repeat(33 * 2 ** 20));
    expect(await messageOf(open(fileSpec(json)), folder)).toMatchInlineSnapshot(`
      "<folder>/long/model.json: The file has 33.0 MB.
        The limit for a model description is 32.0 MB."
    `);
  });

  it('may list its layers in any order, and many of them', async () => {
    const layers = Array.from({ length: 1500 }, (_, i) => ({
      ...{ class_name: 'ReLU', name: `r${i}`, config: { name: `r${i}` } },
      inbound_nodes: [[[i === 0 ? 'in' : `r${i - 1}`, 0, 0, {}]]],
    }));
    const input = { batch_input_shape: [null, 4, 4, 3], name: 'in' };
    const topology = {
      class_name: 'Functional',
      config: {
        ...{ name: 'm', input_layers: [['in', 0, 0]], output_layers: [['r1499', 0, 0]] },
        layers: [
          ...layers.toReversed(),
          { class_name: 'InputLayer', name: 'in', config: input, inbound_nodes: [] },
        ],
      },
    };
    const json = put(
      folder,
      'reversed/model.json',
      JSON.stringify({ modelTopology: topology, weightsManifest: [] }),
    );
    const source = await open(fileSpec(json));
    expect(source.layers.map(({ name }) => name)).toEqual(['in', ...layers.map(({ name }) => name)]);
    const prints = source.layers.map(({ index }) => source.fingerprint(index));
    expect(new Set(prints).size).toBe(1501);
  });

  it('without weights beside it is refused', async () => {
    const path = put(folder, 'short.keras', zipSync({ 'config.json': strToU8(config([])) }));
    expect(await messageOf(open(fileSpec(path)), folder)).toMatch('has no `model.weights.h5`');
  });
});
