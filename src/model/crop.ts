import type { GraphLayer } from './graph.ts';
import { buildGraph } from './graph.ts';
import { listLayers } from './layer-list.ts';
import type { Network, ReceptiveField } from './network.ts';
import { partOf } from './part.ts';
import { UserError } from '../errors.ts';

/** A piece of the input in which some unit of a layer, and all that its value is made of, is computed as in the whole. */
export interface Crop {
  /** In input pixels. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Row and column of the layer's map that row 0 and column 0 of the piece's map stand for. */
  readonly row: number;
  readonly column: number;
}

/** Rows or columns first to last - 1. */
interface Span {
  readonly first: number;
  readonly last: number;
}

/** Undefined where there is no piece smaller than the whole in which that unit is the same. */
export type CropFinder = (field: {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}) => Crop | undefined;

/**
 * Finds pieces of the input for units of a layer by their receptive fields, which are not clipped.
 *
 * A piece begins at a multiple of all strides and ends where the rest of the picture is one, so that each layer cuts it into the
 * same windows as the whole, with the same padding on the sides where it ends with the picture; the layers' fields for the
 * piece's size are compared with those of the whole to be sure. On all other sides the field ends inside the piece. Places
 * that a window finds beyond the piece have fields that leave it, so none of them is part of that unit's value, nor of a signal
 * that goes back from it.
 */
export function cropFinder(network: Network, layer: number): CropFinder {
  const graph = buildGraph(network, { file: network.name });
  const [height, width] = network.inputShape;
  const whole = fieldsOf(partOf(network, graph, layer, [height, width]));
  const periods = whole && periodsOf(whole.map(({ field }) => field));
  if (!whole || !periods) return () => undefined;
  const { stride } = whole.at(-1)!.field;

  const known = new Map<string, readonly FieldAndMap[] | undefined>();
  const pieceOf = (tall: number, wide: number): readonly FieldAndMap[] | undefined => {
    const key = `${tall}x${wide}`;
    if (!known.has(key)) known.set(key, fieldsOfPiece(network, graph, layer, [tall, wide]));
    return known.get(key);
  };

  return (field) => {
    const rows = spanOf(field.y, field.height, height, periods[0]);
    const columns = spanOf(field.x, field.width, width, periods[1]);
    const [tall, wide] = [rows.last - rows.first, columns.last - columns.first];
    if (tall === height && wide === width) return undefined;
    const piece = pieceOf(tall, wide);
    const same = piece?.every((one, i) => isSame(one, whole[i]!, rows, columns, [height, width]));
    if (!same) return undefined;
    return {
      ...{ x: columns.first, y: rows.first, width: wide, height: tall },
      ...{ row: rows.first / stride[0], column: columns.first / stride[1] },
    };
  };
}

interface FieldAndMap {
  readonly field: ReceptiveField;
  /** [height, width, …] of the layer's output. */
  readonly shape: readonly number[];
}

/** Undefined where some layer sees the whole picture. */
function fieldsOf(part: readonly GraphLayer[]): readonly FieldAndMap[] | undefined {
  const found: FieldAndMap[] = [];
  for (const { receptiveField, outputShape } of listLayers(part)) {
    if (!receptiveField || outputShape.length !== 3) return undefined;
    found.push({ field: receptiveField, shape: outputShape });
  }
  return found;
}

function fieldsOfPiece(
  network: Network,
  graph: readonly GraphLayer[],
  layer: number,
  size: readonly [number, number],
): readonly FieldAndMap[] | undefined {
  try {
    return fieldsOf(partOf(network, graph, layer, size));
  } catch (error) {
    if (error instanceof UserError) return undefined; // too small for some layer
    throw error;
  }
}

/** Least multiple of all strides, down and across; undefined where strides have none, or a layer begins inside its input. */
function periodsOf(fields: readonly ReceptiveField[]): readonly [number, number] | undefined {
  const along = (axis: 0 | 1): number | undefined => {
    let period = 1;
    for (const { stride, offset } of fields) {
      const step = stride[axis];
      if (offset[axis] > 0) return undefined;
      if (Number.isInteger(step)) period = leastCommonMultiple(period, step);
      else if (!Number.isInteger(1 / step)) return undefined;
    }
    return period;
  };
  const [down, across] = [along(0), along(1)];
  return down === undefined || across === undefined ? undefined : [down, across];
}

function leastCommonMultiple(a: number, b: number): number {
  const divisor = (x: number, y: number): number => (y === 0 ? x : divisor(y, x % y));
  return (a / divisor(a, b)) * b;
}

function spanOf(start: number, size: number, length: number, period: number): Span {
  const first = Math.max(0, Math.floor(start / period) * period);
  const spare = Math.max(0, Math.floor((length - (start + size)) / period)) * period;
  return { first: Math.min(first, length), last: length - spare };
}

function isSame(
  piece: FieldAndMap,
  whole: FieldAndMap,
  rows: Span,
  columns: Span,
  length: readonly [number, number],
): boolean {
  return ([rows, columns] as const).every(({ first, last }, axis) => {
    const a = axis as 0 | 1;
    const step = whole.field.stride[a];
    const equal =
      piece.field.stride[a] === step &&
      piece.field.size[a] === whole.field.size[a] &&
      piece.field.offset[a] === whole.field.offset[a];
    const ends = last < length[a] || piece.shape[a]! === whole.shape[a]! - first / step;
    return equal && ends;
  });
}
