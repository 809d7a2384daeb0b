import {
  axesOf,
  axisOf,
  range,
  reshapedShape,
  sliceRange,
  splitSizes,
  squeezedShape,
  unsqueezedShape,
} from '../axes.ts';
import { expectConstant, expectIntegers } from '../builder.ts';
import type { Maps, Value } from '../builder.ts';
import { broadcastShape } from '../constant.ts';
import { sliceOptions } from '../fold-shapes.ts';
import { FoldError } from '../fold-error.ts';
import { aligned } from './elementwise.ts';
import type { Operator, Step } from './operator.ts';
import { mapsOf, nameless } from './operator.ts';
import { reshapeMaps } from './reshape.ts';

const asIs: Operator = (step) => [step.builder.emit(step.node, 'Identity', {}, [mapsOf(step)])];

/** As in inference. */
const dropout: Operator = (step) => {
  const { node, builder, attributes, inputs } = step;
  const [, ratio, training] = inputs;
  const drops = ratio === undefined || expectConstant(ratio, 'its ratio').values()[0] !== 0;
  if (drops && training && expectConstant(training, 'its mode').values()[0] !== 0)
    throw new FoldError('it drops values at random', 'Export the model in inference mode: `model.eval()`.');
  attributes.float('ratio', 0.5);
  attributes.integer('seed', 0);
  attributes.integer('is_test', 1);
  return [builder.emit(node, 'Dropout', {}, [mapsOf(step)])];
};

/** Every float type is computed in float32; whole numbers would have to be cut off. */
const cast: Operator = (step) => {
  const to = step.attributes.integer('to', 1);
  // Only concerns types of 8 bits.
  step.attributes.integer('saturate', 1);
  step.attributes.choice('round_mode', ['up', 'down', 'nearest'], 'up');
  const maps = mapsOf(step);
  if (WHOLE.includes(to))
    return [maps.whole ? maps : { ...step.builder.emit(step.node, 'Truncate', {}, [maps]), whole: true }];
  if (![1, 10, 11, 16].includes(to)) throw new FoldError(NO_FLOATS);
  return [{ ...maps, whole: false }];
};

/** ONNX' numbers of int32 and int64. */
const WHOLE: readonly number[] = [6, 7];

const NO_FLOATS =
  'it makes other numbers than floats, int32 or int64 of what is computed from the image, which is not supported';

const castLike: Operator = (step) => {
  const [x, like] = step.inputs;
  step.attributes.integer('saturate', 1);
  step.attributes.choice('round_mode', ['up', 'down', 'nearest'], 'up');
  if (!like) throw new FoldError('its input 2 is missing');
  const narrow = like.kind === 'constant' && (like.type !== 'float' || /^float[48]/.test(like.stored ?? ''));
  if (narrow) throw new FoldError(NO_FLOATS);
  // What comes from the image is floats.
  if (x?.kind === 'constant') return [{ ...nameless(x), type: 'float' }];
  return [mapsOf(step)];
};

const reshape: Operator = (step) => {
  const maps = mapsOf(step);
  const target =
    step.opset < 5 ? step.attributes.integers('shape', []) : expectIntegers(step.inputs[1], 'its shape');
  const shape = reshapedShape(maps.shape, target, step.attributes.integer('allowzero', 0) === 1);
  return [reshapeMaps(step, maps, shape)];
};

const flatten: Operator = (step) => {
  const maps = mapsOf(step);
  const axis = step.attributes.integer('axis', 1);
  const at = axis < 0 ? axis + maps.shape.length : axis;
  const size = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);
  return [reshapeMaps(step, maps, [size(maps.shape.slice(0, at)), size(maps.shape.slice(at))])];
};

const axesGiven = ({ inputs, attributes }: Step): readonly number[] | undefined =>
  inputs[1] ? expectIntegers(inputs[1], 'its axes') : attributes.integers('axes', undefined);

const squeeze: Operator = (step) => {
  const maps = mapsOf(step);
  return [reshapeMaps(step, maps, squeezedShape(maps.shape, axesGiven(step)))];
};

const unsqueeze: Operator = (step) => {
  const maps = mapsOf(step);
  return [reshapeMaps(step, maps, unsqueezedShape(maps.shape, axesGiven(step) ?? []))];
};

/** Only numbers axes otherwise: what is stored stays where it is. */
const transpose: Operator = (step) => {
  const maps = mapsOf(step);
  const rank = maps.shape.length;
  const perm = axesOf(step.attributes.integers('perm', range(rank).reverse()), rank);
  if (new Set(perm).size !== rank || perm.length !== rank)
    throw new FoldError(`its \`perm\` is [${perm.join(', ')}]`);
  return [
    {
      ...maps,
      shape: perm.map((axis) => maps.shape[axis]!),
      order: maps.order.map((axis) => perm.indexOf(axis)),
      batch: maps.batch < 0 ? -1 : perm.indexOf(maps.batch),
    },
  ];
};

const concat: Operator = (step) => {
  const { node, builder, inputs, attributes } = step;
  const missing = inputs.findIndex((one) => one === undefined);
  if (missing >= 0) throw new FoldError(`its input ${missing + 1} is missing`);
  const values = inputs as readonly Value[];
  const given = values.filter((one) => one.kind === 'maps');
  const rank = given[0]!.shape.length;
  const axis = axisOf(attributes.integer('axis', 1), rank);
  if (values.length === 1) return [values[0]];
  if (values.some(({ shape }) => shape.length !== rank))
    throw new FoldError('its inputs have different numbers of axes');
  const all = aligned(builder, node, given);
  const [first] = all;
  const stored = first!.order.indexOf(axis) + 1;
  if (stored === 0) throw new FoldError('it joins along the axis of the batch');
  if (given.length === values.length) return [builder.emit(node, 'Concatenate', { axis: stored }, all)];
  const beside = values.map((one) =>
    one.kind === 'constant' ? builder.alongside(nameless(one), first!) : null,
  );
  const constants = Object.fromEntries(
    beside.flatMap((one, i) => (one ? [[`constant_${i}`, one] as const] : [])),
  );
  const constant_shapes = beside.map((one) => one?.shape ?? null);
  return [builder.emit(node, 'Concatenate', { axis: stored, constant_shapes }, all, { constants })];
};

/** Python's slices of all stored axes, the batch in front. */
function cut(
  { node, builder }: Pick<Step, 'node' | 'builder'>,
  maps: Maps,
  parts: ReadonlyMap<number, { readonly start: number; readonly stop: number | null; readonly step: number }>,
  role?: string,
): Maps {
  const whole = { start: null, stop: null, step: null };
  const slices = [whole, ...maps.order.map((axis) => parts.get(axis) ?? whole)];
  return builder.emit(node, 'Slice', { slices }, [maps], role === undefined ? {} : { role });
}

const split: Operator = (step) => {
  const { node, inputs, attributes } = step;
  const maps = mapsOf(step);
  const axis = axisOf(attributes.integer('axis', 0), maps.shape.length);
  if (axis === maps.batch) throw new FoldError('it splits the axis of the batch');
  const given = inputs[1] ? expectIntegers(inputs[1], 'its sizes') : attributes.integers('split', undefined);
  const count = attributes.integer('num_outputs', node.outputs.length);
  const sizes = splitSizes(maps.shape[axis]!, count, given);
  let start = 0;
  return sizes.map((size, i) => {
    const from = start;
    start += size;
    if (!node.outputs[i]) return undefined;
    return cut(step, maps, new Map([[axis, { start: from, stop: start, step: 1 }]]), String(i));
  });
};

const slice: Operator = (step) => {
  const { inputs, attributes, opset } = step;
  const maps = mapsOf(step);
  const constants = inputs.slice(1).map((one) => (one ? expectConstant(one, 'its range') : undefined));
  const { starts, ends, axes, steps } = sliceOptions({
    inputs: [undefined, ...constants],
    attributes,
    opset,
  });
  const parts = new Map<number, { start: number; stop: number | null; step: number }>();
  axesOf(axes, maps.shape.length).forEach((axis, i) => {
    const n = maps.shape[axis]!;
    const range = sliceRange(n, starts[i]!, ends[i]!, steps[i]!);
    if (range.count === n && range.step === 1) return;
    if (axis === maps.batch) throw new FoldError('it cuts the axis of the batch');
    if (range.count === 0) throw new FoldError(`it leaves nothing of an axis of ${n}`);
    // Ends that count from the end, or lie beyond it, hold for inputs of other sizes, too.
    const [start, end] = [starts[i]!, ends[i]!];
    const past = steps[i]! > 0 ? end >= n : end < -n;
    parts.set(axis, { start, stop: past ? null : end, step: steps[i]! });
  });
  return [parts.size ? cut(step, maps, parts) : maps];
};

/** Indices in a row may be as many as a map has values; single ones are picked by a product with a matrix. */
const MOST_INDICES = { inRow: 2 ** 22, single: 4096 };

const gather: Operator = (step) => {
  const { inputs, attributes } = step;
  const maps = mapsOf(step);
  const rank = maps.shape.length;
  const axis = axisOf(attributes.integer('axis', 0), rank);
  const indices = expectConstant(inputs[1], 'its index');
  const n = maps.shape[axis]!;
  const places = expectIntegers(indices, 'its index', MOST_INDICES.inRow).map((index) => axisOf(index, n));
  // The axes of the indices stand in the place of the one that is picked from.
  const shape = [...maps.shape.slice(0, axis), ...indices.shape, ...maps.shape.slice(axis + 1)];
  if (axis === maps.batch) {
    if (places.length !== 1 || n !== 1) throw new FoldError('it picks images of a batch');
    return [reshapeMaps(step, maps, shape)];
  }
  const isList = indices.shape.length === 1;
  const part = picked(step, maps, axis, places, isList ? undefined : 'slice');
  return [isList ? part : reshapeMaps(step, part, shape)];
};

/** These values along an axis. */
function picked(
  step: Step,
  maps: Maps,
  axis: number,
  places: readonly number[],
  role: string | undefined,
): Maps {
  const start = places[0]!;
  if (!places.every((place, i) => place === start + i)) {
    if (places.length > MOST_INDICES.single) throw new FoldError(`it picks ${places.length} single values`);
    const config = { axis: maps.order.indexOf(axis) + 1, indices: places };
    return step.builder.emit(step.node, 'Gather', config, [maps]);
  }
  if (places.length === maps.shape[axis]) return maps;
  return cut(step, maps, new Map([[axis, { start, stop: start + places.length, step: 1 }]]), role);
}

const expand: Operator = (step) => {
  const maps = mapsOf(step);
  const target = expectIntegers(step.inputs[1], 'its shape');
  return [repeated(step, maps, broadcastShape(maps.shape, target))];
};

/** Stretched to a shape, which may have more axes in front. */
function repeated(step: Step, maps: Maps, shape: readonly number[]): Maps {
  const grown =
    shape.length > maps.shape.length
      ? reshapeMaps(step, maps, [...range(shape.length - maps.shape.length).map(() => 1), ...maps.shape])
      : maps;
  return tileMaps(
    step,
    grown,
    shape.map((n, axis) => n / grown.shape[axis]!),
  );
}

function tileMaps({ node, builder }: Step, maps: Maps, times: readonly number[]): Maps {
  if (times.length !== maps.shape.length || times.some((n) => !Number.isInteger(n) || n < 1))
    throw new FoldError(`it repeats its input [${times.join(', ')}] times`);
  if (maps.batch >= 0 && times[maps.batch] !== 1) throw new FoldError('it repeats the axis of the batch');
  const repeats = maps.order.map((axis) => times[axis]!);
  if (repeats.every((n) => n === 1)) return maps;
  return builder.emit(node, 'Tile', { repeats: [1, ...repeats] }, [maps]);
}

const tile: Operator = (step) => {
  if (step.inputs.length > 2) throw new FoldError('the form of version 1 of the operators is not supported');
  return [tileMaps(step, mapsOf(step), expectIntegers(step.inputs[1], 'its repeats'))];
};

const pad: Operator = (step) => {
  const { node, builder, inputs, attributes, opset } = step;
  const maps = mapsOf(step);
  const rank = maps.shape.length;
  const all = opset < 11 ? attributes.integers('pads', []) : expectIntegers(inputs[1], 'its pads');
  const named = inputs[3] ? axesOf(expectIntegers(inputs[3], 'its axes'), rank) : range(rank);
  if (all.length !== 2 * named.length) throw new FoldError(`its \`pads\` are [${all.join(', ')}]`);
  const mode = attributes.choice('mode', ['constant', 'reflect', 'edge', 'wrap'], 'constant');
  const value = inputs[2]
    ? expectConstant(inputs[2], 'its value').values()[0]!
    : attributes.float('value', 0);
  const pairs = range(rank).map((axis): readonly [number, number] => {
    const at = named.indexOf(axis);
    return at < 0 ? [0, 0] : [all[at]!, all[at + named.length]!];
  });
  if (maps.batch >= 0 && pairs[maps.batch]!.some((n) => n !== 0))
    throw new FoldError('it pads the axis of the batch');
  const short = new Map<number, { start: number; stop: number; step: number }>();
  pairs.forEach(([before, after], axis) => {
    if (before < 0 || after < 0)
      short.set(axis, {
        start: Math.max(-before, 0),
        stop: maps.shape[axis]! - Math.max(-after, 0),
        step: 1,
      });
  });
  const kept = short.size ? cut(step, maps, short, 'slice') : maps;
  const stored = kept.order.map((axis) => pairs[axis]!.map((n) => Math.max(n, 0)));
  if (stored.flat().every((n) => n === 0)) return [kept];
  const images = stored.length === 3 && stored[2]!.every((n) => n === 0);
  if (mode === 'constant' && value === 0 && images)
    return [builder.emit(node, 'ZeroPadding2D', { padding: stored.slice(0, 2) }, [kept])];
  const config = {
    paddings: [[0, 0], ...stored],
    mode,
    ...(mode === 'constant' ? { constant_values: value } : {}),
  };
  return [builder.emit(node, 'Pad', config, [kept])];
};

function rearranged(type: string): Operator {
  return (step) => {
    const { node, builder, attributes } = step;
    const maps = builder.asImages(node, mapsOf(step));
    const order = attributes.choice('mode', ['DCR', 'CRD'], 'DCR');
    const config = { block_size: attributes.integer('blocksize', 1), order };
    return [builder.emit(node, type, config, [maps])];
  };
}

export const shapeOperators: Readonly<Record<string, Operator>> = {
  Identity: asIs,
  Dropout: dropout,
  Cast: cast,
  CastLike: castLike,
  Reshape: reshape,
  Flatten: flatten,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Transpose: transpose,
  Concat: concat,
  Split: split,
  Slice: slice,
  Gather: gather,
  Expand: expand,
  Tile: tile,
  Pad: pad,
  DepthToSpace: rearranged('DepthToSpace'),
  SpaceToDepth: rearranged('SpaceToDepth'),
};
