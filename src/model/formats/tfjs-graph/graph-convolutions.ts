import type { StoredArray } from '../stored-array.ts';
import type { Call } from './graph-builder.ts';
import { arrayInput, layerInput } from './graph-builder.ts';
import type { Value } from './graph-values.ts';
import { numbersOf } from './graph-values.ts';

type Config = Readonly<Record<string, unknown>>;

const layer = (name: string): Value => ({ kind: 'layer', name });

/** Of TensorFlow's activations those that it computes in one operation with a convolution. */
const FUSED: Readonly<Record<string, string>> = {
  Relu: 'relu',
  Relu6: 'relu6',
  Elu: 'elu',
  Sigmoid: 'sigmoid',
  Tanh: 'tanh',
};

interface Fused {
  readonly bias?: StoredArray;
  readonly activation: unknown;
  /** Slopes of a PReLU behind it. */
  readonly alpha?: StoredArray;
}

function readFused(call: Call): Fused {
  const { node } = call;
  let at = 2;
  let bias: StoredArray | undefined;
  let alpha: StoredArray | undefined;
  let activation: unknown = 'linear';
  for (const op of node.texts('fused_ops')) {
    if (op === 'BiasAdd' && !bias) bias = arrayInput(call, at++, 'bias');
    else if (op === 'LeakyRelu')
      activation = {
        class_name: 'LeakyReLU',
        config: { negative_slope: node.number('leakyrelu_alpha', 0.2) },
      };
    else if (op === 'Prelu') alpha = arrayInput(call, at++, 'slopes');
    else if (Object.hasOwn(FUSED, op)) activation = FUSED[op];
    else
      node.fail(`\`fused_ops\` \`${op}\` is not supported`, {
        choices: ['BiasAdd', 'LeakyRelu', 'Prelu', ...Object.keys(FUSED)],
      });
  }
  return { activation, ...(bias ? { bias } : {}), ...(alpha ? { alpha } : {}) };
}

/** [rows, columns] of a list for all four axes. */
export function rowsAndColumns({ node }: Call, key: string): readonly [number, number] {
  const list = node.integers(key);
  if (!list.length) return [1, 1];
  const [batch, rows, columns, channels] = list;
  if (list.length !== 4 || batch !== 1 || channels !== 1)
    return node.fail(`\`${key}\` is [${list.join(', ')}]`);
  return [rows!, columns!];
}

/** The map and the padding of windows over it: a layer of its own pads by amounts that the node states. */
export function padded(call: Call, from: string): { readonly from: string; readonly padding: string } {
  const { node, builder } = call;
  node.channelsLast();
  const padding = node.text('padding', 'VALID');
  if (padding !== 'EXPLICIT') return { from, padding: padding.toLowerCase() };
  const [, , top, bottom, left, right] = node.integers('explicit_paddings');
  const amounts = [
    [top, bottom],
    [left, right],
  ];
  const name = builder.add({
    name: `${node.name}/pad`,
    type: 'ZeroPadding2D',
    config: { padding: amounts },
    inputs: [from],
  });
  return { from: name, padding: 'valid' };
}

/** A PReLU behind a layer that has one fused. */
function withSlopes({ node, builder }: Call, from: string, alpha: StoredArray | undefined): Value {
  if (!alpha) return layer(from);
  return layer(prelu({ node, inputs: [], builder }, `${node.name}/prelu`, from, alpha));
}

export function prelu({ builder }: Call, name: string, from: string, alpha: StoredArray): string {
  const rank = builder.shapeOf(from).length;
  const shared = rank > 1 ? { shared_axes: Array.from({ length: rank - 1 }, (_, axis) => axis + 1) } : {};
  return builder.add({
    name,
    type: 'PReLU',
    config: shared,
    inputs: [from],
    weights: { alpha: { array: alpha } },
  });
}

/** Conv2D and DepthwiseConv2dNative, alone or fused with a bias and an activation. */
export function convolution(call: Call, depthwise: boolean): Value {
  const { node, builder, inputs } = call;
  const filter = arrayInput(call, 1, 'filter');
  const { bias, activation, alpha } = readFused(call);
  const [tall, wide, channels, last] = filter.shape;
  if (filter.shape.length !== 4) node.fail(`its filter has the shape [${filter.shape.join(', ')}]`);
  const shared = { kernel_size: [tall, wide], use_bias: bias !== undefined, activation };
  const weights = { kernel: { array: filter }, ...(bias ? { bias: { array: bias } } : {}) };
  const make = (from: string, name: string, more: Config): Value => {
    const depth = builder.shapeOf(from).at(-1)!;
    const own = depthwise
      ? { type: 'DepthwiseConv2D', config: { ...shared, ...more, depth_multiplier: last } }
      : { type: 'Conv2D', config: { ...shared, ...more, filters: last, groups: depth / channels! } };
    return withSlopes(call, builder.add({ name, ...own, inputs: [from], weights }), alpha);
  };
  const [source] = inputs;
  if (source?.kind === 'blocks') {
    if (bias || alpha || node.text('padding', 'VALID') !== 'VALID')
      node.fail('it works on blocks of a map with a bias, an activation or padding');
    return {
      kind: 'dilated',
      emit: (crops) => {
        const { from, padding } = blocksPadded(call, source, crops, [tall!, wide!]);
        const made = make(from, node.name, { padding, dilation_rate: source.block });
        return made.kind === 'layer' ? made.name : from;
      },
    };
  }
  const { from, padding } = padded(call, layerInput(call));
  const strides = rowsAndColumns(call, 'strides');
  return make(from, node.name, { padding, strides, dilation_rate: rowsAndColumns(call, 'dilations') });
}

/** What padding before the split into blocks and cropping behind it come to, for a dilated convolution of the whole map. */
function blocksPadded(
  { node, builder }: Call,
  { of, block, pads }: Extract<Value, { kind: 'blocks' }>,
  crops: readonly number[],
  size: readonly number[],
): { readonly from: string; readonly padding: string } {
  const [top, bottom, left, right] = pads.map((by, i) => by - crops[i]!) as [number, number, number, number];
  if (crops[0] !== 0 || crops[2] !== 0 || bottom < 0 || right < 0)
    return node.fail(`its maps are padded by [${pads.join(', ')}] and cropped by [${crops.join(', ')}]`);
  if (top + bottom + left + right === 0) return { from: of, padding: 'valid' };
  const same = [0, 1].every((axis) => {
    const total = (size[axis]! - 1) * block[axis]!;
    const [before, after] = axis === 0 ? [top, bottom] : [left, right];
    return before === Math.floor(total / 2) && before + after === total;
  });
  if (same) return { from: of, padding: 'same' };
  const padding = [
    [top, bottom],
    [left, right],
  ];
  const from = builder.add({
    name: `${node.name}/pad`,
    type: 'ZeroPadding2D',
    config: { padding },
    inputs: [of],
  });
  return { from, padding: 'valid' };
}

export function spaceToBatch(call: Call): Value {
  const block = numbersOf(call.inputs[1]);
  const pads = numbersOf(call.inputs[2]);
  if (block?.length !== 2 || pads?.length !== 4)
    return call.node.fail('its blocks are not of rows and columns');
  return { kind: 'blocks', of: layerInput(call), block, pads };
}

export function batchToSpace({ node, inputs: [value, , crops] }: Call): Value {
  const numbers = numbersOf(crops);
  if (value?.kind !== 'dilated' || numbers?.length !== 4) {
    return node.fail('it does not follow a convolution', {
      why: 'Blocks of maps are only read around a dilated convolution.',
    });
  }
  return layer(value.emit(numbers));
}

/** MatMul, alone or fused: a dense layer. */
export function matMul(call: Call): Value {
  const { node, builder } = call;
  const [value] = call.inputs;
  const rows = value?.kind === 'rows';
  const from = rows ? value.of : layerInput(call);
  const kernel = arrayInput(call, 1, 'second factor');
  if (
    node.boolean('transpose_a') ||
    (!rows && builder.shapeOf(from).length !== 1) ||
    kernel.shape.length !== 2
  )
    return node.fail('only a vector times a matrix is supported');
  const { bias, activation, alpha } = readFused(call);
  const turned = node.boolean('transpose_b');
  const units = kernel.shape[turned ? 0 : 1];
  const name = builder.add({
    name: node.name,
    type: 'Dense',
    config: { units, use_bias: bias !== undefined, activation },
    inputs: [from],
    weights: {
      kernel: { array: kernel, ...(turned ? { turned } : {}) },
      ...(bias ? { bias: { array: bias } } : {}),
    },
  });
  if (!rows) return withSlopes(call, name, alpha);
  return alpha ? node.fail('`fused_ops` `Prelu` is not supported on maps') : { kind: 'rows', of: name };
}

export function batchNorm(call: Call): Value {
  const { node, builder } = call;
  node.channelsLast();
  if (node.boolean('is_training')) {
    node.fail('it normalizes by the statistics of its input', {
      why: 'This is how TensorFlow computes layer normalization, which is not read from graphs.',
      hint: 'Use the .keras or .h5 file that the model was made from.',
    });
  }
  const names = ['gamma', 'beta', 'moving_mean', 'moving_variance'];
  const weights = Object.fromEntries(
    names.map((name, i) => [name, { array: arrayInput(call, i + 1, name) }]),
  );
  const config = { epsilon: node.number('epsilon', 1e-4) };
  return layer(
    builder.add({ name: node.name, type: 'BatchNormalization', config, inputs: [layerInput(call)], weights }),
  );
}

export function pool(call: Call, type: string): Value {
  const { from, padding } = padded(call, layerInput(call));
  const config = {
    padding,
    pool_size: rowsAndColumns(call, 'ksize'),
    strides: rowsAndColumns(call, 'strides'),
  };
  return layer(call.builder.add({ name: call.node.name, type, config, inputs: [from] }));
}
