import { beforeAll, describe, expect, it } from 'vitest';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { tf } from '../../src/backend/tf.ts';
import type { Model } from '../../src/model/model.ts';
import { drawImage, patternClasses } from '../../src/synthetic/index.ts';
import { clipBox, fieldOfUnit } from '../../src/techniques/unit-field.ts';
import { availableBackends, useBackend } from '../backend/with-backend.ts';
import { open, zooSpec } from '../model/opening.ts';
import { fixture, imagesLike, run, type CompletePatch } from './patch-search.ts';
import { realContext } from './real-context.ts';

type Projected = CompletePatch;

/** What the whole image's pass sends back from one place, all others zero. */
async function sentBack(model: Model, layer: number, input: Tensor4D, rule: string, job: Job) {
  const trace = model.trace(input, layer, {});
  const signal = tf.buffer(trace.output.shape as [number, number, number, number]);
  const columns = trace.output.shape[2]!;
  const { place, filter, activation } = job;
  signal.set(activation, 0, Math.floor(place / columns), place % columns, filter);
  const sent = signal.toTensor();
  const back = trace.backward(sent, { rule: rule as 'guided' });
  const values = (await back.data()).slice();
  tf.dispose([sent, back]);
  trace.dispose();
  return values;
}

interface Job {
  readonly place: number;
  readonly filter: number;
  readonly activation: number;
}

// By switches for deconvnet, by a part of the image for the others: the pass of the whole image is the reference.
describe.each(availableBackends)('projections at the border on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each([
    ['deconvnet', true],
    ['deconvnet', false],
    ['guided', true],
    ['gradient', false],
  ] as const)('by %s, one an image %s, are those of the whole image', async (projection, onePerImage) => {
    const images = imagesLike(3, [64, 64]);
    const context = await realContext(await fixture('vgg_like'), images);
    const filters = [0, 1, 2];
    const panels = await run(context, 3, {
      ...{ layers: 'block3_conv1', filters, projection, top: 3, one_per_image: onePerImage, values: true },
    });
    const layer = context.model.layers.find(({ name }) => name === 'block3_conv1')!;
    const places = Array.from({ length: layer.outputShape[0]! * layer.outputShape[1]! }, (_, place) => place);
    let compared = 0;
    for (const { filter, patches } of panels) {
      for (const { image, activation, receptiveField, values, effective, box } of patches as Projected[]) {
        if (!receptiveField) continue;
        const place = places.find((each) => {
          const field = fieldOfUnit(layer, each, [64, 64]);
          return field.x === receptiveField.x && field.y === receptiveField.y;
        })!;
        expect(clipBox(receptiveField, [64, 64])).toEqual(box);
        const input = context.model.input(images[image]!);
        const job = { place, filter: filter!, activation };
        const expected = await sentBack(context.model, layer.index, input, projection, job);
        input.dispose();
        const scale = Math.max(...expected.map(Math.abs));
        const difference = Math.max(...expected.map((value, i) => Math.abs(value - values.data[i]!)));
        expect(scale).toBeGreaterThan(0);
        expect(difference / scale).toBeLessThan(1e-5);
        // What holds the energy lies in the image.
        expect(clipBox(effective, [64, 64])).toEqual(effective);
        compared += 1;
      }
    }
    expect(compared).toBeGreaterThan(2);
  });
});

describe('patches at the border', () => {
  beforeAll(() => useBackend('wasm'));

  it('show the whole receptive field in the scale of the others, with the unit in the middle', async () => {
    const images = imagesLike(3, [64, 64]);
    const context = await realContext(await fixture('vgg_like'), images);
    const panels = await run(context, 3, {
      ...{ layers: 'block2_conv2', filters: 'all', top: 3, projection: 'guided' },
    });
    let [hanging, inner] = [0, 0];
    for (const { patches, data, width } of panels) {
      for (const { image, box, receptiveField, at, projectionAt } of patches as Projected[]) {
        const field = receptiveField ?? box;
        if (receptiveField) hanging += 1;
        else inner += 1;
        // 14 pixels, four times as large.
        expect([field.width, field.height]).toEqual([14, 14]);
        expect([at.width, at.height, projectionAt.width, projectionAt.height]).toEqual([56, 56, 56, 56]);
        // One `expect` for all: one a pixel takes longer than everything else.
        const wrong: unknown[] = [];
        for (let y = 0; y < 56; y++) {
          for (let x = 0; x < 56; x++) {
            const [column, row] = [field.x + Math.floor(x / 4), field.y + Math.floor(y / 4)];
            const isInside = column >= 0 && column < 64 && row >= 0 && row < 64;
            const from = ((at.y + y) * width + at.x + x) * 3;
            const beside = ((projectionAt.y + y) * width + projectionAt.x + x) * 3;
            const pixel = (row * 64 + column) * 3;
            for (let c = 0; c < 3; c++) {
              const shown = data[from + c]!;
              const right = isInside
                ? shown === images[image]!.data[pixel + c]
                : (shown === 172 || shown === 212) && shown === data[from]! && shown === data[beside + c]!;
              if (!right) wrong.push([x, y, c, shown]);
            }
          }
        }
        expect(wrong).toEqual([]);
      }
    }
    expect(hanging).toBeGreaterThan(3);
    expect(inner).toBeGreaterThan(3);
  });

  it('of a field longer than the image show all of the image', async () => {
    const context = await realContext(await fixture('vgg_like'), imagesLike(2, [64, 64]));
    const [layer] = context.model.layers.filter(({ name }) => name === 'block3_conv2');
    const [size] = layer!.receptiveField!.size;
    expect(size).toBeLessThan(64);
    const narrow = { ...context, model: { ...context.model } };
    Object.assign(narrow.model, {
      layers: context.model.layers.map((one) =>
        one === layer
          ? { ...one, receptiveField: { ...one.receptiveField!, size: [70, size], offset: [-20, -9] } }
          : one,
      ),
    });
    const [panel] = await run(narrow, 2, { layers: 'block3_conv2', filters: 0, top: 1, projection: 'none' });
    const [patch] = panel!.patches!;
    expect(patch!.at.height / patch!.at.width).toBe(64 / size!);
    expect(patch!.receptiveField).toMatchObject({ height: 70, width: size });
    expect(patch!.box).toMatchObject({ y: Math.max(0, patch!.receptiveField!.y) });
  });
});

// With the shipped weights; one image of each class that PatternNet knows.
it('are the strongest of PatternNet’s last convolution, wherever they lie', async () => {
  await useBackend(availableBackends.at(-1)!);
  const images = await Promise.all(
    patternClasses.map((name) =>
      drawImage({ kind: 'patterns', class: name, index: 0, seed: 62, size: [96, 96] }),
    ),
  );
  const context = await realContext(await open(zooSpec('patternnet')), images);
  const settings = { layers: 'conv5', filters: 'all', projection: 'none', top: 1, cell: 16 };
  const best = async (more: object) =>
    (await run(context, images.length, { ...settings, ...more })).map(
      ({ patches }) => patches![0]?.activation ?? 0,
    );
  const { model } = context;
  const layer = model.layers.find(({ name }) => name === 'conv5')!;
  const greatest = Array.from({ length: 128 }, () => 0);
  for (const image of images) {
    const input = model.input(image);
    const [output] = model.forward(input, [layer.index]);
    for (const [i, value] of (await output!.data()).entries())
      greatest[i % 128] = Math.max(greatest[i % 128]!, value);
    tf.dispose([input, output!]);
  }
  expect(await best({})).toEqual(greatest);
  const avoided = await best({ border: 'avoid' });
  const weaker = avoided.filter((value, filter) => greatest[filter]! > 1.05 * value);
  expect(weaker.length).toBeGreaterThan(64);
});
