/** An image that is being made. Plain numbers: what one image becomes never depends on which others are made beside it. */

export interface Size {
  readonly height: number;
  readonly width: number;
}

/** float32 [channels, height, width], row-major, each channel a plane of its own; values 0..1. */
export interface FloatImage extends Size {
  readonly channels: 1 | 3;
  readonly data: Float32Array;
}

/** The value beyond an image's borders, and where every image starts from: the middle of the scale. */
export const GREY = 0.5;

/** float32 [height, width, channels] of the same values. */
export function interleave({ height, width, channels, data }: FloatImage): Float32Array {
  const places = height * width;
  const out = new Float32Array(data.length);
  for (let c = 0; c < channels; c++) {
    for (let i = 0, to = c; i < places; i++, to += channels) out[to] = data[c * places + i]!;
  }
  return out;
}

/** Rounded to what a screen shows: 256 steps. */
export function toBytes(image: FloatImage): Uint8Array {
  return Uint8Array.from(interleave(image), (value) => Math.round(255 * Math.min(1, Math.max(0, value))));
}
