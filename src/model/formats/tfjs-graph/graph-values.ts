import type { StoredArray } from '../stored-array.ts';

/** What an input of a graph's node is. */
export type Value =
  /** The output of a layer. */
  | { readonly kind: 'layer'; readonly name: string }
  /** An array of the file, or numbers that were worked out of shapes; a batch axis is -1 there. */
  | { readonly kind: 'constant'; readonly array: StoredArray }
  /** Maps split into blocks for a dilated convolution, which the operations around it stand for. */
  | {
      readonly kind: 'blocks';
      readonly of: string;
      readonly block: readonly number[];
      readonly pads: readonly number[];
    }
  | { readonly kind: 'dilated'; readonly emit: (crops: readonly number[]) => string }
  /** Maps with batch, rows and columns laid into one axis, as for a matrix product with each place. */
  | { readonly kind: 'rows'; readonly of: string }
  /** Parts of a map, each an output of the node. */
  | { readonly kind: 'parts'; readonly part: (output: number) => string };

/** Constants of more values are weights: shapes, axes and paddings have fewer. */
const MOST_NUMBERS = 64;

export const numbersConstant = (
  data: readonly number[],
  shape: readonly number[] = [data.length],
): Value => ({
  kind: 'constant',
  array: { name: '', shape, read: () => Float32Array.from(data) },
});

/** The numbers of a small constant; undefined of anything else. */
export function numbersOf(value: Value | undefined): readonly number[] | undefined {
  if (value?.kind !== 'constant') return undefined;
  const count = value.array.shape.reduce((product, n) => product * n, 1);
  return count <= MOST_NUMBERS ? [...value.array.read()] : undefined;
}

type Arithmetic = (a: number, b: number) => number;

/** Of shapes, which are whole numbers; the size of the batch stays -1 only where it is handed on as it is. */
const arithmetic: Readonly<Record<string, Arithmetic>> = {
  Add: (a, b) => a + b,
  AddV2: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  RealDiv: (a, b) => a / b,
  FloorDiv: (a, b) => Math.floor(a / b),
  Maximum: Math.max,
  Minimum: Math.min,
};

/** An operation on constants alone; undefined where it is none that shapes are worked out with. */
export function foldConstants(
  op: string,
  inputs: readonly (readonly number[])[],
  scalars: readonly boolean[],
): Value | undefined {
  const [a = [], b = []] = inputs;
  if (Object.hasOwn(arithmetic, op) && inputs.length === 2) {
    const length = Math.max(a.length, b.length);
    if (a.length !== length && a.length !== 1) return undefined;
    if (b.length !== length && b.length !== 1) return undefined;
    const data = Array.from({ length }, (_, i) => arithmetic[op]!(a[i % a.length]!, b[i % b.length]!));
    return numbersConstant(data, scalars.every(Boolean) ? [] : [length]);
  }
  switch (op) {
    case 'Cast':
    case 'Identity':
      return numbersConstant(a, scalars[0] ? [] : [a.length]);
    case 'Pack':
      return scalars.every(Boolean) ? numbersConstant(inputs.map(([n]) => n!)) : undefined;
    case 'ConcatV2':
      return numbersConstant(inputs.slice(0, -1).flat());
    case 'Prod':
      return numbersConstant([a.reduce((product, n) => product * n, 1)], []);
    case 'GatherV2':
      return numbersConstant(
        b.map((i) => a[i < 0 ? i + a.length : i] ?? NaN),
        scalars[1] ? [] : [b.length],
      );
    case 'ExpandDims':
      return numbersConstant(a);
    case 'Squeeze':
      return numbersConstant(a, []);
    default:
      return undefined;
  }
}
