import type { Bitmap } from './bitmap.ts';

/** Pages draw the same (`.silent` in src/site/static/pictures.css). */
const GROUND = [239, 237, 232] as const;
const LINE = [201, 197, 187] as const;
/** Pixels from one line to the next, and of a line, along a row. */
const PERIOD = 16;
const THICKNESS = 3;

/** What stands in the place of a map whose values are all zero: no colour of the scale says so. */
export function hatching(width: number, height: number): Bitmap {
  const rgb = new Uint8Array(width * height * 3);
  for (let at = 0; at < width * height; at++) {
    const place = (at % width) + Math.floor(at / width);
    rgb.set(place % PERIOD < THICKNESS ? LINE : GROUND, 3 * at);
  }
  return { width, height, rgb };
}
