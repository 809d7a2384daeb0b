import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { activationMaximization } from '../../src/techniques/activation-maximization.ts';
import { scheduleOf } from '../../src/techniques/dreams/make.ts';
import { thinned } from '../../src/techniques/dreams/panel.ts';
import { batchSize } from '../../src/techniques/batch-size.ts';
import { dreamSize } from '../../src/techniques/dreams/size.ts';
import type { ComputedDreamFacts } from '../../src/techniques/dreams/facts.ts';
import type {
  ArrayFile,
  ComputedPanel,
  FramesFile,
  JobSpec,
  JobOutput,
} from '../../src/techniques/technique.ts';
import { availableBackends, useBackend } from '../backend/with-backend.ts';
import { fileSpec, kerasFixtures, open, zooSpec } from '../model/opening.ts';
import { fakePlanning, layer, panelsOf, viewOf } from './fake-planning.ts';
import { randomImage, realContext, planningOf } from './real-context.ts';
import type { RealContext } from './real-context.ts';

const layers = [
  layer(0, 'input', 'InputLayer', [64, 64, 3]),
  layer(1, 'conv', 'Conv2D', [64, 64, 4]),
  layer(2, 'probs', 'Dense', [5]),
];
const plan = (settings: Record<string, unknown>, images = 2) => {
  const planning = fakePlanning(layers, images);
  const planned = activationMaximization.plan(viewOf(activationMaximization, settings), planning);
  return { ...planned, problems: planning.problems };
};

describe('planning dreams', () => {
  it('makes every filter a job of its own, those of one layer a group', () => {
    const { jobs, problems } = plan({ layers: ['conv', 'probs'], filters: [0, 2] });
    expect(problems).toEqual([]);
    expect(panelsOf(jobs)).toBe(4);
    expect(jobs.map(({ label, layers: of, images, panels }) => [label, of, images, panels])).toEqual([
      ['conv · filter 0', [1], [0, 1], 1],
      ['conv · filter 2', [1], [0, 1], 1],
      ['probs · filter 0', [2], [0, 1], 1],
      ['probs · filter 2', [2], [0, 1], 1],
    ]);
    const groups = jobs.map(({ group }) => group);
    expect(groups[0]).toBe(groups[1]);
    expect(groups[2]).toBe(groups[3]);
    expect(groups[0]).not.toBe(groups[2]);
    expect(jobs.map(({ payload }) => payload['objective'])).toEqual(['channel', 'channel', 'logit', 'logit']);
  });

  it('states every default as it turned out', () => {
    expect(plan({ layers: ['conv'] }).resolved).toEqual({
      ...{ filters: { first: 16 }, objective: 'channel', size: [4, 4], label: 'filter {filter}' },
      // What Fourier has no use for (l2, total_variation, blur) could not be written in a file.
      ...{ steps: 256, learning_rate: 0.05, jitter: 12, scale: 0.1, rotate: 10 },
    });
    expect(plan({ layers: ['conv'], method: 'pixels', jitter: 3 }).resolved).toMatchObject({
      jitter: 3,
      scale: 0,
    });
  });

  it('needs no images', () => {
    expect(plan({ layers: ['conv'], filters: 0 }, 0).jobs[0]!.images).toEqual([]);
  });
});

const factsOf = (panel: ComputedPanel | undefined) => panel!.facts as unknown as ComputedDreamFacts;
const framesOf = (panel: ComputedPanel | undefined) => (panel!.files!['frames'] as FramesFile).frames;

describe('the size of a dream', () => {
  const vgg = open(zooSpec('vgg16', { weights: 'random', includeTop: false, input: [224, 224] }));

  it.each([
    ['block1_conv2', false, 64], // sees 5 pixels
    ['block3_conv3', false, 80], // 40
    ['block4_conv3', false, 192], // 92
    ['block5_conv3', false, 224], // 196
    ['block3_conv3', true, 48],
    ['block1_conv2', true, 32],
  ])('of %s (neuron: %s) is %i', async (name, neuron, side) => {
    const found = (await vgg).layers.find((one) => one.name === name)!;
    expect(dreamSize(found, [224, 224, 3], neuron)).toEqual([side, side]);
  });

  it('is that of the input where the layer sees all of it', () => {
    expect(dreamSize(layers[2]!, [64, 48, 3], false)).toEqual([64, 48]);
  });

  it('decides how many share a pass', async () => {
    const { layers: all } = await vgg;
    const last = all.findIndex(({ name }) => name === 'block5_conv3');
    expect(batchSize(all, last, [224, 224, 3], [112, 112])).toBe(8);
    expect(batchSize(all, last, [224, 224, 3], [448, 448])).toBeLessThan(4);
    expect(batchSize(all, last, [224, 224, 3], [2048, 2048])).toBe(1);
  });
});

describe('the schedule', () => {
  const settings = { size: [64, 96] as const, steps: 10, coarseToFine: true, frames: 3 };

  it('halves the size for the first steps, and takes frames from the first to the last', () => {
    const { stages, frames } = scheduleOf(settings);
    expect(stages).toEqual([
      { size: { height: 32, width: 48 }, steps: 6 },
      { size: { height: 64, width: 96 }, steps: 4 },
    ]);
    expect(frames).toEqual([0, 5, 10]);
  });

  it('halves nothing small, and takes no frame twice', () => {
    expect(scheduleOf({ ...settings, size: [32, 32] }).stages).toHaveLength(1);
    expect(scheduleOf({ ...settings, steps: 2, frames: 12 }).frames).toEqual([0, 1, 2]);
    expect(scheduleOf({ ...settings, frames: 1 }).frames).toEqual([10]);
    expect(scheduleOf({ ...settings, frames: 0 }).frames).toEqual([]);
  });
});

it('a curve is thinned evenly, its ends kept', () => {
  expect(thinned([1, 2, 3])).toEqual([1, 2, 3]);
  const long = Array.from({ length: 1000 }, (_, i) => i);
  const short = thinned(long);
  expect(short).toHaveLength(64);
  expect([short[0], short[63]]).toEqual([0, 999]);
});

describe.each(availableBackends)('making dreams on %s', (backend) => {
  const images = ['a', 'b', 'c'].map((name) => randomImage(name, 32, 32));
  let context: RealContext;
  beforeAll(async () => {
    await useBackend(backend);
    const source = await open(fileSpec(join(kerasFixtures, 'vgg_like.keras')));
    const [height, width] = source.network.inputShape;
    context = await realContext(
      source,
      images.map((_, i) => randomImage(['a', 'b', 'c'][i]!, height, width)),
    );
  });
  afterAll(() => context.model.dispose());

  const written = { layers: ['block2_conv2'], filters: [1, 4], steps: 12, size: 24, frames: 4 };
  const jobsOf = (settings: Record<string, unknown>, images = 3): readonly JobSpec[] =>
    activationMaximization.plan(
      viewOf(activationMaximization, { ...written, ...settings }),
      planningOf(context, images),
    ).jobs;
  const make = async (
    settings: Record<string, unknown>,
    images = 3,
    signal = context.signal,
  ): Promise<ComputedPanel[]> => {
    const jobs = jobsOf(settings, images);
    const outputs: JobOutput[] = [];
    for await (const output of activationMaximization.compute(jobs, { ...context, signal }))
      outputs.push(output);
    return outputs.sort((a, b) => a.job - b.job).flatMap(({ panels }) => panels);
  };

  it('hands over a finished image with its evidence', async () => {
    const [one, other] = await make({ values: true });
    expect(one).toMatchObject({ filter: 1, height: 24, width: 24, channels: 3, kind: 'image' });
    expect(other).toMatchObject({ filter: 4 });
    expect(factsOf(one).curve).toHaveLength(12);
    expect(factsOf(one)).toMatchObject({ objective: 'channel', method: 'fourier', steps: 12, seed: 1 });
    expect(framesOf(one).map(({ step, height, width, data }) => [step, height, width, data.length])).toEqual(
      [0, 4, 8, 12].map((step) => [step, 24, 24, 24 * 24 * 3]),
    );
    expect([...framesOf(one).at(-1)!.data]).toEqual([...one!.data]);
    expect((one!.files!['values'] as ArrayFile).shape).toEqual([24, 24, 3]);
    (one!.files!['values'] as ArrayFile).data.forEach((value, i) =>
      expect(Math.round(255 * value)).toBe(one!.data[i]),
    );
  });

  it('measures the dream and the best photograph alike', async () => {
    const [one] = await make({});
    const { model } = context;
    const index = model.layers.find(({ name }) => name === 'block2_conv2')!.index;
    const meanFor = async (data: Uint8Array, height: number, width: number): Promise<number> => {
      const { tf } = await import('../../src/backend/tf.ts');
      // This network takes 0..1.
      const input = tf.tensor4d(
        Float32Array.from(data, (v) => v / 255),
        [1, height, width, 3],
      );
      const [maps] = model.forward(input, [index]) as [ReturnType<typeof tf.tensor4d>];
      const mean = tf.mean(tf.slice(maps, [0, 0, 0, 1], [-1, -1, -1, 1]));
      const [value] = await mean.data();
      tf.dispose([input, maps, mean]);
      return value!;
    };
    const means = await Promise.all(
      [0, 1, 2].map(async (i) => {
        const { data, height, width } = await context.pixels(i);
        return meanFor(data, height, width);
      }),
    );
    const best = Math.max(...means);
    expect(factsOf(one).best!.image).toBe(means.indexOf(best));
    expect(factsOf(one).best!.activation).toBeCloseTo(best, 5);
    const own = await meanFor(Uint8Array.from(one!.data), 24, 24);
    expect(factsOf(one).activation).toBeCloseTo(own, 5);
    expect(factsOf(one).score).toBeCloseTo(own / best, 4);
  });

  it('dreams nothing twice: not for another image, nor for other filters beside it', async () => {
    const first = await make({ jitter: 5 });
    const kept = context.partial.writes.filter(({ finding }) => finding === 'dream').length;
    const fewer = await make({ jitter: 5, filters: [4] }, 2);
    expect(context.partial.writes.filter(({ finding }) => finding === 'dream')).toHaveLength(kept);
    expect(fewer[0]!.data).toEqual(first[1]!.data);
    expect(fewer[0]!.files).toEqual(first[1]!.files);
    expect(factsOf(fewer[0]).curve).toEqual(factsOf(first[1]).curve);
  });

  it('hands over nothing once it is stopped', async () => {
    expect(await make({ jitter: 6 }, 3, AbortSignal.abort())).toEqual([]);
  });

  it.each([
    ['neuron', { objective: 'neuron', steps: 40, jitter: 0, scale: 0, rotate: 0 }, 'neuron'],
    ['the negative', { negative: true }, 'negative channel'],
    ['a direction', { direction: { 0: 1, 3: -1 }, filters: undefined }, 'direction'],
    ['pixels', { method: 'pixels' }, 'channel'],
    ['a dense layer', { method: 'dense' }, 'channel'],
  ])('climbs for %s', async (_, settings, objective) => {
    const [one] = await make(settings);
    expect(factsOf(one).objective).toBe(objective);
    expect(factsOf(one).activation).toBeGreaterThan(factsOf(one).curve[0]!);
  });

  it('makes variants of one filter that differ', async () => {
    const [one, other] = await make({ filters: [1], diversity: 2 });
    expect(one).toMatchObject({ filter: 1 });
    expect(other).toMatchObject({ filter: 1 });
    expect(one!.data).not.toEqual(other!.data);
  });
});
