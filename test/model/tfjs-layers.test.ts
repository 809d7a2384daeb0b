import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { io, Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../../src/backend/tf.ts';
import { createModel } from '../../src/model/executor.ts';
import { halfToNumber } from '../../src/model/half-floats.ts';
import { sharedFixtures } from '../fixtures.ts';
import { useBackend } from '../backend/with-backend.ts';
import { fileSpec, messageOf, open, put, temporaryFolder } from './opening.ts';

const folder = temporaryFolder();
beforeAll(() => useBackend('wasm'));

type Json = Record<string, unknown>;

/** Saves as TensorFlow.js itself does; `change` may then falsify model.json. */
async function save(
  model: LayersModel,
  name: string,
  change: (json: Json) => void = () => {},
): Promise<string> {
  const handler = {
    save({ modelTopology, weightSpecs, weightData, format, generatedBy }: io.ModelArtifacts) {
      const json = {
        ...{ format, generatedBy, modelTopology },
        weightsManifest: [{ paths: ['weights.bin'], weights: weightSpecs }],
      };
      change(json as Json);
      put(folder, `${name}/weights.bin`, new Uint8Array(weightData as ArrayBuffer));
      put(folder, `${name}/model.json`, JSON.stringify(json));
      return Promise.resolve({
        modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' as const },
      });
    },
  };
  await model.save(handler);
  return join(folder, name, 'model.json');
}

/** The whole model's output by this project and by TensorFlow.js. */
async function compare(
  model: LayersModel,
  path: string,
  shape: [number, number, number, number],
): Promise<void> {
  const ours = await createModel(await open(fileSpec(path)));
  const input = tf.randomNormal(shape, 0, 1, 'float32', 3) as Tensor4D;
  const [output] = ours.forward(input, [ours.layers.length - 1]) as [Tensor];
  const expected = model.predict(input) as Tensor;
  expect(output.shape).toEqual(expected.shape);
  expect((await tf.max(tf.abs(tf.sub(output, expected))).data())[0]).toBeLessThan(1e-5);
  ours.dispose();
}

const small = (): LayersModel =>
  tf.sequential({
    layers: [
      tf.layers.conv2d({
        filters: 4,
        kernelSize: 3,
        inputShape: [8, 8, 3],
        activation: 'relu',
        name: 'conv',
      }),
      tf.layers.flatten({ name: 'flat' }),
      tf.layers.dense({ units: 3, name: 'dense' }),
    ],
  });

describe('models saved by TensorFlow.js', () => {
  it('with branches, a shared layer, models inside and batch normalization', async () => {
    const inner = tf.sequential({ name: 'inner' });
    inner.add(
      tf.layers.conv2d({ filters: 5, kernelSize: 3, padding: 'same', inputShape: [12, 12, 3], name: 'conv' }),
    );
    inner.add(tf.layers.batchNormalization({ name: 'bn', movingVarianceInitializer: 'ones' }));
    const input = tf.input({ shape: [12, 12, 3] });
    const shared = tf.layers.conv2d({ filters: 5, kernelSize: 1, name: 'shared' });
    const a = inner.apply(input) as SymbolicTensor;
    const b = shared.apply(input) as SymbolicTensor;
    const c = shared.apply(
      tf.layers.averagePooling2d({ poolSize: 3, strides: 1, padding: 'same' }).apply(input),
    ) as SymbolicTensor;
    const sum = tf.layers.add().apply([a, b, c]) as SymbolicTensor;
    const head = tf.layers.dense({ units: 2 }).apply(tf.layers.flatten().apply(sum)) as SymbolicTensor;
    const model = tf.model({ inputs: input, outputs: head, name: 'branched' });
    const path = await save(model, 'branched');
    const source = await open(fileSpec(path));
    expect(source.layers.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['inner/conv', 'inner/bn', 'shared', 'shared@2']),
    );
    const names = source.network.nodes.map(({ name }) => name);
    expect(source.network.nodes[names.indexOf('shared@2')]!.sharesWeightsOf).toBe('shared');
    expect(source.parameters).toBe(model.countParams());
    expect(source.layers.find(({ name }) => name === 'inner/conv')!.receptiveField!.size).toEqual([3, 3]);
    await compare(model, path, [2, 12, 12, 3]);
  });

  it('called twice as a whole', async () => {
    const inner = tf.sequential({ name: 'inner' });
    inner.add(
      tf.layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same', inputShape: [9, 9, 3], name: 'conv' }),
    );
    const input = tf.input({ shape: [9, 9, 3] });
    const twice = inner.apply(inner.apply(input)) as SymbolicTensor;
    const model = tf.model({ inputs: input, outputs: twice });
    const path = await save(model, 'twice');
    expect((await open(fileSpec(path))).layers.map(({ name }) => name).slice(1)).toEqual([
      'inner/conv',
      'inner/conv@2',
    ]);
    await compare(model, path, [1, 9, 9, 3]);
  });

  it('at another input size where nothing is flattened', async () => {
    const model = tf.sequential({
      layers: [tf.layers.conv2d({ filters: 4, kernelSize: 3, inputShape: [8, 8, 3] })],
    });
    const path = await save(model, 'larger');
    const source = await open(fileSpec(path, { input: [20, 30] }));
    expect(source.layers[1]!.outputShape).toEqual([18, 28, 4]);
  });

  it('not at another input size where a dense layer fixes it', async () => {
    const path = await save(small(), 'fixed');
    expect(await messageOf(open(fileSpec(path, { input: [20, 30] })), folder)).toMatchInlineSnapshot(`
      "x.yaml(input): The network cannot take images of 20x30 pixels.
        The weights of layer \`dense\` (Dense) fit 8x8 pixels only.
        Leave \`input\` out, or write \`input: [8, 8]\`."
    `);
  });

  it('of any size, once a size is said', async () => {
    const model = tf.sequential({
      layers: [tf.layers.conv2d({ filters: 4, kernelSize: 3, inputShape: [null, null, 1] })],
    });
    const path = await save(model, 'any');
    expect((await open(fileSpec(path, { input: [9, 10] }))).layers[1]!.outputShape).toEqual([7, 8, 4]);
    expect(await messageOf(open(fileSpec(path)), folder)).toMatchInlineSnapshot(`
      "<folder>/any/model.json: The model takes images of any size.
        Add \`input: [height, width]\` to the experiment file, or \`--input HxW\` to the command."
    `);
  });

  it('with weights in several files, cut anywhere', async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({
          filters: 5,
          kernelSize: 3,
          inputShape: [6, 6, 3],
          biasInitializer: 'glorotNormal',
        }),
      ],
    });
    const expected = model.getWeights().map((each) => [...each.dataSync()]);
    const path = await save(model, 'cut', (json) => {
      const [group] = json['weightsManifest'] as [Json];
      group['paths'] = ['a.bin', 'empty.bin', 'b.bin', 'c.bin'];
    });
    const bytes = readFileSync(join(folder, 'cut', 'weights.bin'));
    const parts = { 'a.bin': [0, 3], 'empty.bin': [3, 3], 'b.bin': [3, 541], 'c.bin': [541, bytes.length] };
    for (const [name, [from, to]] of Object.entries(parts))
      writeFileSync(join(folder, 'cut', name), bytes.subarray(from, to));
    const weights = await (await open(fileSpec(path))).loadWeights();
    expect([...weights.values()].flatMap((own) => [...own.values()].map(({ data }) => [...data]))).toEqual(
      expected,
    );
  });

  it('with quantized weights', async () => {
    const model = tf.sequential({
      layers: [tf.layers.conv2d({ filters: 2, kernelSize: 1, inputShape: [2, 2, 1] })],
    });
    const path = await save(model, 'quantized', (json) => {
      const [{ weights }] = json['weightsManifest'] as [{ weights: Json[] }];
      weights[0]!['quantization'] = { dtype: 'uint8', scale: 0.5, min: -1 };
      weights[1]!['quantization'] = { dtype: 'float16', original_dtype: 'float32' };
    });
    writeFileSync(join(folder, 'quantized', 'weights.bin'), Uint8Array.of(0, 3, 0x00, 0x3c, 0x00, 0xc0));
    const weights = await (await open(fileSpec(path))).loadWeights();
    expect([...weights.values()].map((arrays) => [...arrays.values()].map(({ data }) => [...data]))).toEqual([
      [
        [-1, 0.5],
        [1, -2],
      ],
    ]);
  });
});

describe('models that are refused', () => {
  const refused = async (name: string, change: (json: Json) => void): Promise<string> =>
    messageOf(open(fileSpec(await save(small(), name, change))), folder);
  const manifest = (json: Json) => json['weightsManifest'] as [{ paths: string[]; weights: Json[] }];

  it.each([
    ['../outside.bin'],
    ['/etc/passwd'],
    ['a/../../outside.bin'],
    ['https://example.org/weights.bin'],
    ['..\\outside.bin'],
    ['C:\\weights.bin'],
  ])('name a weight file outside their folder: %s', async (path) => {
    put(folder, 'outside.bin', 'x');
    const message = await refused('leaving', (json) => (manifest(json)[0].paths = [path]));
    expect(message).toContain(`The weight file ${JSON.stringify(path)} is outside the model's folder`);
  });

  it('reach outside through a link', async () => {
    put(folder, 'secret/weights.bin', 'x');
    const path = await save(small(), 'linked', (json) => (manifest(json)[0].paths = ['link.bin']));
    symlinkSync(join(folder, 'secret', 'weights.bin'), join(folder, 'linked', 'link.bin'));
    expect(await messageOf(open(fileSpec(path)), folder)).toMatchInlineSnapshot(`
      "<folder>/linked/model.json: The weight file "link.bin" is outside the model's folder.
        Only files in the folder of model.json are read."
    `);
  });

  it('lack a weight file', async () => {
    expect(await refused('lacking', (json) => (manifest(json)[0].paths = ['gone.bin'])))
      .toMatchInlineSnapshot(`
        "<folder>/lacking/model.json: The weight file "gone.bin" does not exist.
          Put it into the folder of \`model.json\`."
      `);
  });

  it('have weights that were cut short', async () => {
    const path = await save(small(), 'short');
    writeFileSync(join(folder, 'short', 'weights.bin'), new Uint8Array(100));
    expect(await messageOf(open(fileSpec(path)), folder)).toMatchInlineSnapshot(`
      "<folder>/short/model.json: \`weights.bin\` has 100 bytes, and the listed weights need 2188.
        The files are damaged or belong to another model. Save or download them again."
    `);
  });

  it('have weights of absurd shapes and unknown types', async () => {
    expect(
      await refused('absurd', (json) => (manifest(json)[0].weights[0]!['shape'] = [1e9, 1e9])),
    ).toMatchInlineSnapshot(
      `"<folder>/absurd/model.json: The weights "conv/kernel" cannot be read: the shape is [1000000000,1000000000]."`,
    );
    expect(
      await refused('typed', (json) => (manifest(json)[0].weights[0]!['dtype'] = 'string')),
    ).toMatchInlineSnapshot(
      `"<folder>/typed/model.json: The weights "conv/kernel" cannot be read: the type is "string"."`,
    );
  });

  it('have weights of other layers', async () => {
    expect(
      await refused('others', (json) =>
        manifest(json)[0]
          .weights.reverse()
          .forEach((one, i) => (one['name'] = `x${i}/y`)),
      ),
    ).toMatchInlineSnapshot(`
      "<folder>/others/model.json: The model's weights do not fit its layers.
        The manifest lists 4 arrays, including ["x0/y","x1/y","x2/y","x3/y"].
        Save or convert the model again."
    `);
    expect(await refused('fewer', (json) => (json['weightsManifest'] = []))).toMatchInlineSnapshot(`
      "<folder>/fewer/model.json: The model's weights do not fit its layers.
        The manifest lists 0 arrays.
        Save or convert the model again."
    `);
    expect(await refused('none', (json) => delete json['weightsManifest'])).toMatchInlineSnapshot(
      `"<folder>/none/model.json: The model has no \`weightsManifest\`."`,
    );
  });

  it('are graph models', async () => {
    expect(await refused('graph', (json) => (json['format'] = 'graph-model'))).toMatchInlineSnapshot(`
      "<folder>/graph/model.json: Unsupported graph: it has no nodes.
        Convert the model again with tensorflowjs_converter."
    `);
  });

  it('are no models at all', async () => {
    expect(await messageOf(open(fileSpec(put(folder, 'no.json', '{"a": 1}'))), folder))
      .toMatchInlineSnapshot(`
        "<folder>/no.json: The JSON file is not a TensorFlow.js model.
          The file has no \`modelTopology\`.
          Save the model with model.save("file://folder") in TensorFlow.js, or convert it with tensorflowjs_converter."
      `);
    expect(await messageOf(open(fileSpec(put(folder, 'cut.json', '{"a": '))), folder)).toMatchInlineSnapshot(`
      "<folder>/cut.json: The file is not valid JSON.
        The file is damaged. Save or download it again."
    `);
  });
});

it('reads half-precision numbers', () => {
  const cases = [0, 0x8000, 0x3c00, 0xc000, 0x7bff, 0x0001, 0x0400, 0x7c00, 0xfc00, 0x3555];
  const expected = [0, -0, 1, -2, 65504, 2 ** -24, 2 ** -14, Infinity, -Infinity, 0.333251953125];
  expect(cases.map(halfToNumber)).toEqual(expected);
  expect(halfToNumber(0x7e00)).toBeNaN();
});

const tinyVgg = sharedFixtures && join(sharedFixtures, 'tiny-vgg', 'model.json');
if (!tinyVgg) process.stderr.write('The shared fixtures are not here: tiny-vgg is left out.\n');

it.skipIf(!tinyVgg)('runs tiny-vgg as TensorFlow.js does', async () => {
  const source = await open(fileSpec(tinyVgg!));
  expect(source.layers).toHaveLength(13);
  const model = await tf.loadLayersModel({
    async load() {
      const { readFile } = await import('node:fs/promises');
      const json = JSON.parse(await readFile(tinyVgg!, 'utf8')) as io.ModelJSON;
      const bytes = await readFile(join(tinyVgg!, '..', 'group1-shard1of1.bin'));
      return {
        modelTopology: json.modelTopology,
        weightSpecs: json.weightsManifest[0]!.weights,
        weightData: Uint8Array.from(bytes).buffer,
      } as io.ModelArtifacts;
    },
  });
  await compare(model, tinyVgg!, [2, 64, 64, 3]);
});
