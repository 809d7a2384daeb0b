import { expectConstant } from '../builder.ts';
import type { LayerConstants, Maps, Value } from '../builder.ts';
import type { Constant } from '../constant.ts';
import { reshaped, transposed } from '../constant.ts';
import { FoldError } from '../fold-error.ts';
import type { Operator, Step } from './operator.ts';
import { mapsOf, pairOf } from './operator.ts';

type Pair = readonly [number, number];

/** Padding as layers have it: [[top, bottom], [left, right]], or a way of finding it. */
export type Padding = 'same' | 'same_lower' | readonly [Pair, Pair];

/** What windows of all kinds have. */
export interface WindowOptions {
  readonly strides: Pair;
  readonly dilation: Pair;
  readonly padding: Padding;
}

export function windowOptions({ attributes }: Step): WindowOptions {
  const auto = attributes.choice('auto_pad', ['NOTSET', 'VALID', 'SAME_UPPER', 'SAME_LOWER'], 'NOTSET');
  const pads = attributes.integers('pads', undefined) ?? [0, 0, 0, 0];
  if (pads.length !== 4) pairOf(pads.slice(0, pads.length / 2), [0, 0], 'pads');
  if (pads.some((n) => n < 0)) throw new FoldError(`its \`pads\` are [${pads.join(', ')}]`);
  const [top, left, bottom, right] = (auto === 'VALID' ? [0, 0, 0, 0] : pads) as [
    number,
    number,
    number,
    number,
  ];
  return {
    strides: pairOf(attributes.integers('strides', undefined), [1, 1], 'strides'),
    dilation: pairOf(attributes.integers('dilations', undefined), [1, 1], 'dilations'),
    padding:
      auto === 'SAME_UPPER'
        ? 'same'
        : auto === 'SAME_LOWER'
          ? 'same_lower'
          : [
              [top, bottom],
              [left, right],
            ],
  };
}

/** Weights of [outputs, inputs, rows, columns] whose sizes are those of a convolution of images. */
function kernelOf({ attributes }: Step, kernel: Constant): readonly [number, number, number, number] {
  const { shape } = kernel;
  if (shape.length !== 4) {
    const what =
      shape.length === 3 ? 'one-dimensional convolution' : `convolution with weights of ${shape.length} axes`;
    throw new FoldError(`it is a ${what}, which is not supported`, 'Only networks for images are supported.');
  }
  const size = attributes.integers('kernel_shape', undefined);
  if (size && size.join() !== shape.slice(2).join())
    throw new FoldError(
      `its \`kernel_shape\` is [${size.join(', ')}], and its weights have the shape [${shape.join(', ')}]`,
    );
  return shape as unknown as readonly [number, number, number, number];
}

export function convolve(step: Step, input: Maps, kernel: Constant, bias: Constant | undefined): Maps {
  const { node, builder, attributes } = step;
  const [filters, depth, rows, columns] = kernelOf(step, kernel);
  const maps = builder.asImages(node, input);
  const channels = maps.shape[1]!;
  const groups = attributes.integer('group', 1);
  const { strides, dilation, padding } = windowOptions(step);
  if (depth * groups !== channels || filters % groups)
    throw new FoldError(
      `its weights have the shape [${kernel.shape.join(', ')}] with \`group\` ${groups}, and its input ${channels} channels`,
    );
  const common = {
    kernel_size: [rows, columns],
    strides,
    dilation_rate: dilation,
    padding,
    use_bias: bias !== undefined,
  };
  const named = (moved: Constant): LayerConstants => ({
    kernel: kernel.name === undefined ? moved : { ...moved, name: kernel.name },
    ...(bias ? { bias } : {}),
  });
  if (groups > 1 && groups === channels) {
    const multiplier = filters / channels;
    const moved = transposed(
      reshaped(kernel, [channels, multiplier, rows, columns]),
      [2, 3, 0, 1],
      builder.budget,
    );
    const config = { ...common, depth_multiplier: multiplier };
    return builder.emit(node, 'DepthwiseConv2D', config, [maps], { constants: named(moved) });
  }
  const moved = transposed(kernel, [2, 3, 1, 0], builder.budget);
  const config = { ...common, filters, groups };
  return builder.emit(node, 'Conv2D', config, [maps], { constants: named(moved) });
}

const biasOf = (value: Value | undefined): Constant | undefined => value && expectConstant(value, 'its bias');

const conv: Operator = (step) => {
  const kernel = expectConstant(step.inputs[1], 'its weight');
  return [convolve(step, mapsOf(step), kernel, biasOf(step.inputs[2]))];
};

const convTranspose: Operator = (step) => {
  const { node, inputs, attributes, builder } = step;
  const kernel = expectConstant(inputs[1], 'its weight');
  const [depth, perGroup, rows, columns] = kernelOf(step, kernel);
  const maps = builder.asImages(node, mapsOf(step));
  const [, channels, height, width] = maps.shape as [number, number, number, number];
  const groups = attributes.integer('group', 1);
  if (depth !== channels)
    throw new FoldError(
      `its weights have the shape [${kernel.shape.join(', ')}], and its input ${channels} channels`,
    );
  const { strides, dilation, padding } = windowOptions(step);
  const extra = pairOf(attributes.integers('output_padding', undefined), [0, 0], 'output_padding');
  const outputShape = attributes.integers('output_shape', undefined);
  const sides = [0, 1].map((axis): Pair => {
    const n = axis ? width : height;
    const span = ((axis ? columns : rows) - 1) * dilation[axis]! + 1;
    const full = (n - 1) * strides[axis]! + span + extra[axis]!;
    if (!outputShape && typeof padding !== 'string') return padding[axis]!;
    // The rest that is cut off is shared out; SAME makes the output `stride` times as large.
    const out = outputShape ? outputShape.at(axis - 2)! : n * strides[axis]!;
    const total = Math.max(full - out, 0);
    const small = Math.floor(total / 2);
    return padding === 'same' ? [small, total - small] : [total - small, small];
  });
  // Rows that a larger output asks for come at its end.
  const more = [0, 1].map((axis) => {
    const n = axis ? width : height;
    const span = ((axis ? columns : rows) - 1) * dilation[axis]! + 1;
    return outputShape
      ? Math.max(outputShape.at(axis - 2)! - ((n - 1) * strides[axis]! + span + extra[axis]!), 0)
      : 0;
  });
  const output_padding = [extra[0] + more[0]!, extra[1] + more[1]!];
  const bias = biasOf(inputs[2]);
  const moved = transposed(kernel, [2, 3, 1, 0], builder.budget);
  return [
    builder.emit(
      node,
      'Conv2DTranspose',
      {
        ...{ kernel_size: [rows, columns], strides, dilation_rate: dilation, padding: sides, groups },
        ...{ filters: perGroup * groups, output_padding, use_bias: bias !== undefined },
      },
      [maps],
      {
        constants: {
          kernel: kernel.name === undefined ? moved : { ...moved, name: kernel.name },
          ...(bias ? { bias } : {}),
        },
      },
    ),
  ];
};

export const convolutionOperators: Readonly<Record<string, Operator>> = {
  Conv: conv,
  ConvTranspose: convTranspose,
};
