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

  it('has torchvision’s layers where a state dict is given', () => {
    const { stateDict } = findZooModel('resnet50')!;
    const network = stateDict!.network!({ input: [224, 224], includeTop: true, preprocess: 'torch' });
    const graph = buildGraph(network, undefined);
    const trained = graph.flatMap(({ layer }) => layer.weights).filter(({ fixed }) => !fixed);
    expect(trained.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)).toBe(25_557_032);
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
  ...['alexnet', 'resnet18', 'resnet50', 'squeezenet1_1', 'googlenet', 'vgg19', 'densenet121'].map(
    (name) => `${name}.pth`,
  ),
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
