import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createModel } from '../../src/model/executor.ts';
import type { Model } from '../../src/model/model.ts';
import type { Schedule } from '../../src/optim/ascend.ts';
import { createAscent, dream } from '../../src/optim/dream.ts';
import type {
  Dream,
  CheckpointStore,
  Target,
  TargetCheckpoint,
  DreamRequest,
} from '../../src/optim/dream.ts';
import { DEFAULTS } from '../../src/optim/method-settings.ts';
import { ascentConfigOf } from '../../src/optim/methods.ts';
import { channelObjective } from '../../src/optim/objective.ts';
import { decode, encode } from '../../src/techniques/dreams/encode.ts';
import { availableBackends, useBackend } from '../backend/with-backend.ts';
import { sleepyNetwork } from './networks.ts';

/** Half of it for the first six steps; five with the redirected gradient; then three without any before it is given up. */
const schedule: Schedule = {
  stages: [
    { size: { height: 8, width: 8 }, steps: 6 },
    { size: { height: 16, width: 16 }, steps: 6 },
  ],
  ...{ redirected: 5, patience: 2, frames: [0, 4, 8, 12] },
};
const STEPS = 12;
const ALIVE = 0;
/** Can never fire; and so can't the one in the next layer that stands behind it. */
const DEAD = 2;
const BEHIND = 0;

describe.each(availableBackends)('a dream that was stopped, on %s', (backend) => {
  let model: Model;
  beforeAll(async () => {
    await useBackend(backend);
    model = await createModel(sleepyNetwork(16));
  });
  afterAll(() => model.dispose());

  const requestsOf = (filter: number, variants = 1): DreamRequest[] =>
    Array.from({ length: variants }, (_, i) => ({
      objective: channelObjective(filter),
      stream: `filter ${filter} ${i}`,
    }));

  interface Options {
    readonly layer?: number;
    readonly method?: 'fourier' | 'maco' | 'pixels';
  }
  const make = (
    targets: readonly Target[],
    { layer = 1, method = 'fourier' }: Options,
    keeper: CheckpointStore,
    signal: AbortSignal,
  ): Promise<Dream[][] | undefined> => {
    const diverse = targets.some(({ requests }) => requests.length > 1);
    const settings = { ...DEFAULTS[method], jitter: 4 };
    const ascent = createAscent(ascentConfigOf(method, settings, 3, diverse));
    return dream({ model, layer, preactivation: false }, ascent, schedule, targets, 'moves', signal, keeper);
  };

  /** To the end; counts the steps. */
  const run = async (
    targets: readonly Target[],
    options: Options = {},
  ): Promise<{ dreams: Dream[][]; steps: number }> => {
    let steps = 0;
    const keeper: CheckpointStore = {
      due: () => {
        steps += 1;
        return false;
      },
      save: () => Promise.reject(new Error('nothing is due')),
      finish: () => Promise.resolve(),
    };
    const dreams = await make(targets, options, keeper, new AbortController().signal);
    return { dreams: dreams!, steps };
  };

  /** Stopped after so many steps, counted over all attempts. */
  const stopped = async (
    targets: readonly Target[],
    after: number,
    options: Options = {},
  ): Promise<{ saved: Map<number, Uint8Array>; finished: Map<number, readonly Dream[]> }> => {
    const abort = new AbortController();
    const saved = new Map<number, Uint8Array>();
    const finished = new Map<number, readonly Dream[]>();
    let steps = 0;
    const keeper: CheckpointStore = {
      due: () => {
        if (steps++ === after) abort.abort();
        return false;
      },
      save: (target, checkpoint) => Promise.resolve(void saved.set(target, encode(checkpoint))),
      finish: (target, dreams) => Promise.resolve(void finished.set(target, dreams)),
    };
    expect(await make(targets, options, keeper, abort.signal)).toBeUndefined();
    return { saved, finished };
  };
  const checkpointOf = (bytes: Uint8Array | undefined): TargetCheckpoint =>
    decode(bytes ?? new Uint8Array(0)) as TargetCheckpoint;

  const few: readonly Target[] = [ALIVE, 1, DEAD].map((filter) => ({ requests: requestsOf(filter) }));

  // Redirected; in the step in which its size has changed; in the second stage; in the second and the third attempt of what is
  // dead at the start, the second of which is given up after eight steps.
  it.each([
    ['fourier', 3, 0, 3],
    ['fourier', 6, 0, 6],
    ['fourier', 9, 0, 9],
    ['pixels', 9, 0, 9],
    ['maco', 3, 0, 3],
    ['maco', 9, 0, 9],
    ['fourier', STEPS + 2, 1, 2],
    ['fourier', STEPS + 8 + 7, 2, 7],
    ['pixels', STEPS + 8 + 7, 2, 7],
  ] as const)('goes on to the same bytes (%s, after %i steps)', async (method, after, attempt, step) => {
    const whole = await run(few, { method });
    const { saved, finished } = await stopped(few, after, { method });
    expect(finished.has(0)).toBe(attempt > 0);
    for (const [i, dreams] of finished) expect(dreams).toEqual(whole.dreams[i]);
    const open = [0, 1, 2].filter((i) => !finished.has(i));
    const targets = open.map((i) => ({ ...few[i]!, from: checkpointOf(saved.get(i)) }));
    for (const { from } of targets) expect(from).toMatchObject({ attempt, step });
    const resumed = await run(targets, { method });
    expect(resumed.dreams).toEqual(open.map((i) => whole.dreams[i]));
    expect(resumed.steps).toBe(whole.steps - after);
  });

  it('goes on in other company', async () => {
    const [first, , third] = (await run(few)).dreams;
    const { saved } = await stopped(few, 8);
    const dead = { ...few[2]!, from: checkpointOf(saved.get(2)) };
    expect((await run([dead])).dreams).toEqual([third]);
    const { saved: other } = await stopped([few[1]!, few[0]!], 8);
    const alive = { ...few[0]!, from: checkpointOf(other.get(1)) };
    const together = await run([dead, alive]);
    expect(together.dreams).toEqual([third, first]);
  });

  it('is stopped twice and goes on twice', async () => {
    const whole = await run([few[0]!]);
    const { saved } = await stopped([few[0]!], 2);
    const { saved: again } = await stopped([{ ...few[0]!, from: checkpointOf(saved.get(0)) }], 6);
    expect(checkpointOf(again.get(0)).step).toBe(8);
    const resumed = await run([{ ...few[0]!, from: checkpointOf(again.get(0)) }]);
    expect(resumed).toEqual({ dreams: whole.dreams, steps: STEPS - 8 });
  });

  it('saves nothing where nothing has been done', async () => {
    const { saved } = await stopped(few, 0);
    expect(saved.size).toBe(0);
    const { saved: first } = await stopped(few, 4);
    const targets = few.map((one, i) => ({ ...one, from: checkpointOf(first.get(i)) }));
    expect((await stopped(targets, 0)).saved.size).toBe(0);
  });

  // Filter 0 of the last layer lets no gradient through: it is given up in the first two attempts.
  it('remembers who has been given up', async () => {
    const behind: Target = { requests: requestsOf(BEHIND) };
    const alive: Target = { requests: requestsOf(1) };
    const whole = await run([behind, alive], { layer: 2 });
    const { saved } = await stopped([behind, alive], 10, { layer: 2 });
    const targets = [behind, alive].map((one, i) => ({ ...one, from: checkpointOf(saved.get(i)) }));
    expect(targets[0]!.from.images).toMatchObject([{ blocked: true }]);
    expect(targets[1]!.from.images[0]).toHaveProperty('parameters');
    const resumed = await run(targets, { layer: 2 });
    expect(resumed).toEqual({ dreams: whole.dreams, steps: whole.steps - 10 });
  });

  it('keeps variants together, those too of which some are finished', async () => {
    const variants: Target = { requests: [...requestsOf(ALIVE, 2), ...requestsOf(DEAD)] };
    const whole = await run([variants]);
    for (const [after, attempt, step, has] of [
      [7, 0, 7, 'parameters'],
      [STEPS + 4, 1, 4, 'activation'],
    ] as const) {
      const { saved } = await stopped([variants], after);
      const from = checkpointOf(saved.get(0));
      expect(from).toMatchObject({ attempt, step });
      expect(from.images[0]).toHaveProperty(has);
      expect(from.images[2]).toHaveProperty('parameters');
      const resumed = await run([{ ...variants, from }]);
      expect(resumed).toEqual({ dreams: whole.dreams, steps: whole.steps - after });
    }
  });
});
