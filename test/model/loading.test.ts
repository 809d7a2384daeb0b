import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../../src/backend/tf.ts';
import { UserError } from '../../src/errors.ts';
import type { FileNotes } from '../../src/file-notes.ts';
import { hashFileApart } from '../../src/hash-apart.ts';
import { createModel } from '../../src/model/executor.ts';
import { packagedPath } from '../../src/model/packaged-weights.ts';
import type { LoadableModel } from '../../src/model/open.ts';
import { openModel, openToLoad } from '../../src/model/open.ts';
import type { NodeWeights } from '../../src/model/network.ts';
import { packageRoot } from '../../src/package-root.ts';
import { addTo, kilobytesOf, newBacklog, takeFrom } from '../../src/model/reading/backlog.ts';
import type { ModelSpec } from '../../src/schema/experiment.ts';
import { nameless } from '../nameless.ts';
import { useBackend } from '../backend/with-backend.ts';
import { fileSpec, kerasFixtures, open, put, temporaryFolder, zooSpec } from './opening.ts';

beforeAll(() => useBackend('wasm'));

const folder = temporaryFolder();
const lenet = readFileSync(join(kerasFixtures, 'lenet.weights.h5'));
const sumOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const toLoad = (spec: ModelSpec): Promise<LoadableModel> =>
  openToLoad(spec, { cacheDir: folder, seed: 1, place: (key) => ({ file: `x.yaml(${key})` }) });

const plain = (weights: Iterable<readonly [string, NodeWeights]>): unknown =>
  [...weights].map(([name, arrays]) => [name, [...arrays].map(([key, { data }]) => [key, [...data]])]);

/** The weights of the file, in a package whose SHA-256 is stated. */
function packaged(name: string, contents: Uint8Array, sha256: string): ModelSpec {
  const file = { registry: 'npm', package: name, version: '1.0.0', path: 'w.h5', sha256 } as const;
  put('/', packagedPath(file, folder).slice(1), contents);
  return zooSpec('lenet', { weights: file, includeTop: false });
}

async function failure(loading: Promise<unknown>): Promise<string> {
  const error: unknown = await loading.then(
    () => 'nothing was wrong',
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  return nameless((error as Error).message, folder, '<folder>').replaceAll(/[0-9a-f]{64}/g, '<sum>');
}

describe('weights that are loaded next', () => {
  const models = ['keras/lenet.keras', 'keras/resnet_like.h5', 'onnx/resnet_like_twin.onnx'];
  it.each(models)('of %s come node by node, and are those that come all at a time', async (name) => {
    const spec = fileSpec(join(packageRoot, 'test', 'fixtures', name), { inputChannels: 3 });
    const whole = await (await open(spec)).loadWeights();
    const taken: [string, NodeWeights][] = [];
    const rest = await (await toLoad(spec)).loadWeights((node, own) => taken.push([node, own]));
    expect(rest.size).toBe(0);
    expect(taken.length).toBeGreaterThan(3);
    expect(plain(taken)).toEqual(plain(whole));
    expect(plain(await (await toLoad(spec)).loadWeights())).toEqual(plain(whole));
  });

  it('are used where their SHA-256 is right', async () => {
    const model = await createModel(await toLoad(packaged('right', lenet, sumOf(lenet))));
    expect(model.layers.length).toBeGreaterThan(3);
    model.dispose();
  });

  it('are refused for their SHA-256, and nothing of them stays, where they are read without fault', async () => {
    const before = tf.memory().numTensors;
    const spec = packaged('wrong', lenet, sumOf(Uint8Array.of(1)));
    expect(await failure(toLoad(spec).then(createModel))).toMatchInlineSnapshot(`
      "x.yaml(weights): Checksum mismatch for \`<folder>/weights/npm/wrong@1.0.0/w.h5\`.
        Expected SHA-256 <sum>, got <sum>.
        Run \`npx filterscope weights pull npm:wrong@1.0.0/w.h5\`."
    `);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('are refused for their SHA-256 before what else is wrong with them', async () => {
    const spec = packaged('damaged', lenet.subarray(0, 1000), sumOf(lenet));
    expect(await failure(toLoad(spec).then(createModel))).toMatch('Checksum mismatch');
    const { weights } = packaged('missing', lenet, sumOf(lenet));
    const other = { ...(weights as object), package: 'absent' } as ModelSpec['weights'];
    expect(
      await failure(toLoad(zooSpec('lenet', { weights: other!, includeTop: false })).then(createModel)),
    ).toMatch('have not been downloaded');
  });

  it('leave nothing behind where taking them fails', async () => {
    const spec = fileSpec(join(kerasFixtures, 'lenet.keras'));
    const loading = (await toLoad(spec)).loadWeights(() => {
      throw new Error('no room');
    });
    await expect(loading).rejects.toThrow('no room');
    expect((await (await toLoad(spec)).loadWeights()).size).toBeGreaterThan(3);
  });

  it('belong to whoever hands them over otherwise', async () => {
    const source = await open(zooSpec('lenet'));
    const weights = await source.loadWeights();
    (await createModel({ ...source, loadWeights: () => Promise.resolve(weights) })).dispose();
    expect(weights.get('conv2')!.get('kernel')!.data).toHaveLength(5 * 5 * 6 * 16);
  });

  it.each([0, 1, 7, 8, 9, 2398, 2399])('are searched for what is no number, at place %i', async (place) => {
    const source = await open(zooSpec('lenet'));
    const weights = await source.loadWeights();
    const { data } = weights.get('conv2')!.get('kernel')!;
    expect(data).toHaveLength(2400);
    data[place] = -Infinity;
    const model = await createModel({ ...source, loadWeights: () => Promise.resolve(weights) });
    expect(model.badWeights).toEqual([{ layer: 'conv2', count: 1 }]);
    model.dispose();
  });
});

describe('a model that is loaded after it was planned with', () => {
  const keras = readFileSync(join(kerasFixtures, 'lenet.keras'));
  const options = { cacheDir: folder, seed: 1, place: (key: string) => ({ file: `x.yaml(${key})` }) };
  const planned = async (spec: ModelSpec, notes?: FileNotes) =>
    openToLoad(
      spec,
      { ...options, ...(notes && { notes }) },
      (await openModel(spec, { ...options, ...(notes && { notes }) })).identity,
    );

  it.each<[string, ModelSpec]>([
    ['a model file', fileSpec(put(folder, 'own.keras', keras))],
    ['a weight file', zooSpec('lenet', { weights: put(folder, 'own.h5', lenet), includeTop: false })],
    ['weights of a package', packaged('planned', lenet, sumOf(lenet))],
    ['bundled weights', zooSpec('lenet', { weights: { bundled: 'digits' } })],
    ['random weights', zooSpec('lenet', { weights: 'random' })],
  ])('is the same one, of %s', async (_, spec) => {
    (await createModel(await planned(spec))).dispose();
  });

  it('is refused, and nothing of it stays, where its file was replaced before or while it is read', async () => {
    const before = tf.memory().numTensors;
    const spec = zooSpec('lenet', { weights: put(folder, 'replaced.h5', lenet), includeTop: false });
    const source = await openModel(spec, options);
    // One weight is another one: nothing else would tell.
    const { data } = (await source.loadWeights()).get('conv2')!.get('kernel')!;
    const place = lenet.indexOf(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    expect(place).toBeGreaterThan(0);
    const other = Buffer.from(lenet);
    other[place]! ^= 1;
    put(folder, 'replaced.h5', other);
    const load = () => openToLoad(spec, options, source.identity);
    expect(await failure(load().then(createModel))).toMatchInlineSnapshot(`
      "<folder>/replaced.h5: The model changed while it was in use.
        Run the command again."
    `);
    put(folder, 'replaced.h5', lenet);
    const loading = await load();
    const taken = loading.loadWeights(() => put(folder, 'replaced.h5', other));
    expect(await failure(taken)).toMatch('changed while it was in use');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('is not hashed again where notes tell its SHA-256 and its file is unchanged', async () => {
    const notes = new Map<string, { value: { sha256: string } }>();
    const kept: FileNotes = {
      read: (key) => Promise.resolve(notes.get(key)),
      write: (key, value) => Promise.resolve(void notes.set(key, value as never)),
    };
    const spec = fileSpec(join(kerasFixtures, 'lenet.keras'));
    const { weightsSha256, identity } = await openModel(spec, { ...options, notes: kept });
    expect(weightsSha256).toBe(sumOf(keras));
    for (const { value } of notes.values()) if (value.sha256) value.sha256 = 'e'.repeat(64);
    (await createModel(await planned(spec, kept))).dispose();
    await expect(openToLoad(spec, { ...options, notes: kept }, identity).then(createModel)).rejects.toThrow(
      'changed while it was in use',
    );
  });
});

describe('the thread that reads', () => {
  it('waits while much of what it read has not been taken, though not for ever', () => {
    const backlog = newBacklog();
    const start = performance.now();
    addTo(backlog, 4 * 1024);
    expect(performance.now() - start).toBeLessThan(350);
    addTo(backlog, 1);
    expect(performance.now() - start).toBeGreaterThan(390);
    takeFrom(backlog, 2);
    expect(Atomics.load(backlog, 0)).toBe(4 * 1024 - 1);
    const weights = new Map([['kernel', { shape: [513], data: new Float32Array(513) }]]);
    expect(kilobytesOf(weights)).toBe(3);
  });
});

describe('the sums of a file from a thread of their own', () => {
  it('are those of its bytes, of several files at a time', async () => {
    const paths = [lenet, lenet.subarray(1), new Uint8Array(3 * 2 ** 20 + 1)].map((bytes, i) =>
      put(folder, `sums/${i}`, bytes),
    );
    const sums = await Promise.all(paths.map((path) => hashFileApart(path, { md5: true })));
    expect(sums).toEqual(
      paths.map((path) => ({
        sha256: sumOf(readFileSync(path)),
        md5: createHash('md5').update(readFileSync(path)).digest('hex'),
      })),
    );
  });

  it('are not to be had of a file that cannot be read', async () => {
    await expect(hashFileApart(join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
