import { FoldError } from './fold-error.ts';

/** An axis counted from the front. @throws FoldError where there is no such axis */
export function axisOf(axis: number, rank: number): number {
  if (Number.isInteger(axis) && axis >= -rank && axis < rank) return axis < 0 ? axis + rank : axis;
  throw new FoldError(`it names axis ${axis} of ${rank}`);
}

export const axesOf = (axes: readonly number[], rank: number): number[] =>
  axes.map((axis) => axisOf(axis, rank));

/** What a slice takes along one axis: `count` values from `start`, `step` apart. */
export interface SliceRange {
  readonly start: number;
  readonly count: number;
  readonly step: number;
}

/** As NumPy cuts: ends beyond the array stand for its ends. */
export function sliceRange(n: number, start: number, end: number, step: number): SliceRange {
  if (step === 0 || !Number.isInteger(step)) throw new FoldError(`it has the step ${step}`);
  const from = start < 0 ? start + n : start;
  const to = end < 0 ? end + n : end;
  const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);
  const [first, last] =
    step > 0 ? [clamp(from, 0, n), clamp(to, 0, n)] : [clamp(from, -1, n - 1), clamp(to, -1, n - 1)];
  return { start: first, count: Math.max(Math.ceil((last - first) / step), 0), step };
}

/** The shape that Reshape asks for. @throws FoldError where it has another number of values */
export function reshapedShape(
  shape: readonly number[],
  target: readonly number[],
  allowZero: boolean,
): number[] {
  const sizes = target.map((n, axis) => (n === 0 && !allowZero ? (shape[axis] ?? 0) : n));
  const open = sizes.filter((n) => n === -1).length;
  const known = sizes.filter((n) => n !== -1).reduce((product, n) => product * n, 1);
  const count = shape.reduce((product, n) => product * n, 1);
  const found = sizes.map((n) => (n === -1 ? (known === 0 ? 0 : count / known) : n));
  const fits =
    open <= 1 &&
    found.every((n) => Number.isSafeInteger(n) && n >= 0) &&
    found.reduce((product, n) => product * n, 1) === count;
  if (fits) return found;
  throw new FoldError(`it reshapes [${shape.join(', ')}] to [${target.join(', ')}]`);
}

export function squeezedShape(shape: readonly number[], axes: readonly number[] | undefined): number[] {
  const gone = axes ? axesOf(axes, shape.length) : shape.flatMap((n, axis) => (n === 1 ? [axis] : []));
  const long = gone.find((axis) => shape[axis] !== 1);
  if (long !== undefined) throw new FoldError(`it squeezes axis ${long} of [${shape.join(', ')}]`);
  return shape.filter((_, axis) => !gone.includes(axis));
}

export function unsqueezedShape(shape: readonly number[], axes: readonly number[]): number[] {
  const rank = shape.length + axes.length;
  const added = new Set(axesOf(axes, rank));
  if (added.size !== axes.length) throw new FoldError(`it adds an axis twice: [${axes.join(', ')}]`);
  const rest = [...shape];
  return Array.from({ length: rank }, (_, axis) => (added.has(axis) ? 1 : rest.shift()!));
}

/** Sizes of the parts that Split makes. */
export function splitSizes(
  n: number,
  parts: number,
  given: readonly number[] | undefined,
): readonly number[] {
  const each = Math.ceil(n / parts);
  const sizes = given ?? Array.from({ length: parts }, (_, i) => Math.min(each, n - i * each));
  const fits = sizes.length === parts && sizes.every((size) => size >= 0 && Number.isInteger(size));
  if (fits && sizes.reduce((sum, size) => sum + size, 0) === n) return sizes;
  throw new FoldError(`it splits ${n} values into [${sizes.join(', ')}]`);
}

export const range = (n: number, start = 0): number[] => Array.from({ length: n }, (_, i) => start + i);
