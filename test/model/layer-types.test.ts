import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { layers as TfjsLayers } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../../src/backend/tf.ts';
import { createModel } from '../../src/model/executor.ts';
import {
  canonicalType,
  isBuiltInType,
  layerTypes,
  useLayerTypes,
  traitsOf,
} from '../../src/model/layer-types.ts';
import type { Network, NetworkNode } from '../../src/model/network.ts';
import { packageRoot } from '../../src/package-root.ts';
import { randomFrom } from '../../src/random.ts';
import { availableBackends, useBackend } from '../backend/with-backend.ts';
import { sourceOf } from './source-of.ts';

type Config = Readonly<Record<string, unknown>>;

/** The layer under test between an input and nothing, so that the graph's own arithmetic is tested with it. */
function networkOf(
  type: string,
  config: Config,
  inputs: number,
  shape: readonly [number, number, number],
  dialect?: NetworkNode['dialect'],
): Network {
  const branches = Array.from({ length: inputs }, (_, i) => ({
    name: `branch${i}`,
    type: 'Rescaling',
    config: { scale: i + 1, offset: 0.1 * i },
    inputs: ['in'],
  }));
  return {
    name: 'test',
    format: 'test',
    inputShape: shape,
    preprocess: 'none',
    nodes: [
      { name: 'in', type: 'InputLayer', config: {}, inputs: [] },
      ...branches,
      {
        ...{ name: 'tested', type, config, inputs: branches.map(({ name }) => name) },
        ...(dialect ? { dialect } : {}),
      },
    ],
  };
}

interface Case {
  readonly type: string;
  readonly config: Config;
  /** TensorFlow.js' own layer of the same kind: its layers package shares nothing with ours but the ops. */
  readonly peer?: (make: typeof TfjsLayers) => InstanceType<typeof TfjsLayers.Layer>;
  readonly inputs?: number;
  /** Bends that finite differences cannot see past, or no gradient asked for. */
  readonly rough?: boolean;
  readonly shape?: readonly [number, number, number];
  readonly dialect?: NetworkNode['dialect'];
}

const conv = { filters: 4, kernelSize: [3, 2] as [number, number] };
const cases: readonly Case[] = [
  // Of ONNX; their values are compared by its own suite and PyTorch's fixtures.
  { type: 'LogSoftmax', config: { axis: [1, 2] } },
  { type: 'CELU', config: { alpha: 0.7 } },
  { type: 'SELU', config: { alpha: 1.2, gamma: 0.9 } },
  { type: 'GELU', config: {} },
  { type: 'Swish', config: { alpha: 1.5 } },
  { type: 'HardSigmoid', config: { alpha: 0.3 } },
  { type: 'Shrink', config: { lambda: 0.3, bias: 0.3 } },
  { type: 'LocalResponseNormalization', config: { size: 3, alpha: 0.5 } },
  { type: 'LpNormalization', config: { axis: 3, p: 2 } },
  { type: 'MatMul', config: {}, inputs: 2, shape: [4, 4, 4] },
  { type: 'MatMul', config: { constant_shape: [4, 5, 6], constant_side: 'left' }, shape: [4, 6, 3] },
  { type: 'Where', config: { condition_shape: [3, 1], constant: -2 }, shape: [4, 3, 2] },
  { type: 'Where', config: { condition_shape: [2] }, inputs: 2, shape: [4, 3, 2] },
  {
    type: 'Concatenate',
    config: { axis: 2, constant_shapes: [null, [4, 1, 2], null] },
    ...{ inputs: 2, shape: [4, 3, 2] },
  },
  { type: 'Gather', config: { axis: 3, indices: [2, 0, 2] } },
  { type: 'Tile', config: { repeats: [1, 2, 1, 2] } },
  { type: 'CumulativeSum', config: { axis: -1, exclusive: true, reverse: true } },
  { type: 'DepthToSpace', config: { block_size: 2, order: 'CRD' }, shape: [4, 4, 4] },
  { type: 'SpaceToDepth', config: { block_size: 2 }, shape: [4, 4, 4] },
  { type: 'SpaceToDepth', config: { block_size: 2, order: 'CRD' }, shape: [4, 4, 4] },
  {
    type: 'Resize',
    config: {
      ...{ scales: [1, 1], sizes: [5, 4], mode: 'linear', coordinates: 'tf_crop_and_resize' },
      ...{ crop: [0.2, -0.3, 0.7, 1.3], extrapolation_value: 3 },
    },
  },
  { type: 'Resize', config: { scales: [1.5, 0.6], mode: 'cubic' } },
  { type: 'LpPooling2D', config: { pool_size: 2 } },
  { type: 'GlobalLpPooling2D', config: {} },
  ...(['same', 'valid'] as const).flatMap((padding): Case[] => [
    {
      type: 'Conv2D',
      config: { filters: 4, kernel_size: [3, 2], strides: [2, 1], padding, activation: 'tanh' },
      peer: (make) => make.conv2d({ ...conv, strides: [2, 1], padding, activation: 'tanh' }),
    },
    {
      type: 'Conv2D',
      config: { filters: 4, kernel_size: [3, 2], padding, dilation_rate: [2, 3], use_bias: false },
      peer: (make) => make.conv2d({ ...conv, padding, dilationRate: [2, 3], useBias: false }),
    },
    {
      // The peer's SAME passes options that wasm stumbles over; grouped convolutions stand in for it below.
      type: 'DepthwiseConv2D',
      config: { kernel_size: 3, padding, depth_multiplier: 2, activation: 'sigmoid' },
      ...(padding === 'same'
        ? {}
        : {
            peer: (make: typeof TfjsLayers) =>
              make.depthwiseConv2d({ kernelSize: 3, padding, depthMultiplier: 2, activation: 'sigmoid' }),
          }),
    },
    {
      type: 'SeparableConv2D',
      config: { filters: 4, kernel_size: [3, 3], padding, depth_multiplier: 2 },
      peer: (make) => make.separableConv2d({ filters: 4, kernelSize: [3, 3], padding, depthMultiplier: 2 }),
    },
    {
      type: 'Conv2DTranspose',
      config: { filters: 4, kernel_size: [3, 2], strides: [2, 3], padding },
      peer: (make) => make.conv2dTranspose({ ...conv, strides: [2, 3], padding }),
    },
    {
      type: 'MaxPooling2D',
      config: { pool_size: [3, 2], strides: [2, 2], padding },
      peer: (make) => make.maxPooling2d({ poolSize: [3, 2], strides: [2, 2], padding }),
      rough: true,
    },
    {
      type: 'AveragePooling2D',
      config: { pool_size: [3, 2], strides: [2, 1], padding },
      peer: (make) => make.averagePooling2d({ poolSize: [3, 2], strides: [2, 1], padding }),
    },
  ]),
  {
    type: 'Dense',
    config: { units: 5, activation: 'softmax' },
    peer: (make) => make.dense({ units: 5, activation: 'softmax' }),
  },
  ...[
    'linear',
    'relu',
    'elu',
    'selu',
    'sigmoid',
    'tanh',
    'softplus',
    'softsign',
    'softmax',
    'swish',
    'mish',
  ].map((name): Case => ({
    type: 'Activation',
    config: { activation: name },
    peer: (make) => make.activation({ activation: name as 'relu' }),
    ...(name === 'relu' ? { rough: true } : {}),
  })),
  ...['gelu', 'hard_swish', 'hard_sigmoid', 'leaky_relu', 'relu6', 'exponential', 'log_softmax'].map(
    (name): Case => ({ type: 'Activation', config: { activation: name } }),
  ),
  { type: 'ReLU', config: { max_value: 1.5 }, peer: (make) => make.reLU({ maxValue: 1.5 }), rough: true },
  { type: 'ReLU', config: { negative_slope: 0.1, max_value: 2 }, rough: true },
  { type: 'LeakyReLU', config: { alpha: 0.2 }, peer: (make) => make.leakyReLU({ alpha: 0.2 }) },
  { type: 'PReLU', config: { shared_axes: [1, 2] }, peer: (make) => make.prelu({ sharedAxes: [1, 2] }) },
  { type: 'PReLU', config: {}, peer: (make) => make.prelu() },
  { type: 'ELU', config: { alpha: 1 }, peer: (make) => make.elu({ alpha: 1 }) },
  { type: 'Softmax', config: { axis: [-1] }, peer: (make) => make.softmax({ axis: -1 }) },
  { type: 'GlobalMaxPooling2D', config: {}, peer: (make) => make.globalMaxPooling2d({}), rough: true },
  { type: 'GlobalAveragePooling2D', config: {}, peer: (make) => make.globalAveragePooling2d({}) },
  {
    type: 'BatchNormalization',
    config: { epsilon: 0.01, axis: [3] },
    peer: (make) => make.batchNormalization({ epsilon: 0.01 }),
  },
  {
    type: 'BatchNormalization',
    config: { scale: false, center: false },
    peer: (make) => make.batchNormalization({ scale: false, center: false }),
  },
  { type: 'LayerNormalization', config: {}, peer: (make) => make.layerNormalization({}) },
  {
    type: 'Rescaling',
    config: { scale: 0.5, offset: -1 },
    peer: (make) => make.rescaling({ scale: 0.5, offset: -1 }),
  },
  {
    type: 'ZeroPadding2D',
    config: {
      padding: [
        [1, 2],
        [0, 3],
      ],
    },
    peer: (make) =>
      make.zeroPadding2d({
        padding: [
          [1, 2],
          [0, 3],
        ],
      }),
  },
  {
    type: 'Cropping2D',
    config: {
      cropping: [
        [1, 2],
        [0, 3],
      ],
    },
    peer: (make) =>
      make.cropping2D({
        cropping: [
          [1, 2],
          [0, 3],
        ],
      }),
  },
  { type: 'UpSampling2D', config: { size: [2, 3] }, peer: (make) => make.upSampling2d({ size: [2, 3] }) },
  { type: 'Flatten', config: {}, peer: (make) => make.flatten() },
  {
    type: 'Reshape',
    config: { target_shape: [-1, 6] },
    peer: (make) => make.reshape({ targetShape: [7 * 3, 6] }),
  },
  { type: 'Permute', config: { dims: [2, 3, 1] }, peer: (make) => make.permute({ dims: [2, 3, 1] }) },
  { type: 'Dropout', config: { rate: 0.5 }, peer: (make) => make.dropout({ rate: 0.5 }) },
  { type: 'Add', config: {}, inputs: 3, peer: (make) => make.add() },
  { type: 'Multiply', config: {}, inputs: 3, peer: (make) => make.multiply() },
  { type: 'Average', config: {}, inputs: 3, peer: (make) => make.average() },
  { type: 'Maximum', config: {}, inputs: 3, peer: (make) => make.maximum(), rough: true },
  { type: 'Minimum', config: {}, inputs: 3, peer: (make) => make.minimum(), rough: true },
  { type: 'Concatenate', config: { axis: 3 }, inputs: 2, peer: (make) => make.concatenate({ axis: 3 }) },
  { type: 'ThresholdedReLU', config: { theta: 0.4 }, rough: true },
  { type: 'ReLU', config: { threshold: 0.3, negative_slope: 0.1, max_value: 1.2 }, rough: true },
  ...['celu', 'squareplus', 'log_sigmoid', 'tanh_shrink'].map((name): Case => ({
    type: 'Activation',
    config: { activation: name },
  })),
  ...['sparse_sigmoid', 'hard_tanh', 'soft_shrink', 'hard_shrink', 'sparse_plus'].map((name): Case => ({
    type: 'Activation',
    config: { activation: name },
    rough: true,
  })),
  { type: 'Softmax', config: { axis: [1, 2] } },
  { type: 'PReLU', config: { shared_axes: [3] } },
  { type: 'BatchNormalization', config: { axis: 1 } },
  { type: 'LayerNormalization', config: { axis: [1, 2, 3] } },
  { type: 'GroupNormalization', config: { groups: 3 } },
  { type: 'UnitNormalization', config: {} },
  { type: 'LayerScale', config: { projection_dim: 3, init_values: 0.1 } },
  { type: 'Resizing', config: { height: 4, width: 9 } },
  {
    type: 'Resizing',
    config: { height: 10, width: 4, interpolation: 'nearest', crop_to_aspect_ratio: true },
  },
  { type: 'CenterCrop', config: { height: 4, width: 3 } },
  { type: 'CenterCrop', config: { height: 9, width: 3 } },
  { type: 'Flatten', config: { data_format: 'channels_first' } },
  {
    type: 'Conv2DTranspose',
    config: { filters: 4, kernel_size: [3, 2], strides: [2, 3], padding: 'same', output_padding: [1, 2] },
  },
  {
    type: 'Conv2DTranspose',
    config: { filters: 4, kernel_size: [3, 2], dilation_rate: [2, 3], padding: 'valid' },
  },
  // Their values are compared with formulas in arithmetic.test.ts.
  { type: 'Multiply', config: {}, inputs: 2, peer: (make) => make.multiply() },
  { type: 'Maximum', config: { constant: [0.5, -0.5, 1] }, rough: true },
  { type: 'Power', config: { constant: 2 } },
  { type: 'Power', config: { constant: [[2, 3, 1.5]], constant_side: 'left' } },
  { type: 'Divide', config: { constant_shape: [6, 1] } },
  { type: 'Subtract', config: { constant: 1, constant_side: 'left' } },
  ...[
    'Square',
    'Exp',
    'Expm1',
    'Absolute',
    'Negative',
    'Sign',
    'Floor',
    'Truncate',
    'Ceil',
    'Round',
    'Erf',
    'Sin',
    'Cos',
  ].map((type): Case => ({
    type,
    config: {},
    ...(['Absolute', 'Sign', 'Floor', 'Truncate', 'Ceil', 'Round'].includes(type) ? { rough: true } : {}),
  })),
  ...['Arctan', 'Sinh', 'Cosh'].map((type): Case => ({ type, config: {} })),
  ...[{ axis: [1, 2] }, { axis: -1, keepdims: true }, { axis: [2, 3] }].flatMap((config): Case[] =>
    ['Mean', 'Sum', 'Max', 'Min'].map((type) => ({
      type,
      config,
      ...(type.startsWith('M') && type !== 'Mean' ? { rough: true } : {}),
    })),
  ),
  { type: 'Squeeze', config: { axis: 1 }, shape: [1, 6, 3] },
  { type: 'ExpandDims', config: { axis: 1 } },
  {
    type: 'Slice',
    config: { slices: [{}, { start: 1, stop: -1, step: 2 }, { start: 4, stop: 0, step: -3 }] },
  },
  { type: 'Slice', config: { slices: ['...', null, 2] } },
  { type: 'CustomScaleLayer', config: { scale: 0.3 }, inputs: 2 },
  ...['constant', 'reflect', 'symmetric', 'edge'].map((mode): Case => ({
    type: 'Pad',
    config: {
      mode,
      paddings: [
        [0, 0],
        [2, 1],
        [0, 3],
        [1, 0],
      ],
    },
  })),
  { type: 'Clip', config: { x_min: -1, x_max: 0.5 }, rough: true },
  { type: 'Concatenate', config: { axis: 1 }, inputs: 2, peer: (make) => make.concatenate({ axis: 1 }) },
];

/** Layers with backward passes of their own, which the cases above do not reach. */
const backwardCases: readonly Case[] = [
  ...[1, 2, 3].flatMap((strides): Case[] =>
    ['same', 'valid'].flatMap((padding): Case[] =>
      [2, 3, [4, 1]].flatMap((size): Case[] => {
        const common = { kernel_size: size, strides, padding };
        return [
          { type: 'Conv2D', config: { ...common, filters: 4, groups: 2 }, shape: [7, 6, 4] },
          { type: 'DepthwiseConv2D', config: common },
          { type: 'DepthwiseConv2D', config: { ...common, depth_multiplier: 2 } },
          { type: 'Conv2DTranspose', config: { ...common, filters: 4 } },
        ];
      }),
    ),
  ),
  { type: 'DepthwiseConv2D', config: { kernel_size: 2, dilation_rate: 2, padding: 'same' } },
  { type: 'Conv2D', config: { filters: 6, kernel_size: 3, groups: 3, dilation_rate: [2, 1] } },
  ...['swish', 'gelu', 'hard_swish', 'mish', 'elu', 'softplus', 'log_softmax'].map((activation): Case => ({
    type: 'Conv2D',
    config: { filters: 4, kernel_size: 2, activation },
  })),
  { type: 'SeparableConv2D', config: { filters: 4, kernel_size: 3, strides: 2, activation: 'swish' } },
  { type: 'DepthwiseConv2D', config: { kernel_size: 3, activation: 'hard_sigmoid' }, rough: true },
  { type: 'Conv2DTranspose', config: { filters: 4, kernel_size: 3, strides: 2, activation: 'mish' } },
  { type: 'Dense', config: { units: 5, activation: 'tanh' } },
  { type: 'GELU', config: { approximate: true } },
  { type: 'ReLU', config: { threshold: -1, max_value: 1 }, rough: true },
  { type: 'ReLU', config: { threshold: -1, negative_slope: 0.3 }, rough: true },
  { type: 'GroupNormalization', config: { groups: -1 } },
  { type: 'LayerNormalization', config: { axis: [1, 3], scale: false } },
  { type: 'LpNormalization', config: { axis: 1, p: 1 }, rough: true },
  { type: 'UnitNormalization', config: { axis: [1, 2] } },
  { type: 'UpSampling2D', config: { size: [3, 2], interpolation: 'bilinear' } },
  {
    type: 'LpPooling2D',
    config: { pool_size: [3, 2], strides: [2, 1], p: 3, padding: 'same' },
    dialect: 'onnx',
  },
  { type: 'LpPooling2D', config: { pool_size: 2, p: 1, dilation_rate: 2 }, dialect: 'onnx', rough: true },
  { type: 'GlobalLpPooling2D', config: { p: 3 } },
  ...['MaxPooling2D', 'AveragePooling2D'].flatMap((type): Case[] =>
    [
      { pool_size: 2, strides: 1, dilation_rate: 2 },
      {
        pool_size: [3, 2],
        strides: [2, 3],
        dilation_rate: [1, 2],
        padding: [
          [1, 1],
          [2, 0],
        ],
      },
      { pool_size: 2, strides: 2, dilation_rate: 2, padding: 'same' },
    ].map((config): Case => ({
      ...{ type, config, dialect: 'onnx' },
      ...(type.startsWith('Max') ? { rough: true } : {}),
    })),
  ),
  {
    type: 'Conv2DTranspose',
    config: {
      ...{ filters: 4, kernel_size: [3, 2], strides: [2, 3], groups: 2 },
      ...{
        padding: [
          [1, 0],
          [0, 1],
        ],
        output_padding: [1, 0],
      },
    },
    ...{ shape: [5, 4, 6], dialect: 'onnx' },
  },
  {
    type: 'Conv2D',
    config: {
      filters: 4,
      kernel_size: 2,
      groups: 2,
      padding: [
        [0, 1],
        [2, 0],
      ],
    },
    shape: [5, 4, 6],
    dialect: 'onnx',
  },
];

const SHAPE = [7, 6, 3] as const;

describe.each(availableBackends)('%s', (backend) => {
  beforeAll(() => useBackend(backend));

  const randomInput = (
    batch: number,
    [height, width, channels]: readonly [number, number, number],
  ): Tensor4D => {
    const random = randomFrom('input');
    const values = Float32Array.from({ length: batch * height * width * channels }, () => 4 * random() - 2);
    return tf.tensor4d(values, [batch, height, width, channels]);
  };

  it.each([...cases, ...backwardCases])(
    '$type $config',
    async ({ type, config, peer, inputs = 1, rough = false, shape = SHAPE, dialect }) => {
      const source = sourceOf(networkOf(type, config, inputs, shape, dialect), (random) => random() + 0.1);
      // None is sent back through by a tape.
      expect(source.graph.at(-1)!.layer.back).toBeDefined();
      const model = await createModel(source);
      const tested = model.layers.length - 1;
      // A batch of two, which finds values mixed up between images.
      const input = randomInput(2, shape);
      const branches = Array.from({ length: inputs }, (_, i) => i + 1);
      const [output, ...taken] = model.forward(input, [tested, ...branches]) as [Tensor, ...Tensor[]];
      expect(output.shape).toEqual([2, ...model.layers[tested]!.outputShape]);

      if (peer) {
        const layer = peer(tf.layers);
        layer.build(inputs === 1 ? [null, ...shape] : taken.map(() => [null, ...shape]));
        const random = randomFrom('weights of a test');
        const weights = layer.weights.map(({ shape: of }) => {
          const length = of.reduce<number>((product, n) => product * (n ?? 1), 1);
          return tf.tensor(
            Float32Array.from({ length }, () => random() + 0.1),
            of as number[],
          );
        });
        layer.setWeights(weights);
        const expected = layer.apply(inputs === 1 ? taken[0]! : taken) as Tensor;
        const difference = tf.tidy(() => tf.max(tf.abs(tf.sub(output, expected))));
        expect((await difference.data())[0]).toBeLessThan(2e-5);
      }

      // The gradient on the backward pass without a tape, and by TensorFlow.js' own.
      const weight = tf.tidy(() => tf.reshape(tf.sin(tf.range(0, output.size)), output.shape));
      const loss = (x: Tensor): Tensor => tf.sum(tf.mul(model.forward(x as Tensor4D, [tested])[0]!, weight));
      const before = tf.memory().numTensors;
      const trace = model.trace(input, tested);
      const gradient = trace.backward(weight);
      trace.dispose();
      expect(tf.memory().numTensors).toBe(before + 1);
      const difference = tf.tidy(() => tf.max(tf.abs(tf.sub(gradient, tf.grad(loss)(input)))));
      const scale = tf.tidy(() => tf.max(tf.abs(gradient)));
      expect((await difference.data())[0]!).toBeLessThanOrEqual((await scale.data())[0]! * 1e-5);

      // Along a random direction, the slope by the gradient and by differences.
      if (!rough) {
        const direction = tf.tidy(() => tf.reverse(randomInput(2, shape), [1]) as Tensor4D);
        const slope = tf.tidy(() => tf.sum(tf.mul(gradient, direction)));
        const step = 5e-3;
        const ends = [step, -step].map((by) => tf.tidy(() => loss(tf.add(input, tf.mul(direction, by)))));
        const [up, down] = (await Promise.all(ends.map((end) => end.data()))).map((values) => values[0]!) as [
          number,
          number,
        ];
        const actual = (await slope.data())[0]!;
        const size = Math.sqrt(output.size) * 2;
        expect(Math.abs(actual - (up - down) / (2 * step)) / size).toBeLessThan(0.01);
      }
      model.dispose();
    },
  );

  it.each(['same', 'valid'])('convolves %s in groups as channel by channel', async (padding) => {
    // With one input channel a group, a grouped convolution is a depthwise one of two filters a channel.
    const common = { kernel_size: 3, padding, strides: 2 };
    const weight = (random: () => number): number => random() - 0.5;
    const grouped = { ...common, filters: 6, groups: 3 };
    const models = [
      await createModel(sourceOf(networkOf('Conv2D', grouped, 1, [7, 6, 3]), weight)),
      await createModel(
        sourceOf(networkOf('DepthwiseConv2D', { ...common, depth_multiplier: 2 }, 1, [7, 6, 3]), weight),
      ),
    ] as const;
    // The arrays of both hold the same numbers, but [tap, 1, channel·2 + m] is the other's [tap, channel, m].
    const kernels = models.map((model) => model.kernel(2)!);
    expect(kernels.map(({ shape }) => shape)).toEqual([
      [3, 3, 1, 6],
      [3, 3, 1, 6],
    ]);
    const input = randomInput(2, [7, 6, 3]);
    const [a, b] = models.map((model) => model.forward(input, [2])[0]!) as [Tensor, Tensor];
    expect((await tf.max(tf.abs(tf.sub(a, b))).data())[0]).toBeLessThan(1e-5);
    models.forEach((model) => model.dispose());
  });

  it('enlarges bilinearly as TensorFlow does', async () => {
    const config = { size: [2, 3], interpolation: 'bilinear' };
    const model = await createModel(sourceOf(networkOf('UpSampling2D', config, 1, SHAPE), () => 0));
    const input = randomInput(2, SHAPE);
    const [output] = model.forward(input, [2]) as [Tensor4D];
    const expected = tf.image.resizeBilinear(input, [14, 18], false, true);
    expect((await tf.max(tf.abs(tf.sub(output, expected))).data())[0]).toBeLessThan(1e-5);
  });

  // Branch 0 is the input itself, branch 1 is 2·input + 0.1.
  it.each([
    ['Subtract', {}, 2, (x: number) => x - (2 * x + 0.1)],
    ['Normalization', { mean: [[0.5]], variance: [[4]] }, 1, (x: number) => (x - 0.5) / 2],
    ['Normalization', { mean: null, variance: null }, 1, undefined],
  ] as const)('%s %j', async (type, config, inputs, expected) => {
    const source = sourceOf(networkOf(type, config, inputs, [2, 2, 1]), (random) => random() + 0.1);
    const weights = (await source.loadWeights()).get('tested')!;
    const mean = weights.get('mean')?.data[0] ?? NaN;
    const variance = weights.get('variance')?.data[0] ?? NaN;
    // `sourceOf` draws anew at each call: the model must get the numbers that are looked at here.
    const model = await createModel({
      ...source,
      loadWeights: () => Promise.resolve(new Map([['tested', weights]])),
    });
    const values = [-1, 0, 0.5, 3];
    const [output] = model.forward(tf.tensor4d(values, [1, 2, 2, 1]), [model.layers.length - 1]) as [Tensor];
    const actual = [...(await output.data())];
    const formula = expected ?? ((x: number) => (x - mean) / Math.sqrt(variance));
    values.forEach((value, i) => expect(actual[i]).toBeCloseTo(formula(value), 5));
  });

  it("gives a separable convolution's two steps as one kernel", async () => {
    const config = { filters: 4, kernel_size: 3, depth_multiplier: 2, use_bias: false };
    const model = await createModel(
      sourceOf(networkOf('SeparableConv2D', config, 1, SHAPE), (random) => random() - 0.5),
    );
    const input = randomInput(1, SHAPE);
    const [output] = model.forward(input, [2]) as [Tensor4D];
    const expected = tf.conv2d(input, model.kernel(2)!, 1, 'valid');
    expect((await tf.max(tf.abs(tf.sub(output, expected))).data())[0]).toBeLessThan(1e-5);
  });

  // By Keras' own formulas, worked out in float64: exact gelu, hard functions as in Keras 3.
  it.each([
    ['gelu', [-1, 0, 2], [-0.158655, 0, 1.9545]],
    ['hard_sigmoid', [-4, 0, 1, 4], [0, 0.5, 2 / 3, 1]],
    ['hard_swish', [-4, 1, 4], [0, 2 / 3, 4]],
    ['leaky_relu', [-1, 2], [-0.2, 2]],
    ['relu6', [-1, 3, 9], [0, 3, 6]],
    ['silu', [1], [0.7310586]],
    ['exponential', [1], [Math.E]],
    ['log_softmax', [0, 0], [-Math.LN2, -Math.LN2]],
  ] as const)('%s', async (name, values, expected) => {
    const net = networkOf('Activation', { activation: name }, 1, [1, 1, values.length]);
    const model = await createModel(sourceOf(net, () => 0));
    const [output] = model.forward(tf.tensor4d([...values], [1, 1, 1, values.length]), [2]) as [Tensor];
    const actual = [...(await output.data())];
    actual.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
  });
});

it('tries every layer type that computes something', () => {
  const tried = new Set(cases.map(({ type }) => type));
  const left = layerTypes.names.filter((type) => !tried.has(type) && !layerTypes.get(type)!.identity);
  // The peers lack the first; it is tried by hand above. arithmetic.test.ts tries the others: they are not defined everywhere, or have no slope.
  const comparisons = ['Greater', 'GreaterEqual', 'Less', 'LessEqual', 'Equal'];
  const partial = ['Sqrt', 'Rsqrt', 'Log', 'Log1p', 'Reciprocal', 'Tan'];
  // TensorFlow.js has no gradients for these; onnx/parity.test.ts has PyTorch's.
  const ordering = ['TopK', 'GatherElements'];
  expect(left).toEqual(['Normalization', ...comparisons, ...partial, ...ordering]);
});

describe('the registry of layer types', () => {
  const rows = /## Layer types\n[\s\S]*?\n\n(?=Every option)/.exec(
    readFileSync(join(packageRoot, 'docs/models.md'), 'utf8'),
  )![0];
  const kinds = { 'no effect in inference': 'identity' } as Record<string, string>;
  const documented = rows.split('\n').flatMap((row) => {
    const [, kind, text] = /^\| ([\w ]+) \| (.*) \|$/.exec(row) ?? [];
    return [...(text ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => [name!, kinds[kind!] ?? kind!] as const);
  });

  it('has the types that the documentation lists, each under its kind', () => {
    const plain = (kind: string): string => kind.replace('transposed-', '');
    const registered = layerTypes.names.map((name) => [name, plain(layerTypes.get(name)!.kind)]);
    expect([...documented].sort()).toEqual(registered.sort());
  });

  it('takes another type at run time, by each of its names', async () => {
    const { build } = layerTypes.get('Identity')!;
    useLayerTypes([{ name: 'Doubling', aliases: ['Twice'], kind: 'other', build }]);
    expect(traitsOf('Doubling').kind).toBe('other');
    expect(canonicalType('Twice')).toBe('Doubling');
    const { layers } = sourceOf(networkOf('Doubling', {}, 1, [2, 2, 3]), () => 0);
    expect(layers.at(-1)).toMatchObject({ type: 'Doubling', kind: 'other', outputShape: [2, 2, 3] });
    expect(['Doubling', 'Twice', 'Conv2D', 'Convolution2D', 'InputLayer'].map(isBuiltInType)).toEqual([
      ...[false, false, true, true, true],
    ]);
    useLayerTypes([]);
    expect(layerTypes.get('Doubling')).toBeUndefined();
    expect(canonicalType('Twice')).toBe('Twice');
  });
});
