import type { Call } from './graph-builder.ts';
import { arrayInput, layerInput } from './graph-builder.ts';
import {
  batchNorm,
  batchToSpace,
  convolution,
  matMul,
  pool,
  prelu,
  spaceToBatch,
} from './graph-convolutions.ts';
import type { Operation } from './graph-rows.ts';
import { numbersConstant, numbersOf } from './graph-values.ts';

/** Adds one layer of the node's name. */
const one =
  (type: string, config: (call: Call) => Record<string, unknown> = () => ({})): Operation =>
  (call) => {
    const inputs = [layerInput(call)];
    return {
      kind: 'layer',
      name: call.builder.add({ name: call.node.name, type, config: config(call), inputs }),
    };
  };

const activation = (name: string): Operation => one('Activation', () => ({ activation: name }));

/** The numbers of an input that says how, not what. */
function option(call: Call, position: number, what: string): readonly number[] {
  return numbersOf(call.inputs[position]) ?? call.node.fail(`its ${what} is not a small constant`);
}

/** Axes counted with the batch as 0, negatives resolved. */
const axesOf = (call: Call, position: number): readonly number[] => {
  const rank = call.builder.shapeOf(layerInput(call)).length + 1;
  return option(call, position, 'axes').map((axis) => (axis < 0 ? axis + rank : axis));
};

/** Of two operands, either of which may be a constant: one number, or an array that becomes a weight. */
const binary =
  (type: string): Operation =>
  (call) => {
    const { node, builder, inputs } = call;
    const [a, b] = inputs;
    if (a?.kind === 'layer' && b?.kind === 'layer')
      return { kind: 'layer', name: builder.add({ name: node.name, type, inputs: [a.name, b.name] }) };
    const first = a?.kind === 'constant';
    const array = arrayInput(call, first ? 0 : 1, 'operand');
    const side = first ? { constant_side: 'left' } : {};
    const single = numbersOf(inputs[first ? 0 : 1])?.length === 1 && array.shape.length < 2;
    const request = {
      ...{ name: node.name, type, inputs: [layerInput(call, first ? 1 : 0)] },
      config: { ...side, ...(single ? { constant: array.read()[0] } : { constant_shape: array.shape }) },
      ...(single ? {} : { weights: { constant: { array } } }),
    };
    return { kind: 'layer', name: builder.add(request) };
  };

const many =
  (type: string): Operation =>
  (call) => {
    const inputs = call.inputs.map((_, i) => layerInput(call, i));
    return { kind: 'layer', name: call.builder.add({ name: call.node.name, type, inputs }) };
  };

/** Over all rows and columns it is Keras' global pooling. */
const reduce =
  (type: string, global?: string): Operation =>
  (call) => {
    const axis = axesOf(call, 1);
    const keepdims = call.node.boolean('keep_dims');
    const maps = call.builder.shapeOf(layerInput(call)).length === 3;
    if (global && maps && [...axis].sort().join() === '1,2') return one(global, () => ({ keepdims }))(call);
    return one(type, () => ({ axis, keepdims }))(call);
  };

const concat: Operation = (call) => {
  const count = call.inputs.length - 1;
  const inputs = Array.from({ length: count }, (_, i) => layerInput(call, i));
  const axis = option(call, count, 'axis')[0];
  return {
    kind: 'layer',
    name: call.builder.add({ name: call.node.name, type: 'Concatenate', config: { axis }, inputs }),
  };
};

const reshape: Operation = (call) => {
  const [batch, ...target] = option(call, 1, 'new shape');
  const [value] = call.inputs;
  if (value?.kind === 'rows') {
    if (call.builder.shapeOf(value.of).join() === target.join()) return { kind: 'layer', name: value.of };
    return call.node.fail(`its new shape [${[batch, ...target].join(', ')}] is not that of the maps before`);
  }
  const maps = call.builder.shapeOf(layerInput(call));
  // Sizes that the batch is part of are negative: it counts as -1.
  if (batch! < 0 && target.length === 1 && maps.length > 1 && target[0] === maps.at(-1))
    return { kind: 'rows', of: layerInput(call) };
  const shape = call.builder.shapeOf(layerInput(call));
  if (batch !== -1 && batch !== 1)
    return call.node.fail(`its new shape begins with ${batch}, not with the batch axis`);
  const flat = target.length === 1 && shape.length > 1;
  return one(flat ? 'Flatten' : 'Reshape', () => (flat ? {} : { target_shape: target }))(call);
};

const transpose: Operation = (call) => {
  const [batch, ...dims] = option(call, 1, 'order of axes');
  if (batch !== 0) return call.node.fail('it moves the batch axis');
  return one('Permute', () => ({ dims }))(call);
};

const pairs = (numbers: readonly number[]): number[][] =>
  Array.from({ length: numbers.length / 2 }, (_, i) => [numbers[2 * i]!, numbers[2 * i + 1]!]);

const pad: Operation = (call) => {
  const { node } = call;
  const paddings = pairs(option(call, 1, 'padding'));
  const value = node.op === 'PadV2' ? option(call, 2, 'value')[0]! : 0;
  const mode = node.op === 'MirrorPad' ? node.text('mode', 'REFLECT').toLowerCase() : 'constant';
  const spatial = paddings.length === 4 && [0, 3].every((axis) => paddings[axis]!.every((n) => n === 0));
  if (spatial && mode === 'constant' && value === 0)
    return one('ZeroPadding2D', () => ({ padding: paddings.slice(1, 3) }))(call);
  return one('Pad', () => ({ paddings, mode, constant_values: value }))(call);
};

const clip: Operation = one('Clip', (call) => ({
  x_min: option(call, 1, 'least value')[0],
  x_max: option(call, 2, 'greatest value')[0],
}));

const bit = (mask: number, i: number): boolean => Math.floor(mask / 2 ** i) % 2 === 1;

/** Begin, end and step of each axis, unless the masks say otherwise. */
function slicesOf(call: Call): unknown[] {
  const { node } = call;
  const [begin, end, steps] = [1, 2, 3].map((i) => option(call, i, 'range')) as [
    number[],
    number[],
    number[],
  ];
  const mask = (key: string): number => node.number(key, 0);
  return begin.map((start, i): unknown => {
    if (bit(mask('ellipsis_mask'), i)) return '...';
    if (bit(mask('new_axis_mask'), i)) return null;
    if (bit(mask('shrink_axis_mask'), i)) return start;
    return {
      start: bit(mask('begin_mask'), i) ? null : start,
      stop: bit(mask('end_mask'), i) ? null : end[i]!,
      step: steps[i] ?? 1,
    };
  });
}

/** Of a map, or of a shape. */
const stridedSlice: Operation = (call) => {
  const slices = slicesOf(call);
  const [value] = call.inputs;
  if (value?.kind === 'layer') return one('Slice', () => ({ slices }))(call);
  const numbers = option(call, 0, 'input');
  const [first] = slices as [number | { start: number | null; stop: number | null; step: number }];
  if (typeof first === 'number') return numbersConstant([numbers.at(first) ?? NaN], []);
  const list = numbers.slice(first.start ?? 0, first.stop ?? undefined);
  return numbersConstant(list.filter((_, i) => i % Math.max(first.step, 1) === 0));
};

const slice: Operation = one('Slice', (call) => {
  const [begin, size] = [option(call, 1, 'begin'), option(call, 2, 'size')];
  return {
    slices: begin.map((start, i) => ({ start, stop: size[i] === -1 ? null : start + size[i]! })),
  };
});

/** A node whose outputs are parts along one axis: each that is used becomes a slice. */
const split: Operation = (call) => {
  const { node, builder, inputs } = call;
  const sized = node.op === 'SplitV';
  const position = sized ? 0 : 1;
  const value = inputs[position];
  if (value?.kind !== 'layer') return node.fail('its input is not the output of a layer');
  const shape = builder.shapeOf(value.name);
  const [written] = option(call, sized ? 2 : 0, 'axis');
  const axis = written! < 0 ? written! + shape.length + 1 : written!;
  const n = shape[axis - 1];
  if (n === undefined) return node.fail(`it splits axis ${axis}`);
  const count = node.number('num_split', 1);
  const sizes = sized
    ? option(call, 1, 'sizes')
    : Array.from({ length: Math.min(count, n) }, () => n / count);
  const made = new Map<number, string>();
  return {
    kind: 'parts',
    part(output) {
      const start = sizes.slice(0, output).reduce((sum, size) => sum + size, 0);
      const whole = shape.slice(0, axis - 1).map(() => ({}));
      const slices = [{}, ...whole, { start, stop: start + (sizes[output] ?? 0) }];
      const found =
        made.get(output) ??
        builder.add({
          name: `${node.name}:${output}`,
          type: 'Slice',
          config: { slices },
          inputs: [value.name],
        });
      made.set(output, found);
      return found;
    },
  };
};

const resize = (interpolation: string): Operation =>
  one('Resizing', (call) => {
    const [height, width] = option(call, 1, 'size');
    const { node } = call;
    const coordinates = node.boolean('align_corners')
      ? 'align_corners'
      : node.boolean('half_pixel_centers')
        ? 'half_pixel'
        : 'asymmetric';
    return { height, width, interpolation, coordinates };
  });

/** Hands its input on. */
const same: Operation = (call) => {
  const [value] = call.inputs;
  return value ?? call.node.fail('it has no input');
};

const shape: Operation = (call) => numbersConstant([-1, ...call.builder.shapeOf(layerInput(call))]);

const preluOf: Operation = (call) => {
  const name = prelu(call, call.node.name, layerInput(call), arrayInput(call, 1, 'slopes'));
  return { kind: 'layer', name };
};

const named = (types: Readonly<Record<string, string>>, make: (type: string) => Operation) =>
  Object.fromEntries(Object.entries(types).map(([op, type]) => [op, make(type)]));

/** By TensorFlow's names. */
export const operations: Readonly<Record<string, Operation>> = {
  ...Object.fromEntries(
    ['Conv2D', '_FusedConv2D'].map((op) => [op, (call: Call) => convolution(call, false)]),
  ),
  ...Object.fromEntries(
    ['DepthwiseConv2dNative', 'DepthwiseConv2d', 'FusedDepthwiseConv2dNative'].map((op) => [
      op,
      (call: Call) => convolution(call, true),
    ]),
  ),
  ...Object.fromEntries(['MatMul', '_FusedMatMul'].map((op) => [op, matMul])),
  ...Object.fromEntries(
    ['FusedBatchNorm', 'FusedBatchNormV2', 'FusedBatchNormV3'].map((op) => [op, batchNorm]),
  ),
  ...named({ MaxPool: 'MaxPooling2D', AvgPool: 'AveragePooling2D' }, (type) => (call) => pool(call, type)),
  ...named(
    {
      Add: 'Add',
      AddV2: 'Add',
      BiasAdd: 'Add',
      Sub: 'Subtract',
      Mul: 'Multiply',
      RealDiv: 'Divide',
      Div: 'Divide',
    },
    binary,
  ),
  ...named({ Maximum: 'Maximum', Minimum: 'Minimum', Pow: 'Power' }, binary),
  ...named({ AddN: 'Add' }, many),
  ...named({ Relu: 'relu', Relu6: 'relu6', Selu: 'selu', Sigmoid: 'sigmoid', Tanh: 'tanh' }, activation),
  ...named({ Softplus: 'softplus', Softsign: 'softsign', LogSoftmax: 'log_softmax' }, activation),
  Elu: one('ELU'),
  LeakyRelu: one('LeakyReLU', ({ node }) => ({ negative_slope: node.number('alpha', 0.2) })),
  Softmax: one('Softmax'),
  Prelu: preluOf,
  ...named(
    { Sqrt: 'Sqrt', Rsqrt: 'Rsqrt', Square: 'Square', Exp: 'Exp', Expm1: 'Expm1', Log: 'Log' },
    (type) => one(type),
  ),
  ...named(
    { Log1p: 'Log1p', Abs: 'Absolute', Neg: 'Negative', Reciprocal: 'Reciprocal', Sign: 'Sign' },
    (type) => one(type),
  ),
  ...named(
    { Floor: 'Floor', Ceil: 'Ceil', Round: 'Round', Erf: 'Erf', Sin: 'Sin', Cos: 'Cos', Tan: 'Tan' },
    (type) => one(type),
  ),
  ...named({ Atan: 'Arctan', Sinh: 'Sinh', Cosh: 'Cosh' }, (type) => one(type)),
  ClipByValue: clip,
  Mean: reduce('Mean', 'GlobalAveragePooling2D'),
  Max: reduce('Max', 'GlobalMaxPooling2D'),
  ...named({ Sum: 'Sum', Min: 'Min' }, (type) => reduce(type)),
  ConcatV2: concat,
  ...Object.fromEntries(['Pad', 'PadV2', 'MirrorPad'].map((op) => [op, pad])),
  Reshape: reshape,
  Transpose: transpose,
  Squeeze: one('Squeeze', ({ node }) => {
    const axes = node.integers('squeeze_dims');
    return { axis: axes.length ? axes : null };
  }),
  ExpandDims: one('ExpandDims', (call) => ({ axis: option(call, 1, 'axis')[0] })),
  StridedSlice: stridedSlice,
  Slice: slice,
  ...Object.fromEntries(['Split', 'SplitV'].map((op) => [op, split])),
  ResizeBilinear: resize('bilinear'),
  ResizeNearestNeighbor: resize('nearest'),
  SpaceToBatchND: spaceToBatch,
  BatchToSpaceND: batchToSpace,
  Shape: shape,
  ...Object.fromEntries(['Identity', 'StopGradient', 'Snapshot'].map((op) => [op, same])),
  Cast: (call) => {
    const type = call.node.text('DstT', 'DT_FLOAT');
    if (!['DT_FLOAT', 'DT_HALF', 'DT_DOUBLE', '1'].includes(type))
      call.node.fail(`a cast to ${type} is not supported`);
    return same(call);
  },
};

/** For messages: those that a graph needs for its shapes alone included. */
export const operationNames: readonly string[] = [
  ...Object.keys(operations),
  ...['Const', 'Placeholder', 'Pack', 'Prod', 'GatherV2', 'FloorDiv', 'NoOp'],
];
