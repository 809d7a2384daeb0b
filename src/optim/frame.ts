import { resizePlanes } from './parameterization.ts';
import { toBytes } from './float-image.ts';
import type { FloatImage, Size } from './float-image.ts';

/** Longest side of a frame in pixels. */
const FRAME_SIDE = 128;

/** A small image of how things stood. */
export interface Frame extends Size {
  /** Steps taken before it. */
  readonly step: number;
  /** uint8 [height, width, 3] */
  readonly data: Uint8Array;
}

/** @param final all frames are brought to its shape: images of a coarser stage are smaller */
export function toFrame(step: number, image: FloatImage, final: Size): Frame {
  const factor = Math.min(1, FRAME_SIDE / Math.max(final.height, final.width));
  const size = { height: Math.round(final.height * factor), width: Math.round(final.width * factor) };
  const { channels } = image;
  const planes = resizePlanes(image.data, channels, image, size);
  const bytes = toBytes({ ...size, channels, data: planes });
  const data =
    channels === 3
      ? bytes
      : Uint8Array.from({ length: 3 * bytes.length }, (_, i) => bytes[Math.floor(i / 3)]!);
  return { step, ...size, data };
}
