import { createModel } from '../../src/model/executor.ts';
import { openModel } from '../../src/model/open.ts';
import { DEFAULTS } from '../../src/optim/method-settings.ts';
import { createAscent, dream } from '../../src/optim/dream.ts';
import { ascentConfigOf } from '../../src/optim/methods.ts';
import { channelObjective } from '../../src/optim/objective.ts';
import { scheduleOf } from '../../src/techniques/dreams/make.ts';

/** Filters of VGG16 that answer to something; as many as the peer takes at a time. */
export const objectives = [
  { layer: 'block3_conv1', filters: [3, 40, 100, 200] },
  { layer: 'block5_conv3', filters: [3, 40, 100, 200] },
] as const;

export interface Reached {
  readonly steps: number;
  readonly milliseconds: number;
  readonly processor: number;
  /** Mean of each filter's map for the finished image. */
  readonly values: readonly number[];
}

const SIDE = 224;
/** As `filterscope` takes it for an image of this size with `coarse_to_fine`, without frames. */
const CHOICES = { size: [SIDE, SIDE], coarseToFine: true, frames: 0 } as const;
const SEED = 1;
/** Steps of a first dream that is not counted: what is built once is built there. */
const WARM = 2;
/** Numbers of steps that are tried, one after the other. */
const LADDER = [16, 24, 32, 48, 64, 96, 128, 192, 256];

/**
 * Dreams of filters, with more steps each time, until every image activates its filter as much as `activations`.
 *
 * @param weights a file of Keras' without the top
 * @returns what each number of steps came to; the last one got there if any did
 */
export async function reach(
  weights: string,
  { layer, filters }: { readonly layer: string; readonly filters: readonly number[] },
  activations: readonly number[],
  now: () => number,
  signal: AbortSignal,
): Promise<Reached[]> {
  const source = await openModel(
    {
      source: { kind: 'zoo', name: 'vgg16' },
      weights,
      includeTop: false,
      input: [SIDE, SIDE],
      inputChannels: 3,
    },
    { cacheDir: '', seed: SEED, place: () => ({ file: 'bench' }) },
  );
  const model = await createModel(source);
  const index = model.layers.findIndex(({ name }) => name === layer);
  const place = { model, layer: index, preactivation: false };
  const targets = filters.map((filter) => ({
    requests: [{ objective: channelObjective(filter), stream: `dream ${SEED} ${layer} ${filter}` }],
  }));
  const ascent = createAscent(ascentConfigOf('fourier', DEFAULTS.fourier, 3, false));
  const results: Reached[] = [];
  try {
    for (const steps of [WARM, ...LADDER]) {
      const start = now();
      const before = process.cpuUsage();
      const schedule = scheduleOf({ ...CHOICES, steps });
      const dreams = await dream(place, ascent, schedule, targets, 'moves', signal);
      if (!dreams) throw new Error('stopped');
      const values = dreams.flat().map(({ activation }) => activation);
      if (steps === WARM) continue;
      const milliseconds = now() - start;
      const { user, system } = process.cpuUsage(before);
      results.push({ steps, milliseconds, processor: (user + system) / 1e3, values });
      if (values.every((value, i) => value >= activations[i]!)) break;
    }
    return results;
  } finally {
    model.dispose();
  }
}
