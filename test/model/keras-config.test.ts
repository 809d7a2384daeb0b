import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipSync, strToU8 } from 'fflate';
import { describe, expect, it } from 'vitest';
import { kerasDialect, readKerasConfig } from '../../src/model/formats/keras-config.ts';
import { buildGraph } from '../../src/model/graph.ts';
import { UserError } from '../../src/errors.ts';
import { randomFrom } from '../../src/random.ts';
import { makeHdf5 } from './make-hdf5.ts';
import { fileSpec, kerasFixtures, messageOf, open, put, temporaryFolder } from './opening.ts';

type Json = Record<string, unknown>;

const place = { file: 'm.keras' };
const options = { place, preprocess: 'unit', format: 'keras-v3', dialect: 'keras-3' } as const;

const tensor = (layer: string, call = 0): Json => ({
  class_name: '__keras_tensor__',
  config: { shape: [null, 8, 8, 3], dtype: 'float32', keras_history: [layer, call, 0] },
});
const call = (...layers: string[]): Json => ({
  args: layers.length === 1 ? [tensor(layers[0]!)] : [layers.map((name) => tensor(name))],
  kwargs: {},
});
const input = {
  class_name: 'InputLayer',
  name: 'in',
  config: { name: 'in', batch_shape: [null, 8, 8, 3] },
  inbound_nodes: [],
};
const layer = (type: string, name: string, config: Json, ...from: string[]): Json => ({
  class_name: type,
  name,
  config: { name, ...config },
  inbound_nodes: from.length ? [call(...from)] : [],
});
const conv = (name: string, from: string, more: Json = {}): Json =>
  layer('Conv2D', name, { filters: 3, kernel_size: [3, 3], padding: 'same', ...more }, from);
const functional = (layers: readonly Json[], output: string, more: Json = {}): Json => ({
  class_name: 'Functional',
  config: { name: 'm', layers, input_layers: [['in', 0, 0]], output_layers: [[output, 0, 0]], ...more },
});

/** Names, types and inputs of the nodes, after all checks. */
function nodesOf(config: unknown, kerasMajor = 3): string[] {
  const { network } = readKerasConfig(config, { ...options, dialect: kerasDialect(String(kerasMajor)) });
  buildGraph(network, place);
  return network.nodes.map(({ name, type, inputs }) => `${name}: ${type}(${inputs.join(', ')})`);
}

/** How many layer types there are besides those that a message lists changes with every new one. */
const countless = (message: string): string => message.replace(/… \(\d+ more\)/g, '…');

function complaint(config: unknown): string {
  try {
    nodesOf(config);
  } catch (error) {
    if (error instanceof UserError) return countless(error.message);
    throw error;
  }
  throw new Error('nothing was wrong');
}

describe('configurations', () => {
  it('of Keras 2 with inbound lists, nested, and nodes of models counted from one', () => {
    const inner = {
      class_name: 'Functional',
      name: 'inner',
      config: {
        name: 'inner',
        layers: [
          { ...input, config: { name: 'in', batch_input_shape: [null, 8, 8, 3] } },
          { ...conv('c', 'in'), inbound_nodes: [[['in', 0, 0, {}]]] },
        ],
        input_layers: [['in', 0, 0]],
        output_layers: [['c', 0, 0]],
      },
      inbound_nodes: [[['in', 0, 0, {}]]],
    };
    const add = {
      class_name: 'Add',
      name: 'add',
      config: { name: 'add' },
      inbound_nodes: [
        [
          ['inner', 1, 0, {}],
          ['in', 0, 0, {}],
        ],
      ],
    };
    const first = { ...input, config: { name: 'in', batch_input_shape: [null, 8, 8, 3] } };
    expect(nodesOf({ ...functional([first, inner, add], 'add'), class_name: 'Model' }, 2)).toEqual([
      'in: InputLayer()',
      'inner/c: Conv2D(in)',
      'add: Add(inner/c, in)',
    ]);
  });

  it('whose layers stand out of order, with aliases and operators', () => {
    const config = functional(
      [
        input,
        {
          ...layer('Add', 'plus', {}),
          module: 'keras.src.ops.numpy',
          inbound_nodes: [{ args: [tensor('a'), tensor('b')], kwargs: {} }],
        },
        layer('MaxPool2D', 'b', { pool_size: 1, strides: 1 }, 'a'),
        layer('Convolution2D', 'a', { filters: 3, kernel_size: 1 }, 'in'),
      ],
      'plus',
    );
    expect(nodesOf(config)).toEqual([
      'in: InputLayer()',
      'a: Conv2D(in)',
      'b: MaxPooling2D(a)',
      'plus: Add(a, b)',
    ]);
  });

  it('of Sequential models without an input layer, old and new', () => {
    const layers = [
      {
        class_name: 'Conv2D',
        config: { name: 'c', batch_input_shape: [null, 5, 5, 1], filters: 1, kernel_size: 2 },
      },
    ];
    const expected = ['c_input: InputLayer()', 'c: Conv2D(c_input)'];
    expect(nodesOf({ class_name: 'Sequential', config: { name: 's', layers } }, 2)).toEqual(expected);
    expect(nodesOf({ class_name: 'Sequential', config: layers }, 2)).toEqual(expected);
    const [{ class_name, config }] = layers as unknown as [Json];
    const { batch_input_shape: shape, ...rest } = config as Json;
    const built = { name: 's', build_input_shape: shape, layers: [{ class_name, config: rest }] };
    expect(nodesOf({ class_name: 'Sequential', config: built })).toEqual(expected);
  });

  it('with activations as names, functions and layers', () => {
    const config = functional(
      [
        input,
        conv('a', 'in', {
          activation: {
            module: 'builtins',
            class_name: 'function',
            config: 'gelu',
            registered_name: 'function',
          },
        }),
        conv('b', 'a', {
          activation: { module: 'keras.layers', class_name: 'LeakyReLU', config: { negative_slope: 0.1 } },
        }),
        conv('c', 'b', { activation: 'silu' }),
      ],
      'c',
    );
    expect(nodesOf(config)).toHaveLength(4);
  });
});

describe('refused', () => {
  it.each([
    [
      'a Lambda layer',
      functional([input, layer('Lambda', 'l', { function: ['4wEA', null, null] }, 'in')], 'l'),
    ],
    [
      'a registered custom layer',
      functional(
        [input, { ...layer('Add', 'mine', {}, 'in'), module: null, registered_name: 'Mine>Add' }],
        'mine',
      ),
    ],
    ['a layer of another module', functional([input, { ...conv('mine', 'in'), module: '__main__' }], 'mine')],
    [
      'a custom activation',
      functional([input, conv('a', 'in', { activation: { class_name: 'function', config: 'my_act' } })], 'a'),
    ],
    ['a custom model class', { class_name: 'MyModel', module: 'my.code', config: {} }],
    [
      'two inputs',
      functional(
        [
          input,
          { ...input, name: 'in2', config: { name: 'in2', batch_shape: [null, 8, 8, 3] } },
          layer('Add', 'a', {}, 'in', 'in2'),
        ],
        'a',
      ),
    ],
    ['five channels', functional([{ ...input, config: { name: 'in', batch_shape: [null, 8, 8, 5] } }], 'in')],
    ['vectors', functional([{ ...input, config: { name: 'in', batch_shape: [null, 100] } }], 'in')],
    [
      'an input of nonsense',
      functional([{ ...input, config: { name: 'in', batch_shape: [null, -3, 8, 3] } }], 'in'),
    ],
    [
      'no input shape',
      {
        class_name: 'Sequential',
        config: { name: 's', layers: [{ class_name: 'Flatten', config: { name: 'f' } }] },
      },
    ],
    ['a missing layer', functional([input, conv('a', 'gone')], 'a')],
    ['a circle', functional([input, conv('a', 'b'), conv('b', 'a')], 'a')],
    ['a missing output', functional([input, conv('a', 'in')], 'z')],
    ['a layer without class', functional([input, { name: 'x', config: {} }], 'in')],
    ['a layer without config', functional([input, { name: 'x', class_name: 'Conv2D' }], 'in')],
    ['a layer without name', functional([input, { class_name: 'Conv2D', config: {} }], 'in')],
    ['no layers', { class_name: 'Sequential', config: { name: 's', layers: [] } }],
    ['channels first', functional([input, conv('a', 'in', { data_format: 'channels_first' })], 'a')],
    ['causal padding', functional([input, conv('a', 'in', { padding: 'causal' })], 'a')],
    ['no filters', functional([input, conv('a', 'in', { filters: 0 })], 'a')],
    ['a kernel of nonsense', functional([input, conv('a', 'in', { kernel_size: [3, 'x'] })], 'a')],
    ['absurd filters', functional([input, conv('a', 'in', { filters: 2 ** 31 })], 'a')],
    [
      'a kernel larger than its input',
      functional([input, conv('a', 'in', { kernel_size: 9, padding: 'valid' })], 'a'),
    ],
    ['groups that do not fit', functional([input, conv('a', 'in', { groups: 2 })], 'a')],
    [
      'shapes that do not add',
      functional([input, conv('a', 'in', { filters: 2 }), layer('Add', 'p', {}, 'in', 'a')], 'p'),
    ],
    [
      'shapes that do not join',
      functional([input, conv('a', 'in', { strides: 2 }), layer('Concatenate', 'p', {}, 'in', 'a')], 'p'),
    ],
    [
      'normalization along rows and columns',
      functional([input, layer('BatchNormalization', 'n', { axis: [1, 2] }, 'in')], 'n'),
    ],
    [
      'a reshape that does not fit',
      functional([input, layer('Reshape', 'r', { target_shape: [5, -1] }, 'in')], 'r'),
    ],
    ['two of one name', functional([input, conv('a', 'in'), conv('a', 'in')], 'a')],
    [
      'several at once',
      functional([input, conv('a', 'in', { filters: 'x' }), layer('LSTM', 'b', {}, 'in')], 'b'),
    ],
  ])('%s', (_, config) => {
    expect(complaint(config)).toMatchSnapshot();
  });

  it('models nested without end', () => {
    let model: Json = functional([input, conv('a', 'in')], 'a');
    for (let i = 0; i < 30; i++) {
      model = functional([input, { ...model, name: 'm', inbound_nodes: [call('in')] }], 'm');
    }
    expect(complaint(model)).toContain('nested more than 16 deep');
  });
});

describe('files', () => {
  const folder = temporaryFolder();
  const config = JSON.stringify(functional([input, conv('a', 'in')], 'a'));
  const refused = (name: string, data: Uint8Array | string) =>
    messageOf(open(fileSpec(put(folder, name, data))), folder);

  it('.keras: not a zip, cut short, or without its parts', async () => {
    expect(await refused('a.keras', 'hello')).toMatchSnapshot();
    // Numbers that do not compress.
    const weights = Uint8Array.from({ length: 5000 }, (_, i) => (i * i * 2654435761) >>> 13);
    const whole = zipSync({ 'config.json': strToU8(config), 'model.weights.h5': weights });
    expect(await refused('b.keras', whole.subarray(0, 3000))).toMatchSnapshot();
    expect(await refused('c.keras', zipSync({ 'config.json': strToU8(config) }))).toMatchSnapshot();
    expect(await refused('d.keras', zipSync({ 'x.txt': strToU8('x') }))).toMatchSnapshot();
    expect(
      await refused(
        'e.keras',
        zipSync({ 'config.json': strToU8('{"a":'), 'model.weights.h5': new Uint8Array(9) }),
      ),
    ).toMatchSnapshot();
    expect(await refused('f.keras', whole)).toMatchSnapshot();
    expect(await refused('g.keras', '')).toMatchSnapshot();
  });

  it('.keras: a zip bomb is not unpacked', async () => {
    const bomb = zipSync(
      { 'config.json': strToU8(config), 'model.weights.h5': new Uint8Array(50_000_000) },
      { level: 9 },
    );
    expect(await refused('bomb.keras', bomb)).toMatchSnapshot();
  });

  it('.keras: names that lead out of the archive are passed over', async () => {
    const sly = zipSync({ '../config.json': strToU8(config), '/model.weights.h5': new Uint8Array(9) });
    expect(await refused('sly.keras', sly)).toContain('has no `config.json`');
  });

  it('.h5: not HDF5, cut short, empty, weights only, broken description', async () => {
    expect(await refused('a.h5', 'hello')).toMatchSnapshot();
    expect(await refused('b.h5', '')).toMatchSnapshot();
    const model = await makeHdf5({ '@': { model_config: config, keras_version: '3.0' } });
    expect(await refused('c.h5', model.subarray(0, model.length - 100))).toMatchSnapshot();
    expect(await refused('d.h5', await makeHdf5({ '@': { layer_names: ['a'] } }))).toMatchSnapshot();
    expect(await refused('e.h5', await makeHdf5({ '@': { model_config: '{"class' } }))).toMatchSnapshot();
    expect(await refused('f.h5', model)).toMatchSnapshot();
  });

  it('of other formats, folders, nothing', async () => {
    for (const name of ['m.pb', 'm.pt', 'm.onnx', 'm.tflite', 'm.txt', 'noending']) {
      expect(await refused(name, 'x')).toMatchSnapshot();
    }
    put(folder, 'saved/saved_model.pb', 'x');
    expect(await messageOf(open(fileSpec(`${folder}/saved`)), folder)).toMatchSnapshot();
    put(folder, 'tfjs/model.json', '{}');
    expect(await messageOf(open(fileSpec(`${folder}/tfjs`)), folder)).toMatchSnapshot();
    expect(await messageOf(open(fileSpec(`${folder}/gone.keras`)), folder)).toMatchSnapshot();
  });

  it('damaged anywhere are refused or read, and nothing else', async () => {
    const random = randomFrom('damage');
    for (const name of ['lenet.h5', 'inception_like.keras', 'vgg_like.h5']) {
      const whole = readFileSync(join(kerasFixtures, name));
      for (let i = 0; i < 25; i++) {
        const bytes = Uint8Array.from(whole);
        // Structures stand near the beginning, and in a zip near the end.
        const span = i % 2 ? bytes.length : 4096;
        for (let n = 0; n < 8; n++) bytes[Math.floor(random() * span)] = Math.floor(random() * 256);
        const path = put(folder, `damaged-${name}`, bytes);
        const outcome = await open(fileSpec(path))
          .then((source) => source.loadWeights())
          .catch((error: unknown) => error);
        expect(
          outcome instanceof Map || outcome instanceof UserError,
          `${name} ${i}: ${String(outcome)}`,
        ).toBe(true);
      }
    }
  });
});

it.each(['MultiHeadAttention', 'Attention', 'AdditiveAttention', 'GroupQueryAttention'])(
  'refuses attention by name, and says what to do instead: %s',
  (type) => {
    const layers = [input, conv('c', 'in'), layer(type, 'attend', {}, 'c', 'c')];
    const message = complaint(functional(layers, 'attend'));
    expect(message).toMatch(`Layer \`attend\` (${type}): attention layers of Keras are not supported`);
    expect(message).toMatch('Convert the model to ONNX');
  },
);

it('knows the layer that Keras 2 registers for an application of its own, and no other registered one', () => {
  const scaled = (more: Json): Json => ({
    ...layer('CustomScaleLayer', 's', { scale: 0.2 }, 'in', 'in'),
    registered_name: 'Custom>CustomScaleLayer',
    ...more,
  });
  const ofKeras = { module: 'keras.src.applications.inception_resnet_v2' };
  const expected = ['in: InputLayer()', 's: CustomScaleLayer(in, in)'];
  expect(nodesOf(functional([input, scaled(ofKeras)], 's'), 2)).toEqual(expected);
  // As in .h5 files.
  expect(nodesOf(functional([input, scaled({ class_name: 'Custom>CustomScaleLayer' })], 's'), 2).at(-1)).toBe(
    expected[1],
  );
  const own = { ...conv('s', 'in'), registered_name: 'Custom>Conv2D', module: 'project.layers' };
  expect(complaint(functional([input, own], 's'))).toMatch(
    'custom layers and Lambda layers are not supported',
  );
});
