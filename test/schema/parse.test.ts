import { describe, expect, it } from 'vitest';
import { parseExperiment } from '../../src/schema/parse.ts';
import { SAMPLE, experimentOf, techniques, withImages, withModel, withView } from './harness.ts';

describe("DESIGN's example", () => {
  it('becomes an experiment with every default filled in', async () => {
    const { locate: _, source, ...experiment } = await experimentOf(SAMPLE);
    expect(source).toBe(SAMPLE);
    expect(experiment).toEqual({
      id: 'a',
      title: 'What VGG16 sees first and last',
      file: '/project/experiments/a.yaml',
      model: {
        source: { kind: 'zoo', name: 'vgg16' },
        weights: '/project/w.h5',
        includeTop: false,
        input: [256, 256],
        inputChannels: 3,
        preprocess: 'caffe',
      },
      images: { sources: [{ kind: 'folder', path: '/project/photos' }], fit: 'stretch', limit: 49 },
      optional: true,
      seed: 7,
      narrative: { blocks: [], chapters: [] },
      views: [
        {
          id: 'first-layer',
          title: 'feature-maps of block1_conv1',
          technique: 'feature-maps',
          index: 0,
          settings: {
            layers: [{ kind: 'name', name: 'block1_conv1' }],
            filters: { kind: 'indices', indices: Array.from({ length: 49 }, (_each, index) => index) },
            images: [{ kind: 'indices', indices: [-3] }],
            grid: { rows: 7, columns: 7 },
            label: 'filter: {filter}',
            style: 'contour',
            levels: 7,
            colormap: 'viridis',
            normalize: 'panel',
            values: true,
          },
          written: {
            layer: 'block1_conv1',
            filters: '0-48',
            images: -3,
            grid: '7x7',
            label: 'filter: {filter}',
            style: 'contour',
            levels: 7,
            colormap: 'viridis',
            normalize: 'panel',
            values: true,
          },
        },
        {
          id: 'feature-maps-block1-conv1',
          title: 'feature-maps of block1_conv1',
          technique: 'feature-maps',
          index: 1,
          settings: {
            layers: [{ kind: 'name', name: 'block1_conv1' }],
            filters: { kind: 'indices', indices: [11] },
            images: [{ kind: 'indices', indices: Array.from({ length: 49 }, (_each, index) => index) }],
            label: 'image: {image}',
            style: 'heatmap',
            levels: 7,
            colormap: 'viridis',
            normalize: 'panel',
            values: false,
          },
          written: {
            layer: 'block1_conv1',
            filters: 11,
            images: '0-48',
            label: 'image: {image}',
            style: 'heatmap',
            levels: 7,
            colormap: 'viridis',
            normalize: 'panel',
            values: false,
          },
        },
        {
          id: 'activation-maximization-block1-conv2-block3-conv3-block5-conv3',
          title: 'activation-maximization of block1_conv2,block3_conv3,block5_conv3',
          technique: 'activation-maximization',
          index: 2,
          settings: {
            layers: ['block1_conv2', 'block3_conv3', 'block5_conv3'].map((name) => ({ kind: 'name', name })),
            filters: { kind: 'first', count: 16 },
            method: 'fourier',
            size: 128,
            steps: 256,
          },
          written: {
            layers: ['block1_conv2', 'block3_conv3', 'block5_conv3'],
            filters: { first: 16 },
            method: 'fourier',
            size: 128,
            steps: 256,
          },
        },
        {
          id: 'top-patches-all-conv',
          title: 'top-patches of all-conv',
          technique: 'top-patches',
          index: 3,
          settings: {
            layers: [{ kind: 'all-conv' }],
            filters: { kind: 'first', count: 9 },
            top: 9,
            projection: 'deconvnet',
          },
          written: { layers: 'all-conv', filters: { first: 9 }, top: 9, projection: 'deconvnet' },
        },
        {
          id: 'stages',
          title: 'stages of undefined',
          technique: 'stages',
          index: 4,
          settings: { images: [{ kind: 'file', file: 'cat.png' }], composite: 'rgb' },
          written: { images: 'cat.png', composite: 'rgb' },
        },
        {
          id: 'kernels-first-conv',
          title: 'kernels of first-conv',
          technique: 'kernels',
          index: 5,
          settings: { layers: [{ kind: 'first-conv' }] },
          written: { layers: 'first-conv' },
        },
      ],
    });
  });

  it('finds every value again in the file', async () => {
    const { locate } = await experimentOf(SAMPLE);
    const at = (...path: (string | number)[]) => {
      const { line, column } = locate(path);
      const lines = SAMPLE.split('\n');
      return lines[line! - 1]!.slice(column! - 1).replace(/\s*#.*/, '');
    };
    expect(at('title')).toBe('What VGG16 sees first and last');
    expect(at('model', 'input', 1)).toBe('256]');
    expect(at('images', 'folder')).toBe('../photos');
    expect(at('views', 0, 'filters')).toBe('0-48');
    expect(at('views', 2, 'filters', 'first')).toBe('16}');
    // Settings are called `layers`, whichever word the file uses.
    expect(at('views', 0, 'layers')).toBe('block1_conv1');
    expect(at('views', 2, 'layers', 1)).toBe('block3_conv3, block5_conv3]');
    // What is not there is placed at what it would be in.
    expect(at('views', 1, 'grid')).toBe('technique: feature-maps');
    expect(at('images', 'crop', 'x')).toBe('folder: ../photos');
    expect(locate(['nothing', 3])).toEqual({ file: 'experiments/a.yaml', line: 1, column: 1 });
  });
});

describe('views', () => {
  it('get ids that nothing else has', async () => {
    const { views } = await experimentOf(`title: A
model: {zoo: lenet}
views:
  - {technique: kernels}
  - {technique: kernels, title: The same again}
  - {technique: stages, id: kernels-first-conv-2}
  - {technique: stages, images: [all]}
`);
    expect(views.map(({ id, title }) => [id, title])).toEqual([
      ['kernels-first-conv', 'kernels of first-conv'],
      ['kernels-first-conv-3', 'The same again'],
      ['kernels-first-conv-2', 'stages of undefined'],
      ['stages', 'stages of undefined'],
    ]);
  });

  it('keep markup in titles as text', async () => {
    const { title, views } = await experimentOf(
      'title: <script>alert(1)</script>\nmodel: {zoo: lenet}\nviews: [{technique: kernels, title: "<b>&amp;"}]\n',
    );
    expect([title, views[0]!.title]).toEqual(['<script>alert(1)</script>', '<b>&amp;']);
  });

  it.each([
    ['11', { kind: 'indices', indices: [11] }],
    ['3-1', { kind: 'indices', indices: [3, 2, 1] }],
    ['[0, 2-4, 3, 0]', { kind: 'indices', indices: [0, 2, 3, 4] }],
    ['all', { kind: 'all' }],
    ['{random: 16}', { kind: 'random', count: 16 }],
  ])('take filters %s', async (written, expected) => {
    const { views } = await experimentOf(withView(`layer: 0\nfilters: ${written}`));
    expect(views[0]!.settings).toMatchObject({ filters: expected });
  });

  it.each([
    ['-3', [{ kind: 'indices', indices: [-3] }]],
    ['-3--1', [{ kind: 'indices', indices: [-3, -2, -1] }]],
    [
      '[0-2, cat.png, -1]',
      [
        { kind: 'indices', indices: [0, 1, 2] },
        { kind: 'file', file: 'cat.png' },
        { kind: 'indices', indices: [-1] },
      ],
    ],
    ['class:a', [{ kind: 'class', class: 'a' }]],
    ['"class: big cats"', [{ kind: 'class', class: 'big cats' }]],
    ['b/01-cat.jpg', [{ kind: 'file', file: 'b/01-cat.jpg' }]],
    ['all', [{ kind: 'all' }]],
  ])('take images %s', async (written, expected) => {
    const { views } = await experimentOf(withView(`layer: 0\nimages: ${written}`));
    expect(views[0]!.settings).toMatchObject({ images: expected });
  });

  it.each([
    ['layer: 17', [{ kind: 'index', index: 17 }]],
    ['layer: "17"', [{ kind: 'name', name: '17' }]],
    ['layers: [first-conv, last-conv]', [{ kind: 'first-conv' }, { kind: 'last-conv' }]],
    ['layers: all', [{ kind: 'all' }]],
    [
      'layer: [a, 3]',
      [
        { kind: 'name', name: 'a' },
        { kind: 'index', index: 3 },
      ],
    ],
  ])('take %s', async (written, expected) => {
    const { views } = await experimentOf(withView(written));
    expect(views[0]!.settings).toMatchObject({ layers: expected });
  });

  it.each([
    ['grid: 7x11', { grid: { rows: 7, columns: 11 } }],
    ['grid: [7, 11]', { grid: { rows: 7, columns: 11 } }],
    ['normalize: fixed\nrange: [-1, 1]', { normalize: 'fixed', range: [-1, 1] }],
    ['label: "{width} x {height} of {layer}"', { label: '{width} x {height} of {layer}' }],
  ])('take %s', async (written, expected) => {
    const { views } = await experimentOf(withView(`layer: 0\n${written}`));
    expect(views[0]!.settings).toMatchObject(expected);
  });
});

describe('inline layers', () => {
  it('of more layers than are allowed are refused for that alone', async () => {
    const layers = Array.from({ length: 2001 }, () => '{conv2d: {from: nowhere}}');
    const text = `title: T\nmodel: {input: [8, 8], layers: [${layers.join()}]}\nviews: [{technique: feature-maps, layer: 1}]`;
    const { problems } = parseExperiment({ id: 'x', text, file: '/x.yaml', shownFile: 'x.yaml' }, techniques);
    expect(problems.map(({ what }) => what)).toEqual(['`layers` must have at most 1000 entries, not 2001.']);
  });

  it('fill in defaults and names', async () => {
    const { model } = await experimentOf(
      withModel(`input: [32, 48]
channels: 1
layers:
  - conv2d: {filters: 3, kernel: 3}
  - relu
  - max_pool: 2
  - conv2d: {filters: 8, kernel: [3, 5], strides: 2, padding: same, activation: relu, use_bias: false, initializer: he_normal, name: wide, from: relu_1}
  - average_pool: {pool: 3, strides: 1, padding: same}
  - relu: {name: relu_2, from: wide}
  - relu
  - activation: tanh
  - {type: max_pool, pool: [2, 3], name: pool}
  - global_average_pool
  - flatten:
  - dense: 10
  - dense: {units: 4, activation: softmax}
  - softmax`),
    );
    const weights = { use_bias: true, kernel_initializer: 'glorot_uniform' };
    const layers = [
      ['conv2d_1', 'input', 'Conv2D', { filters: 3, kernel_size: [3, 3], strides: [1, 1], padding: 'valid' }],
      ['relu_1', 'conv2d_1', 'Activation', { activation: 'relu' }],
      ['max_pool_1', 'relu_1', 'MaxPooling2D', { pool_size: [2, 2], strides: [2, 2], padding: 'valid' }],
      ['wide', 'relu_1', 'Conv2D', { filters: 8, kernel_size: [3, 5], strides: [2, 2], padding: 'same' }],
      ['average_pool_1', 'wide', 'AveragePooling2D', { pool_size: [3, 3], strides: [1, 1], padding: 'same' }],
      ['relu_2', 'wide', 'Activation', { activation: 'relu' }],
      ['relu_3', 'relu_2', 'Activation', { activation: 'relu' }],
      ['tanh_1', 'relu_3', 'Activation', { activation: 'tanh' }],
      ['pool', 'tanh_1', 'MaxPooling2D', { pool_size: [2, 3], strides: [2, 3], padding: 'valid' }],
      ['global_average_pool_1', 'pool', 'GlobalAveragePooling2D', {}],
      ['flatten_1', 'global_average_pool_1', 'Flatten', {}],
      ['dense_1', 'flatten_1', 'Dense', { units: 10, activation: 'linear', ...weights }],
      ['dense_2', 'dense_1', 'Dense', { units: 4, activation: 'softmax', ...weights }],
      ['softmax_1', 'dense_2', 'Activation', { activation: 'softmax' }],
    ].map(([name, from, type, config]) => ({ name, from, type, config }));
    Object.assign(layers[0]!.config!, { activation: 'linear', ...weights });
    Object.assign(layers[3]!.config!, {
      ...{ activation: 'relu', use_bias: false, kernel_initializer: 'he_normal' },
    });
    expect(model).toEqual({
      source: { kind: 'inline', layers },
      includeTop: true,
      input: [32, 48],
      inputChannels: 1,
      preprocess: 'unit',
    });
  });
});

describe('models', () => {
  it('from a file default to pixels in 0..1', async () => {
    const { model, images } = await experimentOf(withModel('file: models/gender.keras'));
    expect(model).toEqual({
      source: { kind: 'file', path: '/project/experiments/models/gender.keras' },
      includeTop: true,
      inputChannels: 3,
      preprocess: 'unit',
    });
    expect(images).toBeUndefined();
  });

  it.each([
    ['npm:nets@1.0.0/w/net.h5', { registry: 'npm', package: 'nets', version: '1.0.0', path: 'w/net.h5' }],
    [
      'npm:@a/nets@2.0.0-rc.1/net.keras',
      { registry: 'npm', package: '@a/nets', version: '2.0.0-rc.1', path: 'net.keras' },
    ],
    [
      'pypi:my-nets==1.0.post1/my_nets/net.weights.h5',
      { registry: 'pypi', package: 'my-nets', version: '1.0.post1', path: 'my_nets/net.weights.h5' },
    ],
  ])('may have weights from a package: %s', async (weights, file) => {
    const { model } = await experimentOf(
      withModel(`zoo: vgg16\nweights: '${weights}'\nsha256: ${'0A'.repeat(32)}`),
    );
    expect(model.weights).toEqual({ ...file, sha256: '0a'.repeat(32) });
  });

  it('may have other weights than their own', async () => {
    const { model } = await experimentOf(withModel('file: a.keras\nweights: /b.weights.h5'));
    expect(model).toMatchObject({ weights: '/b.weights.h5' });
  });

  it('of the zoo may name weights that they bring by a bare word; anything with an ending is a file', async () => {
    const weightsOf = async (model: string) => (await experimentOf(withModel(model))).model.weights;
    expect(await weightsOf('zoo: lenet\nweights: digits')).toEqual({ bundled: 'digits' });
    expect(await weightsOf('zoo: lenet\nweights: digits.h5')).toBe('/project/experiments/digits.h5');
    expect(await weightsOf('zoo: lenet\nweights: ./digits')).toBe('/project/experiments/digits');
    expect(await weightsOf('file: a.keras\nweights: digits')).toBe('/project/experiments/digits');
  });

  it('may be random', async () => {
    const { model } = await experimentOf(withModel('zoo: vgg16\nweights: random'));
    expect(model).toEqual({
      source: { kind: 'zoo', name: 'vgg16' },
      weights: 'random',
      includeTop: true,
      inputChannels: 3,
    });
  });
});

describe('images', () => {
  it('come from several sources in the order of the file', async () => {
    const { images } = await experimentOf(
      withImages(`glob: ../photos/*.{jpg,png}
files: [b.png, /c.png]
classes: {cats: [d.png, e.png], dogs: f.png}
folder: [a, ../b]
fit: cover
crop: {x: 0, y: 10, width: 100, height: 90}
tiles: 4x5`),
    );
    expect(images).toEqual({
      sources: [
        { kind: 'glob', pattern: '/project/photos/*.{jpg,png}', base: '/project/experiments' },
        { kind: 'files', paths: ['/project/experiments/b.png', '/c.png'] },
        {
          kind: 'files',
          paths: ['/project/experiments/d.png', '/project/experiments/e.png'],
          class: 'cats',
        },
        { kind: 'files', paths: ['/project/experiments/f.png'], class: 'dogs' },
        { kind: 'folder', path: '/project/experiments/a' },
        { kind: 'folder', path: '/project/b' },
      ],
      fit: 'cover',
      crop: { x: 0, y: 10, width: 100, height: 90 },
      tiles: { rows: 4, columns: 5 },
    });
  });

  it('have names by their files', async () => {
    const { images } = await experimentOf(withImages('folder: a\nnames: {a/b.png: Boats, "1.png": 1}'));
    expect([...images!.names!]).toEqual([
      ['a/b.png', 'Boats'],
      ['1.png', '1'],
    ]);
  });

  it('are drawn, as many as the experiment or their kind says, beside others', async () => {
    const sources = async (text: string) => (await experimentOf(withImages(text))).images?.sources;
    expect(
      await sources(
        'generated: patterns\nclasses: [wheel, cat]\ncount: 7\nsize: [32, 48]\nseed: 9\nfolder: a',
      ),
    ).toEqual([
      {
        ...{ kind: 'generated', what: 'patterns', classes: ['wheel', 'cat'] },
        ...{ count: 7, size: [32, 48], seed: 9 },
      },
      { kind: 'folder', path: '/project/experiments/a' },
    ]);
    expect(await sources('generated: digits\nclasses: [0, 7]')).toEqual([
      { kind: 'generated', what: 'digits', classes: ['0', '7'], count: 20, size: [28, 28], seed: 0 },
    ]);
    expect(await sources('generated: cat')).toEqual([
      { kind: 'generated', what: 'cat', classes: [], count: 1, size: [320, 400], seed: 0 },
    ]);
    expect(await sources('generated: two-classes\nclasses: {photos: a.jpg}')).toEqual([
      {
        ...{ kind: 'generated', what: 'two-classes', classes: ['cats', 'dogs'] },
        ...{ count: 50, size: [256, 256], seed: 0 },
      },
      { kind: 'files', paths: ['/project/experiments/a.jpg'], class: 'photos' },
    ]);
  });
});
