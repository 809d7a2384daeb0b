import type { Tensor2D } from '@tensorflow/tfjs-core';
import { tf } from '../../src/backend/tf.ts';
import type { Model } from '../../src/model/model.ts';
import { centreBatch, inputOf } from './batches.ts';
import type { ImageSet } from './image-set.ts';

export interface Evaluation {
  readonly images: number;
  /** Share of the images that are recognised. */
  readonly accuracy: number;
  /** [class][guess]: how many images of the class were taken for what. */
  readonly confusion: readonly (readonly number[])[];
  /** Filters of each convolution that answer to none of the images. */
  readonly dead: readonly { readonly layer: string; readonly filters: number; readonly dead: number }[];
}

/** So many images at a time: all maps of a batch are in memory at once. */
const BATCH = 60;

/** Shows a network with its classifier the middle of every image. */
export function evaluate(model: Model, set: ImageSet): Evaluation {
  const { layers, network } = model;
  const [height] = network.inputShape;
  const convolutions = layers.filter(({ type }) => type === 'Conv2D');
  const predictions = convolutions.map(({ index }) => firstClass(model, index));
  const classes = layers[layers.length - 1]!.outputShape[0]!;
  const strongest = predictions.map((index) =>
    new Float32Array(layers[index]!.outputShape[2]!).fill(-Infinity),
  );
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let from = 0; from < set.count; from += BATCH) {
    const to = Math.min(set.count, from + BATCH);
    const batch = centreBatch(set, from, to, height);
    tf.tidy(() => {
      const input = inputOf(batch, network);
      const [scores, ...maps] = model.forward(input, [layers.length - 1, ...predictions]);
      const guesses = tf.argMax(scores as Tensor2D, 1).dataSync();
      batch.labels.forEach((label, i) => confusion[label]![guesses[i]!]!++);
      maps.forEach((map, i) => {
        const seen = tf.max(map, [0, 1, 2]).dataSync();
        strongest[i]!.forEach((old, f) => (strongest[i]![f] = Math.max(old, seen[f]!)));
      });
    });
  }
  return {
    images: set.count,
    accuracy: confusion.reduce((sum, row, i) => sum + row[i]!, 0) / set.count,
    confusion,
    dead: convolutions.map(({ name }, i) => ({
      layer: name,
      filters: strongest[i]!.length,
      dead: strongest[i]!.filter((value) => value <= 0).length,
    })),
  };
}

/** Where a convolution's answer stands: behind its activation, if that is a layer of its own. */
function firstClass({ layers }: Model, index: number): number {
  return layers[index + 1]?.type === 'ReLU' ? index + 1 : index;
}
