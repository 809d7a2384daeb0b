import { createAscent, dream } from '../../optim/dream.ts';
import type { Ascent, Dream, Target, TargetCheckpoint, DreamRequest } from '../../optim/dream.ts';
import { trainDense } from '../../optim/dense.ts';
import { ascentConfigOf } from '../../optim/methods.ts';
import { channelObjective, directionObjective, negative, neuronObjective } from '../../optim/objective.ts';
import type { Objective } from '../../optim/objective.ts';
import type { TracedLayer, Schedule } from '../../optim/ascend.ts';
import type { ComputeContext, JobSpec, JobOutput } from '../technique.ts';
import { batchSize } from '../batch-size.ts';
import { bestImages } from './compare.ts';
import { DreamMemory } from './keep.ts';
import { Pace } from './pace.ts';
import { dreamPanel } from './panel.ts';
import { isBeforeActivation } from './payload.ts';
import type { DreamPayload } from './payload.ts';

/** Steps in which a signal that is blocked whole is let through, as in Lucid. */
const REDIRECTED_STEPS = 16;
/** Steps without any gradient after which a start is given up. */
const PATIENCE = 8;
/** The share of steps that are made at half the size. */
const COARSE_SHARE = 0.6;
/** A side below which nothing is made at half its size. */
const LEAST_TO_HALVE = 64;

const payloadOf = ({ payload }: JobSpec): DreamPayload => payload as DreamPayload;

/** Makes the dreams of jobs that differ in nothing but their target, as many at once as memory allows. */
export async function* makeDreams(
  jobs: readonly JobSpec[],
  context: ComputeContext,
): AsyncIterable<JobOutput> {
  const { model, signal } = context;
  const shared = payloadOf(jobs[0]!);
  const layer = jobs[0]!.layers[0]!;
  const place: TracedLayer = { model, layer, preactivation: isBeforeActivation(shared) };
  const objectives = jobs.map((job) => objectiveOf(payloadOf(job)));
  const best = await bestImages(context, layer, place.preactivation, jobs[0]!.images, objectives);
  // Not all images have been looked at: nothing may be said of the best.
  if (signal.aborted) return;

  const channels = model.network.inputShape[2] === 1 ? 1 : 3;
  const dense = shared.method === 'dense';
  const ascent: Ascent = dense
    ? trainDense(shared.settings, channels)
    : createAscent(ascentConfigOf(shared.method, shared.settings, channels, shared.diversity > 1));
  const schedule = scheduleOf(shared);
  const name = model.layers[layer]!.name;
  // Variants are kept apart by their batch: each target has one of its own then. Dense layers are trained one after the other, and
  // begin anew when they are stopped: a batch of several would lose those that are finished.
  const together =
    dense || shared.diversity > 1 ? 1 : batchSize(model.layers, layer, model.network.inputShape, shared.size);
  const memory = new DreamMemory(context.partial, layer);
  const output = (index: number, dreams: readonly Dream[]): JobOutput => ({
    job: index,
    panels: dreams.map((one) => dreamPanel(one, best[index], payloadOf(jobs[index]!))),
  });
  const open: Open[] = [];
  for (const [index, job] of jobs.entries()) {
    const payload = payloadOf(job);
    const known = await memory.recall(payload);
    if (known) yield output(index, known);
    else open.push({ index, from: await memory.readCheckpoint(payload) });
  }
  const pace = new Pace();
  for (const batch of batchesOf(open, together)) {
    const payloads = batch.map(({ index }) => payloadOf(jobs[index]!));
    const targets = batch.map(({ index, from }, i): Target => {
      return { requests: requestsOf(payloads[i]!, objectives[index]!, name), from };
    });
    const dreams = await dream(place, ascent, schedule, targets, `moves ${shared.seed}`, signal, {
      due: pace.due,
      save: (target, checkpoint) => pace.save(() => memory.keepCheckpoint(payloads[target]!, checkpoint)),
      finish: (target, made) => memory.keep(payloads[target]!, made),
    });
    if (!dreams) return;
    for (const [i, { index }] of batch.entries()) yield output(index, dreams[i]!);
  }
}

/** A job whose dreams are not finished, by its position, and where they stand. */
interface Open {
  readonly index: number;
  readonly from: TargetCheckpoint | undefined;
}

/** Those together that stand at the same step of the same attempt, in the order of their first. */
export function batchesOf(open: readonly Open[], together: number): Open[][] {
  const groups = new Map<string, Open[]>();
  for (const one of open) {
    const { attempt = 0, step = 0 } = one.from ?? {};
    const position = `${attempt} ${step}`;
    groups.set(position, [...(groups.get(position) ?? []), one]);
  }
  return [...groups.values()].flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / together) }, (_, i) =>
      group.slice(i * together, (i + 1) * together),
    ),
  );
}

/** One for each variant. What a stream is called must not depend on what else is asked for. */
function requestsOf(
  { target, seed, diversity }: DreamPayload,
  objective: Objective,
  layer: string,
): DreamRequest[] {
  return Array.from({ length: diversity }, (_, variant) => ({
    objective,
    stream: `dream ${seed} ${layer} ${JSON.stringify(target)} ${variant}`,
  }));
}

/** A logit is what a softmax is given; and a ReLU's output has nothing below zero to be driven to. */
function objectiveOf(payload: DreamPayload): Objective {
  const { target } = payload;
  const objective =
    'direction' in target
      ? directionObjective(target.direction)
      : payload.objective === 'neuron'
        ? neuronObjective(target.filter)
        : channelObjective(target.filter);
  return payload.negative ? negative(objective) : objective;
}

export function scheduleOf({
  size: [height, width],
  steps,
  coarseToFine,
  frames,
}: Pick<DreamPayload, 'size' | 'steps' | 'coarseToFine' | 'frames'>): Schedule {
  const full = { height, width };
  const half = { height: Math.round(height / 2), width: Math.round(width / 2) };
  const coarse = Math.round(COARSE_SHARE * steps);
  const halved = coarseToFine && Math.min(height, width) >= LEAST_TO_HALVE && coarse > 0;
  return {
    stages: halved
      ? [
          { size: half, steps: coarse },
          { size: full, steps: steps - coarse },
        ]
      : [{ size: full, steps }],
    redirected: REDIRECTED_STEPS,
    patience: PATIENCE,
    frames: frameSteps(steps, frames),
  };
}

function frameSteps(steps: number, count: number): number[] {
  if (count < 2) return count === 1 ? [steps] : [];
  const all = Array.from({ length: count }, (_, i) => Math.round((i * steps) / (count - 1)));
  return [...new Set(all)];
}
