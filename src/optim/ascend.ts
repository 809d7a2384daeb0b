import { setImmediate } from 'node:timers/promises';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { tf } from '../backend/tf.ts';
import type { BackwardRule, Model } from '../model/model.ts';
import { thereAndBack } from '../model/there-and-back.ts';
import type { Random } from '../random.ts';
import { toFrame } from './frame.ts';
import type { Frame } from './frame.ts';
import { createNetworkInput } from './network-input.ts';
import type { NetworkInput } from './network-input.ts';
import type { Objective } from './objective.ts';
import { signalOf, valuesOf } from './objective.ts';
import { shareOf } from './optimizer.ts';
import type { Optimizer, OptimizerMemory } from './optimizer.ts';
import type { Parameterization } from './parameterization.ts';
import type { FloatImage, Size } from './float-image.ts';
import { normalize } from './regularizer.ts';
import type { Regularizer } from './regularizer.ts';
import { drawResampling, skipResampling } from './transform.ts';
import type { TransformSettings } from './transform.ts';

/** Where the images are shown, and what is looked at there. */
export interface TracedLayer {
  readonly model: Model;
  readonly layer: number;
  /** Ascend on the layer's output before its own activation. */
  readonly preactivation: boolean;
}

/** How a method ascends: the parts it is put together from. */
export interface AscentConfig {
  readonly parameterization: (size: Size) => Parameterization;
  /** @param memory of the steps it made before, where it goes on */
  readonly optimizer: (traced: TracedLayer, memory?: OptimizerMemory) => Optimizer;
  /** Brings the network's gradient to a root mean square of 1 before the regularizers add to it. */
  readonly normalized: boolean;
  readonly regularizers: readonly Regularizer[];
  readonly transforms: TransformSettings | undefined;
  /** Adds to the signal of a batch what keeps its images apart. */
  readonly diversity?: ((output: Tensor, values: readonly number[]) => Tensor) | undefined;
}

export interface Schedule {
  /** From small to large: every size with the number of steps made at it. */
  readonly stages: readonly { readonly size: Size; readonly steps: number }[];
  /** The first steps, in which a signal that is blocked whole is let through (Lucid's redirected ReLU gradient). */
  readonly redirected: number;
  /** After that, steps without any gradient before an image is given up. */
  readonly patience: number;
  /** Steps after which a frame is taken, 0 being the start. */
  readonly frames: readonly number[];
}

/** One image to be made. */
export interface Start {
  readonly objective: Objective;
  /** Of the numbers it begins with. */
  readonly random: Random;
}

export interface AscentResult {
  readonly image: FloatImage;
  /** The objective as it was met at each step, transforms included. */
  readonly curve: readonly number[];
  readonly frames: readonly Frame[];
  /** True where no gradient came through for so long that it was given up. */
  readonly blocked: boolean;
}

/** An image between two steps: all that the next ones depend on. */
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
  readonly images: readonly (Ongoing | AscentResult)[];
}

/** How a batch goes on where it was stopped. */
export interface Checkpointing {
  /** Where it stood; undefined where it has to begin. */
  readonly from: Checkpoint | undefined;
  /** Asked between steps: true where it is time to save. */
  readonly due: () => boolean;
  /** Called where it is due and when the signal aborts. The arrays change as soon as the promise is fulfilled. */
  readonly save: (checkpoint: Checkpoint) => Promise<void>;
}

interface RunningAscent extends Start {
  readonly index: number;
  parameters: Float32Array;
  optimizer: Optimizer;
  image: Float32Array;
  readonly curve: number[];
  readonly frames: Frame[];
  silent: number;
}

/**
 * Makes several images at once, one batch through the network a step. All else is done image by image, so that what
 * one becomes does not depend on the others.
 *
 * @param moves where the placements of each step are drawn from, the first included; all images are moved alike
 * @returns in the order of `starts`; undefined when the signal aborts
 */
export async function ascend(
  traced: TracedLayer,
  ascentConfig: AscentConfig,
  schedule: Schedule,
  starts: readonly Start[],
  moves: Random,
  signal: AbortSignal,
  progress?: Checkpointing,
): Promise<AscentResult[] | undefined> {
  const { stages } = schedule;
  const results: AscentResult[] = [];
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
    let running: RunningAscent[] = [];
    for (const [index, start] of starts.entries()) {
      const before = progress?.from?.images[index];
      if (before && 'image' in before) results[index] = before;
      else running.push(await startAscent(start, index, traced, ascentConfig, parameterization, before));
    }
    // A stream of random numbers is taken up by drawing again what has been used.
    for (let i = 0; i < step && ascentConfig.transforms; i++) {
      skipResampling(ascentConfig.transforms, stages[ends.findIndex((end) => i < end)]!.size, moves);
    }

    const save = async (): Promise<void> => {
      if (step === begun) return;
      const images: (Ongoing | AscentResult)[] = [...results];
      for (const { index, parameters, optimizer, curve, frames, silent } of running) {
        images[index] = { parameters, memory: optimizer.memory(), curve, frames, silent };
      }
      await progress?.save({ step, images });
    };
    const frame = (one: RunningAscent): void => {
      if (!schedule.frames.includes(step)) return;
      one.frames.push(toFrame(step, imageOf(one, parameterization), stages.at(-1)!.size));
    };
    for (const [number, { size }] of stages.entries()) {
      if (number < first) continue;
      if (number > first) {
        const { next, move, rearrange } = parameterization.resized(size);
        for (const one of running) {
          one.parameters = move(one.parameters);
          one.optimizer = one.optimizer.rearranged(rearrange);
          one.image = await next.render(one.parameters);
        }
        parameterization.dispose();
        parameterization = next;
      }
      const workspace = createWorkspace(traced, ascentConfig, parameterization);
      try {
        for (; step < ends[number]! && running.length > 0; step++) {
          // A step may keep the thread busy from end to end: only here can it be stopped.
          await setImmediate();
          if (progress?.due() || signal.aborted) await save();
          if (signal.aborted) return undefined;
          running.forEach(frame);
          const redirected = step < schedule.redirected;
          await workspace.step(running, moves, redirected, step + 1, shareOf(step, steps));
          const gaveUp = (one: RunningAscent): boolean => !redirected && one.silent > schedule.patience;
          for (const one of running.filter(gaveUp)) results[one.index] = finish(one, parameterization, true);
          running = running.filter((one) => !gaveUp(one));
        }
      } finally {
        workspace.dispose();
      }
    }
    for (const one of running) {
      frame(one);
      results[one.index] = finish(one, parameterization, false);
    }
    return results;
  } finally {
    parameterization.dispose();
  }
}

/** At the start, or where it stood before. */
async function startAscent(
  start: Start,
  index: number,
  traced: TracedLayer,
  ascentConfig: AscentConfig,
  parameterization: Parameterization,
  before: Ongoing | undefined,
): Promise<RunningAscent> {
  const parameters = before?.parameters ?? parameterization.start(start.random);
  return {
    ...{ ...start, index, parameters },
    image: await parameterization.render(parameters),
    optimizer: ascentConfig.optimizer(traced, before?.memory),
    curve: [...(before?.curve ?? [])],
    frames: [...(before?.frames ?? [])],
    silent: before?.silent ?? 0,
  };
}

const imageOf = ({ image }: RunningAscent, { height, width, channels }: Parameterization): FloatImage => ({
  ...{ height, width, channels },
  data: image.slice(),
});

function finish(one: RunningAscent, parameterization: Parameterization, blocked: boolean): AscentResult {
  return { image: imageOf(one, parameterization), curve: one.curve, frames: one.frames, blocked };
}

/** What the steps at one size share. */
function createWorkspace(
  traced: TracedLayer,
  ascentConfig: AscentConfig,
  parameterization: Parameterization,
) {
  const { model, layer, preactivation } = traced;
  const { height, width, channels } = parameterization;
  const input: NetworkInput = createNetworkInput(parameterization, channels, model.network.preprocess);
  const length = height * width * channels;
  /** Constant while the same images are in the batch. */
  let signal: { readonly of: readonly RunningAscent[]; readonly tensor: Tensor } | undefined;

  /** Undefined where no pass has shown yet what shape it has. */
  const knownSignal = (running: readonly RunningAscent[]): Tensor | undefined =>
    signal?.of.length === running.length ? signal.tensor : undefined;

  const signalFor = (running: readonly RunningAscent[], output: Tensor): Tensor => {
    signal?.tensor.dispose();
    const objectives = running.map(({ objective }) => objective);
    const tensor = signalOf(objectives, output.shape.slice(1));
    signal = { of: [...running], tensor };
    return tensor;
  };

  /** The gradient at the images. Notes each image's objective. */
  const gradientOf = async (
    running: readonly RunningAscent[],
    images: Tensor4D,
    rule: BackwardRule,
  ): Promise<Tensor4D> => {
    const note = async (output: Tensor): Promise<readonly number[]> => {
      const values = await valuesOf(
        output,
        running.map(({ objective }) => objective),
      );
      for (const [i, one] of running.entries()) one.curve.push(values[i]!);
      return values;
    };
    const known = knownSignal(running);
    if (known && !ascentConfig.diversity) {
      const { output, gradient } = thereAndBack(model, images, known, { layer, preactivation, rule });
      await note(output).finally(() => output.dispose());
      return gradient;
    }
    const trace = model.trace(images, layer, { preactivation, rules: [rule] });
    try {
      const values = await note(trace.output);
      const base = known ?? signalFor(running, trace.output);
      const extra = ascentConfig.diversity?.(trace.output, values);
      const whole = extra ? tf.add(base, extra) : base;
      const gradient = trace.backward(whole, { rule });
      if (extra) tf.dispose([extra, whole]);
      return gradient;
    } finally {
      trace.dispose();
    }
  };

  return {
    async step(
      running: readonly RunningAscent[],
      moves: Random,
      redirected: boolean,
      count: number,
      share: number,
    ): Promise<void> {
      const resampling = ascentConfig.transforms
        ? drawResampling(ascentConfig.transforms, parameterization, moves)
        : undefined;
      const shown = new Float32Array(running.length * length);
      for (const [i, { image }] of running.entries()) {
        input.write(image, shown.subarray(i * length, (i + 1) * length), resampling);
      }
      const images = tf.tensor4d(shown, [running.length, height, width, channels]);
      const rule = redirected ? 'redirected' : 'gradient';
      const gradient = await gradientOf(running, images, rule).finally(() => images.dispose());
      const all = (await gradient.data()) as Float32Array;
      gradient.dispose();
      for (const [i, one] of running.entries()) {
        const ownGradient = all.subarray(i * length, (i + 1) * length);
        await updateParameters(one, ownGradient, resampling, count, share);
      }
    },
    dispose: () => signal?.tensor.dispose(),
  };

  async function updateParameters(
    one: RunningAscent,
    gradient: Float32Array,
    resampling: Parameters<NetworkInput['pullBack']>[1],
    count: number,
    share: number,
  ): Promise<void> {
    one.silent = gradient.every((value) => value === 0) ? one.silent + 1 : 0;
    const imageGradient = input.pullBack(gradient, resampling);
    if (ascentConfig.normalized) normalize(imageGradient);
    for (const regularize of ascentConfig.regularizers)
      regularize(one.image, imageGradient, parameterization);
    const pulled = await parameterization.pullBack(one.image, imageGradient);
    one.optimizer.step(one.parameters, pulled, share);
    parameterization.settle(one.parameters, count);
    one.image = await parameterization.render(one.parameters);
  }
}
