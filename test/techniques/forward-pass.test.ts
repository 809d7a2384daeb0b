import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { forwardPass } from '../../src/techniques/forward-pass.ts';
import { forwardPassFacts, type ForwardPassFacts } from '../../src/techniques/forward-pass/facts.ts';
import type { ComputedPanel } from '../../src/techniques/technique.ts';
import { useBackend } from '../backend/with-backend.ts';
import { fileSpec, kerasFixtures, open } from '../model/opening.ts';
import { readNpz } from '../npz.ts';
import { collect, fakePlanning, layer, viewOf } from './fake-planning.ts';
import { randomImage, realContext, planningOf, type RealContext } from './real-context.ts';

const reference = readNpz(join(kerasFixtures, 'lenet.reference.npz'));
const CLASSES = [...'0123456789'];
let of: RealContext;
let panel: ComputedPanel;
let facts: ForwardPassFacts;

beforeAll(async () => {
  await useBackend('wasm');
  const source = await open(fileSpec(join(kerasFixtures, 'lenet.keras'), { preprocess: 'none' }));
  const made = await realContext(source, [randomImage('digit', 28, 28, 1)]);
  const values = reference.get('input')!.data.slice(0, 28 * 28);
  // The reference's input is floats: it goes in as it is.
  const model = { ...made.model, input: () => made.tf.tensor4d(values, [1, 28, 28, 1]) };
  of = { ...made, model } as RealContext;
  const planning = { ...planningOf(of, 1), classes: CLASSES };
  const view = viewOf(forwardPass, { layers: 'all', maps: 4 });
  // The stand-in context takes the input for a layer that `all` selects; it has no filters.
  const { jobs } = forwardPass.plan(view, planning);
  expect(jobs.map(({ panels, layers }) => [panels, layers[0]])).toEqual([[1, of.model.layers.at(-1)!.index]]);
  const [output] = await collect(forwardPass, jobs, of);
  panel = output!.panels[0]!;
  facts = forwardPassFacts.schema.parse(panel.facts) as ForwardPassFacts;
});

describe('forward-pass', () => {
  it("has every layer with the range of Keras' own values", () => {
    expect(facts.stages.map((stage) => stage.layer)).toEqual([
      'c1',
      'r1',
      'p1',
      'c2',
      'r2',
      'p2',
      'flat',
      'hidden',
      'probs',
    ]);
    for (const { layer: name, range, shape } of facts.stages) {
      const { data, shape: whole } = reference.get(`output:${name}`)!;
      expect([1, ...shape]).toEqual([...whole]);
      expect(range[0]).toBeCloseTo(Math.min(...data), 4);
      expect(range[1]).toBeCloseTo(Math.max(...data), 4);
    }
  });

  it('writes out the units of the output with their classes', () => {
    const last = facts.stages.at(-1)!;
    const { data } = reference.get('output:probs')!;
    expect(last.classes).toEqual(CLASSES);
    last.values!.forEach((value, unit) => expect(value).toBeCloseTo(data[unit]!, 5));
    expect(facts.stages.find((stage) => stage.layer === 'hidden')!.values).toBeUndefined();
  });

  it('says how each layer makes its values', () => {
    expect(facts.stages.map(({ operation, window, activation }) => [operation, window, activation])).toEqual([
      ['sum', [5, 5], undefined],
      ['function', undefined, 'relu'],
      ['max', [2, 2], undefined],
      ['sum', [5, 5], undefined],
      ['function', undefined, 'relu'],
      ['max', [2, 2], undefined],
      [undefined, undefined, undefined],
      ['dense', undefined, 'relu'],
      ['dense', undefined, 'softmax'],
    ]);
  });

  it('draws each map where it says, in the colour of each value', () => {
    const stage = facts.stages.find(({ layer: name }) => name === 'p1')!;
    const { data, shape } = reference.get('output:p1')!;
    const [, height, width, channels] = shape as [number, number, number, number];
    const greatest = Math.max(...data.map(Math.abs));
    expect(stage.filters).toEqual([0, 1, 2, 3]);
    for (const [i, { x, y, width: wide, height: tall }] of stage.at.entries()) {
      for (const [row, column] of [
        [0, 0],
        [3, 5],
        [11, 11],
        [6, 2],
      ] as const) {
        const value = data[(row * width + column) * channels + i]!;
        const px = Math.floor(x + ((column + 0.5) * wide) / width);
        const py = Math.floor(y + ((row + 0.5) * tall) / height);
        const at = (py * panel.width + px) * 3;
        const [red, green, blue] = panel.data.slice(at, at + 3);
        // White at zero, towards #c2452d above it.
        const share = 0.7 * (value / greatest);
        expect(red).toBeCloseTo(Math.round(255 + share * (0xc2 - 255)), -0.5);
        expect(green).toBeCloseTo(Math.round(255 + share * (0x45 - 255)), -0.5);
        expect(blue).toBeCloseTo(Math.round(255 + share * (0x2d - 255)), -0.5);
      }
    }
  });

  it('refuses what cannot be drawn, by name', () => {
    const layers = [layer(0, 'input', 'InputLayer', [8, 8, 3]), layer(1, 'flat', 'Flatten', [2048])];
    const planning = fakePlanning(layers, 14);
    forwardPass.plan(viewOf(forwardPass, { layers: 'flat', images: 'all' }), planning);
    expect(planning.problems.map(({ what }) => what)).toEqual([
      'Layer `flat` cannot be drawn: its output is 2048. Maps can, and vectors of at most 1,024 units.',
      'The view has 14 images. The limit is 12.',
    ]);
    const many = Array.from({ length: 33 }, (_, i) => layer(i, `l${i}`, 'ReLU', [4, 4, 3]));
    const deep = fakePlanning(many, 1);
    forwardPass.plan(viewOf(forwardPass, {}), deep);
    expect(deep.problems.map(({ what }) => what)).toEqual(['The view has 33 layers. The limit is 32.']);
    expect(forwardPass.settings.safeParse({ maps: 33 }).success).toBe(false);
    expect(forwardPass.settings.safeParse({ filters: 3 }).success).toBe(false);
  });
});
