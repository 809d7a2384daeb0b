import type { Reference } from './keras-inbound.ts';
import type { OperationArguments } from './operation-arguments.ts';

/** An operation as a layer: its type, its options and what it works on. */
export interface OperationLayer {
  readonly type: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly inputs: readonly Reference[];
}

type Convert = (args: OperationArguments) => OperationLayer;

/** Two operands, of which one may be a constant. */
const binary =
  (type: string): Convert =>
  (args) => {
    const operands = [args.value(0, 'x1', 'x', 'a'), args.value(1, 'x2', 'y', 'b', 'bias')];
    const inputs = operands.flatMap((operand) => args.tensor(operand) ?? []);
    const constants = operands.filter((operand) => !args.tensor(operand));
    if (!constants.length) return { type, config: {}, inputs };
    const first = !args.tensor(operands[0]);
    const config = { constant: constants[0], ...(first ? { constant_side: 'left' } : {}) };
    return { type, config, inputs };
  };

const INPUT = ['x', 'inputs', 'input', 'features', 'logits', 'input_tensor', 'images', 'tensor', 'a', 't'];

/** One input, and options made from the other arguments. */
const unary =
  (type: string, options: (args: OperationArguments) => Record<string, unknown> = () => ({})): Convert =>
  (args) => {
    const inputs = args.tensors(args.value(0, ...INPUT));
    return { type, config: options(args), inputs };
  };

const activation = (name: string): Convert => unary('Activation', () => ({ activation: name }));

/** Of the last axis, if it says so or nothing. */
const softmax = (name: string): Convert =>
  name === 'softmax'
    ? unary('Softmax', (args) => ({ axis: args.value(1, 'axis', 'dim') ?? -1 }))
    : unary('Activation', (args) => {
        args.only(-1, args.value(1, 'axis', 'dim'), 'axis');
        return { activation: name };
      });

const reduce = (type: string): Convert =>
  unary(type, (args) => ({
    axis: args.value(1, 'axis', 'reduction_indices') ?? null,
    keepdims: args.value(2, 'keepdims', 'keep_dims') ?? false,
  }));

/** TensorFlow's function is exact unless asked; Keras' operation is not. */
const gelu: Convert = unary('Activation', (args) => {
  const approximate = args.value(1, 'approximate') ?? args.library === 'keras';
  return { activation: approximate ? 'gelu_new' : 'gelu' };
});

/** What the shape says of the batch axis goes without saying. */
const reshape: Convert = unary('Reshape', (args) => {
  const shape = args.value(1, 'newshape', 'shape');
  if (!Array.isArray(shape) || ![-1, null].includes(shape[0] as number | null))
    return args.fail(`a new shape that begins with the batch axis, which is -1: ${args.show(shape)}`);
  return { target_shape: shape.slice(1) as unknown[] };
});

const transpose: Convert = unary('Permute', (args) => {
  const axes = args.value(1, 'axes', 'perm');
  if (!Array.isArray(axes) || axes[0] !== 0)
    return args.fail(`an order of axes that begins with 0: ${args.show(axes)}`);
  return { dims: axes.slice(1) as unknown[] };
});

const pad: Convert = unary('Pad', (args) => {
  const widths = args.value(1, 'pad_width', 'paddings');
  const mode = args.value(2, 'mode') ?? 'constant';
  return {
    paddings: widths,
    mode: typeof mode === 'string' ? mode.toLowerCase() : mode,
    constant_values: args.value(3, 'constant_values') ?? 0,
  };
});

const clip: Convert = unary('Clip', (args) => ({
  x_min: args.value(1, 'x_min', 'clip_value_min'),
  x_max: args.value(2, 'x_max', 'clip_value_max'),
}));

const concatenate: Convert = (args) => ({
  type: 'Concatenate',
  inputs: args.tensors(args.value(0, 'xs', 'values', 'arrays')),
  config: { axis: args.value(1, 'axis') ?? (args.library === 'keras' ? 0 : -1) },
});

const resize: Convert = unary('Resizing', (args) => {
  const size = args.value(1, 'size');
  if (!Array.isArray(size) || size.length !== 2)
    return args.fail(`a size of height and width: ${args.show(size)}`);
  args.only(false, args.value(undefined, 'preserve_aspect_ratio'), 'preserve_aspect_ratio');
  const [height, width] = size as unknown[];
  const interpolation = args.value(2, 'interpolation', 'method') ?? 'bilinear';
  return {
    ...{ height, width, interpolation },
    antialias: args.value(undefined, 'antialias') ?? false,
    crop_to_aspect_ratio: args.value(undefined, 'crop_to_aspect_ratio') ?? false,
    pad_to_aspect_ratio: args.value(undefined, 'pad_to_aspect_ratio') ?? false,
    fill_mode: args.value(undefined, 'fill_mode'),
    fill_value: args.value(undefined, 'fill_value'),
    data_format: args.value(undefined, 'data_format') ?? 'channels_last',
  };
});

const pool = (type: string): Convert =>
  unary(type, (args) => ({
    pool_size: args.value(1, 'pool_size', 'ksize'),
    strides: args.value(2, 'strides') ?? args.value(1, 'pool_size', 'ksize'),
    padding: lower(args.value(3, 'padding') ?? 'valid'),
    data_format: dataFormat(args.value(4, 'data_format')),
  }));

const lower = (value: unknown): unknown => (typeof value === 'string' ? value.toLowerCase() : value);

const dataFormat = (value: unknown): unknown =>
  value === null || value === undefined || value === 'NHWC'
    ? 'channels_last'
    : value === 'NCHW'
      ? 'channels_first'
      : value;

const item: Convert = unary('Slice', (args) => ({ slices: args.value(1, 'slice_spec', 'key') }));

/** TensorFlow's part of some length from a place on. */
const slice: Convert = unary('Slice', (args) => {
  const begin = args.value(1, 'begin', 'start_indices');
  const size = args.value(2, 'size', 'shape');
  if (!Array.isArray(begin) || !Array.isArray(size)) return args.fail('a begin and a size of whole numbers');
  return {
    slices: begin.map((from: unknown, axis) => {
      const length: unknown = size[axis];
      return { start: from, stop: length === -1 ? null : Number(from) + Number(length), step: null };
    }),
  };
});

const names: Readonly<Record<string, Convert>> = {
  add: binary('Add'),
  subtract: binary('Subtract'),
  multiply: binary('Multiply'),
  divide: binary('Divide'),
  power: binary('Power'),
  maximum: binary('Maximum'),
  minimum: binary('Minimum'),
  ...Object.fromEntries(
    [
      'Sqrt',
      'Rsqrt',
      'Square',
      'Exp',
      'Expm1',
      'Log',
      'Log1p',
      'Absolute',
      'Negative',
      'Reciprocal',
      'Sign',
      'Floor',
      'Ceil',
    ]
      .concat(['Round', 'Erf', 'Sin', 'Cos', 'Tan', 'Arctan', 'Sinh', 'Cosh'])
      .map((type) => [type.toLowerCase(), unary(type)]),
  ),
  ...Object.fromEntries(
    [
      'relu',
      'relu6',
      'selu',
      'sigmoid',
      'tanh',
      'softplus',
      'softsign',
      'swish',
      'hard_swish',
      'hard_sigmoid',
      'mish',
    ]
      .concat(['hard_tanh', 'tanh_shrink', 'log_sigmoid', 'sparse_plus', 'sparse_sigmoid'])
      .map((name) => [name, activation(name)]),
  ),
  leaky_relu: unary('LeakyReLU', (args) => ({
    negative_slope: args.value(1, 'negative_slope', 'alpha') ?? 0.2,
  })),
  elu: unary('ELU', (args) => ({ alpha: args.value(1, 'alpha') ?? 1 })),
  celu: unary('Activation', (args) => {
    args.only(1, args.value(1, 'alpha'), 'alpha');
    return { activation: 'celu' };
  }),
  gelu,
  softmax: softmax('softmax'),
  log_softmax: softmax('log_softmax'),
  clip,
  mean: reduce('Mean'),
  sum: reduce('Sum'),
  max: reduce('Max'),
  min: reduce('Min'),
  concatenate,
  reshape,
  transpose,
  squeeze: unary('Squeeze', (args) => ({ axis: args.value(1, 'axis', 'squeeze_dims') ?? null })),
  expand_dims: unary('ExpandDims', (args) => ({ axis: args.value(1, 'axis', 'dim') ?? -1 })),
  pad,
  resize,
  max_pool: pool('MaxPooling2D'),
  average_pool: pool('AveragePooling2D'),
  get_item: item,
  slice,
  identity: unary('Identity'),
  /** Everything is computed in float32; whole numbers would have to be rounded. */
  cast: unary('Identity', (args) => {
    const dtype = args.value(1, 'dtype', 'DstT');
    if (!/^((tf\.)?b?float(16|32|64)|DT_(FLOAT|DOUBLE|HALF|BFLOAT16))$/.test(String(dtype ?? 'float32')))
      args.fail(`a cast to a floating-point type: ${args.show(dtype)}`);
    return {};
  }),
};

/** Other names of the same operations: TensorFlow's functions and operations, Python's operators. */
const aliases: Readonly<Record<string, string>> = {
  ...{
    add_v2: 'add',
    bias_add: 'add',
    radd: 'add',
    sub: 'subtract',
    rsub: 'subtract',
    mul: 'multiply',
    rmul: 'multiply',
  },
  ...{
    true_divide: 'divide',
    truediv: 'divide',
    rtruediv: 'divide',
    real_div: 'divide',
    realdiv: 'divide',
    div: 'divide',
  },
  ...{ pow: 'power', rpow: 'power', abs: 'absolute', neg: 'negative', rint: 'round', atan: 'arctan' },
  ...{
    silu: 'swish',
    hard_silu: 'hard_swish',
    clip_by_value: 'clip',
    concat: 'concatenate',
    concat_v2: 'concatenate',
  },
  ...{
    reduce_mean: 'mean',
    reduce_sum: 'sum',
    reduce_max: 'max',
    reduce_min: 'min',
    amax: 'max',
    amin: 'min',
  },
  ...{ resize_v2: 'resize', max_pool2d: 'max_pool', avg_pool2d: 'average_pool', avg_pool: 'average_pool' },
  ...{
    getitem: 'get_item',
    stop_gradient: 'identity',
    pad_v2: 'pad',
    squeeze_v2: 'squeeze',
    convert_to_tensor: 'identity',
  },
};

/** Names of all operations that are read, for messages. */
export const operationNames: readonly string[] = Object.keys(names);

/** How an operation becomes a layer; undefined where it is none that is read. @param name in snake_case */
export function operationOf(name: string): Convert | undefined {
  const plain = Object.hasOwn(aliases, name) ? aliases[name]! : name;
  return Object.hasOwn(names, plain) ? names[plain] : undefined;
}
