import { setImmediate } from 'node:timers/promises';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { tf } from '../backend/tf.ts';
import type { Model } from '../model/model.ts';
import type { Random } from '../model/random.ts';
import { toFrame } from './frame.ts';
import type { Frame } from './frame.ts';
import { createNetworkInput } from './network-input.ts';
import type { NetworkInput } from './network-input.ts';
import type { Objective } from './objective.ts';
import { signalOf, valuesOf } from './objective.ts';
import { shareOf } from './optimizer.ts';
import type { Optimizer, OptimizerMemory } from './optimizer.ts';
import type { Parameterization } from './parameterization.ts';
import type { Picture, Size } from './picture.ts';
import { normalize } from './regularizer.ts';
import type { Regularizer } from './regularizer.ts';
import { drawResampling, skipResampling } from './transform.ts';
import type { TransformSettings } from './transform.ts';

/** Where the pictures are shown, and what is looked at there. */
export interface Place {
  readonly model: Model;
  readonly layer: number;
  /** Climb on the layer's output before its own activation. */
  readonly preactivation: boolean;
}

/** How a method climbs: the parts it is put together from. */
export interface AscentConfig {
  readonly parameterization: (size: Size) => Parameterization;
  /** @param memory of the steps it made before, where it goes on */
  readonly optimizer: (place: Place, memory?: OptimizerMemory) => Optimizer;
  /** Brings the network's gradient to a root mean square of 1 before the regularizers add to it. */
  readonly normalized: boolean;
  readonly regularizers: readonly Regularizer[];
  readonly transforms: TransformSettings | undefined;
  /** Adds to the signal of a batch what keeps its pictures apart. */
  readonly diversity?: ((output: Tensor, values: readonly number[]) => Tensor) | undefined;
}

export interface Schedule {
  /** From small to large: every size with the number of steps made at it. */
  readonly stages: readonly { readonly size: Size; readonly steps: number }[];
  /** The first steps, in which a signal that is blocked whole is let through (Lucid's redirected ReLU gradient). */
  readonly redirected: number;
  /** After that, steps without any gradient before a picture is given up. */
  readonly patience: number;
  /** Steps after which a frame is taken, 0 being the start. */
  readonly frames: readonly number[];
}

/** One picture to be made. */
export interface Start {
  readonly objective: Objective;
  /** Of the numbers it begins with. */
  readonly random: Random;
}

export interface Climb {
  readonly picture: Picture;
  /** The objective as it was met at each step, transforms included. */
  readonly curve: readonly number[];
  readonly frames: readonly Frame[];
  /** True where no gradient came through for so long that it was given up. */
  readonly blocked: boolean;
}

/** A picture between two steps: all that the next ones depend on. */
export interface Ongoing {
  readonly parameters: Float32Array;
  readonly memory: OptimizerMemory | undefined;
  readonly curve: readonly number[];
  readonly frames: readonly Frame[];
  /** Steps in a row without any gradient. */
  readonly silent: number;
}

/** A batch between two steps. */
export interface Checkpoint {
  /** Steps made so far. */
  readonly step: number;
  /** In the order of the starts; those that have been given up are what they will be. */
  readonly pictures: readonly (Ongoing | Climb)[];
}

/** How a batch goes on where it was stopped. */
export interface Progress {
  /** Where it stood; undefined where it has to begin. */
  readonly from: Checkpoint | undefined;
  /** Asked between steps: true where it is time to save. */
  readonly due: () => boolean;
  /** Called where it is due and when the signal aborts. The arrays change as soon as the promise is fulfilled. */
  readonly save: (checkpoint: Checkpoint) => Promise<void>;
}

interface Climber extends Start {
  readonly index: number;
  parameters: Float32Array;
  optimizer: Optimizer;
  picture: Float32Array;
  readonly curve: number[];
  readonly frames: Frame[];
  silent: number;
}

/**
 * Makes several pictures at once, one batch through the network a step. All else is done picture by picture, so that what
 * one becomes does not depend on the others.
 *
 * @param moves where the placements of each step are drawn from, the first included; all pictures are moved alike
 * @returns in the order of `starts`; undefined when the signal aborts
 */
export async function ascend(
  place: Place,
  ascentConfig: AscentConfig,
  schedule: Schedule,
  starts: readonly Start[],
  moves: Random,
  signal: AbortSignal,
  progress?: Progress,
): Promise<Climb[] | undefined> {
  const { stages } = schedule;
  const results: Climb[] = [];
  const begun = progress?.from?.step ?? 0;
  let step = begun;
  const ends = stages.map((_, i) => stages.slice(0, i + 1).reduce((sum, stage) => sum + stage.steps, 0));
  const steps = ends.at(-1)!;
  const first = Math.max(
    0,
    ends.findIndex((end) => step < end),
  );
  let parameterization = ascentConfig.parameterization(stages[first]!.size);
  try {
    let climbers: Climber[] = [];
    for (const [index, start] of starts.entries()) {
      const before = progress?.from?.pictures[index];
      if (before && 'picture' in before) results[index] = before;
      else climbers.push(await beginning(start, index, place, ascentConfig, parameterization, before));
    }
    // A stream of random numbers is taken up by drawing again what has been used.
    for (let i = 0; i < step && ascentConfig.transforms; i++) {
      skipResampling(ascentConfig.transforms, stages[ends.findIndex((end) => i < end)]!.size, moves);
    }

    const save = async (): Promise<void> => {
      if (step === begun) return;
      const pictures: (Ongoing | Climb)[] = [...results];
      for (const { index, parameters, optimizer, curve, frames, silent } of climbers) {
        pictures[index] = { parameters, memory: optimizer.memory(), curve, frames, silent };
      }
      await progress?.save({ step, pictures });
    };
    const frame = (one: Climber): void => {
      if (!schedule.frames.includes(step)) return;
      one.frames.push(toFrame(step, pictureOf(one, parameterization), stages.at(-1)!.size));
    };
    for (const [number, { size }] of stages.entries()) {
      if (number < first) continue;
      if (number > first) {
        const { next, move, rearrange } = parameterization.resized(size);
        for (const climber of climbers) {
          climber.parameters = move(climber.parameters);
          climber.optimizer = climber.optimizer.rearranged(rearrange);
          climber.picture = await next.render(climber.parameters);
        }
        parameterization.dispose();
        parameterization = next;
      }
      const bench = createBench(place, ascentConfig, parameterization);
      try {
        for (; step < ends[number]! && climbers.length > 0; step++) {
          // A step may keep the thread busy from end to end: only here it hears that it is to stop.
          await setImmediate();
          if (progress?.due() || signal.aborted) await save();
          if (signal.aborted) return undefined;
          climbers.forEach(frame);
          const redirected = step < schedule.redirected;
          await bench.step(climbers, moves, redirected, step + 1, shareOf(step, steps));
          const gaveUp = (one: Climber): boolean => !redirected && one.silent > schedule.patience;
          for (const one of climbers.filter(gaveUp)) results[one.index] = finish(one, parameterization, true);
          climbers = climbers.filter((one) => !gaveUp(one));
        }
      } finally {
        bench.dispose();
      }
    }
    for (const one of climbers) {
      frame(one);
      results[one.index] = finish(one, parameterization, false);
    }
    return results;
  } finally {
    parameterization.dispose();
  }
}

/** At the start, or where it stood before. */
async function beginning(
  start: Start,
  index: number,
  place: Place,
  ascentConfig: AscentConfig,
  parameterization: Parameterization,
  before: Ongoing | undefined,
): Promise<Climber> {
  const parameters = before?.parameters ?? parameterization.start(start.random);
  return {
    ...{ ...start, index, parameters },
    picture: await parameterization.render(parameters),
    optimizer: ascentConfig.optimizer(place, before?.memory),
    curve: [...(before?.curve ?? [])],
    frames: [...(before?.frames ?? [])],
    silent: before?.silent ?? 0,
  };
}

const pictureOf = ({ picture }: Climber, { height, width, channels }: Parameterization): Picture => ({
  ...{ height, width, channels },
  data: picture.slice(),
});

function finish(one: Climber, parameterization: Parameterization, blocked: boolean): Climb {
  return { picture: pictureOf(one, parameterization), curve: one.curve, frames: one.frames, blocked };
}

/** What the steps at one size share. */
function createBench(place: Place, ascentConfig: AscentConfig, parameterization: Parameterization) {
  const { model, layer, preactivation } = place;
  const { height, width, channels } = parameterization;
  const input: NetworkInput = createNetworkInput(parameterization, channels, model.network.preprocess);
  const length = height * width * channels;
  /** Constant while the same pictures are in the batch. */
  let signal: { readonly of: readonly Climber[]; readonly tensor: Tensor } | undefined;

  const signalFor = (climbers: readonly Climber[], output: Tensor): Tensor => {
    if (signal && signal.of.length === climbers.length) return signal.tensor;
    signal?.tensor.dispose();
    const tensor = signalOf(
      climbers.map(({ objective }) => objective),
      output.shape.slice(1),
    );
    signal = { of: [...climbers], tensor };
    return tensor;
  };

  return {
    async step(
      climbers: readonly Climber[],
      moves: Random,
      redirected: boolean,
      count: number,
      share: number,
    ): Promise<void> {
      const resampling = ascentConfig.transforms
        ? drawResampling(ascentConfig.transforms, parameterization, moves)
        : undefined;
      const shown = new Float32Array(climbers.length * length);
      for (const [i, { picture }] of climbers.entries()) {
        input.write(picture, shown.subarray(i * length, (i + 1) * length), resampling);
      }
      const pictures = tf.tensor4d(shown, [climbers.length, height, width, channels]);
      const rule = redirected ? 'redirected' : 'gradient';
      const trace = model.trace(pictures, layer, { preactivation, rules: [rule] });
      let gradient: Tensor4D;
      try {
        const objectives = climbers.map(({ objective }) => objective);
        const values = await valuesOf(trace.output, objectives);
        for (const [i, one] of climbers.entries()) one.curve.push(values[i]!);
        const base = signalFor(climbers, trace.output);
        const extra = ascentConfig.diversity?.(trace.output, values);
        const whole = extra ? tf.add(base, extra) : base;
        gradient = trace.backward(whole, { rule });
        if (extra) tf.dispose([extra, whole]);
      } finally {
        trace.dispose();
        pictures.dispose();
      }
      const all = (await gradient.data()) as Float32Array;
      gradient.dispose();
      for (const [i, one] of climbers.entries()) {
        const mine = all.subarray(i * length, (i + 1) * length);
        await climb(one, mine, resampling, count, share);
      }
    },
    dispose: () => signal?.tensor.dispose(),
  };

  async function climb(
    one: Climber,
    gradient: Float32Array,
    resampling: Parameters<NetworkInput['pullBack']>[1],
    count: number,
    share: number,
  ): Promise<void> {
    one.silent = gradient.every((value) => value === 0) ? one.silent + 1 : 0;
    const wanted = input.pullBack(gradient, resampling);
    if (ascentConfig.normalized) normalize(wanted);
    for (const regularize of ascentConfig.regularizers) regularize(one.picture, wanted, parameterization);
    const pulled = await parameterization.pullBack(one.picture, wanted);
    one.optimizer.step(one.parameters, pulled, share);
    parameterization.settle(one.parameters, count);
    one.picture = await parameterization.render(one.parameters);
  }
}
