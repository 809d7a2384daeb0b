import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { classHead, type ClassHead } from '../../src/model/class-head.ts';
import { packageRoot } from '../../src/package-root.ts';
import type { ModelSpec } from '../../src/schema/experiment.ts';
import { fileSpec, kerasFixtures, open, zooSpec } from './opening.ts';

const fixture = (...parts: string[]): ModelSpec => fileSpec(join(packageRoot, 'test/fixtures', ...parts));
type Layer = readonly [type: string, config?: Readonly<Record<string, unknown>>];

const dense = (units: number, activation = 'linear'): Layer => ['Dense', { units, activation }];
const inline = (...layers: readonly Layer[]): ModelSpec => ({
  source: {
    kind: 'inline',
    layers: layers.map(([type, config = {}], index) => ({
      ...{ name: `l${index}`, from: index === 0 ? 'input' : `l${index - 1}`, type, config },
    })),
  },
  includeTop: true,
  input: [8, 8],
  inputChannels: 3,
});

/** Two heads of one trunk, and a map. */
const branched = (...outputs: readonly string[]): ModelSpec => ({
  source: {
    kind: 'inline',
    layers: [
      { name: 'trunk', from: 'input', type: 'Conv2D', config: { filters: 4, kernel_size: 3 } },
      { name: 'flat', from: 'trunk', type: 'Flatten', config: {} },
      { name: 'kinds', from: 'flat', type: 'Dense', config: { units: 3, activation: 'softmax' } },
      { name: 'box', from: 'flat', type: 'Dense', config: { units: 4 } },
      { name: 'maps', from: 'trunk', type: 'Conv2D', config: { filters: 2, kernel_size: 3 } },
    ].filter(({ name }) => ['trunk', 'flat', ...outputs].includes(name)),
  },
  includeTop: true,
  input: [8, 8],
  inputChannels: 3,
});

async function headOf(spec: ModelSpec): Promise<(Omit<ClassHead, 'layer'> & { layer: string }) | undefined> {
  const { network, layers } = await open(spec);
  const head = classHead(network, layers);
  return head && { ...head, layer: layers[head.layer]!.name };
}

describe('the class head', () => {
  it.each<[string, ModelSpec, number, string | undefined]>([
    ['a dense layer with its softmax', fileSpec(join(kerasFixtures, 'lenet.keras')), 10, 'softmax'],
    ['the same in another network', fileSpec(join(kerasFixtures, 'resnet_like.h5')), 5, 'softmax'],
    ['a softmax of ONNX', fixture('onnx', 'light_squeezenet.onnx'), 1000, 'softmax'],
    ['logits of PyTorch', fixture('onnx', 'resnet_like_torch.onnx'), 5, undefined],
    ['a classifier of the zoo', zooSpec('patternnet'), 33, 'softmax'],
  ])('is found in %s', async (_, spec, units, activation) => {
    expect(await headOf(spec)).toMatchObject({ units, ...(activation && { activation }) });
    expect((await headOf(spec))!.activation).toBe(activation);
  });

  it.each<[string, ModelSpec, string, number, string | undefined]>([
    ['a sigmoid', inline(['Flatten'], dense(1, 'sigmoid')), 'l1', 1, 'sigmoid'],
    ['a softmax of its own', inline(['Flatten'], dense(3), ['Softmax']), 'l2', 3, 'softmax'],
    [
      'a softmax that is kept as it is',
      inline(['Flatten'], dense(3, 'softmax'), ['Dropout', { rate: 0.5 }]),
      'l1',
      3,
      'softmax',
    ],
    ['a score', inline(['Flatten'], dense(1)), 'l1', 1, undefined],
    ['what a ReLU cuts off', inline(['Flatten'], dense(4, 'relu')), 'l1', 4, undefined],
    [
      'a softmax over the one place of a map',
      inline(
        ['Conv2D', { filters: 4, kernel_size: 8 }],
        ['GlobalAveragePooling2D', { keepdims: true }],
        ['Softmax'],
        ['Flatten'],
      ),
      ...(['l2', 4, 'softmax'] as const),
    ],
  ])('is found where the output is %s', async (_, spec, layer, units, activation) => {
    expect(await headOf(spec)).toEqual({ layer, units, ...(activation && { activation }) });
  });

  it.each([
    ['a stack of maps', zooSpec('vgg16', { includeTop: false, weights: 'random' })],
    ['maps laid end to end', inline(['Conv2D', { filters: 4, kernel_size: 3 }], ['Flatten'])],
    ['a softmax over them', inline(['Flatten'], ['Softmax'])],
  ])('is missing where the output is %s', async (_, spec) => {
    expect(await headOf(spec)).toBeUndefined();
  });

  it('of several outputs is the one that the experiment names', async () => {
    expect(await headOf(branched('kinds', 'box'))).toBeUndefined();
    expect(await headOf(branched('kinds', 'maps'))).toBeUndefined();
    for (const others of [['box'], ['maps'], ['box', 'maps']]) {
      const spec = { ...branched('kinds', ...others), output: 'kinds' };
      expect(await headOf(spec)).toMatchObject({ layer: 'kinds', units: 3, activation: 'softmax' });
    }
    expect(await headOf({ ...branched('kinds', 'box'), output: 'box' })).toMatchObject({
      layer: 'box',
      units: 4,
    });
    expect(await headOf({ ...branched('kinds', 'maps'), output: 'maps' })).toBeUndefined();
  });

  it('has the same weights whichever output is chosen, and class names of its own units', async () => {
    const weightsOf = async (output: string): Promise<string> => {
      const { network, layers, loadWeights, classes } = await open({
        ...branched('kinds', 'box'),
        ...{ output, classes: output === 'kinds' ? ['a', 'b', 'c'] : ['x', 'y', 'w', 'h'] },
      });
      expect(layers.at(-1)!.name).toBe(output);
      expect(classes).toHaveLength(layers.at(-1)!.outputShape[0]!);
      expect(network.nodes.map(({ name }) => name).sort()).toEqual([
        'box',
        'flat',
        'input',
        'kinds',
        'trunk',
      ]);
      const weights = await loadWeights();
      return JSON.stringify(
        ['kinds', 'box', 'trunk'].map((name) => [...weights.get(name)!.get('kernel')!.data]),
      );
    };
    expect(await weightsOf('kinds')).toBe(await weightsOf('box'));
  });
});
