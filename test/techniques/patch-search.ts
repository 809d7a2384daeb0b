import { join } from 'node:path';
import { expect } from 'vitest';
import { tf } from '../../src/backend/tf.ts';
import type { ImagePixels } from '../../src/model/model.ts';
import type { ComputedPatch, ComputedPatchFacts } from '../../src/techniques/patches/facts.ts';
import type { ArrayFile, ComputedPanel, JobOutput } from '../../src/techniques/technique.ts';
import { topPatches } from '../../src/techniques/top-patches.ts';
import { fieldOfUnit } from '../../src/techniques/unit-field.ts';
import { fileSpec, kerasFixtures, open } from '../model/opening.ts';
import { collect, panelsOf, viewOf } from './fake-planning.ts';
import { randomImage, planningOf } from './real-context.ts';
import type { RealContext } from './real-context.ts';

export const fixture = (name: string) => open(fileSpec(join(kerasFixtures, `${name}.keras`)));

export interface FoundPatch extends Omit<ComputedPatch, 'values'> {
  readonly values?: ArrayFile;
}

/** With a projection and its numbers. */
export type CompletePatch = {
  readonly [Key in keyof FoundPatch]-?: Key extends 'receptiveField'
    ? FoundPatch[Key]
    : NonNullable<FoundPatch[Key]>;
};

/** A panel with its facts beside it, and its files where its facts name them. */
export type FoundPanel = ComputedPanel &
  Omit<ComputedPatchFacts, 'patches'> & { readonly layer: string; readonly patches: readonly FoundPatch[] };

function withFacts(panel: ComputedPanel, layer: string): FoundPanel {
  const { patches, ...facts } = panel.facts as unknown as ComputedPatchFacts;
  const found = patches.map(({ values, ...patch }): FoundPatch => ({
    ...patch,
    ...(values === undefined ? {} : { values: panel.files![values] as ArrayFile }),
  }));
  return { ...panel, ...facts, layer, patches: found };
}

export async function run(
  context: RealContext,
  images: number,
  written: Record<string, unknown>,
  classOf?: (image: number) => string,
): Promise<readonly FoundPanel[]> {
  const { jobs } = topPatches.plan(viewOf(topPatches, written), planningOf(context, images, classOf));
  const outputs: JobOutput[] = await collect(topPatches, jobs, context);
  const panels = outputs.flatMap(({ job, panels: some }) =>
    some.map((panel) => withFacts(panel, context.model.layers[jobs[job]!.layers[0]!]!.name)),
  );
  expect(panels).toHaveLength(panelsOf(jobs));
  return panels;
}

export const imagesLike = (count: number, size: readonly number[]): ImagePixels[] =>
  Array.from({ length: count }, (_, i) => randomImage(`picture ${i}`, size[0]!, size[1]!));

/** Every place of every image by brute force, strongest first; ties by image, then place. */
export async function allPlaces(
  context: RealContext,
  images: readonly ImagePixels[],
  layerName: string,
  filter: number,
): Promise<{ image: number; place: number; activation: number; hangs: boolean }[]> {
  const { model } = context;
  const layer = model.layers.find(({ name }) => name === layerName)!;
  const [height, width] = model.network.inputShape;
  const found = [];
  for (const [image, decoded] of images.entries()) {
    const input = model.input(decoded);
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
