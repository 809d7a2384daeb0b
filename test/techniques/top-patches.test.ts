import type { Tensor4D } from '@tensorflow/tfjs-core';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../../src/backend/tf.ts';
import { topPatches } from '../../src/techniques/top-patches.ts';
import { clipBox, fieldOfUnit } from '../../src/techniques/unit-field.ts';
import { availableBackends, useBackend } from '../backend/with-backend.ts';
import { kerasFixtures } from '../model/opening.ts';
import { readNpz } from '../npz.ts';
import { collect, panelsOf, viewOf } from './fake-planning.ts';
import { allPlaces, fixture, imagesLike, run, type CompletePatch } from './patch-search.ts';
import { randomImage, realContext, planningOf } from './real-context.ts';

const firstOfEach = <T extends { image: number }>(places: readonly T[]): T[] =>
  places.filter(({ image }, i) => places.findIndex((other) => other.image === image) === i);

// deconvnet and guided backpropagation of one unit, by Captum: the strongest place of the channel.
describe.each(availableBackends)('projections on %s', (backend) => {
  beforeAll(() => useBackend(backend));
  const reference = readNpz(join(kerasFixtures, 'vgg_like.backprojection.npz'));
  const cases = [...reference.keys()].filter((key) => key !== 'input').map((key) => key.split(':'));
  it('has something to compare with', () => expect(cases).toHaveLength(6));

  it.each(cases)('are those of Captum: %s of %s, filter %s', async (rule, layer, filter) => {
    const { shape, data } = reference.get('input')!;
    const [, height, width] = shape as [number, number, number, number];
    const context = await realContext(await fixture('vgg_like'), [randomImage('any', height, width)]);
    // The reference's input is not made of whole bytes: it goes in past the decoding.
    const real = {
      ...context,
      model: { ...context.model, input: () => tf.tensor4d(data, shape as [number, number, number, number]) },
    };
    const [panel] = await run(real, 1, {
      ...{ layers: layer, filters: Number(filter), projection: rule },
      ...{ top: 1, border: 'allow', values: true },
    });
    const [patch] = panel!.patches!;
    const expected = reference.get(`${rule}:${layer}:${filter}`)!.data;
    expect(patch!.values!.shape).toEqual([height, width, 3]);
    let scale = 0;
    let difference = 0;
    for (const [i, value] of expected.entries()) {
      scale = Math.max(scale, Math.abs(value));
      difference = Math.max(difference, Math.abs(value - patch!.values!.data[i]! / patch!.activation));
    }
    expect(difference / scale).toBeLessThan(1e-4);
  });
});

// A build that was stopped has its search behind it, but not what that left in memory.
it.each(availableBackends)(
  'projects the same bits on %s whether or not the search was done before',
  async (backend) => {
    await useBackend(backend);
    const images = imagesLike(5, [64, 64]);
    const fresh = await realContext(await fixture('vgg_like'), images);
    const settings = { filters: [3, 4], top: 3, projection: 'deconvnet', values: true };
    const both = await run(fresh, 5, { layers: ['block1_conv2', 'block3_conv1'], ...settings });
    const tensors = tf.memory().numTensors;
    const again = await run(fresh, 5, { layers: ['block1_conv2', 'block3_conv1'], ...settings });
    const deeper = await run(fresh, 5, { layers: 'block3_conv1', ...settings });
    expect(again).toEqual(both);
    expect(deeper).toEqual(both.slice(2));
    expect(both.every(({ patches }) => patches!.some(({ values }) => values!.data.some(Boolean)))).toBe(true);
    expect(tf.memory().numTensors).toBe(tensors);
  },
);

describe('the strongest places', () => {
  beforeAll(() => useBackend('wasm'));
  const top = 4;

  it.each([
    ['resnet_like', 'res2_relu6', [56, 56]],
    ['vgg_like', 'block2_conv1', [64, 64]],
    ['inception_like', 'mixed', [48, 48]],
  ] as const)('are those of a search over all maps of %s, layer %s', async (name, layer, size) => {
    const images = imagesLike(6, size);
    const context = await realContext(await fixture(name), images);
    const filters = [0, 1, 2, 3, 4, 5];
    type Places = Awaited<ReturnType<typeof allPlaces>>;
    const info = context.model.layers.find((one) => one.name === layer)!;
    const everywhere = await Promise.all(filters.map((filter) => allPlaces(context, images, layer, filter)));
    const all = everywhere.map((places) => places.filter(({ activation }) => activation > 0));
    const described = ({ image, activation, place, hangs }: Places[number]) => {
      const field = fieldOfUnit(info, place, size);
      return { image, activation, box: clipBox(field, size), ...(hangs ? { receptiveField: field } : {}) };
    };
    const compare = async (more: object, patches: readonly Places[], leftOut?: readonly Places[]) => {
      const settings = { layers: layer, filters, top, projection: 'none', ...more };
      const panels = await run(context, images.length, settings);
      for (const [i, panel] of panels.entries()) {
        const found = panel.patches!.map(({ at: _, ...place }) => place);
        expect(found).toEqual(patches[i]!.map(described));
        expect(panel.leftOut).toEqual(leftOut?.[i]!.map(described));
      }
    };
    // The strongest, wherever they are.
    const best = all.map((places) => firstOfEach(places).slice(0, top));
    const bestOfAll = all.map((places) => places.slice(0, top));
    await compare({}, best);
    await compare({ border: 'allow', one_per_image: false }, bestOfAll);
    expect(best.flat().some(({ hangs }) => hangs)).toBe(true);
    // Places whose field hangs over the border only fill up what is missing, in the order of their strength.
    const avoiding = (places: Places, narrow: (places: Places) => Places): Places => {
      const inner = narrow(places.filter(({ hangs }) => !hangs)).slice(0, top);
      const rest = narrow([...inner, ...places.filter(({ hangs }) => hangs)]).slice(0, top);
      return rest.sort((a, b) => b.activation - a.activation);
    };
    const without = (these: readonly Places[], those: readonly Places[]): Places[] =>
      these.map((list, i) => list.filter((place) => !those[i]!.includes(place)));
    for (const [onePerImage, narrow, strongest] of [
      [true, firstOfEach, best],
      [false, (places: Places) => places, bestOfAll],
    ] as const) {
      const avoided = all.map((places) => avoiding(places, narrow));
      const leftOut = without(strongest, avoided);
      expect(leftOut.flat().every(({ hangs }) => hangs)).toBe(true);
      await compare({ border: 'avoid', one_per_image: onePerImage }, avoided, leftOut);
    }
  });

  it('of equal strength come in the order of images, then from the top, then from the left', async () => {
    const one = randomImage('same', 64, 64);
    const other = randomImage('other', 64, 64);
    const flat = { ...one, data: new Uint8Array(one.data.length).fill(90) };
    const context = await realContext(await fixture('vgg_like'), [other, one, one, flat, one]);
    const panels = await run(context, 5, {
      ...{ layers: 'block1_conv1', filters: 'all', top: 5, projection: 'none', one_per_image: false },
    });
    for (const { patches } of panels) {
      for (const [i, patch] of patches!.entries()) {
        const next = patches![i + 1];
        if (!next) continue;
        const order = [
          next.activation - patch.activation,
          patch.image - next.image,
          patch.box.y - next.box.y,
        ];
        const decided = [...order, patch.box.x - next.box.x].find((difference) => difference !== 0)!;
        expect(decided).toBeLessThan(0);
      }
    }
    // On a flat image all inner places are equal: the first of them stands for it.
    const flatOnly = await run(await realContext(await fixture('vgg_like'), [flat]), 1, {
      ...{ layers: 'block1_conv1', filters: 'all', top: 1, projection: 'none', border: 'avoid' },
    });
    const boxes = flatOnly
      .flatMap(({ patches }) => patches!.map(({ box }) => box))
      .filter(({ width, height }) => width * height === 9);
    expect(boxes.length).toBeGreaterThan(2);
    for (const box of boxes) expect(box).toEqual({ x: 0, y: 0, width: 3, height: 3 });
  });

  it('hang over the border only where there are too few others, if it is to be avoided', async () => {
    const images = imagesLike(3, [64, 64]);
    const context = await realContext(await fixture('vgg_like'), images);
    const settings = { layers: 'block3_conv2', filters: 'all', top: 3, projection: 'none', border: 'avoid' };
    const inside = ({ box }: { box: { width: number; height: number } }) =>
      box.width === 32 && box.height === 32;
    const panels = await run(context, 3, settings);
    for (const { patches, filter } of panels) {
      const places = (await allPlaces(context, images, 'block3_conv2', filter!)).filter(
        (p) => p.activation > 0,
      );
      const innerImages = new Set(places.filter(({ hangs }) => !hangs).map(({ image }) => image));
      expect(patches!.filter(inside).length).toBe(Math.min(3, innerImages.size));
      expect(patches!.length).toBe(new Set(places.map(({ image }) => image)).size);
    }
    const allowed = await run(context, 3, { ...settings, border: 'allow' });
    expect(
      allowed.flatMap(({ patches }) => patches!.filter((patch) => !inside(patch))).length,
    ).toBeGreaterThan(0);
  });
});

describe('a panel', () => {
  beforeAll(() => useBackend('wasm'));

  it('tells of its filter over all images: maxima, class means, what it was found in', async () => {
    const images = imagesLike(6, [64, 64]);
    const context = await realContext(await fixture('vgg_like'), images);
    const classOf = (image: number) => (image < 2 ? 'few' : 'many');
    const panels = await run(
      context,
      6,
      { layers: 'block2_conv2', filters: [5, 1], top: 2, projection: 'guided' },
      classOf,
    );
    expect(panels.map(({ filter }) => filter)).toEqual([5, 1]);
    for (const { filter, maxima, classMeans, patches, width, height } of panels) {
      const best = firstOfEach(await allPlaces(context, images, 'block2_conv2', filter!));
      expect(maxima!.counts.reduce((sum, count) => sum + count, 0)).toBe(6);
      const bin = (maxima!.range[1] - maxima!.range[0]) / maxima!.counts.length;
      for (const [i, count] of maxima!.counts.entries()) {
        const low = maxima!.range[0] + i * bin;
        expect(best.filter(({ activation }) => activation >= low && activation < low + bin).length).toBe(
          count,
        );
      }
      const meanOf = (name: string) => {
        const some = best.filter(({ image }) => classOf(image) === name);
        return some.reduce((sum, { activation }) => sum + activation, 0) / some.length;
      };
      expect(classMeans).toEqual([
        { class: 'few', mean: expect.closeTo(meanOf('few'), 6) as number, count: 2 },
        { class: 'many', mean: expect.closeTo(meanOf('many'), 6) as number, count: 4 },
      ]);
      for (const patch of patches!) {
        const { at, projectionAt } = patch;
        for (const box of [at, projectionAt!]) {
          expect(box.x + box.width).toBeLessThanOrEqual(width);
          expect(box.y + box.height).toBeLessThanOrEqual(height);
          expect(at.width === projectionAt!.width && at.height === projectionAt!.height).toBe(true);
        }
        // What came back lies within the field, where most of its energy lies.
        const { effective, box } = patch;
        expect(effective!.x >= box.x && effective!.y >= box.y).toBe(true);
        expect(effective!.x + effective!.width).toBeLessThanOrEqual(box.x + box.width);
        expect(effective!.y + effective!.height).toBeLessThanOrEqual(box.y + box.height);
      }
    }
  });

  it('shows the very pixels of the patch, and beside them what came back, on grey', async () => {
    const images = imagesLike(2, [64, 64]);
    const context = await realContext(await fixture('vgg_like'), images);
    const [panel] = await run(context, 2, {
      ...{ layers: 'block2_conv2', filters: 5, top: 1, projection: 'gradient-x-input', values: true },
      border: 'avoid',
    });
    const [{ image, box, at, projectionAt, values }] = panel!.patches as [CompletePatch];
    // The field is 14 pixels wide, the cell four times that.
    expect(box).toMatchObject({ width: 14, height: 14 });
    expect(at).toEqual({ x: 0, y: 0, width: 56, height: 56 });
    const inField = (i: number) =>
      i % 64 >= box.x &&
      i % 64 < box.x + 14 &&
      Math.floor(i / 64) >= box.y &&
      Math.floor(i / 64) < box.y + 14;
    const sizes: number[] = [];
    for (const [i, value] of values.data.entries()) {
      if (inField(Math.floor(i / 3))) sizes.push(Math.abs(value));
      else expect(value).toBe(0);
    }
    // 588 values, of which 0.5 % are the three largest: the next one is white or black, or nearly so.
    expect(sizes).toHaveLength(588);
    const farthest = sizes.sort((a, b) => b - a)[2]!;
    for (let y = 0; y < 56; y += 5) {
      for (let x = 0; x < 56; x += 5) {
        const pixel = (box.y + Math.floor(y / 4)) * 64 + box.x + Math.floor(x / 4);
        for (let c = 0; c < 3; c++) {
          const shown = panel!.data[(y * panel!.width + x) * 3 + c]!;
          expect(shown).toBe(images[image]!.data[pixel * 3 + c]);
          const beside = panel!.data[(y * panel!.width + projectionAt.x + x) * 3 + c]!;
          const shade = 127.5 + (127.5 * values.data[pixel * 3 + c]!) / farthest;
          expect(beside).toBeCloseTo(Math.min(Math.max(shade, 0), 255), 2);
        }
      }
    }
  });

  it('of a filter that never fires has no patches and says so', async () => {
    const source = await fixture('vgg_like');
    const loaded = await source.loadWeights();
    const layer = new Map(loaded.get('block1_conv1'));
    const bias = layer.get('bias')!;
    layer.set('bias', {
      ...bias,
      data: bias.data.map((value, i) => (i === 2 ? -1e6 : i === 3 ? NaN : value)),
    });
    const broken = {
      ...source,
      loadWeights: () => Promise.resolve(new Map([...loaded, ['block1_conv1', layer] as const])),
    };
    const context = await realContext(broken, imagesLike(2, [64, 64]));
    const panels = await run(context, 2, { layers: 'block1_conv1', filters: [2, 3], top: 2 });
    expect(panels.map(({ flags, patches, range }) => ({ flags, patches, range }))).toEqual([
      { flags: ['silent'], patches: [], range: [0, 0] },
      { flags: ['nan'], patches: [], range: [0, 0] },
    ]);
  });
});

describe('networks of all kinds', () => {
  beforeAll(() => useBackend('wasm'));

  it.each([
    ['resnet_like', 'res2_add', [56, 56], 'deconvnet'],
    ['resnet_like', 'probs', [56, 56], 'guided'],
    ['inception_like', 'mixed', [48, 48], 'guided'],
    ['inception_like', 'gmp', [48, 48], 'deconvnet'],
  ] as const)('%s, layer %s', async (name, layer, size, projection) => {
    const context = await realContext(await fixture(name), imagesLike(3, size));
    // Kernels of merged layers are made by the first pass, and stay the model's.
    const [first] = context.model.layers;
    const zeros: Tensor4D = tf.zeros([1, ...(first!.outputShape as [number, number, number])]);
    tf.dispose([zeros, ...context.model.forward(zeros, [context.model.layers.length - 1])]);
    const before = tf.memory().numTensors;
    const panels = await run(context, 3, { layers: layer, filters: 'all', top: 3, projection, values: true });
    expect(tf.memory().numTensors).toBe(before);
    const shown = panels.flatMap(({ patches }) => patches!);
    expect(shown.length).toBeGreaterThan(panels.length);
    const whole = context.model.layers.find((one) => one.name === layer)!.receptiveField === undefined;
    for (const { box, values } of shown) {
      expect(values!.data.some((value) => value !== 0)).toBe(true);
      if (whole) expect(box).toEqual({ x: 0, y: 0, width: size[1], height: size[0] });
    }
  });
});

describe('going on', () => {
  beforeAll(() => useBackend('wasm'));

  it('looks at no image twice that was scanned before it was stopped', async () => {
    const images = imagesLike(5, [64, 64]);
    const source = await fixture('vgg_like');
    const settings = { layers: ['block1_conv2', 'block3_conv1'], filters: { first: 3 }, top: 2 };
    const stop = new AbortController();
    const first = await realContext(source, images, stop.signal);
    const stopping = {
      ...first,
      pixels: (image: number) => {
        if (image === 3) stop.abort();
        return first.pixels(image);
      },
    };
    const { jobs } = topPatches.plan(viewOf(topPatches, settings), planningOf(first, 5));
    expect(await collect(topPatches, jobs, stopping)).toEqual([]);
    const done = new Set(first.partial.writes.map(({ image }) => image)).size;
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(5);

    const second = await realContext(source, images);
    for (const [key, bytes] of first.partial.kept) second.partial.kept.set(key, bytes);
    const again = await collect(topPatches, jobs, second);
    expect(second.partial.writes).toHaveLength((5 - done) * 2);
    const fresh = await collect(topPatches, jobs, await realContext(source, images));
    expect(again).toEqual(fresh);
  });

  it('runs the network over no image for other filters', async () => {
    const images = imagesLike(3, [64, 64]);
    const context = await realContext(await fixture('vgg_like'), images);
    await run(context, 3, { layers: 'block2_conv1', filters: [0, 1], projection: 'none', top: 3 });
    context.asked.length = 0;
    const forward = context.model.forward.bind(context.model);
    let passes = 0;
    Object.assign(context.model, {
      forward: (...given: Parameters<typeof forward>) => ((passes += 1), forward(...given)),
    });
    await run(context, 3, { layers: 'block2_conv1', filters: [4, 6], projection: 'none', top: 2 });
    expect(passes).toBe(0);
  });
});

describe('the purest', () => {
  beforeAll(() => useBackend('wasm'));

  it.each(['allow', 'avoid'])(
    'stand first, and only as many as were asked for: border %s',
    async (border) => {
      const context = await realContext(await fixture('vgg_like'), imagesLike(6, [64, 64]));
      const settings = { layers: 'block3_conv2', filters: 'all', top: 3, projection: 'none', border };
      const classOf = (image: number) => (image % 2 ? 'odd' : 'even');
      const plain = await run(context, 6, settings, classOf);
      const byHand = plain.map(({ filter, patches, classMeans }) => {
        const total = patches!.reduce((sum, { activation }) => sum + activation, 0);
        const odd = patches!
          .filter(({ image }) => image % 2)
          .reduce((sum, { activation }) => sum + activation, 0);
        const leading = odd > total - odd ? 'odd' : 'even';
        const means = Object.fromEntries(classMeans!.map(({ class: name, mean }) => [name, mean]));
        const [own, other] =
          leading === 'odd' ? [means['odd']!, means['even']!] : [means['even']!, means['odd']!];
        const purity = (Math.max(odd, total - odd) / total + Math.max(0, own - other) / (own + other)) / 2;
        const ofClass = patches!.filter(
          ({ box }) => border === 'allow' || (box.width === 32 && box.height === 32),
        ).length;
        return total > 0 && ofClass > 0
          ? { filter, leading, purity: (purity * ofClass) / 3 }
          : { filter, leading: '', purity: 0 };
      });
      byHand.sort((a, b) => b.purity - a.purity);
      // One of each class in turn, the purer first.
      const [odds, evens] = ['odd', 'even'].map((name) => byHand.filter(({ leading }) => leading === name));
      expect(Math.min(odds!.length, evens!.length)).toBeGreaterThan(2);
      const turns = odds!.map((one, i) => [one, evens![i]!]).slice(0, 3);
      const expected = turns.flatMap((pair) => pair.sort((a, b) => b.purity - a.purity)).slice(0, 5);
      const ranked = await run(context, 6, { ...settings, order: 'purity', pick: 5 }, classOf);
      expect(ranked.map(({ filter }) => filter)).toEqual(expected.map(({ filter }) => filter));
    },
  );
});

describe('planning', () => {
  it('makes jobs that lose little, and gives each its own filters', async () => {
    const context = await realContext(await fixture('vgg_like'), []);
    const { jobs } = topPatches.plan(
      viewOf(topPatches, { layers: ['block3_conv2', 'block1_conv1'], filters: 'all' }),
      planningOf(context, 2),
    );
    expect(panelsOf(jobs)).toBe(32);
    expect(jobs.map(({ label, panels, images }) => [label, panels, images])).toEqual([
      ['block3_conv2 · filters 1 to 16', 16, [0, 1]],
      ['block3_conv2 · filters 17 to 24', 8, [0, 1]],
      ['block1_conv1', 8, [0, 1]],
    ]);
    expect(jobs[1]!.payload['filters']).toEqual([16, 17, 18, 19, 20, 21, 22, 23]);
    expect(new Set(jobs.map(({ group }) => group)).size).toBe(1);
  });
});
