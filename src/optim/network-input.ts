import { inputChannels } from '../model/preprocess.ts';
import type { Preprocess } from '../schema/experiment.ts';
import type { Size } from './float-image.ts';
import type { Resampling } from './transform.ts';

/** An image to what a network takes, at one placement, and back. */
export interface NetworkInput {
  /**
   * @param image float32 [channels, height, width], 0..1
   * @param into float32 [height, width, channels], preprocessed
   */
  write(image: Float32Array, into: Float32Array, resampling: Resampling | undefined): void;
  /** The gradient with respect to `into` as one with respect to the image. */
  pullBack(gradient: Float32Array, resampling: Resampling | undefined): Float32Array;
}

export function createNetworkInput(
  { height, width }: Size,
  channels: 1 | 3,
  preprocess: Preprocess,
): NetworkInput {
  const rules = inputChannels(preprocess, channels);
  const places = height * width;
  const moved = new Float32Array(places);
  return {
    write(image, into, resampling) {
      for (const [c, { from, mean, scale }] of rules.entries()) {
        const plane = image.subarray(from * places, (from + 1) * places);
        if (resampling) resampling.apply(plane, moved);
        const values = resampling ? moved : plane;
        for (let i = 0, to = c; i < places; i++, to += channels) into[to] = (255 * values[i]! - mean) * scale;
      }
    },
    pullBack(gradient, resampling) {
      const out = new Float32Array(channels * places);
      for (const [c, { from, scale }] of rules.entries()) {
        const plane = out.subarray(from * places, (from + 1) * places);
        const values = resampling ? moved : plane;
        for (let i = 0, at = c; i < places; i++, at += channels) values[i] = 255 * scale * gradient[at]!;
        if (resampling) resampling.addTransposed(moved, plane);
      }
      return out;
    },
  };
}
