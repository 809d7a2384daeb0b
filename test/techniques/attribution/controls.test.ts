import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../../../src/backend/tf.ts';
import { createModel } from '../../../src/model/executor.ts';
import type { Model } from '../../../src/model/model.ts';
import { channelObjective } from '../../../src/optim/objective.ts';
import type {
  AttributionMethod,
  MethodSettings,
} from '../../../src/techniques/attribution/attribution-types.ts';
import {
  areaOf,
  cascade,
  curvesOf,
  randomizedCorrelations,
  uniformInput,
} from '../../../src/techniques/attribution/controls.ts';
import { IGNORES_FROM, IGNORES_ON_AVERAGE } from '../../../src/techniques/attribution/facts.ts';
import { attributionBy } from '../../../src/techniques/attribution/methods.ts';
import { rankCorrelation } from '../../../src/techniques/attribution/rank-correlation.ts';
import { collect, Scoring } from '../../../src/techniques/attribution/scoring.ts';
import type { Input } from '../../../src/techniques/attribution/scoring.ts';
import { PATTERN_CLASSES } from '../../../src/schema/generated.ts';
import { drawPattern } from '../../../src/synthetic/patterns.ts';
import { useBackend } from '../../backend/with-backend.ts';
import { fileSpec, kerasFixtures, open, zooSpec } from '../../model/opening.ts';
import { randomImage } from '../real-context.ts';

const settings: MethodSettings = {
  ...{ samples: 1, noise: 0, window: [8, 8], stride: [4, 4], cells: 4, kept: 0.5, seed: 3 },
  coarseToFine: false,
};

describe('rank correlation', () => {
  const of = (one: number[], other: number[]) =>
    rankCorrelation(Float32Array.from(one), Float32Array.from(other));

  it('is that of Spearman, with mean ranks for equal values', () => {
    expect(of([1, 2, 3, 4], [10, 20, 30, 40])).toBeCloseTo(1);
    expect(of([1, 2, 3, 4], [4, 3, 2, 1])).toBeCloseTo(-1);
    // Ranks 0.5 0.5 2 4 3 and 3 0.5 0.5 2 4, less their mean 2: 2.75 / (√9.5 · √9.5).
    expect(of([0, 0, 1, 5, 2], [3, 1, 1, 2, 7])).toBeCloseTo(2.75 / 9.5, 12);
  });

  it('goes by magnitude', () => {
    expect(of([1, -2, 3, -4], [1, 2, -3, 4])).toBeCloseTo(1);
  });

  it('is not defined for maps without an order', () => {
    expect(of([1, 1, 1], [1, 2, 3])).toBeUndefined();
    expect(of([1, NaN, 1], [1, 2, 3])).toBeUndefined();
  });
});

describe('the cascade', () => {
  it('goes from the last layer to all', () => {
    expect(cascade([1, 3, 5, 7, 9, 11, 13, 15], true)).toEqual([
      [15],
      [13, 15],
      [9, 11, 13, 15],
      [5, 7, 9, 11, 13, 15],
      [1, 3, 5, 7, 9, 11, 13, 15],
    ]);
    expect(cascade([1, 3], false)).toEqual([[1, 3]]);
    expect(cascade([], true)).toEqual([]);
  });
});

describe('an area', () => {
  it('is the mean height by the trapezoidal rule', () => {
    expect(areaOf([1, 0])).toBe(0.5);
    expect(areaOf([0, 1, 1])).toBe(0.75);
  });
});

/** An attribution that looks at the image only: the size of its horizontal differences. */
const edges: AttributionMethod = ({ input: { shape, data } }, objectives) => {
  const [height, width, channels] = shape;
  const map = Float32Array.from({ length: height * width }, (_, at) =>
    at % width === 0 ? 0 : Math.abs(data[at * channels]! - data[(at - 1) * channels]!),
  );
  return Promise.resolve(objectives.map(() => [{ height, width, data: map }]));
};

const vgg = () => fileSpec(join(kerasFixtures, 'vgg_like.keras'));
const resnet = () => fileSpec(join(kerasFixtures, 'resnet_like.keras'));

describe.each([
  ['vgg_like', vgg, 'blobs'],
  ['resnet_like', resnet, 'blobs'],
  ['PatternNet', () => zooSpec('patternnet'), 'generated'],
] as const)('controls on %s', (_, spec, kind) => {
  let model: Model;
  let scoring: Scoring;
  let stages: Scoring[];
  let inputs: Input[];
  beforeAll(async () => {
    await useBackend('wasm');
    model = await createModel(await open(spec()));
    scoring = new Scoring(model, tf, { layer: model.layers.length - 1, preactivation: true });
    stages = [];
    for (const layers of cascade(model.trainedLayers(model.layers.length - 1), true)) {
      stages.push(scoring.of(await model.shuffled(layers, 1)));
    }
    const [height, width, channels] = model.network.inputShape;
    const images =
      kind === 'blobs'
        ? [0, 1, 2].map((i) => randomImage(`control ${i}`, height, width, channels === 1 ? 1 : 3))
        : await Promise.all(
            PATTERN_CLASSES.slice(0, 8).map((name) =>
              drawPattern(name, 0, { size: [height, width], seed: 62 }),
            ),
          );
    inputs = [];
    for (const image of images) {
      const tensor = model.input(image);
      inputs.push({ shape: [height, width, channels], data: (await tensor.data()) as Float32Array });
      tensor.dispose();
    }
  });
  afterAll(() => {
    for (const stage of stages) stage.model.dispose();
    model.dispose();
  });

  /** The mean over the inputs of the correlation with the map of the wholly randomized network. */
  async function meanCorrelation(method: AttributionMethod, layers: readonly number[]): Promise<number[]> {
    const found: number[] = [];
    for (const input of inputs) {
      const [logits] = await collect(scoring.outputs(input.shape, 1, (_, into) => into.set(input.data)));
      const unit = logits!.indexOf(Math.max(...logits!));
      const request = { scoring, input, layers, settings };
      const objectives = [channelObjective(unit)];
      const maps = await method(request, objectives);
      const correlations = await randomizedCorrelations(
        method,
        request,
        objectives,
        maps,
        stages.map((stage) => [stage]),
      );
      const last = correlations[0]![0]!.at(-1);
      if (typeof last === 'number') found.push(last);
    }
    return found;
  }

  it('flag an attribution that shows the edges of the image', async () => {
    const correlations = await meanCorrelation(edges, []);
    expect(correlations.length).toBe(inputs.length);
    for (const correlation of correlations) expect(correlation).toBeGreaterThanOrEqual(IGNORES_FROM);
  });

  it('change the weights of the named layers, and keep their values', async () => {
    const trained = model.trainedLayers(model.layers.length - 1);
    const first = model.layers[trained[0]!]!;
    const [kernel, shuffled] = [model.kernel(first.index)!, stages.at(-1)!.model.kernel(first.index)!];
    const sorted = async (tensor: typeof kernel): Promise<number[]> =>
      [...((await tensor.data()) as Float32Array)].sort((a, b) => a - b);
    expect(await sorted(shuffled)).toEqual(await sorted(kernel));
    expect([...(await shuffled.data())]).not.toEqual([...(await kernel.data())]);
    // The first stage leaves the first layer as it is.
    expect([...(await stages[0]!.model.kernel(first.index)!.data())]).toEqual([...(await kernel.data())]);
  });

  if (kind === 'generated') {
    it('do not flag Grad-CAM on a trained network', async () => {
      const last = model.layers.findLast(({ outputShape }) => outputShape.length === 3)!;
      const correlations = await meanCorrelation(attributionBy('grad-cam'), [last.index]);
      expect(correlations.length).toBeGreaterThan(2);
      const mean = correlations.reduce((sum, value) => sum + value, 0) / correlations.length;
      expect(mean).toBeLessThan(IGNORES_ON_AVERAGE);
    });

    it('measure deletion and insertion: at the ends, the scores of the image and of what replaces it', async () => {
      const input = inputs[0]!;
      const [height, width] = input.shape;
      const map = { height, width, data: Float32Array.from({ length: height * width }, (_, at) => at) };
      const measured = (output: Float32Array): number => output[3]!;
      const curves = await curvesOf(scoring, input, { map, layer: -1 }, measured, 1);
      const score = async (data: Float32Array): Promise<number> =>
        (await collect(scoring.outputs(input.shape, 1, (_, into) => into.set(data))))[0]![3]!;
      const [whole, uniform] = [await score(input.data), await score(uniformInput(input).data)];
      expect(curves.deletion.scores[0]).toBeCloseTo(whole, 4);
      expect(curves.deletion.scores.at(-1)).toBeCloseTo(uniform, 4);
      expect(curves.insertion.scores.at(-1)).toBeCloseTo(whole, 4);
      expect(curves.deletion.scores).toHaveLength(17);
      // The last sixteenth of the pixels goes first.
      const half = input.data.slice();
      const ground = uniformInput(input).data;
      const pixels = height * width;
      for (let at = Math.round(pixels / 2) * input.shape[2]; at < half.length; at++) half[at] = ground[at]!;
      expect(curves.deletion.scores[8]).toBeCloseTo(await score(half), 3);
      expect(curves.deletion.area).toBeCloseTo(areaOf(curves.deletion.scores), 5);
    });
  }
});
