import type { Box } from '../../schema/report.ts';
import type { LayerFormula } from '../../model/model.ts';
import type { LayerInfo } from '../../model/network.ts';
import type { Rectangle } from './facts.ts';

/** Where the windows of a layer lie on its input. Pure. */

type Pair = readonly [number, number];

export interface Window {
  /** Rows and columns from the first tap to the last, gaps included. */
  readonly size: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  /** Rows and columns that the first window reaches over the upper left corner. */
  readonly padding: Pair;
}

/** Undefined for layers without windows: functions, dense ones. */
export function windowOf({ formula, field, inputShape }: LayerFormula): Window | undefined {
  if (formula.kind === 'function' || formula.kind === 'dense') return undefined;
  const dilation: Pair = formula.kind === 'sum' ? [formula.dilation[0], formula.dilation[1]] : [1, 1];
  if (field.kind === 'window')
    return { size: field.size, stride: field.stride, dilation, padding: field.before };
  const [height, width] = inputShape;
  // Of global pooling, the one window is the map.
  return { size: [height!, width!], stride: [1, 1], dilation, padding: [0, 0] };
}

/** The part of the input below one position's window. */
export function patchAt(window: Window, [row, column]: Pair): Rectangle {
  const { size, stride, padding } = window;
  return {
    top: row * stride[0] - padding[0],
    left: column * stride[1] - padding[1],
    rows: size[0],
    columns: size[1],
  };
}

export interface Walk {
  /** The positions, in the feature map. */
  readonly places: Rectangle;
  /** The crop, with the padding that windows at these positions reach into. */
  readonly patch: Rectangle;
}

/** All positions whose windows see nothing of the input outside of the crop; undefined where there is none. */
export function walkOver(window: Window, input: Pair, output: Pair, crop: Rectangle): Walk | undefined {
  const axis = (
    at: 0 | 1,
    from: number,
    length: number,
  ): { first: number; count: number; low: number; high: number } => {
    const [size, stride, before] = [window.size[at], window.stride[at], window.padding[at]];
    const fits = (index: number): boolean => {
      const start = index * stride - before;
      const end = start + size;
      return (start >= from || from === 0) && (end <= from + length || from + length === input[at]);
    };
    const all = Array.from({ length: output[at] }, (_, index) => index).filter(fits);
    const first = all[0] ?? 0;
    const last = all.at(-1) ?? 0;
    return {
      ...{ first, count: all.length },
      low: Math.min(from, first * stride - before),
      high: Math.max(from + length, last * stride - before + size),
    };
  };
  const rows = axis(0, crop.top, crop.rows);
  const columns = axis(1, crop.left, crop.columns);
  if (rows.count === 0 || columns.count === 0) return undefined;
  return {
    places: { top: rows.first, left: columns.first, rows: rows.count, columns: columns.count },
    patch: {
      ...{ top: rows.low, left: columns.low },
      ...{ rows: rows.high - rows.low, columns: columns.high - columns.low },
    },
  };
}

/** Positions row by row. */
export function placesIn({ top, left, rows, columns }: Rectangle): Pair[] {
  return Array.from({ length: rows * columns }, (_, i) => [
    top + Math.floor(i / columns),
    left + (i % columns),
  ]);
}

/** The receptive field of a part of a layer's map; undefined where it is not known. */
export function boxInImage({ kind, receptiveField: field }: LayerInfo, patch: Rectangle): Box | undefined {
  if (kind === 'input') return { x: patch.left, y: patch.top, width: patch.columns, height: patch.rows };
  if (!field) return undefined;
  const { size, stride, offset } = field;
  return {
    x: offset[1] + patch.left * stride[1],
    y: offset[0] + patch.top * stride[0],
    width: (patch.columns - 1) * stride[1] + size[1],
    height: (patch.rows - 1) * stride[0] + size[0],
  };
}
