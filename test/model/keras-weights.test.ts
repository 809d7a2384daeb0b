import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Weights } from '../../src/model/network.ts';
import type { Hdf5Content } from './make-hdf5.ts';
import { array, makeHdf5 } from './make-hdf5.ts';
import { fileSpec, kerasFixtures, messageOf, open, put, temporaryFolder, zooSpec } from './opening.ts';

const folder = temporaryFolder();

const plain = (weights: Weights): Record<string, Record<string, unknown>> =>
  Object.fromEntries([...weights].map(([layer, arrays]) => [layer, Object.fromEntries(arrays)]));

describe.each(['lenet', 'vgg_like', 'resnet_like', 'inception_like'])('%s', (name) => {
  it('has the same weights in every kind of file', async () => {
    const archive = join(kerasFixtures, `${name}.keras`);
    const expected = plain(await (await open(fileSpec(archive))).loadWeights());
    expect(Object.keys(expected).length).toBeGreaterThan(3);
    for (const spec of [
      fileSpec(join(kerasFixtures, `${name}.h5`)),
      fileSpec(archive, { weights: join(kerasFixtures, `${name}.weights.h5`) }),
      fileSpec(archive, { weights: join(kerasFixtures, `${name}.h5`) }),
      fileSpec(join(kerasFixtures, `${name}.h5`), { weights: archive }),
    ]) {
      const source = await open(spec);
      expect(plain(await source.loadWeights())).toEqual(expected);
    }
  });
});

/** LeNet's weights as the zoo has it; `change` puts other things in their place. */
function lenetLegacy(change: Record<string, Hdf5Content> = {}): Hdf5Content {
  const layer = (name: string, ...shape: number[]): [string, Hdf5Content] => [
    name,
    {
      '@': { weight_names: [`${name}_W_1:0`, `${name}_b_1:0`] },
      [`${name}_W_1:0`]: array(...shape),
      [`${name}_b_1:0`]: array(shape[shape.length - 1]!),
    },
  ];
  const layers = Object.fromEntries([
    layer('conv1', 5, 5, 1, 6),
    layer('conv2', 5, 5, 6, 16),
    layer('fc1', 256, 120),
    layer('fc2', 120, 84),
    layer('predictions', 84, 10),
  ]);
  const all = { ...layers, ...change };
  return { '@': { layer_names: Object.keys(all) }, ...all };
}

describe('weights onto a network', () => {
  const lenet = (weights: string) => zooSpec('lenet', { weights });

  it('are dealt out by name, extra layers left alone', async () => {
    const path = put(folder, 'lenet.h5', await makeHdf5(lenetLegacy()));
    const whole = await (await open(lenet(path))).loadWeights();
    expect(whole.get('fc1')!.get('kernel')).toEqual({ shape: [256, 120], data: array(256, 120).data });
    const trunk = await (await open(zooSpec('lenet', { weights: path, includeTop: false }))).loadWeights();
    expect([...trunk.keys()]).toEqual(['conv1', 'conv2']);
  });

  it('are dealt out in order where the names are others', async () => {
    const { '@': _, ...layers } = lenetLegacy();
    const renamed = Object.fromEntries(Object.entries(layers).map(([name, value]) => [`my_${name}`, value]));
    const content = { '@': { layer_names: Object.keys(renamed) }, ...renamed } as Hdf5Content;
    const path = put(folder, 'renamed.h5', await makeHdf5(content));
    expect([...(await (await open(lenet(path))).loadWeights()).keys()]).toContain('predictions');
  });

  it('may be float64 or whole numbers', async () => {
    const conv1 = {
      '@': { weight_names: ['kernel:0', 'bias:0'] },
      'kernel:0': { shape: [5, 5, 1, 6], data: new Float64Array(150).fill(0.1) },
      'bias:0': { shape: [6], data: Int32Array.of(1, 2, 3, 4, 5, 6) },
    };
    const path = put(folder, 'types.h5', await makeHdf5(lenetLegacy({ conv1 })));
    const weights = (await (await open(lenet(path))).loadWeights()).get('conv1')!;
    expect(weights.get('bias')!.data).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
    expect(weights.get('kernel')!.data[0]).toBe(Math.fround(0.1));
  });

  it('of the wrong shape are named with both shapes', async () => {
    const conv2 = {
      '@': { weight_names: ['k', 'b'] },
      k: array(3, 3, 6, 16),
      b: array(15),
    };
    const path = put(folder, 'wrong.h5', await makeHdf5(lenetLegacy({ conv2 })));
    expect(await messageOf(open(lenet(path)), folder)).toMatchInlineSnapshot(`
      "<folder>/wrong.h5: Layer \`conv2\`: \`kernel\` has the shape [3, 3, 6, 16] in the file, and the model needs [5, 5, 6, 16].
        Use weights that were saved from this network.

      <folder>/wrong.h5: Layer \`conv2\`: \`bias\` has the shape [15] in the file, and the model needs [16].
        Use weights that were saved from this network."
    `);
  });

  it('that lack arrays are named', async () => {
    const conv2 = { '@': { weight_names: ['k'] }, k: array(5, 5, 6, 16) };
    const path = put(folder, 'few.h5', await makeHdf5(lenetLegacy({ conv2 })));
    expect(await messageOf(open(lenet(path)), folder)).toMatchInlineSnapshot(`
      "<folder>/few.h5: Layer \`conv2\`: the file has 1 weight arrays, and the model needs 2.
        The layer needs kernel [5, 5, 6, 16], bias [16].
        Use weights that were saved from this network."
    `);
  });

  it('that list what they lack are refused', async () => {
    const conv2 = { '@': { weight_names: ['k', 'gone'] }, k: array(5, 5, 6, 16) };
    const path = put(folder, 'gone.h5', await makeHdf5(lenetLegacy({ conv2 })));
    expect(await messageOf(open(lenet(path)), folder)).toMatchInlineSnapshot(
      `"<folder>/gone.h5: Layer \`conv2\`: the file lists the weights \`gone\` but does not contain them."`,
    );
  });

  it('that lack layers are refused', async () => {
    const { '@': _, fc1: __, ...layers } = lenetLegacy();
    const content = { '@': { layer_names: Object.keys(layers) }, ...layers } as Hdf5Content;
    const path = put(folder, 'layers.h5', await makeHdf5(content));
    expect(await messageOf(open(lenet(path)), folder)).toMatchInlineSnapshot(`
      "<folder>/layers.h5: The file has no weights for layer \`fc1\`.
        Use weights that were saved from this network."
    `);
    const other = join(kerasFixtures, 'vgg_like.weights.h5');
    expect(await messageOf(open(lenet(other)), folder)).toMatchInlineSnapshot(`
      "test/fixtures/keras/vgg_like.weights.h5: The file has no weights for layers \`fc1\`, \`fc2\`, \`predictions\`.
        Use weights that were saved from this network."
    `);
  });

  it('of a network without weight files are refused by their ending', async () => {
    const path = put(folder, 'w.npz', 'x');
    expect(await messageOf(open(lenet(path)), folder)).toMatchInlineSnapshot(`
      "x.yaml(weights): Unsupported weights format: \`<folder>/w.npz\`.
        Save weights with model.save_weights("name.weights.h5").
        Valid: name.keras, name.weights.h5, name.h5, name.pth, name.safetensors, random"
    `);
  });

  it('that are not Keras weights are refused', async () => {
    const path = put(folder, 'other.h5', await makeHdf5({ data: array(3) }));
    expect(await messageOf(open(lenet(path)), folder)).toMatchInlineSnapshot(`
      "<folder>/other.h5: The HDF5 file contains no Keras weights.
        The file has neither a list of layer names nor a group of layers.
        Save weights with model.save_weights("name.weights.h5")."
    `);
  });

  it('do not reach through links into other files', async () => {
    put(folder, 'secret.h5', await makeHdf5({ k: array(5, 5, 1, 6), b: array(6) }));
    const h5 = await import('h5wasm');
    const { FS } = await h5.ready;
    const file = new h5.File('/linked.h5', 'w');
    const root = lenetLegacy();
    file.create_attribute('layer_names', [...(root['@']!['layer_names'] as string[])]);
    file.create_external_link(join(folder, 'secret.h5'), '/', 'conv1');
    file.close();
    const path = put(folder, 'linked.h5', FS.readFile('/linked.h5'));
    expect(await messageOf(open(lenet(path)), folder)).toContain(
      'Layer `conv1`: the file has 0 weight arrays',
    );
  });

  it('that do not exist may be elsewhere', async () => {
    expect(await messageOf(open(lenet(join(folder, 'none.h5'))), folder)).toMatchInlineSnapshot(`
      "x.yaml(weights): The weight file \`<folder>/none.h5\` does not exist.
        Write the path relative to the experiment file, or absolute."
    `);
  });
});

// Layer groups as Keras 3 writes them before it noted names: counted by class, models inside models.
it('finds weights by class and number in the Keras 3 layout', async () => {
  const vars = (...shapes: number[][]): Hdf5Content => ({
    vars: Object.fromEntries(shapes.map((shape, i) => [String(i), array(...shape)])),
  });
  const content = {
    layers: {
      conv2d: vars([5, 5, 1, 6], [6]),
      conv2d_1: vars([5, 5, 6, 16], [16]),
      dense: vars([256, 120], [120]),
      dense_1: vars([120, 84], [84]),
      dense_2: vars([84, 10], [10]),
    },
  } as unknown as Hdf5Content;
  const path = put(folder, 'lenet.weights.h5', await makeHdf5(content));
  const weights = await (await open(zooSpec('lenet', { weights: path }))).loadWeights();
  expect(weights.get('fc2')!.get('kernel')!.shape).toEqual([120, 84]);
});

// As Keras 3 writes a model that is a class of its own: groups named after its attributes, names noted under `vars`.
describe('weights of a model that is a class of its own', () => {
  const layer = (name: string, ...shape: number[]): Hdf5Content => ({
    vars: { '@': { name }, 0: array(...shape), 1: array(shape.at(-1)!) },
  });
  const features: Hdf5Content = {
    vars: { '@': { name: 'sequential' } },
    layers: {
      // The order of the file is not that of the network.
      conv2d: layer('conv2', 5, 5, 6, 16),
      conv2d_1: layer('conv1', 5, 5, 1, 6),
      max_pooling2d: { vars: { '@': { name: 'pool1' } } },
    },
  };
  const trunk = zooSpec('lenet', { includeTop: false });

  it('are found by the names they note', async () => {
    const content = { vars: {}, features, side: layer('side', 1, 1, 16, 1) };
    const path = put(folder, 'class.weights.h5', await makeHdf5(content));
    const weights = await (await open({ ...trunk, weights: path })).loadWeights();
    expect([...weights.keys()]).toEqual(['conv1', 'conv2']);
    expect(weights.get('conv1')!.get('kernel')).toEqual({
      shape: [5, 5, 1, 6],
      data: array(5, 5, 1, 6).data,
    });
    expect(weights.get('conv2')!.get('bias')!.shape).toEqual([16]);
  });

  it('that are of another network are refused', async () => {
    const path = put(folder, 'class.weights.h5', await makeHdf5({ features }));
    expect(await messageOf(open(zooSpec('lenet', { weights: path })), folder)).toContain(
      'The file has no weights for layers `fc1`, `fc2`, `predictions`.',
    );
    const wrong = await makeHdf5({ a: layer('conv1', 3, 3, 1, 6), b: layer('conv2', 5, 5, 6, 16) });
    expect(
      await messageOf(open({ ...trunk, weights: put(folder, 'wrong-class.h5', wrong) }), folder),
    ).toContain(
      'Layer `conv1`: `kernel` has the shape [3, 3, 1, 6] in the file, and the model needs [5, 5, 1, 6].',
    );
  });
});
