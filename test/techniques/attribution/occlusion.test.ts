import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boxOf, pointsInto } from '../../../scripts/attribution-boxes/metrics.ts';
import { tf } from '../../../src/backend/tf.ts';
import { createModel } from '../../../src/model/executor.ts';
import type { Model } from '../../../src/model/model.ts';
import { channelObjective } from '../../../src/optim/objective.ts';
import { PATTERN_CLASSES } from '../../../src/schema/generated.ts';
import { drawPattern, patternMask } from '../../../src/synthetic/patterns.ts';
import type { MethodSettings } from '../../../src/techniques/attribution/attribution-types.ts';
import { occlusion } from '../../../src/techniques/attribution/occlusion.ts';
import { Scoring } from '../../../src/techniques/attribution/scoring.ts';
import type { Input } from '../../../src/techniques/attribution/scoring.ts';
import { useBackend } from '../../backend/with-backend.ts';
import { fileSpec, kerasFixtures, open, zooSpec } from '../../model/opening.ts';
import { readNpz } from '../../npz.ts';

const settings: MethodSettings = {
  ...{ samples: 1, noise: 0, cells: 4, kept: 0.5, seed: 3 },
  ...{ window: [8, 8], stride: [4, 4], coarseToFine: true },
};

/** Counts the inputs that go through the network. */
class CountingScoring extends Scoring {
  passes = 0;
  override outputs(...args: Parameters<Scoring['outputs']>): ReturnType<Scoring['outputs']> {
    this.passes += args[1];
    return super.outputs(...args);
  }
}

beforeAll(() => useBackend('wasm'));

describe('occlusion, coarse to fine', () => {
  let model: Model;
  let scoring: CountingScoring;
  let input: Input;
  const units = [...readNpz(join(kerasFixtures, 'resnet_like.attribution.npz')).get('classes')!.data];
  beforeAll(async () => {
    model = await createModel(await open(fileSpec(join(kerasFixtures, 'resnet_like.keras'))));
    scoring = new CountingScoring(model, tf, { layer: model.layers.length - 1, preactivation: true });
    const { shape, data } = readNpz(join(kerasFixtures, 'resnet_like.attribution.npz')).get('input')!;
    input = { shape: [shape[1]!, shape[2]!, shape[3]!], data };
  });
  afterAll(() => model.dispose());

  const mapsOf = async (objectives: readonly number[], more: Partial<MethodSettings> = {}) => {
    scoring.passes = 0;
    const request = { scoring, input, layers: [], settings: { ...settings, ...more } };
    const maps = await occlusion(request, objectives.map(channelObjective));
    return maps.map(([map]) => map!.data);
  };

  it('adds the means of the windows of half the size over the strongest parts of the coarse map', async () => {
    const [height, width] = input.shape;
    const coarse = await mapsOf(units, { coarseToFine: false });
    const found = await mapsOf(units);
    // All windows of half the size, one by one, each as a map of its own fall.
    const [rows, columns] = [Math.floor((height - 4) / 2) + 1, Math.floor((width - 4) / 2) + 1];
    const corners = Array.from({ length: rows * columns }, (_, i) => [
      2 * Math.floor(i / columns),
      2 * (i % columns),
    ]);
    const run = async (top: number, left: number): Promise<number[]> => {
      const data = input.data.slice();
      if (top >= 0)
        for (let y = top; y < top + 4; y++)
          data.fill(0, (y * width + left) * input.shape[2], (y * width + left + 4) * input.shape[2]);
      for await (const output of scoring.outputs(input.shape, 1, (_, into) => into.set(data)))
        return units.map((unit) => output[unit]!);
      return [];
    };
    const whole = await run(-1, 0);
    for (const [i] of units.entries()) {
      const strength = corners.map(([top, left]) => {
        let sum = 0;
        for (let y = 0; y < 4; y++)
          for (let x = 0; x < 4; x++) sum += Math.abs(coarse[i]![(top! + y) * width + left! + x]!);
        return sum;
      });
      const chosen = [...corners.keys()]
        .sort((a, b) => strength[b]! - strength[a]!)
        .slice(0, Math.ceil(corners.length / 8));
      const [sum, count] = [new Float64Array(height * width), new Float64Array(height * width)];
      for (const index of chosen) {
        const [top, left] = corners[index]!;
        const fall = whole[i]! - (await run(top!, left!))[i]!;
        for (let y = 0; y < 4; y++)
          for (let x = 0; x < 4; x++) {
            sum[(top! + y) * width + left! + x]! += fall;
            count[(top! + y) * width + left! + x]! += 1;
          }
      }
      const scale = Math.max(...found[i]!.map(Math.abs));
      for (const [at, value] of found[i]!.entries()) {
        const expected = coarse[i]![at]! + (count[at]! > 0 ? sum[at]! / count[at]! : 0);
        expect(Math.abs(value - expected) / scale).toBeLessThan(1e-4);
      }
    }
  });

  it('gives a score the same bits whatever else is explained, and again', async () => {
    const together = await mapsOf(units);
    for (const [i, unit] of units.entries()) expect((await mapsOf([unit]))[0]).toEqual(together[i]);
    expect(await mapsOf(units)).toEqual(together);
  });

  it('covers no smaller windows where nothing changes the score', async () => {
    const silent = { ...input, data: new Float32Array(input.data.length) };
    scoring.passes = 0;
    const request = { scoring, input: silent, layers: [], settings };
    const maps = await occlusion(request, [channelObjective(units[0]!)]);
    expect(maps[0]![0]!.data.every((value) => value === 0)).toBe(true);
    const [height, width] = input.shape;
    expect(scoring.passes).toBe(((height - 8) / 4 + 1) * ((width - 8) / 4 + 1) + 1);
  });
});

describe('on PatternNet', () => {
  it('takes fewer passes than windows of one size, and points at the object more often', async () => {
    const model = await createModel(await open(zooSpec('patternnet')));
    const scoring = new CountingScoring(model, tf, { layer: model.layers.length - 1, preactivation: true });
    const [height, width, channels] = model.network.inputShape;
    const kinds = {
      even: { ...settings, window: [24, 24], stride: [12, 12], coarseToFine: false },
      coarseToFine: { ...settings, window: [32, 32], stride: [16, 16] },
    } as const;
    const [pointed, passes] = [
      { even: 0, coarseToFine: 0 },
      { even: 0, coarseToFine: 0 },
    ];
    for (const name of ['star', 'heart', 'wheel', 'face', 'dog', 'bird', 'fish', 'tree', 'car'] as const) {
      const unit = PATTERN_CLASSES.indexOf(name);
      const options = { size: [height, width], seed: 1905 } as const;
      const box = boxOf((await patternMask(name, 0, options))!, width)!;
      const tensor = model.input(await drawPattern(name, 0, options));
      const input: Input = { shape: [height, width, channels], data: tensor.dataSync() as Float32Array };
      tensor.dispose();
      for (const kind of ['even', 'coarseToFine'] as const) {
        scoring.passes = 0;
        const request = { scoring, input, layers: [], settings: kinds[kind] };
        const maps = await occlusion(request, [channelObjective(unit)]);
        pointed[kind] += pointsInto(maps[0]![0]!.data, width, box) ? 1 : 0;
        passes[kind] = scoring.passes;
      }
    }
    model.dispose();
    expect(passes).toEqual({ even: 50, coarseToFine: 42 });
    expect(pointed.coarseToFine).toBeGreaterThanOrEqual(pointed.even);
  });
});
