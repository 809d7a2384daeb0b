import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { activationMaximization } from '../../src/techniques/activation-maximization.ts';
import type { ImagePixels } from '../../src/model/model.ts';
import type { ComputedPanel, JobSpec } from '../../src/techniques/technique.ts';
import { availableBackends, useBackend } from '../backend/with-backend.ts';
import { fileSpec, kerasFixtures, open } from '../model/opening.ts';
import { viewOf } from './fake-planning.ts';
import { MemoryPartialResults, randomImage, realContext, planningOf } from './real-context.ts';
import type { RealContext } from './real-context.ts';

const UNDER_WAY = 'dream under way';

describe.each(availableBackends)('dreams that were stopped on %s', (backend) => {
  let context: RealContext;
  beforeAll(async () => {
    await useBackend(backend);
    context = await realContext(await open(fileSpec(join(kerasFixtures, 'vgg_like.keras'))), []);
  });
  afterAll(() => context.model.dispose());
  let partial: MemoryPartialResults;
  beforeEach(() => (partial = new MemoryPartialResults()));

  const written = { layers: ['block2_conv2'], steps: 12, size: 24, frames: 4 };
  const jobsOf = (settings: Record<string, unknown>, images = 0): readonly JobSpec[] =>
    activationMaximization.plan(
      viewOf(activationMaximization, { ...written, ...settings }),
      planningOf(context, images),
    ).jobs;

  /** Panels by filter, and how many images went through the network in how many passes; stopped in pass number `until`. */
  const make = async (
    settings: Record<string, unknown>,
    until = Infinity,
  ): Promise<{ panels: Map<number, ComputedPanel>; passes: number[] }> => {
    const abort = new AbortController();
    const passes: number[] = [];
    const pass = (images: number): void => {
      passes.push(images);
      if (passes.length === until) abort.abort();
    };
    // What is repeated traces its samples itself, or runs as one graph.
    let repeating = false;
    const model: RealContext['model'] = {
      ...context.model,
      repeat(key, inputs, run) {
        pass(inputs[0]!.shape[0]!);
        repeating = true;
        try {
          return context.model.repeat(key, inputs, run);
        } finally {
          repeating = false;
        }
      },
      trace(input, ...rest) {
        if (!repeating) pass(input.shape[0]);
        return context.model.trace(input, ...rest);
      },
    };
    const panels = new Map<number, ComputedPanel>();
    const stopped = { ...context, partial, model, signal: abort.signal };
    for await (const output of activationMaximization.compute(jobsOf(settings), stopped)) {
      for (const panel of output.panels) panels.set(panel.filter!, panel);
    }
    return { panels, passes };
  };
  const underWay = (): string[] => [...partial.kept.keys()].filter((key) => key.includes(UNDER_WAY));

  it('go on at the step they were at, and leave nothing behind', async () => {
    const whole = await make({ filters: [1, 4] });
    partial = new MemoryPartialResults();
    expect((await make({ filters: [1, 4] }, 7)).panels.size).toBe(0);
    expect(underWay()).toHaveLength(2);
    const resumed = await make({ filters: [1, 4] });
    expect(resumed.panels).toEqual(whole.panels);
    // Seven steps were made; each dream is measured at the end.
    expect(resumed.passes).toEqual([...Array<number>(5).fill(2), 1, 1]);
    expect(underWay()).toEqual([]);
    expect((await make({ filters: [1, 4] })).passes).toEqual([]);
  });

  it('go on beside others, in batches of those that stand alike', async () => {
    const filters = [0, 1, 3, 4, 5];
    const whole = await make({ filters });
    partial = new MemoryPartialResults();
    await make({ filters: [3, 1] }, 4);
    await make({ filters: [5] });
    const { panels, passes } = await make({ filters });
    expect(panels).toEqual(whole.panels);
    expect(passes).toEqual([...Array<number>(12).fill(2), 1, 1, ...Array<number>(8).fill(2), 1, 1]);
  });

  it('begin anew where what was saved is damaged', async () => {
    const whole = await make({ filters: [4] });
    const begunAnew = whole.passes.length;
    for (const damage of [
      (bytes: Uint8Array) => bytes.subarray(0, bytes.length / 2),
      (bytes: Uint8Array) => Uint8Array.from(bytes, (byte, i) => (i === bytes.length - 9 ? byte ^ 64 : byte)),
      () => Buffer.from('{"attempt":0,"step":3,"pictures":[]}\n'),
      () => new Uint8Array(0),
    ]) {
      partial = new MemoryPartialResults();
      await make({ filters: [4] }, 6);
      const [key] = underWay();
      partial.kept.set(key!, damage(partial.kept.get(key!)!));
      const { panels, passes } = await make({ filters: [4] });
      expect(panels).toEqual(whole.panels);
      expect(passes).toHaveLength(begunAnew);
    }
  });

  it('are not compared with a part of the images', async () => {
    await make({ filters: [4] });
    const [height, width] = context.model.network.inputShape;
    const abort = new AbortController();
    const pixels = (image: number): Promise<ImagePixels> => {
      if (image === 2) abort.abort();
      return Promise.resolve(randomImage(`picture ${image}`, height, width));
    };
    const stopped = { ...context, partial, pixels, signal: abort.signal };
    const outputs: unknown[] = [];
    for await (const output of activationMaximization.compute(jobsOf({ filters: [4] }, 3), stopped)) {
      outputs.push(output);
    }
    expect(outputs).toEqual([]);
  });

  it('lose, by a dense layer, the one in hand at most', async () => {
    const settings = { method: 'dense', filters: [1, 4] };
    const whole = await make(settings);
    partial = new MemoryPartialResults();
    const { panels } = await make(settings, 12 + 1 + 3);
    expect([...panels.keys()]).toEqual([1]);
    const resumed = await make(settings);
    expect(resumed.panels).toEqual(whole.panels);
    expect(resumed.passes).toHaveLength(12 + 1);
  });
});
