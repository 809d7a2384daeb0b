import {
  axesOf,
  axisOf,
  range,
  reshapedShape,
  sliceRange,
  splitSizes,
  squeezedShape,
  unsqueezedShape,
} from './axes.ts';
import type { Constant, FoldingBudget } from './constant.ts';
import {
  broadcastShape,
  constant,
  copyView,
  deferred,
  forEachIndex,
  integers,
  reshaped,
  sizeOf,
  stretchedStrides,
  stridesOf,
  transposed,
  uniform,
} from './constant.ts';
import { FoldError } from './fold-error.ts';
import { pad } from './fold-pad.ts';
import type { Fold, FoldStep } from './fold-types.ts';

/** More than any array has axes, or parts. */
const MOST_LISTED = 4096;

/** @throws FoldError where there are too many for a list of axes, sizes or parts */
function list(value: Constant | undefined): number[] | undefined {
  if (value && sizeOf(value.shape) > MOST_LISTED)
    throw new FoldError(`it takes an array of the shape [${value.shape.join(', ')}] for a list`);
  return value && Array.from(value.values());
}

/** Axes given as an input, or as an attribute in older versions. */
const axesGiven = ({ inputs, attributes }: FoldStep, input: number): readonly number[] | undefined =>
  list(inputs[input]) ?? attributes.integers('axes', undefined);

const gather: Fold = ({ inputs: [x, indices], attributes, budget }) => {
  const axis = axisOf(attributes.integer('axis', 0), x!.shape.length);
  const n = x!.shape[axis]!;
  const before = x!.shape.slice(0, axis);
  const after = x!.shape.slice(axis + 1);
  const shape = [...before, ...indices!.shape, ...after];
  return [
    deferred(shape, x!.type, budget, (out) => {
      const source = x!.values();
      const block = sizeOf(after);
      let to = 0;
      for (let row = 0; row < sizeOf(before); row++) {
        for (const index of indices!.values()) {
          const from = (row * n + axisOf(index, n)) * block;
          for (let i = 0; i < block; i++) out[to++] = source[from + i]!;
        }
      }
    }),
  ];
};

/** Starts, ends, axes and steps of a Slice, as inputs or, before version 10, as attributes. */
export function sliceOptions({
  inputs,
  attributes,
  opset,
}: Pick<FoldStep, 'inputs' | 'attributes' | 'opset'>) {
  if (opset < 10) {
    const starts = attributes.integers('starts', []);
    return {
      starts,
      ends: attributes.integers('ends', []),
      axes: attributes.integers('axes', range(starts.length)),
      steps: starts.map(() => 1),
    };
  }
  const starts = list(inputs[1]) ?? [];
  return {
    starts,
    ends: list(inputs[2]) ?? [],
    axes: list(inputs[3]) ?? range(starts.length),
    steps: list(inputs[4]) ?? starts.map(() => 1),
  };
}

const slice: Fold = (step) => {
  const [x] = step.inputs;
  const { starts, ends, axes, steps } = sliceOptions(step);
  const shape = [...x!.shape];
  const strides = stridesOf(shape);
  let start = 0;
  axesOf(axes, shape.length).forEach((axis, i) => {
    const cut = sliceRange(shape[axis]!, starts[i]!, ends[i]!, steps[i]!);
    start += cut.start * strides[axis]!;
    shape[axis] = cut.count;
    strides[axis]! *= cut.step;
  });
  return [view(x!, shape, strides, step.budget, start)];
};

function view(
  x: Constant,
  shape: readonly number[],
  strides: readonly number[],
  budget: FoldingBudget,
  start = 0,
): Constant {
  if (x.uniform !== undefined) return uniform(shape, x.type, x.uniform, budget);
  return deferred(shape, x.type, budget, (out) => {
    if (out.length) copyView(x.values(), out, shape, strides, start);
  });
}

const concat: Fold = ({ inputs, attributes, budget }) => {
  const parts = inputs.map((one) => one!);
  const [first] = parts;
  const axis = axisOf(attributes.integer('axis', 0), first!.shape.length);
  const others = (shape: readonly number[]): string => shape.map((n, a) => (a === axis ? '' : n)).join();
  if (parts.some(({ shape }) => others(shape) !== others(first!.shape)))
    throw new FoldError('its inputs have shapes that do not fit together');
  const shape = [...first!.shape];
  shape[axis] = parts.reduce((sum, part) => sum + part.shape[axis]!, 0);
  return [
    deferred(shape, first!.type, budget, (out) => {
      const sources = parts.map((part) => ({ values: part.values(), block: sizeOf(part.shape.slice(axis)) }));
      let to = 0;
      for (let row = 0; row < sizeOf(shape.slice(0, axis)); row++) {
        for (const { values, block } of sources)
          for (let i = 0; i < block; i++) out[to++] = values[row * block + i]!;
      }
    }),
  ];
};

const split: Fold = (step) => {
  const { inputs, attributes, outputs, budget } = step;
  const x = inputs[0]!;
  const axis = axisOf(attributes.integer('axis', 0), x.shape.length);
  const sizes = splitSizes(
    x.shape[axis]!,
    outputs,
    list(inputs[1]) ?? attributes.integers('split', undefined),
  );
  const strides = stridesOf(x.shape);
  let start = 0;
  return sizes.map((size) => {
    const shape = x.shape.map((n, a) => (a === axis ? size : n));
    const part = view(x, shape, strides, budget, start * strides[axis]!);
    start += size;
    return part;
  });
};

const expand: Fold = ({ inputs: [x, target], budget }) => {
  const shape = broadcastShape(x!.shape, list(target)!);
  return [view(x!, shape, stretchedStrides(x!.shape, shape), budget)];
};

const tile: Fold = ({ inputs: [x, repeats], budget }) => {
  const times = list(repeats)!;
  const strides = stridesOf(x!.shape);
  const shape = x!.shape.map((n, axis) => n * (times[axis] ?? 1));
  // Each axis in two: which copy, and where in it.
  const twice = x!.shape.flatMap((n, axis) => [times[axis] ?? 1, n]);
  return [
    reshaped(
      view(
        x!,
        twice,
        strides.flatMap((stride) => [0, stride]),
        budget,
      ),
      shape,
    ),
  ];
};

const rangeOf: Fold = ({ inputs, budget }) => {
  const [start, limit, step] = inputs.map((one) => one!.values()[0]!) as [number, number, number];
  const count = Math.max(Math.ceil((limit - start) / step), 0);
  if (!Number.isFinite(count)) throw new FoldError(`it counts from ${start} to ${limit} by ${step}`);
  return [
    deferred([count], inputs[0]!.type, budget, (out) => {
      for (let i = 0; i < count; i++) out[i] = start + i * step;
    }),
  ];
};

const constantOfShape: Fold = ({ inputs: [shape], attributes, budget }) => {
  const value = attributes.tensor('value');
  const fill = value?.values()[0] ?? 0;
  const sizes = list(shape)!;
  if (sizes.some((n) => n < 0)) throw new FoldError(`it makes an array of the shape [${sizes.join(', ')}]`);
  return [uniform(sizes, value?.type ?? 'float', fill, budget)];
};

function reduction(start: number, op: (sum: number, x: number) => number, mean = false): Fold {
  return (step) => {
    const { inputs, attributes, budget } = step;
    const x = inputs[0]!;
    const given = axesGiven(step, 1);
    const keep = attributes.integer('keepdims', 1) === 1;
    const none = attributes.integer('noop_with_empty_axes', 0) === 1;
    if (!given?.length && none) return [x];
    const axes = given?.length ? axesOf(given, x.shape.length) : range(x.shape.length);
    const kept = x.shape.map((n, axis) => (axes.includes(axis) ? 1 : n));
    const shape = keep ? kept : x.shape.filter((_, axis) => !axes.includes(axis));
    return [
      deferred(shape, x.type, budget, (out) => {
        out.fill(start);
        const values = x.values();
        forEachIndex(x.shape, [stretchedStrides(kept, x.shape)], ([to], at) => {
          out[to!] = op(out[to!]!, values[at]!);
        });
        const count = values.length / out.length;
        if (mean) for (let i = 0; i < out.length; i++) out[i]! /= count;
      }),
    ];
  };
}

/** Places of values other than zero, one column each. */
const nonZero: Fold = ({ inputs: [x], budget }) => {
  const values = x!.values();
  const strides = stridesOf(x!.shape);
  let count = 0;
  for (const value of values) if (value !== 0) count++;
  return [
    deferred([strides.length, count], 'int', budget, (out) => {
      let to = 0;
      values.forEach((value, i) => {
        if (value === 0) return;
        strides.forEach((stride, axis) => {
          out[axis * count + to] = Math.floor(i / stride) % x!.shape[axis]!;
        });
        to++;
      });
    }),
  ];
};

/** Values put in the places that indices name, as assignments to slices are exported. */
const scatterNd: Fold = ({ inputs: [x, indices, updates], attributes, budget }) => {
  if (attributes.text('reduction', 'none') !== 'none')
    throw new FoldError('its `reduction` is not supported');
  const depth = indices!.shape.at(-1) ?? 1;
  const block = sizeOf(x!.shape.slice(depth));
  const strides = stridesOf(x!.shape);
  return [
    deferred(x!.shape, x!.type, budget, (out) => {
      out.set(x!.values());
      const places = indices!.values();
      const values = updates!.values();
      for (let i = 0; i * depth < places.length; i++) {
        let to = 0;
        for (let k = 0; k < depth; k++) to += axisOf(places[i * depth + k]!, x!.shape[k]!) * strides[k]!;
        for (let j = 0; j < block; j++) out[to + j] = values[i * block + j]!;
      }
    }),
  ];
};

export const shapeFolds: ReadonlyMap<string, Fold> = new Map<string, Fold>([
  ['Constant', ({ attributes }) => [attributes.value()]],
  ['Shape', ({ inputs: [x], attributes }) => [shapeConstant(x!.shape, attributes)]],
  ['Size', ({ inputs: [x] }) => [constant([], 'int', Float64Array.of(sizeOf(x!.shape)))]],
  ['Identity', ({ inputs: [x] }) => [x!]],
  ['Dropout', ({ inputs: [x] }) => [x!]],
  ['Gather', gather],
  ['Slice', slice],
  ['Concat', concat],
  ['Split', split],
  ['Expand', expand],
  ['Tile', tile],
  ['Range', rangeOf],
  ['ConstantOfShape', constantOfShape],
  [
    'Reshape',
    ({ inputs: [x, shape], attributes }) => [
      reshaped(x!, reshapedShape(x!.shape, list(shape)!, attributes.integer('allowzero', 0) === 1)),
    ],
  ],
  [
    'Flatten',
    ({ inputs: [x], attributes }) => {
      const axis = attributes.integer('axis', 1);
      const at = axis < 0 ? axis + x!.shape.length : axis;
      return [reshaped(x!, [sizeOf(x!.shape.slice(0, at)), sizeOf(x!.shape.slice(at))])];
    },
  ],
  [
    'Squeeze',
    (step) => [reshaped(step.inputs[0]!, squeezedShape(step.inputs[0]!.shape, axesGiven(step, 1)))],
  ],
  [
    'Unsqueeze',
    (step) => [reshaped(step.inputs[0]!, unsqueezedShape(step.inputs[0]!.shape, axesGiven(step, 1) ?? []))],
  ],
  [
    'Transpose',
    ({ inputs: [x], attributes, budget }) => {
      const reversed = range(x!.shape.length).reverse();
      const order = axesOf(attributes.integers('perm', reversed), x!.shape.length);
      if (new Set(order).size !== x!.shape.length)
        throw new FoldError(`its \`perm\` is [${order.join(', ')}]`);
      return [transposed(x!, order, budget)];
    },
  ],
  ['ReduceSum', reduction(0, (sum, x) => sum + x)],
  ['ReduceProd', reduction(1, (product, x) => product * x)],
  ['ReduceMax', reduction(-Infinity, Math.max)],
  ['ReduceMin', reduction(Infinity, Math.min)],
  ['ReduceMean', reduction(0, (sum, x) => sum + x, true)],
  ['Pad', pad],
  ['NonZero', nonZero],
  ['ScatterND', scatterNd],
]);

/** A part of a shape, from `start` to `end`. */
export function shapeConstant(shape: readonly number[], attributes: FoldStep['attributes']): Constant {
  const rank = shape.length;
  const from = attributes.integer('start', 0);
  const to = attributes.integer('end', rank);
  const clamp = (n: number): number => Math.min(Math.max(n < 0 ? n + rank : n, 0), rank);
  return integers(shape.slice(clamp(from), clamp(to)));
}
