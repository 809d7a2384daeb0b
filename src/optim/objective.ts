import type { Tensor } from '@tensorflow/tfjs-core';
import { tf } from '../backend/tf.ts';

/** What is to be made large for one image: a weighted sum over some channels of a layer's output. */
export interface Objective {
  readonly channels: readonly { readonly channel: number; readonly weight: number }[];
  /** Of each channel: the mean of its map, or the value in the middle. A vector's units are maps of one value. */
  readonly where: 'mean' | 'center';
}

export const channelObjective = (channel: number): Objective => ({
  channels: [{ channel, weight: 1 }],
  where: 'mean',
});
export const neuronObjective = (channel: number): Objective => ({
  channels: [{ channel, weight: 1 }],
  where: 'center',
});
/** @param weights by channel, as `{3: 1, 20: -0.5}`; their direction counts, not their length */
export function directionObjective(weights: Readonly<Record<number, number>>): Objective {
  const entries = Object.entries(weights).map(([channel, weight]) => ({ channel: Number(channel), weight }));
  const length = Math.hypot(...entries.map(({ weight }) => weight));
  return {
    channels: entries.map(({ channel, weight }) => ({ channel, weight: weight / length })),
    where: 'mean',
  };
}
export const negative = ({ channels, where }: Objective): Objective => ({
  channels: channels.map(({ channel, weight }) => ({ channel, weight: -weight })),
  where,
});

/** Height, width and channels of an output without its batch axis. */
function dimensions(shape: readonly number[]): readonly [number, number, number] {
  return shape.length === 3 ? [shape[0]!, shape[1]!, shape[2]!] : [1, 1, shape[0]!];
}

/**
 * The gradient of each image's objective with respect to the layer's output: constant, for the objectives are linear.
 * @param shape of the output without the batch axis: [height, width, channels] or [units]
 * @returns float32 [objectives, ...shape]; the caller disposes
 */
export function signalOf(objectives: readonly Objective[], shape: readonly number[]): Tensor {
  const [height, width, depth] = dimensions(shape);
  const places = height * width;
  const data = new Float32Array(objectives.length * places * depth);
  for (const [i, { channels, where }] of objectives.entries()) {
    const [first, last] = where === 'mean' ? [0, places - 1] : [center(height, width), center(height, width)];
    for (const { channel, weight } of channels) {
      for (let place = first; place <= last; place++) {
        data[(i * places + place) * depth + channel]! += weight / (last - first + 1);
      }
    }
  }
  return tf.tensor(data, [objectives.length, ...shape]);
}

/**
 * Each image's objective.
 * @param output float32 [images, height, width, channels] or [images, units]
 */
export async function valuesOf(output: Tensor, objectives: readonly Objective[]): Promise<number[]> {
  const [height, width] = dimensions(output.shape.slice(1));
  const values: number[] = [];
  // Summed here, one image at a time: a sum over the whole batch may round otherwise than one over each.
  for (const [i, { channels, where }] of objectives.entries()) {
    let total = 0;
    for (const { channel, weight } of channels) {
      const map = await planeOf(output, i, channel);
      const value =
        where === 'center'
          ? map[center(height, width)]!
          : map.reduce((sum, one) => sum + one, 0) / map.length;
      total += weight * value;
    }
    values.push(total);
  }
  return values;
}

async function planeOf(output: Tensor, image: number, channel: number): Promise<Float32Array> {
  const begin = output.shape.map((_, axis) => (axis === 0 ? image : axis === output.rank - 1 ? channel : 0));
  const size = output.shape.map((n, axis) => (axis === 0 || axis === output.rank - 1 ? 1 : n));
  const plane = tf.slice(output, begin, size);
  const values = (await plane.data()) as Float32Array;
  plane.dispose();
  return values;
}

const center = (height: number, width: number): number =>
  Math.floor(height / 2) * width + Math.floor(width / 2);
