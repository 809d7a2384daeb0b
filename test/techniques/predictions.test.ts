import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../../src/backend/tf.ts';
import { classHead } from '../../src/model/class-head.ts';
import type { Model } from '../../src/model/model.ts';
import type { ModelSpec } from '../../src/schema/experiment.ts';
import type { PredictionFacts, Summary } from '../../src/techniques/predictions/facts.ts';
import { judge, shortest, softmax } from '../../src/techniques/predictions/judge.ts';
import type { Judging } from '../../src/techniques/predictions/judge.ts';
import { predictions } from '../../src/techniques/predictions.ts';
import type {
  JobOutput,
  PlannedView,
  PlanningContext,
  ReportedPanel,
} from '../../src/techniques/technique.ts';
import { availableBackends, useBackend } from '../backend/with-backend.ts';
import { fileSpec, kerasFixtures, open, zooSpec } from '../model/opening.ts';
import { readNpz } from '../npz.ts';
import { collect, fakePlanning, layer, viewOf, type FakePlanning } from './fake-planning.ts';
import { randomImage, realContext, type RealContext } from './real-context.ts';

const factsOf = ({ panels }: JobOutput): PredictionFacts => panels[0]!.facts as unknown as PredictionFacts;

/** A planning context for a network with one output layer, and images of folders. */
function planningFor(
  units: number,
  {
    activation,
    classes,
    folders = [],
  }: {
    activation?: 'softmax' | 'sigmoid';
    classes?: readonly string[];
    folders?: readonly (string | undefined)[];
  } = {},
): FakePlanning {
  const layers = [layer(0, 'input', 'InputLayer', [4, 4, 3]), layer(1, 'out', 'Dense', [units])];
  const planning = fakePlanning(layers, folders.length || 1);
  const images = planning.images.map((image, at) => ({
    ...image,
    ...(folders[at] === undefined ? {} : { class: folders[at] }),
  }));
  return {
    ...planning,
    images,
    resolveImages: () => images,
    classHead: { layer: 1, units, ...(activation && { activation }) },
    ...(classes && { classes }),
  };
}

const plan = (planning: PlanningContext, written: Record<string, unknown> = {}): PlannedView =>
  predictions.plan(viewOf(predictions, written), planning);

const judging: Judging = {
  ...{ kind: 'single-label', top: 5, confident: 0.9, unsure: 0.5, threshold: 0.5, expected: [] },
};

describe('probabilities', () => {
  it('are exp(x) / Σ exp(x)', () => {
    const logits = [1.5, -0.25, 3, 0];
    const sum = Math.exp(1.5) + Math.exp(-0.25) + Math.exp(3) + Math.exp(0);
    logits.forEach((x, at) => expect(softmax(logits)[at]).toBe(Math.fround(Math.exp(x) / sum)));
  });

  it('are those of large logits, too', () => {
    expect([...softmax([1000, 1000, -1000])]).toEqual([0.5, 0.5, 0]);
  });

  it('of one sigmoid unit are those of two classes, 1 / (1 + exp(-x)) and the rest', () => {
    const { predictions: found } = judge(Float32Array.of(1.25), { ...judging, kind: 'binary' });
    expect(found.map((one) => one.class)).toEqual([1, 0]);
    expect(found[0]).toMatchObject({
      logit: 1.25,
      probability: expect.closeTo(1 / (1 + Math.exp(-1.25)), 7) as number,
    });
    expect(found[1]).toMatchObject({
      logit: -1.25,
      probability: expect.closeTo(1 / (1 + Math.exp(1.25)), 7) as number,
    });
  });

  it('are stated in the digits that give their float32 back', () => {
    for (const value of [0.1, 1 / 3, 0.97124559, 3.2144074, 1e-9, -123456.789, 0, 1].map(Math.fround)) {
      expect(Math.fround(shortest(value))).toBe(value);
      expect(String(shortest(value)).replace(/^-|e.*$|\./g, '').length).toBeLessThan(12);
    }
  });
});

describe('an image', () => {
  const logits = Float32Array.of(0, 2, 1, 2, -1, -3);

  it('has the classes of the highest logits, the first of equal ones first', () => {
    const { predictions: found } = judge(logits, { ...judging, top: 3 });
    expect(found.map((one) => one.class)).toEqual([1, 3, 2]);
  });

  it('is right where the highest logit is of an expected class, whichever of them', () => {
    expect(judge(logits, { ...judging, expected: [1] }).verdict).toBe('right');
    expect(judge(logits, { ...judging, expected: [4, 1] }).verdict).toBe('right');
    expect(judge(logits, { ...judging, expected: [2] }).verdict).toBe('wrong');
    expect(judge(logits, judging).verdict).toBeUndefined();
  });

  it('has a rank for each expected class among all of them, stated or not', () => {
    const { expected } = judge(logits, { ...judging, top: 1, expected: [5, 0] });
    expect(expected!.map(({ class: each, rank }) => [each, rank])).toEqual([
      [5, 6],
      [0, 4],
    ]);
  });

  it('is confident or unsure by the probability of its class', () => {
    const certainty = (top: number) =>
      judge(Float32Array.of(Math.log(top), Math.log(1 - top)), { ...judging, unsure: 0.75 }).certainty;
    expect([0.95, 0.901, 0.899, 0.76, 0.74].map(certainty)).toEqual([
      ...['confident', 'confident', undefined, undefined, 'unsure'],
    ]);
  });

  it('has no prediction where a logit is not a number', () => {
    for (const value of [NaN, Infinity, -Infinity]) {
      const facts = judge(Float32Array.of(1, value), { ...judging, expected: [0] });
      expect(facts).toEqual({ kind: 'single-label', predictions: [] });
    }
  });

  it('of a network with several labels has those above the threshold, and is right where none of its own is missed', () => {
    const many = { ...judging, kind: 'multi-label', threshold: 0.6 } as const;
    const found = judge(Float32Array.of(3, 0.2, -4, 0.5), { ...many, expected: [0, 3] });
    // σ(3) = 0.953, σ(0.2) = 0.550, σ(0.5) = 0.622
    expect(found.labels).toEqual([{ class: 0 }, { class: 3 }]);
    expect(found.verdict).toBe('right');
    expect(judge(Float32Array.of(3, 0.2, -4, 0.5), { ...many, expected: [0, 1] }).verdict).toBe('wrong');
    expect(judge(Float32Array.of(-1, -2, -4, -3), many)).toMatchObject({ labels: [], certainty: 'unsure' });
    // Sure of a label, and as sure that the expected one is missing.
    expect(judge(Float32Array.of(3, -3, -4, -5), { ...many, expected: [1] })).toMatchObject({
      ...{ verdict: 'wrong', certainty: 'confident' },
    });
  });

  it('of a network with scores has neither probability nor verdict', () => {
    const facts = judge(Float32Array.of(12.5), { ...judging, kind: 'scores', expected: [0] });
    expect(facts).toEqual({
      kind: 'scores',
      predictions: [{ class: 0, logit: 12.5 }],
      expected: [{ class: 0, logit: 12.5, rank: 1 }],
    });
  });
});

describe('what outputs are', () => {
  const kindOf = (planning: FakePlanning, written = {}): unknown =>
    plan(planning, written).jobs[0]!.payload['kind'];

  it('is told by the last activation and the number of units', () => {
    expect(kindOf(planningFor(3, { activation: 'softmax' }))).toBe('single-label');
    expect(kindOf(planningFor(3))).toBe('single-label');
    expect(kindOf(planningFor(3, { activation: 'sigmoid' }))).toBe('multi-label');
    expect(kindOf(planningFor(1, { activation: 'sigmoid' }))).toBe('binary');
    expect(kindOf(planningFor(1))).toBe('scores');
  });

  it('is said by `probabilities` of networks that end in logits', () => {
    expect(kindOf(planningFor(3), { probabilities: 'sigmoid' })).toBe('multi-label');
    expect(kindOf(planningFor(3), { probabilities: 'none' })).toBe('scores');
    expect(kindOf(planningFor(1), { probabilities: 'sigmoid' })).toBe('binary');
  });

  it('is stated with the settings that depend on it', () => {
    expect(plan(planningFor(3)).resolved).toEqual({ probabilities: 'softmax', confident: 0.9, unsure: 0.5 });
    expect(plan(planningFor(1, { activation: 'sigmoid' })).resolved).toMatchObject({ unsure: 0.75 });
    expect(plan(planningFor(3, { activation: 'sigmoid' })).resolved).toEqual({
      ...{ probabilities: 'sigmoid', confident: 0.9, threshold: 0.5 },
    });
    expect(plan(planningFor(1)).resolved).toEqual({ probabilities: 'none' });
  });
});

describe('classes of folders', () => {
  const expectedOf = (planning: FakePlanning, written = {}): unknown[] =>
    plan(planning, written).jobs.map(({ payload }) => payload['expected']);
  const classes = ['tabby', 'tiger cat', 'beagle', 'crane', 'crane'];

  it('are those of the same name, whatever stands between words', () => {
    const planning = planningFor(5, {
      classes,
      folders: ['beagle', 'Tiger_Cat', 'cats', 'crane', undefined],
    });
    // Two classes are called crane, none cats.
    expect(expectedOf(planning)).toEqual([[2], [1], [], [], []]);
  });

  it('are those that `classes` names, by name or index', () => {
    const planning = planningFor(5, { classes, folders: ['cats', 'crane', 'beagle'] });
    const written = { classes: { cats: ['tabby', 1], crane: 4 } };
    expect(expectedOf(planning, written)).toEqual([[0, 1], [4], [2]]);
    expect(planning.problems).toEqual([]);
  });

  it('are their numbers where classes have no names', () => {
    expect(expectedOf(planningFor(3, { folders: ['0', '2', '3', 'x'] }))).toEqual([[0], [2], [], []]);
  });

  it('of a single unit are its class and the other', () => {
    const named = { activation: 'sigmoid', classes: ['cat'], folders: ['cat', 'not cat', 'dogs'] } as const;
    expect(expectedOf(planningFor(1, named))).toEqual([[1], [0], []]);
    const mapped = plan(planningFor(1, { activation: 'sigmoid', folders: ['cats', 'dogs'] }), {
      classes: { cats: 0, dogs: 1 },
    });
    expect(mapped.jobs.map(({ payload }) => [payload['expected'], payload['names']])).toEqual([
      [[0], ['cats', 'dogs']],
      [[1], ['cats', 'dogs']],
    ]);
  });
});

describe('a view is refused', () => {
  const problemsOf = (
    planning: FakePlanning,
    written: Record<string, unknown> = {},
  ): FakePlanning['problems'] => {
    plan(planning, written);
    return planning.problems;
  };
  const soft = { activation: 'softmax', classes: ['a', 'b', 'c'], folders: ['a', 'x'] } as const;

  it.each<[string, FakePlanning, Record<string, unknown>, string, RegExp]>([
    [
      'with a folder that no image is of',
      planningFor(3, soft),
      { classes: { y: 'a' } },
      'classes.y',
      /`y`.*no image/,
    ],
    [
      'with a class that the network lacks',
      planningFor(3, soft),
      { classes: { x: 'd' } },
      'classes.x',
      /no class `d`/,
    ],
    [
      'with an index beyond its classes',
      planningFor(3, soft),
      { classes: { x: 3 } },
      'classes.x',
      /no class `3`/,
    ],
    [
      'with a name that several classes have',
      planningFor(2, { ...soft, classes: ['a', 'a'] }),
      ...([{ classes: { x: 'a' } }, 'classes.x', /2 classes of the model are called `a`/] as const),
    ],
    [
      'with a name where none are known',
      planningFor(3, { folders: ['x'] }),
      { classes: { x: 'a' } },
      'classes.x',
      /no class `a`/,
    ],
    [
      'with other probabilities than the network has',
      planningFor(3, soft),
      { probabilities: 'sigmoid' },
      'probabilities',
      /does not apply/,
    ],
    [
      'with a softmax of one output',
      planningFor(1),
      { probabilities: 'softmax' },
      'probabilities',
      /several outputs/,
    ],
    [
      'with a threshold of one class out of several',
      planningFor(3, soft),
      { threshold: 0.3 },
      'threshold',
      /does not apply/,
    ],
    [
      'with `unsure` of several labels',
      planningFor(3, { activation: 'sigmoid' }),
      { unsure: 0.3 },
      'unsure',
      /does not apply/,
    ],
    ['with `confident` of scores', planningFor(1), { confident: 0.3 }, 'confident', /does not apply/],
    [
      'where unsure would be confident',
      planningFor(3, soft),
      { confident: 0.6, unsure: 0.7 },
      'unsure',
      /greater than `confident`/,
    ],
  ])('%s', (_, planning, written, key, what) => {
    const problems = problemsOf(planning, written);
    expect(problems).toHaveLength(1);
    expect(problems[0]!.key).toBe(key);
    expect(problems[0]!.what).toMatch(what);
  });

  it('where the network is a trunk, as vgg_like of the fixtures', async () => {
    const { network, layers } = await open(fileSpec(join(kerasFixtures, 'vgg_like.keras')));
    expect(classHead(network, layers)).toBeUndefined();
    const problems = problemsOf(fakePlanning(layers, 1));
    expect(problems[0]!.what).toBe('The network has no classes.');
  });

  it('where the network has no classes, with what to do', () => {
    const problems: { why?: string; hint?: string; what: string }[] = [];
    const layers = [layer(0, 'input', 'InputLayer', [4, 4, 3]), layer(1, 'conv', 'Conv2D', [2, 2, 8])];
    const planning = {
      ...fakePlanning(layers, 1),
      problem: (_: string, found: { what: string }) => void problems.push(found),
    };
    expect(plan(planning).jobs).toEqual([]);
    expect(problems[0]!.why).toContain('`conv`, gives 2 x 2 x 8 values');
    expect(problems[0]!.hint).toContain('`include_top: false` leaves out');
  });
});

describe('the facts of a view', () => {
  const layers = [layer(0, 'input', 'InputLayer', [4, 4, 3]), layer(1, 'out', 'Dense', [6])];
  let next = 0;
  const panel = (
    folder: string | undefined,
    logits: readonly number[],
    more: Partial<Judging> = {},
  ): ReportedPanel => {
    next += 1;
    const name = `i${next}`;
    return {
      layer: 'out',
      image: { index: next, id: name, file: name, name, ...(folder === undefined ? {} : { class: folder }) },
      facts: judge(Float32Array.from(logits), { ...judging, ...more }),
    };
  };
  const summarize = (panels: readonly ReportedPanel[]): Summary =>
    predictions.facts!.view!.schema.parse(
      predictions.facts!.view!.of(panels, { settings: {}, layers }),
    ) as Summary;
  /** Logits of a softmax with that probability of one class, the rest shared evenly. */
  const sure = (of: number, probability: number): number[] =>
    Array.from({ length: 6 }, (_, at) => Math.log(at === of ? probability : (1 - probability) / 5));

  // Three images of a, two of b, one without a class.
  const panels = [
    panel('a', sure(0, 0.95), { expected: [0] }),
    panel('a', sure(0, 0.65), { expected: [0] }),
    panel('a', sure(4, 0.93), { expected: [0] }),
    panel('b', sure(0, 0.45), { expected: [1] }),
    panel('b', sure(1, 0.62), { expected: [1] }),
    panel(undefined, sure(4, 0.3)),
    panel('strange', sure(2, 0.7)),
    panel('b', [1, 2, NaN, 0, 0, 0], { expected: [1] }),
  ];
  const facts = summarize(panels);
  const ids = panels.map(({ image }) => image!.id);

  it('count', () => {
    expect(facts).toMatchObject({
      ...{ kind: 'single-label', logits: 'out', outputs: 6, images: 8, labelled: 5, right: 3, wrong: 2 },
      ...{ confidentlyWrong: 1, unsure: 2, notFinite: 1, accuracy: 3 / 5, unmatched: ['strange'] },
      folders: [
        { folder: 'a', classes: [0], images: 3 },
        { folder: 'b', classes: [1], images: 2 },
      ],
    });
  });

  it('count the expected class among the five highest', () => {
    // Of the third image the five classes but 4 are alike: class 0 is the second. Of the fourth, too.
    expect(facts.topFive).toBe(1);
    const low = panel('a', [-5, 5, 4, 3, 2, 1], { expected: [0] });
    expect(summarize([...panels, low]).topFive).toBe(5 / 6);
    const fifth = panel('a', [1, 5, 4, 3, 2, -1], { expected: [0] });
    expect(summarize([...panels, low, fifth]).topFive).toBe(6 / 7);
  });

  it('have the confusion matrix', () => {
    expect(facts.confusion).toEqual([
      { folder: 'a', predicted: 0, count: 2, right: true },
      { folder: 'a', predicted: 4, count: 1, right: false },
      { folder: 'b', predicted: 0, count: 1, right: false },
      { folder: 'b', predicted: 1, count: 1, right: true },
    ]);
  });

  it('have precision, recall, and the best and worst images of each class', () => {
    const [a, b, , four] = facts.classes;
    // Predicted a: two right ones, one of b.
    expect(a).toEqual({
      ...{ class: 0, images: 3, right: 2, predicted: 3, recall: 2 / 3, precision: 2 / 3 },
      ...{ best: [ids[0], ids[1], ids[2]], worst: [ids[2], ids[1], ids[0]], mistaken: [ids[3]] },
    });
    expect(b).toMatchObject({ class: 1, images: 2, right: 1, predicted: 1, recall: 1 / 2, precision: 1 });
    // Predicted once for an image of a, once for one without a class, which says nothing.
    expect(four).toEqual({
      ...{
        class: 4,
        images: 0,
        right: 0,
        predicted: 2,
        precision: 0,
        best: [],
        worst: [],
        mistaken: [ids[2]],
      },
    });
  });

  it('have the expected calibration error of Guo et al.', () => {
    // Bins (0.4, 0.5]: 0.45, wrong. (0.6, 0.7]: 0.65 and 0.62, right. (0.9, 1]: 0.95 right, 0.93 wrong.
    const error = (1 / 5) * 0.45 + (2 / 5) * (1 - 0.635) + (2 / 5) * (0.94 - 0.5);
    expect(facts.calibration!.error).toBeCloseTo(error, 6);
    const filled = facts.calibration!.bins.filter(({ count }) => count > 0);
    expect(filled).toEqual([
      { from: 0.4, to: 0.5, count: 1, confidence: expect.closeTo(0.45, 6) as number, accuracy: 0 },
      { from: 0.6, to: 0.7, count: 2, confidence: expect.closeTo(0.635, 6) as number, accuracy: 1 },
      { from: 0.9, to: 1, count: 2, confidence: expect.closeTo(0.94, 6) as number, accuracy: 0.5 },
    ]);
  });

  it('of several labels leave out what folders do not say', () => {
    const many = { kind: 'multi-label', expected: [0] } as const;
    const found = summarize([
      panel('a', [2, 3, -1, -1, -1, -1], many),
      panel('a', [-2, 3, -1, -1, -1, -1], many),
      panel('b', [2, -2, -2, -2, -2, -2], { ...many, expected: [1] }),
    ]);
    expect(found).toMatchObject({ right: 1, wrong: 2, accuracy: 1 / 3 });
    expect(found.confusion).toBeUndefined();
    expect(found.calibration).toBeUndefined();
    expect(found.classes.slice(0, 2)).toMatchObject([
      { class: 0, images: 2, right: 1, predicted: 2, recall: 0.5 },
      { class: 1, images: 1, right: 0, predicted: 2, recall: 0 },
    ]);
    expect(found.classes[0]!.precision).toBeUndefined();
  });

  it('of scores are counts alone', () => {
    const found = summarize([panel('a', [1, 0, 0, 0, 0, 0], { kind: 'scores', expected: [0] })]);
    expect(found).toMatchObject({ kind: 'scores', images: 1, right: 0, wrong: 0, classes: [] });
    expect(found.accuracy).toBeUndefined();
  });
});

// References are Keras' own, written by it together with the models (make_keras_fixtures.py).
describe.each(availableBackends)('on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  /** The technique on a stored input of the network, which need not be an image. */
  async function predictInput(spec: ModelSpec, input: Float32Array, more: Record<string, unknown> = {}) {
    const source = await open(spec);
    const [height, width, channels] = source.network.inputShape;
    const image = randomImage('unused', height, width, channels as 1 | 3);
    const context = await realContext(source, [image]);
    const model: Model = { ...context.model, input: () => tf.tensor4d(input, [1, height, width, channels]) };
    const head = { layer: source.layers.length - 1, units: source.layers.at(-1)!.outputShape[0]! };
    const planning = {
      ...fakePlanning(source.layers, 1),
      classHead: { ...head, activation: 'softmax' as const },
    };
    const { jobs } = plan(planning, { top: head.units, ...more });
    const [output] = await collect(predictions, jobs, { ...context, model });
    model.dispose();
    return { facts: factsOf(output!), units: head.units };
  }

  it.each(['lenet', 'resnet_like'])('%s has the probabilities that Keras has', async (name) => {
    const reference = readNpz(join(kerasFixtures, `${name}.reference.npz`));
    const spec = fileSpec(join(kerasFixtures, `${name}.keras`));
    const { facts, units } = await predictInput(spec, reference.get('input')!.data);
    const expected = reference.get('output:probs')!.data;
    expect(facts.predictions).toHaveLength(units);
    for (const { class: each, probability } of facts.predictions)
      expect(Math.abs(probability! - expected[each]!)).toBeLessThan(2e-6);
    expect(facts.predictions.map(({ probability }) => probability)).toEqual(
      facts.predictions.map(({ probability }) => probability).sort((a, b) => b! - a!),
    );
  });

  it('lenet has the logits that its weights give for what Keras has before them', async () => {
    const reference = readNpz(join(kerasFixtures, 'lenet.reference.npz'));
    const source = await open(fileSpec(join(kerasFixtures, 'lenet.keras')));
    const weights = (await source.loadWeights()).get('probs')!;
    const [kernel, bias] = [weights.get('kernel')!, weights.get('bias')!];
    const hidden = reference.get('output:hidden')!.data;
    const { facts } = await predictInput(
      fileSpec(join(kerasFixtures, 'lenet.keras')),
      reference.get('input')!.data,
    );
    for (const { class: each, logit } of facts.predictions) {
      let sum = bias.data[each]!;
      hidden.forEach((value, at) => (sum += value * kernel.data[at * 10 + each]!));
      expect(Math.abs(logit - sum)).toBeLessThan(1e-4 * Math.max(1, Math.abs(sum)));
    }
  });

  describe('images', () => {
    const specs: [string, ModelSpec][] = [
      ['lenet', fileSpec(join(kerasFixtures, 'lenet.keras'))],
      ['resnet_like', fileSpec(join(kerasFixtures, 'resnet_like.keras'))],
      ['patternnet', zooSpec('patternnet')],
    ];
    const prepare = async (
      spec: ModelSpec,
      count: number,
    ): Promise<{ context: RealContext; planning: FakePlanning }> => {
      const source = await open(spec);
      const [height, width, channels] = source.network.inputShape;
      const images = Array.from({ length: count }, (_, at) =>
        randomImage(`image ${at}`, height, width, channels as 1 | 3),
      );
      const context = await realContext(source, images);
      const units = source.layers.at(-1)!.outputShape[0]!;
      const head = { layer: source.layers.length - 1, units, activation: 'softmax' as const };
      return { context, planning: { ...fakePlanning(source.layers, count), classHead: head } };
    };

    it.each(specs)('of %s have the same bits in a batch as alone', async (_, spec) => {
      const { context, planning } = await prepare(spec, 11);
      const { jobs } = plan(planning, { top: 100 });
      const together = await collect(predictions, jobs, context);
      expect(together.map(({ job }) => job)).toEqual(jobs.map((_, index) => index));
      for (const [index, job] of jobs.entries()) {
        context.partial.kept.clear();
        const [alone] = await collect(predictions, [job], context);
        expect(factsOf(alone!)).toEqual(factsOf(together[index]!));
        expect(alone!.panels[0]!.data).toEqual(together[index]!.panels[0]!.data);
      }
      context.model.dispose();
    });

    it('run no model for other settings, and leave no tensor', async () => {
      const { context, planning } = await prepare(specs[0]![1], 5);
      const before = tf.memory().numTensors;
      await collect(predictions, plan(planning).jobs, context);
      expect(tf.memory().numTensors).toBe(before);
      const writes = context.partial.writes.length;
      expect(writes).toBe(5);
      const trace = () => {
        throw new Error('the model ran');
      };
      const again = { ...context, model: { ...context.model, trace } };
      const outputs = await collect(predictions, plan(planning, { top: 3, confident: 0.7 }).jobs, again);
      expect(outputs.map((output) => factsOf(output).predictions.length)).toEqual([3, 3, 3, 3, 3]);
      expect(context.partial.writes).toHaveLength(writes);
      context.model.dispose();
    });
  });
});
