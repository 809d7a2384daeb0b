import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../../src/backend/tf.ts';
import { createModel } from '../../src/model/executor.ts';
import { buildGraph } from '../../src/model/graph.ts';
import { findZooModel, zooNames } from '../../src/model/zoo/index.ts';
import { IMAGENET } from '../../src/model/imagenet-classes.ts';
import { availableBackends, useBackend } from '../backend/with-backend.ts';
import { readNpz } from '../npz.ts';
import { open, zooSpec } from './opening.ts';

/** With and without the statistics of batch normalization, which Keras counts and PyTorch does not. */
const PARAMETERS: Readonly<Record<string, readonly [all: number, trained: number]>> = {
  // torchvision's `num_params`
  alexnet: [61_100_840, 61_100_840],
  resnet18: [11_699_112, 11_689_512],
  squeezenet1_1: [1_235_496, 1_235_496],
  googlenet: [6_639_464, 6_624_904],
  // Keras' `count_params`
  vgg19: [143_667_240, 143_667_240],
  resnet50: [25_636_712, 25_583_592],
  mobilenet_v2: [3_538_984, 3_504_872],
  mobilenet_v3_small: [2_554_968, 2_542_856],
  densenet121: [8_062_504, 7_978_856],
  inception_v3: [23_851_784, 23_817_352],
  // The packages' state dicts.
  'efficientnet-lite0': [4_694_024, 4_652_008],
  'efficientnet-lite1': [5_470_344, 5_416_680],
  'efficientnet-lite2': [6_150_168, 6_092_072],
};

describe('a network of the zoo', () => {
  it.each(Object.entries(PARAMETERS))(
    'has as many weights as published: %s',
    async (name, [all, trained]) => {
      const { graph, parameters, layers } = await open(zooSpec(name, { weights: 'random' }));
      expect(parameters).toBe(all);
      const weights = graph.flatMap(({ layer }) => layer.weights);
      const statistics = weights.filter(({ fixed }) => fixed).flatMap(({ shape }) => shape);
      expect(all - statistics.reduce((sum, n) => sum + n, 0)).toBe(trained);
      expect(layers.at(-1)!.outputShape).toEqual([1000]);
    },
  );

  it('can leave out its classifier, and take other sizes then', () => {
    for (const name of Object.keys(PARAMETERS)) {
      for (const input of [
        [129, 97],
        [160, 160],
      ] as const) {
        const network = findZooModel(name)!.network({ input, includeTop: false, preprocess: 'none' });
        const last = buildGraph(network, undefined).at(-1)!;
        expect([name, last.layer.outputShape.length]).toEqual([name, 3]);
      }
    }
  });

  // torchvision's `num_params`; of inception_v3 without the 3,326,696 of its second classifier, which is for training.
  it.each([
    ['resnet50', 25_557_032],
    ['mobilenet_v2', 3_504_872],
    ['mobilenet_v3_small', 2_542_856],
    ['inception_v3', 27_161_264 - 3_326_696],
  ])('has torchvision’s layers where a state dict is given: %s', (name, published) => {
    const { stateDict, defaultInput: input } = findZooModel(name)!;
    const network = stateDict!.network!({ input, includeTop: true, preprocess: 'torch' });
    const graph = buildGraph(network, undefined);
    const trained = graph.flatMap(({ layer }) => layer.weights).filter(({ fixed }) => !fixed);
    expect(trained.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)).toBe(published);
  });

  it('has torchvision’s own weights, and its layers with them, where none are named', async () => {
    for (const name of [
      'vgg19',
      'resnet50',
      'mobilenet_v2',
      'mobilenet_v3_small',
      'densenet121',
      'inception_v3',
      'resnet18',
    ]) {
      const { weights, stateDict } = findZooModel(name)!;
      const source = weights!({ includeTop: true });
      // Torchvision puts the first digits of the sum into the name.
      expect('sha256' in source && source.file).toMatch(
        `-${('sha256' in source && source.sha256!.slice(0, 8)) || '?'}.pth`,
      );
      expect(stateDict).toBeDefined();
      await expect(open(zooSpec(name))).rejects.toThrow(`Weights for \`${name}\` have not been downloaded`);
    }
  });

  it('knows the names in torchvision’s published file of densenet121', () => {
    const { stateDict } = findZooModel('densenet121')!;
    const names = ['conv2_block1_0_bn', 'conv5_block16_2_conv', 'conv1_bn', 'pool2_conv'].map((layer) => [
      stateDict!.moduleOf(layer),
      stateDict!.olderModuleOf!(layer),
    ]);
    expect(names).toEqual([
      ['features.denseblock1.denselayer1.norm1', 'features.denseblock1.denselayer1.norm.1'],
      ['features.denseblock4.denselayer16.conv2', 'features.denseblock4.denselayer16.conv.2'],
      ['features.norm0', undefined],
      ['features.transition1.conv', undefined],
    ]);
  });

  it('has 1,000 class names where it was trained on ImageNet', () => {
    expect(new Set(IMAGENET).size).toBe(1000);
    expect([281, 282, 285, 665, 967].map((i) => IMAGENET[i])).toEqual([
      ...['tabby', 'tiger cat', 'Egyptian cat', 'moped', 'espresso'],
    ]);
    const known = zooNames.filter((name) => findZooModel(name)!.classes !== undefined);
    for (const name of known) expect(findZooModel(name)!.classes).toBe(IMAGENET);
  });
});

// scripts/zoo/references.py makes the folder: 1 GB.
const folder = process.env['FILTERSCOPE_ZOO'];
const files = [
  ...[
    'alexnet',
    'resnet18',
    'resnet50',
    'squeezenet1_1',
    'googlenet',
    'vgg19',
    'densenet121',
    ...['mobilenet_v2', 'mobilenet_v3_small', 'inception_v3'],
  ].map((name) => `${name}.pth`),
  ...['vgg19', 'resnet50', 'mobilenet_v2', 'mobilenet_v3_small', 'densenet121', 'inception_v3'].map(
    (name) => `${name}.weights.h5`,
  ),
];

describe.skipIf(!folder).each(availableBackends)('the same weights on %s', (backend) => {
  beforeAll(() => useBackend(backend));
  afterAll(() => tf.disposeVariables());

  it.each(files)('give the output that the original has: %s', { timeout: 120_000 }, async (file) => {
    const name = file.slice(0, file.indexOf('.'));
    const weights = join(folder!, file);
    const model = await createModel(await open(zooSpec(name, { weights })));
    const reference = readNpz(`${weights}.npz`);
    const { shape, data } = reference.get('input')!;
    const output = tf.tidy(
      () =>
        model.forward(tf.tensor4d(data, shape as [number, number, number, number]), [
          model.layers.length - 1,
        ])[0]!,
    );
    const actual = await output.data();
    const expected = reference.get('output')!.data;
    const greatest = Math.max(...expected);
    const difference = Math.max(...expected.map((value, i) => Math.abs(value - actual[i]!)));
    output.dispose();
    model.dispose();
    expect(difference / greatest).toBeLessThan(1e-4);
  });

  // MobileNetV3 has three operations of Keras as one activation.
  const lists = files.filter((file) => file.endsWith('.h5') && !file.startsWith('mobilenet_v3'));
  it.each(lists)('has the layers of the original, in its order: %s', async (file) => {
    const name = file.slice(0, file.indexOf('.'));
    const list = join(folder!, `${name}.layers.txt`);
    expect(existsSync(list)).toBe(true);
    const { layers } = await open(zooSpec(name, { weights: 'random' }));
    expect(layers.slice(1).map((layer) => layer.name)).toEqual(
      readFileSync(list, 'utf8').split('\n').slice(1),
    );
  });
});
