import { tf } from '../backend/tf.ts';
import { randomFrom } from '../random.ts';
import { ascend } from './ascend.ts';
import type {
  AscentResult,
  AscentConfig,
  Ongoing,
  TracedLayer,
  Checkpointing,
  Schedule,
  Start,
} from './ascend.ts';
import { createNetworkInput } from './network-input.ts';
import type { Objective } from './objective.ts';
import { valuesOf } from './objective.ts';
import type { FloatImage } from './float-image.ts';

/** One image to be made, however many attempts it takes. */
export interface DreamRequest {
  readonly objective: Objective;
  /** Names its stream of random numbers: the same text, the same image. */
  readonly stream: string;
}

export interface Dream extends AscentResult {
  /** The objective for the finished image as it is: rounded to 256 steps, not moved. */
  readonly activation: number;
  /** Nothing was found that excites the unit. */
  readonly dead: boolean;
}

/** Images that are made in step with each other. */
export interface Target {
  readonly requests: readonly DreamRequest[];
  /** Where they stood when they were stopped; all targets of a batch stand at the same step of the same attempt. */
  readonly from?: TargetCheckpoint | undefined;
}

/** The images of one target between two steps. */
export interface TargetCheckpoint {
  readonly attempt: number;
  /** Steps of this attempt made so far. */
  readonly step: number;
  /** In the order of its requests: on the way, given up in this attempt, or finished in one before. */
  readonly images: readonly (Ongoing | AscentResult | Dream)[];
}

/** Receives checkpoints, target by target, so that little is lost when the program is stopped. */
export interface CheckpointStore extends Pick<Checkpointing, 'due'> {
  readonly save: (target: number, checkpoint: TargetCheckpoint) => Promise<void>;
  /** Called as soon as a target is finished, whatever becomes of the others. */
  readonly finish: (target: number, dreams: readonly Dream[]) => Promise<void>;
}

/** Makes some images at once; undefined when the signal aborts. What cannot go on where it was takes no notice of `progress`. */
export type Ascent = (
  traced: TracedLayer,
  schedule: Schedule,
  starts: readonly Start[],
  moves: string,
  signal: AbortSignal,
  progress?: Checkpointing,
) => Promise<AscentResult[] | undefined>;

export const createAscent =
  (ascentConfig: AscentConfig): Ascent =>
  (traced, schedule, starts, moves, signal, progress) =>
    ascend(traced, ascentConfig, schedule, starts, randomFrom(moves), signal, progress);

const NO_STORE: CheckpointStore = {
  due: () => false,
  save: () => Promise.resolve(),
  finish: () => Promise.resolve(),
};

/**
 * Makes images, and tries those again that start where no gradient reaches: from other numbers, then by what the layer gives
 * before its activation, then by that in one place alone. What is still dead after that is said to be.
 *
 * @param moves names the stream that the placements of every step come from
 * @returns the dreams of each target, in the order of its requests; undefined when the signal aborts
 */
export async function dream(
  traced: TracedLayer,
  ascent: Ascent,
  schedule: Schedule,
  targets: readonly Target[],
  moves: string,
  signal: AbortSignal,
  store: CheckpointStore = NO_STORE,
): Promise<Dream[][] | undefined> {
  const begun = targets[0]!.from;
  const images = targets.flatMap(({ requests, from }, target) =>
    requests.map((request, i): RequestedDream => ({
      ...request,
      target,
      ...checkpointOf(from?.images[i]),
    })),
  );
  const ofTarget = (target: number): RequestedDream[] => images.filter((one) => one.target === target);
  const targetsOf = (some: readonly RequestedDream[]): Set<number> =>
    new Set(some.map(({ target }) => target));
  let open = images.filter(({ dream }) => !dream);
  const attempts = attemptsAt(traced, schedule);
  for (const [attempt, { by, until, towards }] of attempts.entries()) {
    if (attempt < (begun?.attempt ?? 0)) continue;
    const starts = open.map(({ objective, stream }): Start => ({
      objective: towards(objective),
      random: randomFrom(`${stream} ${attempt}`),
    }));
    const progress: Checkpointing = {
      from:
        begun?.attempt === attempt
          ? { step: begun.step, images: open.map(({ before }) => before!) }
          : undefined,
      due: store.due,
      async save({ step, images: stopped }) {
        for (const target of targetsOf(open)) {
          const all = ofTarget(target).map((one) => stopped[open.indexOf(one)] ?? one.dream!);
          await store.save(target, { attempt, step, images: all });
        }
      },
    };
    const results = await ascent(by, until, starts, `${moves} ${attempt}`, signal, progress);
    if (!results) return undefined;
    for (const [i, one] of open.entries()) {
      const activation = await activationOf(traced, one.objective, results[i]!.image);
      one.dream = { ...results[i]!, activation, dead: activation === 0 };
    }
    const last = attempt === attempts.length - 1;
    const again = last ? [] : open.filter(({ dream }) => dream!.blocked || dream!.dead);
    for (const target of targetsOf(open)) {
      if (targetsOf(again).has(target)) continue;
      await store.finish(
        target,
        ofTarget(target).map(({ dream }) => dream!),
      );
    }
    open = again;
    if (open.length === 0) break;
  }
  return targets.map((_, target) => ofTarget(target).map(({ dream }) => dream!));
}

/** An image of a target, and what has become of it. */
interface RequestedDream extends DreamRequest {
  readonly target: number;
  /** The state of the attempt that resumes. */
  readonly before?: Ongoing | AscentResult;
  /** Of the latest attempt that came to its end. */
  dream?: Dream;
}

function checkpointOf(
  before: TargetCheckpoint['images'][number] | undefined,
): Pick<RequestedDream, 'before' | 'dream'> {
  if (!before) return {};
  return 'activation' in before ? { dream: before } : { before };
}

interface Attempt {
  readonly by: TracedLayer;
  readonly until: Schedule;
  /** The objective of this attempt for that of the request. */
  readonly towards: (objective: Objective) => Objective;
}

function attemptsAt(traced: TracedLayer, schedule: Schedule): Attempt[] {
  const towards = (objective: Objective): Objective => objective;
  const asRequested = { by: traced, until: schedule, towards };
  if (traced.preactivation) return [asRequested, asRequested];
  const beforeActivation = {
    by: { ...traced, preactivation: true },
    until: { ...schedule, redirected: Infinity },
    towards,
  };
  // Far below zero everywhere, a map's mean rises by what is less wrong in all places, and no place ever fires.
  const onePlace = {
    ...beforeActivation,
    towards: (objective: Objective): Objective => ({ ...objective, where: 'center' }),
  };
  return [asRequested, asRequested, beforeActivation, onePlace];
}

/** The objective for one image, shown as it is. */
export async function activationOf(
  traced: TracedLayer,
  objective: Objective,
  image: FloatImage,
): Promise<number> {
  const { model, layer, preactivation } = traced;
  const { height, width, channels, data } = image;
  const shown = new Float32Array(data.length);
  const rounded = data.map((value) => Math.round(255 * Math.min(1, Math.max(0, value))) / 255);
  createNetworkInput(image, channels, model.network.preprocess).write(rounded, shown, undefined);
  const input = tf.tensor4d(shown, [1, height, width, channels]);
  const trace = model.trace(input, layer, { preactivation, rules: [] });
  try {
    return (await valuesOf(trace.output, [objective]))[0]!;
  } finally {
    trace.dispose();
    input.dispose();
  }
}
