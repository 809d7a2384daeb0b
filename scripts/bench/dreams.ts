import { createModel } from '../../src/model/executor.ts';
import { openModel } from '../../src/model/open.ts';
import { ascend } from '../../src/optim/ascend.ts';
import { DEFAULTS } from '../../src/optim/method-settings.ts';
import { ascentConfigOf } from '../../src/optim/methods.ts';
import { channelObjective } from '../../src/optim/objective.ts';
import { randomFrom } from '../../src/random.ts';

/** Layers of EfficientNet-Lite0, in the middle and at its end: depthwise convolutions, ReLU6, batch normalization. */
export const dreamLayers = ['block4c_add', 'predictions'] as const;

export const DREAM_SIDE = 224;
const STEPS = 16;
const LEAST_RUNS = 5;
/** Milliseconds. */
const LEAST_TIME = 5000;

/** Median time and mean processor time of one step of a dream, in milliseconds: image, transforms, network in both directions, update. */
export async function timeDreamStep(
  layer: (typeof dreamLayers)[number],
  now: () => number,
  signal: AbortSignal,
): Promise<{ milliseconds: number; processor: number }> {
  const source = await openModel(
    {
      source: { kind: 'zoo', name: 'efficientnet-lite0' },
      weights: 'random',
      includeTop: true,
      input: [DREAM_SIDE, DREAM_SIDE],
      inputChannels: 3,
    },
    { cacheDir: '', seed: 1, place: () => ({ file: 'bench' }) },
  );
  const model = await createModel(source);
  const index = model.layers.findIndex(({ name }) => name === layer);
  const traced = { model, layer: index, preactivation: layer === 'predictions' };
  const config = ascentConfigOf('fourier', DEFAULTS.fourier, 3, false);
  const size = { height: DREAM_SIDE, width: DREAM_SIDE };
  const run = async (steps: number): Promise<void> => {
    const schedule = { stages: [{ size, steps }], redirected: 0, patience: Infinity, frames: [] };
    const starts = [{ objective: channelObjective(5), random: randomFrom('bench') }];
    const made = await ascend(traced, config, schedule, starts, randomFrom('moves'), signal);
    if (!made) throw new Error('stopped');
  };
  try {
    // Code is still being compiled.
    await run(STEPS);
    const times: number[] = [];
    const begin = now();
    const before = process.cpuUsage();
    while (times.length < LEAST_RUNS || now() - begin < LEAST_TIME) {
      const start = now();
      await run(STEPS);
      times.push((now() - start) / STEPS);
    }
    const { user, system } = process.cpuUsage(before);
    times.sort((a, b) => a - b);
    return {
      milliseconds: times[Math.floor(times.length / 2)]!,
      processor: (user + system) / 1e3 / times.length / STEPS,
    };
  } finally {
    model.dispose();
  }
}
