import { tf } from '../backend/tf.ts';
import { randomFrom } from '../model/random.ts';
import { ascend } from './ascend.ts';
import type { Climb, Manner, Place, Schedule, Start } from './ascend.ts';
import { createNetworkInput } from './network-input.ts';
import type { Objective } from './objective.ts';
import { valuesOf } from './objective.ts';
import type { Picture } from './picture.ts';

/** One picture to be made, however many attempts it takes. */
export interface Wish {
  readonly objective: Objective;
  /** Names its stream of random numbers: the same text, the same picture. */
  readonly stream: string;
}

export interface Dream extends Climb {
  /** The objective for the finished picture as it is: rounded to 256 steps, not moved. */
  readonly activation: number;
  /** Nothing was found that excites the unit. */
  readonly dead: boolean;
  /** It still climbs. */
  readonly unconverged: boolean;
}

/** Makes some pictures at once; undefined when the signal aborts. */
export type Climbing = (
  place: Place,
  schedule: Schedule,
  starts: readonly Start[],
  moves: string,
  signal: AbortSignal,
) => Promise<Climb[] | undefined>;

export const climbing =
  (manner: Manner): Climbing =>
  (place, schedule, starts, moves, signal) =>
    ascend(place, manner, schedule, starts, randomFrom(moves), signal);

/**
 * Makes pictures, and tries those again that start where no gradient reaches: from other numbers, then by what the layer gives
 * before its activation. What is still dead after that is said to be.
 *
 * @param moves names the stream that the placements of every step come from
 */
export async function dream(
  place: Place,
  climb: Climbing,
  schedule: Schedule,
  wishes: readonly Wish[],
  moves: string,
  signal: AbortSignal,
): Promise<Dream[] | undefined> {
  const dreams: Dream[] = [];
  let open = wishes.map((_, index) => index);
  for (const [attempt, { by, until }] of attemptsAt(place, schedule).entries()) {
    const starts = open.map((index): Start => {
      const { objective, stream } = wishes[index]!;
      return { objective, random: randomFrom(`${stream} ${attempt}`) };
    });
    const climbs = await climb(by, until, starts, `${moves} ${attempt}`, signal);
    if (!climbs) return undefined;
    for (const [i, index] of open.entries()) {
      const one = climbs[i]!;
      const activation = await activationOf(place, wishes[index]!.objective, one.picture);
      const dead = activation === 0;
      dreams[index] = { ...one, activation, dead, unconverged: !dead && stillClimbs(one.curve) };
    }
    open = open.filter((index) => dreams[index]!.blocked || dreams[index]!.dead);
    if (open.length === 0) break;
  }
  return dreams;
}

function attemptsAt(place: Place, schedule: Schedule): { by: Place; until: Schedule }[] {
  const asWished = { by: place, until: schedule };
  if (place.preactivation) return [asWished, asWished];
  const beforeActivation = {
    by: { ...place, preactivation: true },
    until: { ...schedule, redirected: Infinity },
  };
  return [asWished, asWished, beforeActivation];
}

/** The objective for one picture, shown as it is. */
export async function activationOf(place: Place, objective: Objective, picture: Picture): Promise<number> {
  const { model, layer, preactivation } = place;
  const { height, width, channels, data } = picture;
  const shown = new Float32Array(data.length);
  const rounded = data.map((value) => Math.round(255 * Math.min(1, Math.max(0, value))) / 255);
  createNetworkInput(picture, channels, model.network.preprocess).write(rounded, shown, undefined);
  const input = tf.tensor4d(shown, [1, height, width, channels]);
  const trace = model.trace(input, layer, { preactivation, rules: [] });
  try {
    return (await valuesOf(trace.output, [objective]))[0]!;
  } finally {
    trace.dispose();
    input.dispose();
  }
}

/** What the last quarter of the steps may add to the rise of the three before it. */
const SETTLED = 0.1;

/** True where the last quarter of the steps still rose by more than a tenth of what had been gained. */
export function stillClimbs(curve: readonly number[]): boolean {
  const quarter = Math.floor(curve.length / 4);
  if (quarter === 0) return true;
  const mean = (from: number, to: number): number =>
    curve.slice(from, to).reduce((sum, value) => sum + value, 0) / (to - from);
  const last = mean(curve.length - quarter, curve.length);
  const before = mean(curve.length - 2 * quarter, curve.length - quarter);
  return last - before > SETTLED * (before - curve[0]!);
}
