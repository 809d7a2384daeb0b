import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { packageRoot } from '../../src/package-root.ts';
import { checkGallery } from '../../src/publish/gallery.ts';
import { nameless } from '../nameless.ts';
import { makeWorkspace, modelJson } from './workspace.ts';
import type { Workspace } from './workspace.ts';

/** Mistakes that show only against networks, images and files. Each is one experiment, checked as a user would. */
type Files = () => Promise<Record<string, string | Uint8Array>>;
type Case = readonly [name: string, experiment: string, files?: Files];

const kerasFixture = (name: string): Promise<Buffer> =>
  readFile(join(packageRoot, 'test/fixtures/keras', name));

const SMALL_MODEL = `
model:
  input: [20, 24]
  layers:
    - conv2d: {name: first, filters: 4, kernel: 3}
    - flatten: {name: flat}`;
const PHOTOS = `
images: {folder: ../photos}`;
const view = (lines: string): string => `
views:
  - ${lines.trim().replace(/\n\s*/g, '\n    ')}`;
const withModel = (model: string): string => `title: T
model: ${model}${PHOTOS}${view('technique: feature-maps\nlayer: first-conv')}`;
const withView = (lines: string, images = PHOTOS): string => `title: T${SMALL_MODEL}${images}${view(lines)}`;
const withImages = (images: string): string =>
  withView('technique: feature-maps\nlayer: first', `\nimages: ${images}`);

const TRUNK = '[conv2d: {name: trunk, filters: 4, kernel: 3}, max_pool: 2]';
const TWO_HEADS = `
    - conv2d: {name: trunk, filters: 4, kernel: 3}
    - flatten: {name: flat}
    - dense: {name: kinds, units: 3, activation: softmax}
    - dense: {name: box, from: flat, units: 4}`;
const HEAD_AND_MAPS = `
    - conv2d: {name: trunk, filters: 4, kernel: 3}
    - flatten: {name: flat}
    - dense: {name: kinds, units: 3, activation: softmax}
    - conv2d: {name: maps, from: trunk, filters: 2, kernel: 3}`;
const ofOutputs = (layers: string, technique: string): string =>
  `title: T\nmodel:\n  input: [20, 24]\n  layers: ${layers}${PHOTOS}${view(`technique: ${technique}`)}`;

const CASES: readonly Case[] = [
  ['a layer that does not exist', withView('technique: feature-maps\nlayer: frist')],
  ['a layer index beyond the last', withView('technique: feature-maps\nlayer: 9')],
  ['a filter that does not exist', withView('technique: feature-maps\nlayer: first\nfilters: [0, 4, 7]')],
  ['an image beyond the last', withView('technique: feature-maps\nlayer: first\nimages: 0-48')],
  [
    'an image file that is not in the set',
    withView('technique: feature-maps\nlayer: first\nimages: tow.png'),
  ],
  ['a class that does not exist', withView('technique: feature-maps\nlayer: first\nimages: class:cat')],
  ['images needed, none given', withView('technique: feature-maps\nlayer: first', '')],
  ['kernels of a layer without any', withView('technique: kernels\nlayer: flat')],
  ['an RGB composite of too few filters', withView('technique: stages\nlayers: first\nfilters: [0, 1]')],
  ['stages of a layer that gives no image', withView('technique: stages\nlayers: [first, flat]')],
  ['a kernel channel that does not exist', withView('technique: kernels\ncomposite: single\nchannel: 3')],
  ['top patches of the input itself', withView('technique: top-patches\nlayer: input')],
  ['top patches without images', withView('technique: top-patches\nlayer: first', '')],
  [
    'top patches with settings that are none',
    withView(
      'technique: top-patches\nlayer: first\ntop: 0\nprojection: deconv\nborder: some\norder: pure\npick: 0\ncell: 4',
    ),
  ],
  [
    'projections to be written where there are none',
    withView('technique: top-patches\nlayer: first\nprojection: none\nvalues: true'),
  ],
  ['dreams of the image itself', withView('technique: activation-maximization\nlayer: 0')],
  [
    'dreams of a size that the layer cannot take',
    withView('technique: activation-maximization\nlayer: flat\nsize: 64') +
      '\n  - {technique: activation-maximization, layer: first, size: 2}',
  ],
  [
    'settings of another method of dreaming',
    withView('technique: activation-maximization\nlayer: first\nblur: 1\ntotal_variation: 2') +
      '\n  - {technique: activation-maximization, layer: first, method: dense, rotate: 5, diversity: 2}',
  ],
  [
    'objectives that do not fit the layer',
    withView('technique: activation-maximization\nlayer: first\nobjective: logit') +
      '\n  - {technique: activation-maximization, layer: flat, objective: neuron}',
  ],
  [
    'directions that lead nowhere',
    withView('technique: activation-maximization\nlayer: first\ndirection: {2: 1, 7: -1}') +
      '\n  - {technique: activation-maximization, layer: first, direction: {0: 1}, filters: 0-2}',
  ],
  [
    'words and numbers of dreams that are none',
    withView(
      'technique: activation-maximization\nlayer: first\nmethod: forier\nobjective: chanel\ndirection: {a: 1}\nsize: [0, 8]\nsteps: 0\ndiversity: 40',
    ),
  ],
  [
    'images to compare dreams with, none given',
    withView('technique: activation-maximization\nlayer: first\nimages: all', ''),
  ],
  [
    'several mistakes at once',
    withView('technique: feature-maps\nlayer: second\nimages: 17\nfilters: 0') +
      '\n  - {technique: kernels, layer: flat}\n  - {technique: stages, layers: 12}',
  ],
  ['a folder of images that is not there', withImages('{folder: ../fotos}')],
  ['a folder without images', withImages('{folder: ../empty}'), async () => ({ 'empty/readme.txt': 'none' })],
  ['an image file that is not there', withImages('{files: [../photos/cats/one.png, ../photos/none.png]}')],
  ['a pattern that fits nothing', withImages("{glob: '../photos/*.tiff'}")],
  [
    'images none of which can be read',
    withImages('{folder: ../broken}'),
    async () => ({
      'broken/text.png': 'no picture',
      'broken/cut.png': (await readFile(join(packageRoot, 'test/fixtures/keras/lenet.h5'))).subarray(0, 50),
    }),
  ],
  [
    'an SVG drawing under an image name',
    withImages('{files: ../drawing.png}'),
    async () => ({ 'drawing.png': '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>' }),
  ],
  ['an unknown zoo model', withModel('{zoo: vgg61}')],
  ['a model file that is not there', withModel('{file: ../models/none.keras}')],
  ['a folder as a model file', withModel('{file: ../photos}')],
  ['a kind of model file that is not read', withModel('{file: ../m.pt}'), async () => ({ 'm.pt': 'x' })],
  [
    'a .keras file that is no archive',
    withModel('{file: ../m.keras}'),
    async () => ({ 'm.keras': 'not a zip' }),
  ],
  [
    'a .keras archive cut short',
    withModel('{file: ../m.keras}'),
    async () => ({ 'm.keras': (await kerasFixture('lenet.keras')).subarray(0, 4000) }),
  ],
  [
    'a .keras archive without its parts',
    withModel('{file: ../m.keras}'),
    async () => ({ 'm.keras': zipSync({ 'readme.txt': Buffer.from('hello') }) }),
  ],
  [
    'a .keras archive whose configuration is no JSON',
    withModel('{file: ../m.keras}'),
    async () => ({
      'm.keras': zipSync({ 'config.json': Buffer.from('{'), 'model.weights.h5': Buffer.from('') }),
    }),
  ],
  [
    'a .keras archive with a Lambda layer',
    withModel('{file: ../m.keras}'),
    async () => ({
      'm.keras': zipSync({
        'config.json': Buffer.from(
          JSON.stringify({
            class_name: 'Sequential',
            config: {
              name: 'evil',
              layers: [
                { class_name: 'InputLayer', config: { name: 'in', batch_shape: [null, 8, 8, 3] } },
                { class_name: 'Lambda', config: { name: 'run_me', function: { class_name: '__lambda__' } } },
              ],
            },
          }),
        ),
        'model.weights.h5': await kerasFixture('lenet.weights.h5'),
      }),
    }),
  ],
  ['an .h5 file that is no HDF5', withModel('{file: ../m.h5}'), async () => ({ 'm.h5': 'not hdf5 at all' })],
  [
    'an .h5 file cut short',
    withModel('{file: ../m.h5}'),
    async () => ({ 'm.h5': (await kerasFixture('lenet.h5')).subarray(0, 30_000) }),
  ],
  [
    'an .h5 file of weights only as a model',
    withModel('{file: ../m.h5}'),
    async () => ({ 'm.h5': await kerasFixture('lenet.weights.h5') }),
  ],
  [
    'weights of another network',
    withModel('{zoo: vgg16, include_top: false, input: [32, 32], weights: ../w.h5}'),
    async () => ({ 'w.h5': await kerasFixture('lenet.weights.h5') }),
  ],
  [
    'a model.json that is no JSON',
    withModel('{file: ../m/model.json}'),
    async () => ({ 'm/model.json': '{"format": "layers-model",' }),
  ],
  [
    'a model.json of a graph model',
    withModel('{file: ../m/model.json}'),
    async () => ({ 'm/model.json': '{"format": "graph-model", "modelTopology": {"node": []}}' }),
  ],
  ...(
    ['../../secret.bin', '/etc/passwd', 'https://example.org/weights.bin', '..\\\\secret.bin'] as const
  ).map((path): Case => [
    `a model.json whose weights are at ${path}`,
    withModel('{file: ../m/model.json}'),
    async () => ({
      'secret.bin': new Uint8Array(24),
      'm/model.json': modelJson((model) => {
        (model['weightsManifest'] as { paths: string[] }[])[0]!.paths = [path];
      }),
    }),
  ]),
  [
    'a model.json whose weights are too short',
    withModel('{file: ../m/model.json}'),
    async () => ({ 'm/model.json': modelJson(() => {}), 'm/weights.bin': new Uint8Array(20) }),
  ],
  [
    'a model.json whose weights have the wrong shape',
    withModel('{file: ../m/model.json}'),
    async () => ({
      'm/model.json': modelJson((model) => {
        (model['weightsManifest'] as { weights: { shape: number[] }[] }[])[0]!.weights[0]!.shape = [
          3, 3, 3, 2,
        ];
      }),
      'm/weights.bin': new Uint8Array(216),
    }),
  ],
  [
    'a network of seven input channels',
    withModel('{file: ../m/model.json}'),
    async () => ({
      'm/model.json': modelJson((model) => {
        const text = JSON.stringify(model)
          .replaceAll('[null,4,4,3]', '[null,4,4,7]')
          .replaceAll('[1,1,3,2]', '[1,1,7,2]');
        Object.assign(model, JSON.parse(text));
      }),
      'm/weights.bin': new Uint8Array(56),
    }),
  ],
  [
    'a kernel larger than what it runs over',
    withModel('{input: [20, 24], layers: [conv2d: {filters: 3, kernel: 30}]}'),
  ],
  [
    'a network too deep for its image',
    withModel('{zoo: vgg16, include_top: false, weights: random, input: [16, 16]}'),
  ],
  ...(['predictions', 'attribution'] as const).flatMap((technique): Case[] => [
    [`${technique} of a network without a classifier`, ofOutputs(TRUNK, technique)],
    [`${technique} of a network with two classifiers`, ofOutputs(TWO_HEADS, technique)],
    [`${technique} of a network with a classifier and maps`, ofOutputs(HEAD_AND_MAPS, technique)],
  ]),
  ['an output that does not exist', ofOutputs(`${TWO_HEADS}\n  output: kind`, 'predictions')],
  ['an output that is none', ofOutputs(`${TWO_HEADS}\n  output: trunk`, 'predictions')],
  [
    'class activation maps of a network without feature maps',
    ofOutputs('[flatten, dense: {name: scores, units: 3, activation: softmax}]', 'attribution'),
  ],
  [
    'a class activation map of a layer without feature maps',
    ofOutputs(`${TWO_HEADS}\n  output: kinds`, 'attribution\nlayers: flat'),
  ],
];

describe('what is wrong with an experiment', () => {
  let workspace: Workspace;
  beforeAll(async () => {
    workspace = await makeWorkspace();
  });

  for (const [name, experiment, files] of CASES) {
    it(name, async () => {
      await workspace.write({ 'experiments/bad.yaml': experiment, ...(await files?.()) });
      const found = await checkGallery({
        ids: [],
        options: workspace.options,
        effects: workspace.effects,
      }).then(
        () => 'nothing',
        (error: unknown) => {
          expect(error).toBeInstanceOf(UserError);
          return (error as UserError).message;
        },
      );
      // How many layer types there are besides those that a message lists changes with every new one.
      const shown = nameless(found, workspace.folder, '<workspace>').replace(/… \(\d+ more\)/g, '…');
      expect(shown).toMatchSnapshot();
    });
  }
});
