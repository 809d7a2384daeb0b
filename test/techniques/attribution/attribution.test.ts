import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { classHead } from '../../../src/model/class-head.ts';
import { attribution } from '../../../src/techniques/attribution.ts';
import type { AttributionFacts } from '../../../src/techniques/attribution/facts.ts';
import type { ComputedPanel, JobSpec, PlanningContext } from '../../../src/techniques/technique.ts';
import { useBackend } from '../../backend/with-backend.ts';
import { fileSpec, kerasFixtures, open } from '../../model/opening.ts';
import type { fakePlanning } from '../fake-planning.ts';
import { viewOf } from '../fake-planning.ts';
import { randomImage, realContext, planningOf } from '../real-context.ts';
import type { RealContext } from '../real-context.ts';

const NAMES = ['tabby', 'tiger cat', 'Egyptian cat', 'lynx', 'puma', 'fox', 'dog', 'wolf', 'bear', 'seal'];

let context: RealContext;
beforeAll(async () => {
  await useBackend('wasm');
  const source = await open(fileSpec(join(kerasFixtures, 'resnet_like.keras')));
  const [height, width] = source.network.inputShape;
  context = await realContext(
    source,
    [0, 1].map((i) => randomImage(`attribution ${i}`, height, width)),
  );
});
afterAll(() => context.model.dispose());

interface Planned {
  readonly jobs: readonly JobSpec[];
  readonly problems: readonly { key: string; what: string }[];
  readonly resolved: Readonly<Record<string, unknown>>;
}

function plan(
  written: Record<string, unknown>,
  classOf?: (image: number) => string,
  change: (planning: PlanningContext) => PlanningContext = (planning) => planning,
): Planned {
  const { layers, network } = context.model;
  const planning = planningOf(context, 2, classOf);
  const head = classHead(network, layers)!;
  const units = head.units;
  const given = change({ ...planning, classes: NAMES.slice(0, units), classHead: head });
  const { jobs, resolved = {} } = attribution.plan(viewOf(attribution, { images: 'all', ...written }), given);
  return { jobs, resolved, problems: (planning as unknown as ReturnType<typeof fakePlanning>).problems };
}

async function compute(jobs: readonly JobSpec[]): Promise<readonly (readonly ComputedPanel[])[]> {
  const found: (readonly ComputedPanel[])[] = [];
  for await (const { job, panels } of attribution.compute(jobs, context)) found[job] = panels;
  return found;
}

const factsOf = (panel: ComputedPanel): AttributionFacts => panel.facts as AttributionFacts;

describe('planning', () => {
  it('explains the predicted class by the last layer with feature maps, unless told otherwise', () => {
    const { jobs, resolved, problems } = plan({});
    expect(problems).toEqual([]);
    const last = context.model.layers.findLast(
      ({ outputShape }) => outputShape.length === 3 && outputShape[0]! * outputShape[1]! > 1,
    )!;
    expect(jobs.map(({ layers }) => layers[0])).toEqual([last.index, last.index]);
    expect(jobs.map(({ images }) => images)).toEqual([[0], [1]]);
    expect(resolved).toMatchObject({ layers: [last.name], opacity: 0.8, fade: true, colormap: 'inferno' });
  });

  it('gives maps of the input the place of the input, and keys that depend on the score', () => {
    const { jobs } = plan({ method: 'gradient', target: [{ class: 1 }, 'predicted'] });
    const { layer } = classHead(context.model.network, context.model.layers)!;
    expect(jobs.map(({ layers, panels }) => [layers, panels])).toEqual([
      [[0, layer], 2],
      [[0, layer], 2],
    ]);
  });

  it('finds the class of an image by its folder, or by `classes`', () => {
    const classOf = (image: number): string => (image === 0 ? 'Tiger-Cat' : 'felines');
    expect(plan({ target: 'expected' }, classOf).problems[0]!.what).toBe(
      'The model has no class for image `1.png`.',
    );
    const { jobs, problems } = plan({ target: 'expected', classes: { felines: 3 } }, classOf);
    expect(problems).toEqual([]);
    expect(jobs.map(({ payload }) => payload['targets'])).toEqual([
      [{ kind: 'expected', unit: 1 }],
      [{ kind: 'expected', unit: 3 }],
    ]);
  });

  it.each([
    [{ method: 'gradient', samples: 3 }, 'samples', '`samples` does not apply to `method: gradient`.'],
    [{ method: 'grad-cam', window: 8 }, 'window', '`window` does not apply to `method: grad-cam`.'],
    [
      { method: 'rise', layers: 'all' },
      'layers',
      '`layers` does not apply to `method: rise`: its maps are of the input.',
    ],
    [{ target: { class: 'unicorn' } }, 'target', 'The model has no class `unicorn`.'],
    [{ target: { class: 4711 } }, 'target', 'The model has no class `4711`.'],
    [{ target: { layer: 'nowhere', filter: 0 } }, 'target', 'The network has no layer `nowhere`.'],
    [{ target: 'expected' }, 'target', 'The model has no class for image `0.png`.'],
    [
      { classes: { a: 'tabby' } },
      'classes',
      '`classes` applies to `target: expected` and `target: difference` only.',
    ],
    [
      { method: 'occlusion', window: [4000 / 2, 3] },
      'window',
      /^A window of 2000x3 pixels is larger than the input/,
    ],
  ])('refuses %j', (written, key, what) => {
    const { problems } = plan(written);
    expect(problems).toHaveLength(1);
    expect(problems[0]!.key).toBe(key);
    expect(problems[0]!.what).toMatch(what);
  });

  it('covers coarse to fine unless windows are given', () => {
    const [height, width] = context.model.network.inputShape;
    const sides = (share: number): number[] => [Math.ceil(height / share), Math.ceil(width / share)];
    const of = (written: Record<string, unknown>) => plan({ method: 'occlusion', ...written }).resolved;
    expect(of({})).toMatchObject({ window: sides(3), coarse_to_fine: true });
    expect(of({ coarse_to_fine: false })).toMatchObject({ window: sides(4), coarse_to_fine: false });
    expect(of({ window: 8 })).toMatchObject({ window: [8, 8], stride: [4, 4], coarse_to_fine: false });
    expect(of({ window: 8, coarse_to_fine: true })).toMatchObject({ window: [8, 8], coarse_to_fine: true });
    expect(plan({ method: 'rise', coarse_to_fine: true }).problems[0]!.what).toBe(
      '`coarse_to_fine` does not apply to `method: rise`.',
    );
  });

  it('says what to do where a network has no classes', () => {
    const { problems } = plan({}, undefined, ({ classHead: _, ...planning }) => planning);
    expect(problems).toEqual([{ key: 'target', what: 'The network has no classes.' }]);
    const unit = {
      layer: context.model.layers.findLast(({ kind }) => kind === 'convolution')!.name,
      filter: 1,
    };
    expect(plan({ target: unit }, undefined, ({ classHead: _, ...planning }) => planning).problems).toEqual(
      [],
    );
  });

  it.each([
    [[]],
    ['best'],
    [{ class: -1 }],
    [{ layer: 'a' }],
    [[{ class: 1 }, 7]],
    [Array.from({ length: 17 }, () => 'predicted')],
  ])('takes no target %j', (target) => {
    expect(attribution.settings.safeParse({ target }).success).toBe(false);
  });
});

describe('computing', () => {
  it('gives views of other scores their own maps, where they are computed together', async () => {
    const views = [{}, { target: { class: 2 } }, { target: ['predicted', { class: 3 }] }, { layers: 'all' }];
    const alone = [];
    for (const written of views) alone.push(...(await compute(plan(written).jobs)));
    const together = await compute(views.flatMap((written) => plan(written).jobs));
    expect(together.map((panels) => panels.map((panel) => factsOf(panel).target))).toEqual(
      alone.map((panels) => panels.map((panel) => factsOf(panel).target)),
    );
    expect(together.map((panels) => panels.map(({ data }) => data))).toEqual(
      alone.map((panels) => panels.map(({ data }) => data)),
    );
  });

  it('gives every layer a map of its size for every target, with facts', async () => {
    const { jobs } = plan({ layers: 'all', target: ['predicted', { class: 2 }] });
    const found = await compute(jobs);
    expect(found).toHaveLength(jobs.length);
    const scores = new Set<number>();
    for (const [i, panels] of found.entries()) {
      const [height, width] = context.model.layers[jobs[i]!.layers[0]!]!.outputShape;
      expect(panels).toHaveLength(2);
      for (const panel of panels) expect([panel.height, panel.width]).toEqual([height, width]);
      const [predicted, second] = panels.map(factsOf);
      expect(second!.target).toMatchObject({ kind: 'class', unit: 2 });
      expect(predicted!.score!).toBeGreaterThanOrEqual(second!.score!);
      expect(predicted!.controls!.randomized.at(-1)!.layers).toBe(
        context.model.trainedLayers(context.model.layers.length - 1).length,
      );
      expect(
        attribution.facts!.schema.parse(attribution.facts!.report!(panels[0]!.facts!, String, NAMES)),
      ).toMatchObject({ target: { name: NAMES[predicted!.target.unit] } });
      scores.add(predicted!.score!);
    }
    // One score for each of the two images, whatever the layer.
    expect(scores.size).toBe(2);
  });

  it('gives the same map alone as with others', async () => {
    const { jobs } = plan({ layers: 'all', controls: false, target: ['predicted', { class: 2 }] });
    const together = await compute(jobs);
    const alone = plan({ layers: 'all', controls: false, target: { class: 2 } }).jobs;
    for (const i of [0, jobs.length - 1]) {
      const [[panel]] = (await compute([alone[i]!])) as [[ComputedPanel]];
      expect([...panel.data]).toEqual([...together[i]![1]!.data]);
    }
  });

  it('writes maps before upsampling, and gradients with the channels of the input', async () => {
    const { jobs } = plan({ values: true, controls: false });
    const [[map]] = (await compute(jobs)) as [[ComputedPanel]];
    expect(map.files!['values']).toMatchObject({ shape: [map.height, map.width, 1] });
    const gradients = plan({ values: true, controls: false, method: 'gradient' }).jobs;
    const [[gradient]] = (await compute(gradients)) as [[ComputedPanel]];
    expect(gradient.files!['values']).toMatchObject({ shape: context.model.network.inputShape });
  });

  it('explains a unit of an inner layer, and the difference of two classes', async () => {
    const layer = context.model.layers.findLast(({ kind }) => kind === 'convolution')!;
    const unit = { layer: layer.name, filter: 1 };
    const [[ofUnit]] = (await compute(plan({ method: 'gradient', target: unit }).jobs)) as [[ComputedPanel]];
    expect(factsOf(ofUnit).target).toEqual({ kind: 'unit', layer: layer.name, unit: 1 });
    const classOf = (): string => 'tabby';
    const { jobs } = plan(
      { method: 'gradient', target: ['predicted', 'expected', 'difference'], values: true, controls: false },
      classOf,
    );
    for (const [predicted, expected, difference] of (await compute(jobs)) as [
      ComputedPanel,
      ComputedPanel,
      ComputedPanel,
    ][]) {
      const [p, e, d] = [predicted, expected, difference].map(
        ({ files }) => (files!['values'] as { data: Float32Array }).data,
      );
      const most = Math.max(...p!.map(Math.abs), ...e!.map(Math.abs));
      for (let at = 0; at < d!.length; at += 37)
        expect(Math.abs(d![at]! - (p![at]! - e![at]!)) / most).toBeLessThan(1e-5);
      expect(factsOf(difference).score).toBeCloseTo(factsOf(predicted).score! - factsOf(expected).score!, 5);
    }
  });

  it('is complete up to the error it states, by integrated gradients', async () => {
    const { jobs } = plan({ method: 'integrated-gradients', samples: 200, controls: false });
    for (const [panel] of (await compute(jobs)) as [ComputedPanel][]) {
      const { sum, difference, error } = factsOf(panel).completeness!;
      expect(error).toBeCloseTo(Math.abs(sum - difference) / Math.abs(difference), 6);
      expect(panel.data.reduce((all, value) => all + value, 0)).toBeCloseTo(sum, 2);
    }
  });
});
