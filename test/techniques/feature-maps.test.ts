import { describe, expect, it } from 'vitest';
import type { LayerInfo } from '../../src/model/network.ts';
import { featureMaps } from '../../src/techniques/feature-maps.ts';
import { valuesOf } from '../../src/techniques/maps.ts';
import { availableBackends, useBackend } from '../backend/with-backend.ts';
import { collect, fakeContext, fakePlanning, layer, panelsOf, viewOf } from './fake-planning.ts';
import { fixture } from './patch-search.ts';
import { randomImage, realContext, planningOf } from './real-context.ts';

const layers = [
  layer(0, 'input', 'InputLayer', [4, 4, 3]),
  layer(1, 'conv', 'Conv2D', [2, 2, 3]),
  layer(2, 'probs', 'Dense', [5]),
];

describe('planning feature maps', () => {
  it('makes one job of each layer and image, jobs of an image in one group', () => {
    const planning = fakePlanning(layers, 3);
    const plan = featureMaps.plan(
      viewOf(featureMaps, { layers: ['conv', 'probs'], images: 'all' }),
      planning,
    );
    expect(
      plan.jobs.map(({ layers: [index], images, group, panels }) => [index, images[0], group, panels]),
    ).toEqual([
      [1, 0, 'image 0', 3],
      [2, 0, 'image 0', 5],
      [1, 1, 'image 1', 3],
      [2, 1, 'image 1', 5],
      [1, 2, 'image 2', 3],
      [2, 2, 'image 2', 5],
    ]);
    expect(panelsOf(plan.jobs)).toBe(24);
    expect(planning.problems).toEqual([]);
  });

  it('keeps looks out of the payload, so that a colormap asks for no new numbers', () => {
    const planning = fakePlanning(layers, 1);
    const [plain, coloured] = [
      {},
      { colormap: 'magma', style: 'contour', normalize: 'layer', label: 'x' },
    ].map((looks) => featureMaps.plan(viewOf(featureMaps, { layers: 'conv', ...looks }), planning));
    expect(coloured!.jobs).toEqual(plain!.jobs);
    expect(coloured!.display).toMatchObject({ colormap: 'magma', style: 'contour' });
  });

  it('labels by what varies, and says so', () => {
    const label = (settings: object) =>
      featureMaps.plan(viewOf(featureMaps, { layers: 'conv', ...settings }), fakePlanning(layers, 2))
        .resolved!['label'];
    expect(label({})).toBe('filter: {filter}');
    expect(label({ filters: 2, images: 'all' })).toBe('image: {image}');
    expect(label({ images: 'all' })).toBe('filter: {filter} · image: {image}');
    expect(label({ label: 'mine' })).toBe('mine');
  });

  it('keeps maps smaller where there are more than 1,000', () => {
    const tile = (images: number, settings = {}) =>
      featureMaps.plan(
        viewOf(featureMaps, { layers: 'conv', images: 'all', ...settings }),
        fakePlanning(layers, images),
      );
    expect(tile(333).resolved!['tile']).toBe(256);
    expect(tile(334).resolved!['tile']).toBe(128);
    expect(tile(334, { tile: 64 }).jobs[0]!.maxSide).toBe(64);
  });
});

describe('computing feature maps', () => {
  // [2, 2, 3]: channel c at place p is 10 c + p, but one value that is none.
  const conv = Float32Array.from([0, 10, 20, 1, 11, 21, 2, 12, 22, 3, NaN, 23]);
  const probs = Float32Array.from([0, 0, 5, -1, 0]);

  it('runs the network once for all layers of an image and frees what it gave', async () => {
    const { jobs } = featureMaps.plan(
      viewOf(featureMaps, { layers: ['probs', 'conv'], filters: [2, 0, 1], values: true }),
      fakePlanning(layers, 1),
    );
    const context = fakeContext(layers, { 1: conv, 2: probs });
    const outputs = await collect(featureMaps, jobs, context);
    expect(context.forwards).toEqual([[1, 2]]);
    expect(context.alive()).toBe(0);

    const byLayer = new Map(outputs.map((output) => [jobs[output.job]!.layers[0], output]));
    const maps = byLayer.get(1)!.panels;
    expect(maps.map(({ filter, range, flags }) => ({ filter, range, flags }))).toEqual([
      { filter: 2, range: [20, 23], flags: [] },
      { filter: 0, range: [0, 3], flags: [] },
      { filter: 1, range: [10, 12], flags: ['nan'] },
    ]);
    expect([...valuesOf(maps[0]!)]).toEqual([20, 21, 22, 23]);
    expect(byLayer.get(1)!.values).toEqual([
      {
        ...{ filters: [2, 0, 1], shape: [2, 2, 3] },
        data: Float32Array.from([20, 0, 10, 21, 1, 11, 22, 2, 12, 23, 3, NaN]),
      },
    ]);
    expect(
      byLayer.get(2)!.panels.map((panel) => [valuesOf(panel)[0], panel.height, panel.width, panel.flags]),
    ).toEqual([
      [5, 1, 1, []],
      [0, 1, 1, ['silent']],
      [0, 1, 1, ['silent']],
    ]);
  });
});

describe.each(availableBackends)('the greatest value inside the image, on %s', (backend) => {
  it('is that of the units whose receptive field lies in it', async () => {
    await useBackend(backend);
    const context = await realContext(await fixture('vgg_like'), [randomImage('border', 64, 64)]);
    const plan = featureMaps.plan(
      viewOf(featureMaps, {
        layers: ['block1_conv1', 'block2_conv2'],
        filters: 'all',
        values: true,
      }),
      planningOf(context, 1),
    );
    const outputs = await collect(featureMaps, plan.jobs, context);
    let atBorder = 0;
    for (const { job, panels } of outputs) {
      const { outputShape, receptiveField } = context.model.layers[plan.jobs[job]!.layers[0]!]!;
      const [rows, columns] = outputShape as [number, number];
      const { size, stride, offset } = receptiveField!;
      const isInside = (place: number, axis: 0 | 1) => {
        const start = offset[axis] + place * stride[axis];
        return start >= 0 && start + size[axis] <= 64;
      };
      for (const panel of panels) {
        const { facts, flags, range } = panel;
        const data = valuesOf(panel);
        let greatest = -Infinity;
        for (let y = 0; y < rows; y++) {
          for (let x = 0; x < columns; x++) {
            if (isInside(y, 0) && isInside(x, 1)) greatest = Math.max(greatest, data[y * columns + x]!);
          }
        }
        if (range[0] === range[1]) {
          expect(facts).toBeUndefined();
          continue;
        }
        expect(facts).toEqual({ inner: greatest });
        expect(flags?.includes('border')).toBe(greatest < range[1] / 2 && range[1] > 0);
        if (greatest < range[1]) atBorder++;
      }
    }
    expect(atBorder).toBeGreaterThan(0);
  });
});

it.each([
  ['half of the rows and columns lie', 3, -1, { inner: 4 }, ['border']],
  ['fewer lie', 4, -2, undefined, []],
] as const)('is stated where %s inside', async (_, size, offset, facts, flags) => {
  const field = { size: [size, size], stride: [1, 1], offset: [offset, offset] };
  const conv = { ...layer(1, 'conv', 'Conv2D', [4, 4, 1]), receptiveField: field } as LayerInfo;
  const net = [layer(0, 'input', 'InputLayer', [4, 4, 3]), conv];
  const map = Float32Array.from([9, 0, 0, 0, 0, 1, 2, 0, 0, 3, 4, 0, 0, 0, 0, 5]);
  const { jobs } = featureMaps.plan(
    viewOf(featureMaps, { layers: 'conv', filters: 0 }),
    fakePlanning(net, 1),
  );
  const [output] = await collect(featureMaps, jobs, fakeContext(net, { 1: map }));
  expect(output!.panels[0]).toMatchObject({ range: [0, 9], flags });
  expect(output!.panels[0]!.facts).toEqual(facts);
});
