import { coveredBy, sizeOf } from '../viewer/panel-figure.ts';
import type { PanelPosition, Shown } from '../viewer/panel-figure.ts';
import type { Rect } from '../viewer/place.ts';

/** One place in panels of different sizes: a point of their images, or, of panels without one, of the panels. Pure. */

/** 0..1 from left and top. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Of the panel in its image, 0..1. */
function areaOf(shown: Shown): Rect {
  const { image } = shown.found;
  const covered = coveredBy(shown);
  if (!image || !covered) return { x: 0, y: 0, width: 1, height: 1 };
  return {
    x: covered.x / image.width,
    y: covered.y / image.height,
    width: covered.width / image.width,
    height: covered.height / image.height,
  };
}

/** The middle of a place. */
export function pointOf(shown: Shown, { row, column }: PanelPosition): Point {
  const { x, y, width, height } = areaOf(shown);
  const size = sizeOf(shown);
  return {
    x: x + ((column + 0.5) / size.width) * width,
    y: y + ((row + 0.5) / size.height) * height,
  };
}

/** Undefined where the panel does not reach. */
export function placeAt(shown: Shown, point: Point): PanelPosition | undefined {
  const { x, y, width, height } = areaOf(shown);
  const size = sizeOf(shown);
  const column = Math.floor(((point.x - x) / width) * size.width);
  const row = Math.floor(((point.y - y) / height) * size.height);
  return row < 0 || column < 0 || row >= size.height || column >= size.width ? undefined : { row, column };
}
