import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Effects } from '../../src/effects.ts';
import { chooseBackend } from '../../src/backend/choose.ts';
import { createModel } from '../../src/model/executor.ts';
import { hashJson } from '../../src/hash.ts';
import { openModel } from '../../src/model/open.ts';
import { sha256 } from '../../src/hash.ts';
import { writeWhole } from '../../src/store/store.ts';
import { freshState } from './adamw.ts';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { runEpoch, stepsOf } from './epoch.ts';
import { evaluate } from './evaluate.ts';
import { cardTables, toCard } from './model-card.ts';
import { drawSet, type Drawer, type ImageSet } from './image-set.ts';
import { clock, progressLine } from './progress.ts';
import type { Recipe } from './recipe.ts';
import { toTfjsModel, writeTfjsModel } from './tfjs-model.ts';
import { createTrainable, type Trainable } from './trainable.ts';

export interface Job {
  readonly recipe: Recipe;
  readonly drawer: Drawer;
  /** Images of each class to learn from, and to be tested on. */
  readonly perClass: number;
  readonly testPerClass: number;
}

export interface TrainOptions {
  readonly seed: number;
  /** Absolute: the folder that becomes the model. */
  readonly to: string;
  /** Absolute: where drawn images and checkpoints are kept. */
  readonly cache: string;
  readonly nativeDir: string;
  readonly threads?: number;
  /** Leave checkpoints of earlier sittings alone and begin anew. */
  readonly fresh: boolean;
  readonly effects: Effects;
  readonly signal: AbortSignal;
}

/** Raised whenever the same images, recipe and seed give other weights. */
const TRAINER_VERSION = 1;

/** Draws images, trains on them from where the last sitting ended, writes the weights and what they are worth. */
export async function train(job: Job, options: TrainOptions): Promise<void> {
  const { recipe, drawer, perClass, testPerClass } = job;
  const { seed, to, cache, nativeDir, threads, effects, signal } = options;
  const { log } = effects;
  const request = {
    requested: 'tensorflow',
    nativeDir,
    ...(threads === undefined ? {} : { threads }),
  } as const;
  log.info((await chooseBackend(request)).line);

  const folder = join(cache, 'training');
  await mkdir(folder, { recursive: true });
  const draw = (count: number, setSeed: number): Promise<ImageSet> =>
    drawSet(
      drawer,
      { perClass: count, size: recipe.drawn, seed: setSeed },
      { folder, tell: everyTenth((done, of) => log.info(`Generated ${done}/${of} images`)), signal },
    );
  const learning = await draw(perClass, 1000 * seed + 1);
  const trainable = createTrainable(recipe);
  const { state, progress } = await sittings(job, trainable, learning, { ...options, folder });
  if (state.epoch < recipe.epochs) return;

  const weights = trainable.fold(state.parameters, state.statistics);
  const note = { classes: recipe.classes, preprocess: recipe.network.preprocess };
  await writeTfjsModel(to, toTfjsModel(recipe.network, weights, note));
  const testing = await draw(testPerClass, 1000 * seed + 2);
  const { preprocess } = recipe.network;
  const source = await openModel(
    {
      source: { kind: 'file', path: join(to, 'model.json') },
      includeTop: true,
      inputChannels: 3,
      preprocess,
    },
    { cacheDir: cache, seed, place: () => ({ file: to }) },
  );
  const model = await createModel(source);
  const card = toCard({
    evaluation: evaluate(model, testing),
    classes: recipe.classes,
    training: { seed, images: learning.count, batch: recipe.batch, ...progress },
    parameters: source.parameters,
  });
  model.dispose();
  await writeWhole(join(to, 'card.json'), `${JSON.stringify(card)}\n`);
  await writeWhole(join(to, 'card.md'), cardTables(card));
  const { accuracy } = card.test;
  log.info(`${(100 * accuracy).toFixed(1)} % of ${card.test.images} new images classified correctly.`);
  log.info(`Trained in ${clock(progress.wall)} (processor time ${clock(progress.cpu)}): ${to}`);
}

/** Trains from the last checkpoint to the end, or to where it is stopped. */
async function sittings(
  { recipe }: Job,
  trainable: Trainable,
  set: ImageSet,
  { seed, fresh, folder, effects, signal }: TrainOptions & { readonly folder: string },
): Promise<Checkpoint> {
  const { log, now } = effects;
  const { kernelForms, ...plain } = recipe;
  const forms = Object.entries(kernelForms).map(([layer, { settings }]) => [layer, settings]);
  const key = hashJson([TRAINER_VERSION, plain, forms, seed, sha256(set.pixels)]);
  const path = join(folder, `${recipe.name}-${key.slice(0, 12)}.checkpoint`);
  const kept = fresh ? undefined : await readCheckpoint(path, key);
  let checkpoint: Checkpoint = kept ?? begin(trainable, seed);
  const { epochs } = recipe;
  if (kept) log.info(`Resuming after epoch ${kept.state.epoch} of ${epochs} (${path}).`);
  const steps = stepsOf(set, recipe);
  while (checkpoint.state.epoch < epochs) {
    const { state, progress } = checkpoint;
    const { epoch } = state;
    const [start, busy] = [now(), process.cpuUsage()];
    const sums = { loss: 0, accuracy: 0 };
    let reported = start;
    const tell = ({ step, loss, accuracy }: { step: number; loss: number; accuracy: number }): void => {
      sums.loss += loss;
      sums.accuracy += accuracy;
      const done = step + 1;
      if (now() - reported < TELL_EVERY && done < steps) return;
      reported = now();
      const elapsed = (reported - start) / 1000;
      const means = { loss: sums.loss / done, accuracy: sums.accuracy / done };
      const at = { epoch, epochs, step: done, steps, ...means, pace: elapsed / done };
      log.info(progressLine({ ...at, elapsed: progress.wall + elapsed }));
    };
    await runEpoch({ recipe, trainable, seed }, set, state, { tell, signal });
    if (state.epoch === epoch) {
      log.info(`Stopped. The next run resumes after epoch ${epoch} of ${epochs}.`);
      return checkpoint;
    }
    const used = process.cpuUsage(busy);
    checkpoint = {
      state,
      progress: {
        epochs: [...progress.epochs, { loss: sums.loss / steps, accuracy: sums.accuracy / steps }],
        wall: progress.wall + (now() - start) / 1000,
        cpu: progress.cpu + (used.user + used.system) / 1e6,
      },
    };
    await writeCheckpoint(path, key, checkpoint);
  }
  return checkpoint;
}

/** Milliseconds. */
const TELL_EVERY = 10_000;

function begin(trainable: Trainable, seed: number): Checkpoint {
  const parameters = trainable.initial(seed);
  return {
    state: {
      epoch: 0,
      parameters,
      statistics: trainable.initialStatistics(),
      optimizer: freshState(parameters),
    },
    progress: { epochs: [], wall: 0, cpu: 0 },
  };
}

function everyTenth(tell: (done: number, of: number) => void): (done: number, of: number) => void {
  let reported = 0;
  return (done, of) => {
    const tenth = Math.floor((10 * done) / of);
    if (tenth > reported) tell(done, of);
    reported = tenth;
  };
}
