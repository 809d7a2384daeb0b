import type { LayerInfo } from '../model/network.ts';
import { mapShape } from './maps.ts';
import type { PositionRange } from './reduce-map.ts';
import type { Box } from './technique.ts';

/**
 * The receptive field of the unit at place y·width + x of a layer, in input pixels, not clipped: parts beyond the image are
 * what the network pads. The whole image where the layer sees all of it.
 */
export function fieldOfUnit(layer: LayerInfo, place: number, input: readonly number[]): Box {
  const [height, width] = input as [number, number];
  const field = layer.receptiveField;
  if (!field) return { x: 0, y: 0, width, height };
  const [, columns] = mapShape(layer);
  const [y, x] = [Math.floor(place / columns), place % columns];
  const along = (axis: 0 | 1, at: number): readonly [start: number, size: number] => {
    // Layers that enlarge their input see fractions of pixels: whole ones around them.
    const start = field.offset[axis] + at * field.stride[axis];
    const first = Math.floor(start);
    return [first, Math.ceil(start + field.size[axis]) - first];
  };
  const [top, tall] = along(0, y);
  const [left, wide] = along(1, x);
  return { x: left, y: top, width: wide, height: tall };
}

/** The part of a box that lies in the image. */
export function clipBox(box: Box, [height, width]: readonly number[]): Box {
  const left = Math.min(Math.max(box.x, 0), width!);
  const top = Math.min(Math.max(box.y, 0), height!);
  return {
    ...{ x: left, y: top },
    width: Math.max(0, Math.min(box.x + box.width, width!) - left),
    height: Math.max(0, Math.min(box.y + box.height, height!) - top),
  };
}

/** Places of a layer whose field lies in the image with all of its pixels; undefined where there is none. */
export function innerPositions(layer: LayerInfo, input: readonly number[]): PositionRange | undefined {
  const [rows, columns] = mapShape(layer);
  if (!layer.receptiveField) return { top: 0, bottom: rows, left: 0, right: columns };
  const range = (axis: 0 | 1, count: number): readonly [number, number] => {
    let first = count;
    let last = -1;
    for (let at = 0; at < count; at++) {
      const box = fieldOfUnit(layer, axis === 0 ? at * columns : at, input);
      const [start, size] = axis === 0 ? [box.y, box.height] : [box.x, box.width];
      if (start < 0 || start + size > input[axis]!) continue;
      first = Math.min(first, at);
      last = at;
    }
    return [first, last + 1];
  };
  const [top, bottom] = range(0, rows);
  const [left, right] = range(1, columns);
  return top < bottom && left < right ? { top, bottom, left, right } : undefined;
}
