import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { BatchStatistics } from '../../src/backend/native/batch-norm.ts';
import { tf } from '../../src/backend/tf.ts';
import type { Random } from '../../src/random.ts';
import { randomFrom } from '../../src/random.ts';
import { cosineRate, createAdamW, type AdamState } from './adamw.ts';
import { type Batch, inputOf, makeBatch, shuffled } from './batches.ts';
import { type Parameter, upload } from './parameters.ts';
import type { ImageSet } from './image-set.ts';
import type { Recipe } from './recipe.ts';
import type { Trainable } from './trainable.ts';

/** All that changes while a network is trained. */
export interface TrainingState {
  /** Epochs done. */
  epoch: number;
  readonly parameters: Map<string, Parameter>;
  readonly statistics: Map<string, Float32Array>;
  readonly optimizer: AdamState;
}

export interface StepMetrics {
  /** Within the epoch, from 0. */
  readonly step: number;
  readonly loss: number;
  /** Share of the batch that was recognised. */
  readonly accuracy: number;
}

/** What remains of a moving mean or variance at each step. */
const MOMENTUM = 0.97;

/**
 * One pass over the images, which changes the state in place. What is random in it depends on seed and epoch only, so
 * that training goes on as if it had never been stopped. Stops at `aborted`, leaving the state amid the epoch.
 */
export async function runEpoch(
  { recipe, trainable, seed }: { recipe: Recipe; trainable: Trainable; seed: number },
  set: ImageSet,
  state: TrainingState,
  watch: { readonly tell: (report: StepMetrics) => void; readonly signal: AbortSignal },
): Promise<void> {
  const { batch: size, epochs, learningRate, variation } = recipe;
  const order = shuffled(set.count, seed, state.epoch);
  const random = randomFrom(`${seed}:variation:${state.epoch}`);
  const steps = stepsOf(set, recipe);
  const optimizer = createAdamW(state.optimizer, {
    weightDecay: recipe.weightDecay,
    clip: recipe.clip,
    decays: (name) => name.endsWith('/kernel'),
  });
  for (let step = 0; step < steps; step++) {
    if (watch.signal.aborted) return;
    const batch = makeBatch(set, order.subarray(step * size, (step + 1) * size), variation, random);
    const { loss, accuracy, gradients } = differentiate(recipe, trainable, state, batch, random);
    if (!Number.isFinite(loss))
      throw new Error(`the loss became ${loss} in epoch ${state.epoch}, step ${step}`);
    const rate = cosineRate(state.epoch * steps + step, epochs * steps, learningRate);
    optimizer.step(state.parameters, gradients, rate);
    watch.tell({ step, loss, accuracy });
    await new Promise((resolve) => setImmediate(resolve));
  }
  state.epoch += 1;
}

/** What is left over at the end of an epoch waits for another one. */
export function stepsOf({ count }: ImageSet, { batch }: Recipe): number {
  return Math.floor(count / batch);
}

function differentiate(
  recipe: Recipe,
  trainable: Trainable,
  state: TrainingState,
  batch: Batch,
  random: Random,
): { loss: number; accuracy: number; gradients: Map<string, Float32Array> } {
  const { classes, labelSmoothing, dropout, network } = recipe;
  const { labels } = batch;
  const names = [...state.parameters.keys()];
  const mask = Float32Array.from({ length: labels.length * trainable.features }, () =>
    random() < dropout ? 0 : 1 / (1 - dropout),
  );
  let [total, accuracy] = [0, 0];
  const gradients = new Map<string, Float32Array>();
  tf.tidy(() => {
    const tensors = upload(state.parameters);
    const input = inputOf(batch, network);
    const dropped = tf.tensor2d(mask, [labels.length, trainable.features]);
    const targets = tf.tensor2d(smoothed(labels, classes.length, labelSmoothing), [
      labels.length,
      classes.length,
    ]);
    const loss = (...values: Tensor[]): Scalar => {
      const parameters = Object.fromEntries(names.map((name, i) => [name, values[i]!]));
      const note = (layer: string, seen: BatchStatistics): void => remember(state.statistics, layer, seen);
      const { logits, costs } = trainable.forward(parameters, input, dropped, note);
      accuracy = shareRight(logits, labels);
      const entropy = tf.neg(tf.mean(tf.sum(tf.mul(targets, tf.logSoftmax(logits)), 1)));
      return costs.reduce<Scalar>((sum, cost) => tf.add(sum, cost), entropy as Scalar);
    };
    const { value, grads } = tf.valueAndGrads(loss)(names.map((name) => tensors[name]!));
    names.forEach((name, i) => gradients.set(name, grads[i]!.dataSync<'float32'>().slice()));
    total = value.dataSync()[0]!;
  });
  return { loss: total, accuracy, gradients };
}

function smoothed(labels: Uint8Array, classes: number, smoothing: number): Float32Array {
  const targets = new Float32Array(labels.length * classes).fill(smoothing / classes);
  labels.forEach((label, i) => (targets[i * classes + label]! += 1 - smoothing));
  return targets;
}

function shareRight(logits: Tensor2D, labels: Uint8Array): number {
  const guesses = tf.argMax(logits, 1).dataSync();
  return labels.reduce((right, label, i) => right + (guesses[i] === label ? 1 : 0), 0) / labels.length;
}

function remember(statistics: Map<string, Float32Array>, layer: string, seen: BatchStatistics): void {
  for (const kind of ['mean', 'variance'] as const) {
    const moving = statistics.get(`${layer}/${kind}`)!;
    for (let i = 0; i < moving.length; i++) {
      moving[i] = MOMENTUM * moving[i]! + (1 - MOMENTUM) * seen[kind][i]!;
    }
  }
}
