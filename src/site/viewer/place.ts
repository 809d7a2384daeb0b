import type { LayerData } from './panel-data.ts';

/** Where values of a map stand in the image it is of. All in pixels of the network's input, edges included. Pure. */

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

type Field = NonNullable<LayerData['field']>;

/** The part of the image that a map covers where each value is as large as the stride and has the middle of its receptive field in its middle. */
export function mapRect(field: Field | undefined, map: Size, image: Size): Rect {
  if (!field) return { x: 0, y: 0, ...image };
  const [y, height] = along(field, 0, map.height);
  const [x, width] = along(field, 1, map.width);
  return { x, y, width, height };
}

function along({ size, stride, offset }: Field, axis: 0 | 1, count: number): [start: number, length: number] {
  const middle = offset[axis] + size[axis] / 2;
  return [middle - stride[axis] / 2, stride[axis] * count];
}

/** The receptive field of a value; it may reach outside the image. */
export function receptiveField({ size, stride, offset }: Field, row: number, column: number): Rect {
  return {
    x: offset[1] + column * stride[1],
    y: offset[0] + row * stride[0],
    width: size[1],
    height: size[0],
  };
}

/** A part of one rectangle (0..1 across and down) as a part of another: of where it lies in `outer`. */
export function inside(inner: Rect, outer: Size): Rect {
  return {
    x: inner.x / outer.width,
    y: inner.y / outer.height,
    width: inner.width / outer.width,
    height: inner.height / outer.height,
  };
}

/** The part of a rectangle that lies within an image. */
export function clipped({ x, y, width, height }: Rect, image: Size): Rect {
  const left = Math.max(0, x);
  const top = Math.max(0, y);
  return {
    x: left,
    y: top,
    width: Math.max(0, Math.min(image.width, x + width) - left),
    height: Math.max(0, Math.min(image.height, y + height) - top),
  };
}
