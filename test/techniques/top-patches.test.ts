import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../../src/backend/tf.ts';
import type { ImagePixels } from '../../src/model/model.ts';
import type { RawPanel, UnitOutput } from '../../src/techniques/technique.ts';
import { topPatches } from '../../src/techniques/top-patches.ts';
import { fieldOfUnit } from '../../src/techniques/unit-field.ts';
import { availableBackends, useBackend } from '../backend/with-backend.ts';
import { fileSpec, kerasFixtures, open } from '../model/opening.ts';
import { readNpz } from '../npz.ts';
import { collect, viewOf } from './fake-world.ts';
import { randomPicture, realContext, worldOf } from './real-context.ts';
import type { RealContext } from './real-context.ts';

const fixture = (name: string) => open(fileSpec(join(kerasFixtures, `${name}.keras`)));

async function run(
  context: RealContext,
  images: number,
  written: Record<string, unknown>,
  classOf?: (image: number) => string,
): Promise<readonly (RawPanel & { readonly layer: string })[]> {
  const { units, panelCount } = topPatches.plan(
    viewOf(topPatches, written),
    worldOf(context, images, classOf),
  );
  const outputs: UnitOutput[] = await collect(topPatches, units, context);
  const panels = outputs.flatMap(({ unit, panels: some }) =>
    some.map((panel) => ({ ...panel, layer: context.model.layers[units[unit]!.layers[0]!]!.name })),
  );
  expect(panels).toHaveLength(panelCount);
  return panels;
}

const picturesLike = (count: number, size: readonly number[]): ImagePixels[] =>
  Array.from({ length: count }, (_, i) => randomPicture(`picture ${i}`, size[0]!, size[1]!));

/** Every place of every picture by brute force, strongest first; ties by picture, then place. */
async function allPlaces(
  context: RealContext,
  pictures: readonly ImagePixels[],
  layerName: string,
  filter: number,
): Promise<{ image: number; place: number; activation: number; hangs: boolean }[]> {
  const { model } = context;
  const layer = model.layers.find(({ name }) => name === layerName)!;
  const [height, width] = model.network.inputShape;
  const found = [];
  for (const [image, picture] of pictures.entries()) {
    const input = model.input(picture);
    const [output] = model.forward(input, [layer.index]);
    const values = await output!.data();
    const channels = layer.outputShape.at(-1)!;
    for (let place = 0; place < values.length / channels; place++) {
      const box = fieldOfUnit(layer, place, model.network.inputShape);
      const hangs = box.x < 0 || box.y < 0 || box.x + box.width > width || box.y + box.height > height;
      found.push({ image, place, activation: values[place * channels + filter]!, hangs });
    }
    tf.dispose([input, output!]);
  }
  return found.sort((a, b) => b.activation - a.activation || a.image - b.image || a.place - b.place);
}

const firstOfEach = <T extends { image: number }>(places: readonly T[]): T[] =>
  places.filter(({ image }, i) => places.findIndex((other) => other.image === image) === i);

// deconvnet and guided backpropagation of one unit, by Captum: the strongest place of the channel.
describe.each(availableBackends)('projections on %s', (backend) => {
  beforeAll(() => useBackend(backend));
  const reference = readNpz(join(kerasFixtures, 'vgg_like.backprojection.npz'));
  const cases = [...reference.keys()].filter((key) => key !== 'input').map((key) => key.split(':'));
  it.todo;
  it('has something to compare with', () => expect(cases).toHaveLength(6));

  it.each(cases)('are those of Captum: %s of %s, filter %s', async (rule, layer, filter) => {
    const { shape, data } = reference.get('input')!;
    const [, height, width] = shape as [number, number, number, number];
    const context = await realContext(await fixture('vgg_like'), [randomPicture('any', height, width)]);
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
    console.log(rule, layer, filter, difference / scale, patch!.activation);
    expect(difference / scale).toBeLessThan(1e-4);
  });
});
