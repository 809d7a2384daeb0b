import type { Tensor4D } from '@tensorflow/tfjs-core';
import { tf } from '../../src/backend/tf.ts';
import type { Network } from '../../src/model/network.ts';
import { valueRange } from '../../src/model/preprocess.ts';
import type { Random } from '../../src/random.ts';
import { randomFrom, truncatedNormal } from '../../src/random.ts';
import type { ImageSet } from './image-set.ts';

/** How an image is varied each time that it is shown. */
export interface Variation {
  /** Pixels of the square that the network sees, cut out anywhere. */
  readonly crop: number;
  readonly flip: boolean;
  /** Deviation of each number in the matrix that mixes the colours, from the unit matrix. */
  readonly colourMixing: number;
  /** Deviation of what is added to each channel, in -1..1. */
  readonly tint: number;
  /** Least and greatest factor on the distance from the image's mean colour. */
  readonly contrast: readonly [number, number];
}

export interface Batch {
  /** float32 [count, crop, crop, channels], -1..1 */
  readonly pixels: Float32Array;
  readonly labels: Uint8Array;
}

/** As the network takes it: float32 [count, height, width, channels]. The caller disposes. */
export function inputOf({ pixels, labels }: Batch, { inputShape, preprocess }: Network): Tensor4D {
  const [low, high] = valueRange(preprocess);
  return tf.tidy(() => {
    const signed = tf.tensor4d(pixels, [labels.length, ...inputShape]);
    return low === -1 && high === 1 ? signed : tf.add(tf.mul(signed, (high - low) / 2), (high + low) / 2);
  });
}

/** The order in which an epoch goes through a set: the same for the same seed and epoch. */
export function shuffled(count: number, seed: number, epoch: number): Uint32Array {
  const random = randomFrom(`${seed}:order:${epoch}`);
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

export function makeBatch(set: ImageSet, chosen: Uint32Array, variation: Variation, random: Random): Batch {
  const { crop } = variation;
  const values = crop * crop * set.channels;
  const pixels = new Float32Array(chosen.length * values);
  for (const [b, index] of chosen.entries()) {
    const target = pixels.subarray(b * values, (b + 1) * values);
    cut(set, index, crop, variation.flip && random() < 0.5, random, target);
    if (set.channels === 3) recolour(target, variation, random);
    else stretch(target, variation, random);
  }
  return { pixels, labels: Uint8Array.from(chosen, (index) => set.labels[index]!) };
}

/** The middle of every image, unvaried: what is measured on. */
export function centreBatch(set: ImageSet, from: number, to: number, crop: number): Batch {
  const values = crop * crop * set.channels;
  const pixels = new Float32Array((to - from) * values);
  const middle = (set.size - crop) / 2;
  for (let index = from; index < to; index++) {
    const target = pixels.subarray((index - from) * values, (index - from + 1) * values);
    cutAt(set, index, crop, Math.floor(middle), Math.floor(middle), false, target);
  }
  return { pixels, labels: set.labels.slice(from, to) };
}

function cut(
  set: ImageSet,
  index: number,
  crop: number,
  flipped: boolean,
  random: Random,
  target: Float32Array,
): void {
  const room = set.size - crop + 1;
  const [top, left] = [Math.floor(random() * room), Math.floor(random() * room)];
  cutAt(set, index, crop, top, left, flipped, target);
}

function cutAt(
  { size, channels, pixels }: ImageSet,
  index: number,
  crop: number,
  top: number,
  left: number,
  flipped: boolean,
  target: Float32Array,
): void {
  let to = 0;
  for (let y = 0; y < crop; y++) {
    const row = ((index * size + top + y) * size + left) * channels;
    for (let x = 0; x < crop; x++) {
      const from = row + (flipped ? crop - 1 - x : x) * channels;
      for (let c = 0; c < channels; c++) target[to++] = pixels[from + c]! / 127.5 - 1;
    }
  }
}

/** Mixes the colours, then moves and stretches them about their mean. In place. */
function recolour(target: Float32Array, { colourMixing, contrast, tint }: Variation, random: Random): void {
  const normal = (deviation: number): number => deviation * truncatedNormal(random, 3);
  const mix = Array.from({ length: 9 }, (_, i) => (i % 4 === 0 ? 1 : 0) + normal(colourMixing));
  const factor = contrast[0] + (contrast[1] - contrast[0]) * random();
  const mean = [0, 1, 2].map((c) => meanOf(target, c, 3)) as [number, number, number];
  const [a, b, c, d, e, f, g, h, k] = mix as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  // mean' - factor mean' + tint: what is left to add once the mixed values have been multiplied.
  const rest = (x: number, y: number, z: number): number =>
    (x * mean[0] + y * mean[1] + z * mean[2]) * (1 - factor) + normal(tint);
  const [rr, rg, rb] = [rest(a, b, c), rest(d, e, f), rest(g, h, k)];
  for (let i = 0; i < target.length; i += 3) {
    const [red, green, blue] = [target[i]!, target[i + 1]!, target[i + 2]!];
    target[i] = limit(factor * (a * red + b * green + c * blue) + rr);
    target[i + 1] = limit(factor * (d * red + e * green + f * blue) + rg);
    target[i + 2] = limit(factor * (g * red + h * green + k * blue) + rb);
  }
}

function stretch(target: Float32Array, { contrast, tint }: Variation, random: Random): void {
  const mean = meanOf(target, 0, 1);
  const factor = contrast[0] + (contrast[1] - contrast[0]) * random();
  const rest = mean * (1 - factor) + tint * truncatedNormal(random, 3);
  for (let i = 0; i < target.length; i++) target[i] = limit(factor * target[i]! + rest);
}

function meanOf(values: Float32Array, channel: number, channels: number): number {
  let sum = 0;
  for (let i = channel; i < values.length; i += channels) sum += values[i]!;
  return (sum * channels) / values.length;
}

const limit = (value: number): number => (value < -1 ? -1 : value > 1 ? 1 : value);
