import sharp from 'sharp';
import { paste } from './bitmap.ts';
import type { Bitmap } from './bitmap.ts';
import { encodeWebp } from './encode.ts';

/** WebP allows no longer side. */
const LONGEST_SIDE = 16383;
/** Milliseconds. */
const FRAME_TIME = 160;
const LAST_FRAME_TIME = 2000;

/**
 * The frames of a growing image, twice: as an animation that starts over after it has rested on the last frame, and side by side
 * in one image, from which a script shows any of them. The same frames give the same bytes.
 *
 * @param frames one or more, all of one size
 * @param options.frameTime milliseconds, of all but the last
 * @throws RangeError where they differ in size, or do not fit side by side
 */
export async function encodeFrames(
  frames: readonly Bitmap[],
  { lossless = false, frameTime = FRAME_TIME }: { lossless?: boolean; frameTime?: number } = {},
): Promise<{ readonly animation: Buffer; readonly strip: Buffer }> {
  const { width, height } = frames[0]!;
  if (frames.some((frame) => frame.width !== width || frame.height !== height)) {
    throw new RangeError('frames of one animation must have one size');
  }
  if (width * frames.length > LONGEST_SIDE) {
    throw new RangeError(
      `${frames.length} frames of ${width} pixels are wider than ${LONGEST_SIDE} together`,
    );
  }
  const pixels = Buffer.concat(frames.map(({ rgb }) => rgb));
  const animation = await sharp(pixels, {
    raw: { width, height: height * frames.length, channels: 3, pageHeight: height },
  })
    .webp({
      ...(lossless ? { lossless } : { quality: 80, smartSubsample: true }),
      ...{ effort: 4, loop: 0 },
      delay: frames.map((_, index) =>
        index === frames.length - 1 ? Math.max(LAST_FRAME_TIME, frameTime) : frameTime,
      ),
    })
    .toBuffer();

  const row: Bitmap = {
    ...{ width: width * frames.length, height },
    rgb: new Uint8Array(width * frames.length * height * 3),
  };
  frames.forEach((frame, index) => paste(row, frame, index * width, 0));
  return { animation, strip: await encodeWebp(row, lossless ? { lossless } : { quality: 85 }) };
}
