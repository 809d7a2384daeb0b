import { copyParts, copyStrided } from '../../strided-copy.ts';
import type { CopyAxis } from '../../strided-copy.ts';
import { unfilledFloats, weightFloats } from '../../unfilled.ts';
import { FoldError } from './fold-error.ts';

/** Values in row-major order. Whole numbers are doubles, exact to 2^53; larger ones (ends of slices) may be rounded. */
export type Values = Float32Array | Float64Array;

/** What of ONNX' element types matters here: how numbers are rounded and divided. */
export type ElementType = 'float' | 'int' | 'bool';

/** An array that is known when the file is read: an initializer, or what is computed from initializers and shapes alone. */
export interface Constant {
  readonly kind: 'constant';
  readonly shape: readonly number[];
  readonly type: ElementType;
  /** The type that the file stores it in, where it is an array of the file. */
  readonly stored?: string;
  /** The initializer's name, where it is one: it names the layer that it belongs to. */
  readonly name?: string;
  /** The value that all of them have, where they are known to have one: it need not be spread out to be moved. */
  readonly uniform?: number;
  /** Reads or computes the values; not to be changed. */
  values(): Values;
  /** Some of the values, in memory that the next ones which are asked for so are read into; absent where they lie in memory of their own. */
  part?(first: number, count: number): Values;
  /** The same values in memory that nothing else uses; absent where they are to be copied for that. */
  own?(): Values;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

/** Memory for values that folding makes, of all constants of a model. */
export class FoldingBudget {
  #left: number;

  /** @param bytes at most, in all */
  constructor(bytes: number) {
    this.#left = bytes;
  }

  /** @throws FoldError where there would be more than can be meant seriously */
  take(bytes: number): void {
    this.#left -= bytes;
    if (!(this.#left >= 0))
      throw new FoldError('its constants have more values than a model of this size needs');
  }
}

/** An array with values at hand. */
export function constant(shape: readonly number[], type: ElementType, values: Values): Constant {
  return { kind: 'constant', shape, type, values: () => values };
}

/** A list of whole numbers, as shapes and axes are. */
export const integers = (numbers: readonly number[]): Constant =>
  constant([numbers.length], 'int', Float64Array.from(numbers));

/**
 * An array that is computed when its values are first asked for, and kept.
 *
 * @param make writes the values over zeros, or over anything where it `fills` the array
 */
export function deferred(
  shape: readonly number[],
  type: ElementType,
  budget: FoldingBudget,
  make: (out: Values) => void,
  { fills = false } = {},
): Constant {
  let made: Values | undefined;
  const count = sizeOf(shape);
  const room = (unfilled: (count: number) => Float32Array): Values => {
    budget.take(count * (type === 'float' ? 4 : 8));
    if (type !== 'float') return new Float64Array(count);
    return fills ? unfilled(count) : new Float32Array(count);
  };
  let given = false;
  const constant: Constant = {
    ...{ kind: 'constant', shape, type },
    values() {
      if (made) return made;
      const out = room(unfilledFloats);
      make(out);
      return (made = out);
    },
    own() {
      const out = room(weightFloats);
      // Mostly asked for once. What several ask for is computed once more and then kept.
      if (made || given) out.set(constant.values());
      else make(out);
      given = true;
      return out;
    },
  };
  return constant;
}

/** The same value everywhere. */
export function uniform(
  shape: readonly number[],
  type: ElementType,
  value: number,
  budget: FoldingBudget,
): Constant {
  const filled = deferred(shape, type, budget, (out) => out.fill(value), { fills: true });
  return { ...filled, uniform: value };
}

/** The same values in another shape of the same size. */
export function reshaped(source: Constant, shape: readonly number[]): Constant {
  const { own } = source;
  return { ...source, shape, values: () => source.values(), ...(own && { own: () => own() }) };
}

/** For each axis, how many values further the next one along it lies. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides: number[] = [];
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= shape[axis]!;
  }
  return strides;
}

/** The shape that arrays of these shapes are stretched to. @throws FoldError where they do not fit */
export function broadcastShape(...shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    const size = sizes.find((n) => n !== 1) ?? 1;
    if (sizes.every((n) => n === 1 || n === size)) return size;
    throw new FoldError(
      `shapes ${shapes.map((shape) => `[${shape.join(', ')}]`).join(' and ')} do not fit together`,
    );
  });
}

/** Strides in an array of `shape` for walking over `to`, 0 along axes that it is stretched along. */
export function stretchedStrides(shape: readonly number[], to: readonly number[]): number[] {
  const strides = stridesOf(shape);
  return to.map((_, axis) => {
    const own = axis - to.length + shape.length;
    return own < 0 || shape[own] === 1 ? 0 : strides[own]!;
  });
}

/** Calls back for every place of `shape`, in order, with the offsets in arrays of these strides. */
export function forEachIndex(
  shape: readonly number[],
  strides: readonly (readonly number[])[],
  visit: (offsets: readonly number[], at: number) => void,
  start: readonly number[] = strides.map(() => 0),
): void {
  const count = sizeOf(shape);
  const place = shape.map(() => 0);
  const offsets = [...start];
  for (let at = 0; at < count; at++) {
    visit(offsets, at);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      place[axis]!++;
      for (let i = 0; i < offsets.length; i++) offsets[i]! += strides[i]![axis]!;
      if (place[axis]! < shape[axis]!) break;
      for (let i = 0; i < offsets.length; i++) offsets[i]! -= strides[i]![axis]! * shape[axis]!;
      place[axis] = 0;
    }
  }
}

/** Gathers a stretched, permuted or cut view into an array of its own. */
export function copyView(
  source: Values,
  out: Values,
  shape: readonly number[],
  strides: readonly number[],
  start = 0,
): void {
  copyStrided(source, out, axesOf(shape, strides), { from: start, to: 0 });
}

function axesOf(shape: readonly number[], strides: readonly number[]): readonly CopyAxis[] {
  const steps = stridesOf(shape);
  return shape.map((size, axis) => ({ size, from: strides[axis]!, to: steps[axis]! }));
}

/** Values that are read at a time of an array whose axes change places: they stay in the processor's cache. */
const PART = 2 ** 18;

/** Axes in another order: axis i of the result is axis `order[i]`. */
export function transposed(source: Constant, order: readonly number[], budget: FoldingBudget): Constant {
  const strides = stridesOf(source.shape);
  const shape = order.map((axis) => source.shape[axis]!);
  if (source.uniform !== undefined) return uniform(shape, source.type, source.uniform, budget);
  const turned = order.map((axis) => strides[axis]!);
  const make = (out: Values): void => {
    if (!source.part) return copyView(source.values(), out, shape, turned);
    for (const { axes, first, count, to } of copyParts(axesOf(shape, turned), PART))
      copyStrided(source.part(first, count), out, axes, { from: 0, to });
  };
  return deferred(shape, source.type, budget, make, { fills: true });
}
