import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../../src/backend/tf.ts';
import { createModel } from '../../src/model/executor.ts';
import type { Model } from '../../src/model/model.ts';
import type { Schedule } from '../../src/optim/ascend.ts';
import { trainDense } from '../../src/optim/dense.ts';
import { activationOf, createAscent, dream } from '../../src/optim/dream.ts';
import type { Ascent, Dream } from '../../src/optim/dream.ts';
import { DEFAULTS } from '../../src/optim/method-settings.ts';
import { ascentConfigOf } from '../../src/optim/methods.ts';
import { channelObjective, negative } from '../../src/optim/objective.ts';
import { availableBackends, useBackend } from '../backend/with-backend.ts';
import { sleepyNetwork } from './networks.ts';

const SIZE = 16;
const methods = (name: 'fourier' | 'pixels' | 'dense'): Ascent =>
  name === 'dense'
    ? trainDense(DEFAULTS.dense, 3)
    : createAscent(ascentConfigOf(name, DEFAULTS[name], 3, false));

describe.each(availableBackends)('dreams on %s', (backend) => {
  let model: Model;
  let before: number;
  beforeAll(async () => {
    await useBackend(backend);
    before = tf.memory().numTensors;
    model = await createModel(sleepyNetwork(SIZE));
  });
  afterAll(() => {
    model.dispose();
    // Nothing is left behind by any method, alive or dead.
    expect(tf.memory().numTensors).toBe(before);
  });

  const make = async (
    layer: number,
    filters: readonly number[],
    method: 'fourier' | 'pixels' | 'dense',
    more: Partial<Schedule> = {},
  ): Promise<Dream[]> => {
    const size = { height: SIZE, width: SIZE };
    const schedule = { stages: [{ size, steps: 40 }], redirected: 16, patience: 4, frames: [], ...more };
    const targets = filters.map((filter) => ({
      requests: [{ objective: channelObjective(filter), stream: `filter ${filter}` }],
    }));
    const place = { model, layer, preactivation: false };
    const { signal } = new AbortController();
    return (await dream(place, methods(method), schedule, targets, 'moves', signal))!.flat();
  };

  it.each(['fourier', 'pixels', 'dense'] as const)(
    'wakes a filter that is dead at the start (%s)',
    async (method) => {
      const [one] = await make(1, [1], method);
      expect(one).toMatchObject({ dead: false, blocked: false });
      expect(one!.curve[0]).toBe(0);
      // All red, nothing else, gives 1 - 0.05.
      expect(one!.activation).toBeGreaterThan(0.02);
      expect(one!.activation).toBeLessThanOrEqual(0.9501);
    },
  );

  it('would not without redirected gradients', async () => {
    const { curve, image } = (await make(1, [1], 'fourier', { redirected: 0, patience: 40 }))[0]!;
    // The last attempt climbs on what stands before the activation, and starts below zero.
    expect(curve[0]).toBeLessThan(0);
    expect(image.data.some((value) => Math.abs(value - 0.5) > 0.1)).toBe(true);
  });

  it.each(['fourier', 'pixels', 'dense'] as const)(
    'says of a filter that never fires that it is dead (%s)',
    async (method) => {
      const [alive, dead] = await make(1, [0, 2], method);
      expect(alive).toMatchObject({ dead: false });
      // Grey gives 0.2.
      expect(alive!.activation).toBeGreaterThan(0.24);
      expect(dead).toMatchObject({ dead: true, activation: 0 });
      // Its image is no grey square: in the middle it is what comes nearest to firing, white.
      const middle = dead!.image.data.filter((_, i) => {
        const [x, y] = [i % SIZE, Math.floor(i / SIZE) % SIZE];
        return [x, y].every((at) => Math.abs(at - SIZE / 2) < 2);
      });
      expect(middle.reduce((sum, value) => sum + value, 0) / middle.length).toBeGreaterThan(0.55);
      expect(dead!.curve.at(-1)!).toBeGreaterThan(dead!.curve[0]!);
    },
  );

  it('says so of one behind dead filters only', async () => {
    const [dead, alive] = await make(2, [0, 1], 'fourier');
    expect(dead).toMatchObject({ dead: true });
    expect(alive).toMatchObject({ dead: false });
  });

  it('measures the finished image as it is', async () => {
    const [one] = await make(1, [0], 'fourier');
    const [red, green, blue] = [0, 1, 2].map((c) =>
      one!.image.data.slice(c * SIZE * SIZE, (c + 1) * SIZE * SIZE).map((v) => Math.round(v * 255) / 255),
    );
    let sum = 0;
    red!.forEach((r, i) => (sum += Math.max(0, r - 0.5 * green![i]! - 0.5 * blue![i]! + 0.2)));
    expect(one!.activation).toBeCloseTo(sum / (SIZE * SIZE), 5);
    const place = { model, layer: 1, preactivation: true };
    expect(await activationOf(place, negative(channelObjective(0)), one!.image)).toBeLessThan(0);
  });
});
