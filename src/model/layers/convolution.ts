import type { Tensor4D } from '@tensorflow/tfjs-core';
import { dilate, finish, geometry, inGroups, mergeable, throughDepthwise } from './convolution-options.ts';
import type { Ending } from './convolution-options.ts';
import type { LayerBuilder, LayerType, Margins, Operation, Pair, Tf } from './layer-type.ts';
import { NO_MARGINS } from './layer-type.ts';
import { conv2dTranspose } from './transposed-convolution.ts';
import type { Padding } from './windows.ts';
import { mapShape, narrow, placeWindows, widen, widened } from './windows.ts';

/** How far windows of one stride reach over their outputs, less what lies beyond the input. */
function rest([tall, wide]: Pair, { top, bottom, left, right }: Margins): Parameters<Tf['conv2d']>[3] {
  return [
    [0, 0],
    [tall - 1 - top, tall - 1 - bottom],
    [wide - 1 - left, wide - 1 - right],
    [0, 0],
  ];
}

/** An operation with the padding that TensorFlow does itself, or with margins. */
function padded(pad: Padding | Margins, of: (padding: Padding, margins: Margins) => Operation): Operation {
  return typeof pad === 'string' ? of(pad, NO_MARGINS) : of('valid', pad);
}

const conv2d: LayerBuilder = (config, inputs) => {
  const input = mapShape(config, inputs);
  const { size, strides, dilation, padding, span } = geometry(config);
  const filters = config.integer('filters');
  const groups = config.integer('groups', 1);
  const [, , channels] = input;
  if (channels % groups || filters % groups) {
    config.fail(`\`groups\` is ${groups}`, {
      why: `It must divide ${channels} input channels and ${filters} filters.`,
    });
  }
  const { height, width, field, pad: whole } = placeWindows(config, input, span, strides, padding);
  const { activation, bias, ending } = finish(config, filters);
  const convolution = (
    { apply, back, fused }: Ending,
    pad: Padding,
    margins: Margins,
    inPart = false,
  ): Operation => {
    const convolve = (tf: Tf, x: Tensor4D, kernel: Tensor4D): Tensor4D =>
      tf.conv2d(x, dilate(tf, kernel, dilation), [...strides], pad);
    return {
      forward(run, [x], weights) {
        const { tf } = run;
        const maps = widen(tf, x as Tensor4D, margins);
        const kernel = weights['kernel'] as Tensor4D;
        if (groups === 1 && run.fuses && fused) {
          return tf.fused.conv2d({
            x: maps,
            filter: dilate(tf, kernel, dilation),
            strides: [...strides],
            pad,
            ...(weights['bias'] ? { bias: weights['bias'] } : {}),
            activation: fused,
          });
        }
        const sums = inGroups(tf, groups, maps, kernel, (part, own) => convolve(tf, part, own));
        return apply(run, sums, weights);
      },
      back: back(({ tf, turned }, signal, { inputShapes }, { kernel }) => {
        const shape = inputShapes[0] as Tensor4D['shape'];
        const [batch, tall, wide] = widened(shape, margins);
        const isDense = groups === 1 && [...strides, ...dilation].every((step) => step === 1);
        if (turned && isDense && (inPart || (size[0] === 1 && size[1] === 1 && margins === NO_MARGINS))) {
          return tf.conv2d(signal, turned(kernel as Tensor4D), 1, rest(span, margins));
        }
        const back = inGroups(tf, groups, signal, kernel as Tensor4D, (part, own) =>
          tf.conv2dTranspose(
            part,
            dilate(tf, own, dilation),
            [batch, tall, wide, channels / groups],
            [...strides],
            pad,
          ),
        );
        return narrow(tf, back, margins, shape);
      }),
    };
  };
  return {
    outputShape: [height, width, filters],
    weights: [
      {
        name: 'kernel',
        shape: [...size, channels / groups, filters],
        initializer: config.initializer('kernel_initializer', 'glorot_uniform'),
      },
      ...bias,
    ],
    field,
    ...padded(whole, (pad, margins) => convolution(ending, pad, margins)),
    part: (beyond) => convolution(ending, 'valid', beyond, true),
    ...mergeable(activation, 'kernel', (followed) =>
      padded(whole, (pad, margins) => convolution(followed, pad, margins)),
    ),
    kernel: { depth: channels / groups, read: (_tf, weights) => weights['kernel'] as Tensor4D },
    formula: {
      ...{ kind: 'sum', dilation, activation },
      firstChannel: (filter) => Math.floor(filter / (filters / groups)) * (channels / groups),
    },
  };
};

const depthwiseConv2d: LayerBuilder = (config, inputs) => {
  const input = mapShape(config, inputs);
  config.only('groups', 1);
  const { size, strides, dilation, padding, span } = geometry(config);
  const multiplier = config.integer('depth_multiplier', 1);
  const { height, width, field, pad: whole } = placeWindows(config, input, span, strides, padding);
  const [, , channels] = input;
  const { activation, bias, ending } = finish(config, channels * multiplier);
  const convolution = ({ apply, back, fused }: Ending, pad: Padding, margins: Margins): Operation => ({
    forward(run, [x], weights) {
      const { tf } = run;
      const kernel = dilate(tf, weights['kernel'] as Tensor4D, dilation);
      const maps = widen(tf, x as Tensor4D, margins);
      if (run.fuses && fused) {
        const { bias: offset } = weights;
        return tf.fused.depthwiseConv2d({
          ...{ x: maps, filter: kernel, strides: [...strides], pad, activation: fused },
          ...(offset ? { bias: offset } : {}),
        });
      }
      return apply(run, tf.depthwiseConv2d(maps, kernel, [...strides], pad), weights);
    },
    back: back(({ tf }, signal, { inputShapes }, { kernel }) => {
      const shape = inputShapes[0] as Tensor4D['shape'];
      const spread = dilate(tf, kernel as Tensor4D, dilation);
      const result = throughDepthwise(tf, signal, spread, widened(shape, margins), strides, pad);
      return narrow(tf, result, margins, shape);
    }),
  });
  return {
    outputShape: [height, width, channels * multiplier],
    weights: [
      {
        name: 'kernel',
        shape: [...size, channels, multiplier],
        initializer: config.initializer('depthwise_initializer', 'glorot_uniform'),
      },
      ...bias,
    ],
    field,
    ...padded(whole, (pad, margins) => convolution(ending, pad, margins)),
    part: (beyond) => convolution(ending, 'valid', beyond),
    ...mergeable(
      activation,
      'kernel',
      (followed) => padded(whole, (pad, margins) => convolution(followed, pad, margins)),
      (tf, kernel, by) => tf.mul(kernel, tf.reshape(by, [channels, multiplier])),
    ),
    // Filter c·multiplier + m looks at channel c only, so that each has one input channel.
    kernel: {
      depth: 1,
      read: (tf, weights) => tf.reshape(weights['kernel']!, [...size, 1, channels * multiplier]),
    },
    formula: {
      ...{ kind: 'sum', dilation, activation },
      firstChannel: (filter) => Math.floor(filter / multiplier),
    },
  };
};

const separableConv2d: LayerBuilder = (config, inputs) => {
  const input = mapShape(config, inputs);
  config.only('groups', 1);
  const { size, strides, dilation, padding, span } = geometry(config);
  const multiplier = config.integer('depth_multiplier', 1);
  const filters = config.integer('filters');
  const { height, width, field, pad: whole } = placeWindows(config, input, span, strides, padding);
  const [, , channels] = input;
  const { activation, bias, ending } = finish(config, filters);
  const convolution = ({ apply, back }: Ending, pad: Padding, margins: Margins): Operation => ({
    forward(run, [x], weights) {
      const { tf } = run;
      const depthwise = dilate(tf, weights['depthwise_kernel'] as Tensor4D, dilation);
      const maps = widen(tf, x as Tensor4D, margins);
      const middle = tf.depthwiseConv2d(maps, depthwise, [...strides], pad);
      return apply(run, tf.conv2d(middle, weights['pointwise_kernel'] as Tensor4D, 1, 'valid'), weights);
    },
    back: back(({ tf }, signal, { inputShapes }, weights) => {
      const shape = inputShapes[0] as Tensor4D['shape'];
      const [batch, tall, wide] = signal.shape;
      const middle: Tensor4D['shape'] = [batch, tall, wide, channels * multiplier];
      const pointwise = weights['pointwise_kernel'] as Tensor4D;
      const depthwise = dilate(tf, weights['depthwise_kernel'] as Tensor4D, dilation);
      const arrived = tf.conv2dTranspose(signal, pointwise, middle, 1, 'valid');
      const result = throughDepthwise(tf, arrived, depthwise, widened(shape, margins), strides, pad);
      return narrow(tf, result, margins, shape);
    }),
  });
  return {
    outputShape: [height, width, filters],
    weights: [
      {
        name: 'depthwise_kernel',
        shape: [...size, channels, multiplier],
        initializer: config.initializer('depthwise_initializer', 'glorot_uniform'),
      },
      {
        name: 'pointwise_kernel',
        shape: [1, 1, channels * multiplier, filters],
        initializer: config.initializer('pointwise_initializer', 'glorot_uniform'),
      },
      ...bias,
    ],
    field,
    ...padded(whole, (pad, margins) => convolution(ending, pad, margins)),
    part: (beyond) => convolution(ending, 'valid', beyond),
    ...mergeable(activation, 'pointwise_kernel', (followed) =>
      padded(whole, (pad, margins) => convolution(followed, pad, margins)),
    ),
    // Both steps as one kernel: K[y, x, c, f] = sum over m of D[y, x, c, m] · P[c·multiplier + m, f].
    kernel: {
      depth: channels,
      read(tf, weights) {
        const taps = size[0] * size[1];
        const depthwise = tf.reshape(weights['depthwise_kernel']!, [taps, channels, multiplier]);
        const pointwise = tf.reshape(weights['pointwise_kernel']!, [channels, multiplier, filters]);
        const product = tf.matMul(tf.transpose(depthwise, [1, 0, 2]), pointwise); // [channels, taps, filters]
        return tf.reshape(tf.transpose(product, [1, 0, 2]), [...size, channels, filters]);
      },
    },
    formula: { kind: 'sum', dilation, firstChannel: () => 0, activation },
  };
};

const kind = 'convolution';

export const convolutions: readonly LayerType[] = [
  { name: 'Conv2D', aliases: ['Convolution2D', 'AtrousConvolution2D'], kind, build: conv2d },
  { name: 'DepthwiseConv2D', aliases: ['DepthwiseConvolution2D'], kind, build: depthwiseConv2d },
  { name: 'SeparableConv2D', aliases: ['SeparableConvolution2D'], kind, build: separableConv2d },
  {
    ...{ name: 'Conv2DTranspose', aliases: ['Convolution2DTranspose'], kind: 'transposed-convolution' },
    build: conv2dTranspose,
  },
];
