import type { Tensor, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import { readFused } from './activation-config.ts';
import type { ActivationFunction } from './activation-functions.ts';
import type { ConfigReader } from './config-reader.ts';
import type {
  BackRun,
  LayerTensors,
  LayerBuilder,
  LayerType,
  Margins,
  Operation,
  Pair,
  Passed,
  Run,
  Tf,
  BackwardPass,
  WeightSpec,
} from './layer-type.ts';
import { NO_MARGINS } from './layer-type.ts';
import { readsOutput } from './rules.ts';
import type { Padding } from './windows.ts';
import { mapShape, PADDINGS, narrow, widen, widened, windowAxis, windows } from './windows.ts';

/** A convolution's bias, if it has one, and its activation. */
function finish(config: ConfigReader, channels: number) {
  const useBias = config.boolean('use_bias', true);
  const activation = readFused(config, 4);
  const bias: WeightSpec[] = useBias
    ? [{ name: 'bias', shape: [channels], initializer: config.initializer('bias_initializer', 'zeros') }]
    : [];
  const apply = (run: Run, x: Tensor, weights: Readonly<Record<string, Tensor>>): Tensor =>
    run.activate(activation, useBias ? run.tf.add(x, weights['bias']!) : x);
  /** The backward pass, of which `towardsInput` is the part behind the activation. */
  const back = (
    towardsInput: (run: BackRun, signal: Tensor4D, passed: Passed, weights: LayerTensors) => Tensor,
  ): BackwardPass | undefined =>
    readsOutput(activation, []) === undefined
      ? undefined
      : {
          reads: (rules) => ({ inputs: false, output: readsOutput(activation, rules)! }),
          signals(run, passed, weights) {
            const signal = run.through(activation, passed.signal, passed.output);
            return [towardsInput(run, signal as Tensor4D, passed, weights)];
          },
        };
  return { bias, apply, back, fused: fusedName(activation) };
}

/** TensorFlow.js' name of an activation that it computes in one operation with a convolution, on every backend. */
function fusedName({ name, parameters }: ActivationFunction): 'linear' | 'relu' | 'relu6' | undefined {
  const plain = Object.values(parameters).every((value) => value === 0);
  return plain && (name === 'linear' || name === 'relu' || name === 'relu6') ? name : undefined;
}

/** A kernel with dilation-1 zeros between its taps: the same sums, with a gradient, which dilated ops lack. */
function dilate(tf: Tf, kernel: Tensor4D, [vertical, horizontal]: Pair): Tensor4D {
  if (vertical === 1 && horizontal === 1) return kernel;
  const [height, width, inputs, outputs] = kernel.shape;
  const spread = (x: Tensor3D, by: number): Tensor3D =>
    tf.pad(x, [
      [0, 0],
      [0, by - 1],
      [0, 0],
    ]);
  const rows = spread(tf.reshape(kernel, [height, 1, width * inputs * outputs]), vertical);
  const columns = spread(tf.reshape(rows, [height * vertical * width, 1, inputs * outputs]), horizontal);
  const full: Tensor4D = tf.reshape(columns, [height * vertical, width * horizontal, inputs, outputs]);
  return tf.slice(
    full,
    [0, 0, 0, 0],
    [(height - 1) * vertical + 1, (width - 1) * horizontal + 1, inputs, outputs],
  );
}

/** How far windows of one stride reach over their outputs, less what lies beyond the input. */
function rest([tall, wide]: Pair, { top, bottom, left, right }: Margins): Parameters<Tf['conv2d']>[3] {
  return [
    [0, 0],
    [tall - 1 - top, tall - 1 - bottom],
    [wide - 1 - left, wide - 1 - right],
    [0, 0],
  ];
}

interface Geometry {
  readonly size: Pair;
  readonly strides: Pair;
  readonly dilation: Pair;
  readonly padding: Padding;
  /** What the kernel spans with its gaps. */
  readonly span: Pair;
}

function geometry(config: ConfigReader): Geometry {
  config.channelsLast();
  const size = config.pair('kernel_size');
  const strides = config.pair('strides', [1, 1]);
  const dilation = config.pair('dilation_rate', [1, 1]);
  const padding = config.choice('padding', PADDINGS, 'valid');
  return {
    size,
    strides,
    dilation,
    padding,
    span: [(size[0] - 1) * dilation[0] + 1, (size[1] - 1) * dilation[1] + 1],
  };
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
  const { height, width, field } = windows(config, input, span, strides, padding);
  const { bias, apply, back, fused } = finish(config, filters);
  /** @param beyond where a part is computed: what the windows find beyond it */
  const convolution = (beyond?: Margins): Operation => {
    const pad = beyond ? 'valid' : padding;
    const margins = beyond ?? NO_MARGINS;
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
        if (groups === 1) return apply(run, convolve(tf, maps, kernel), weights);
        const kernels = tf.split(kernel, groups, 3);
        const parts = tf
          .split(maps, groups, 3)
          .map((part, g) => convolve(tf, part as Tensor4D, kernels[g] as Tensor4D));
        return apply(run, tf.concat(parts, 3), weights);
      },
      back:
        groups === 1
          ? back(({ tf, turned }, signal, { inputShapes }, { kernel }) => {
              const shape = inputShapes[0] as Tensor4D['shape'];
              if (turned && beyond && [...strides, ...dilation].every((step) => step === 1)) {
                return tf.conv2d(signal, turned(kernel as Tensor4D), 1, rest(span, beyond));
              }
              const spread = dilate(tf, kernel as Tensor4D, dilation);
              const wide = widened(shape, margins);
              return narrow(tf, tf.conv2dTranspose(signal, spread, wide, [...strides], pad), margins, shape);
            })
          : undefined,
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
    ...convolution(),
    part: convolution,
    kernel: { depth: channels / groups, read: (_tf, weights) => weights['kernel'] as Tensor4D },
  };
};

const depthwiseConv2d: LayerBuilder = (config, inputs) => {
  const input = mapShape(config, inputs);
  config.only('groups', 1);
  const { size, strides, dilation, padding, span } = geometry(config);
  const multiplier = config.integer('depth_multiplier', 1);
  const { height, width, field } = windows(config, input, span, strides, padding);
  const [, , channels] = input;
  const { bias, apply } = finish(config, channels * multiplier);
  const convolution = (beyond?: Margins): Operation => ({
    forward(run, [x], weights) {
      const { tf } = run;
      const kernel = dilate(tf, weights['kernel'] as Tensor4D, dilation);
      const maps = widen(tf, x as Tensor4D, beyond ?? NO_MARGINS);
      return apply(run, tf.depthwiseConv2d(maps, kernel, [...strides], beyond ? 'valid' : padding), weights);
    },
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
    ...convolution(),
    part: convolution,
    // Filter c·multiplier + m looks at channel c only, so that each has one input channel.
    kernel: {
      depth: 1,
      read: (tf, weights) => tf.reshape(weights['kernel']!, [...size, 1, channels * multiplier]),
    },
  };
};

const separableConv2d: LayerBuilder = (config, inputs) => {
  const input = mapShape(config, inputs);
  config.only('groups', 1);
  const { size, strides, dilation, padding, span } = geometry(config);
  const multiplier = config.integer('depth_multiplier', 1);
  const filters = config.integer('filters');
  const { height, width, field } = windows(config, input, span, strides, padding);
  const [, , channels] = input;
  const { bias, apply } = finish(config, filters);
  const convolution = (beyond?: Margins): Operation => ({
    forward(run, [x], weights) {
      const { tf } = run;
      const depthwise = dilate(tf, weights['depthwise_kernel'] as Tensor4D, dilation);
      const maps = widen(tf, x as Tensor4D, beyond ?? NO_MARGINS);
      const middle = tf.depthwiseConv2d(maps, depthwise, [...strides], beyond ? 'valid' : padding);
      return apply(run, tf.conv2d(middle, weights['pointwise_kernel'] as Tensor4D, 1, 'valid'), weights);
    },
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
    ...convolution(),
    part: convolution,
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
  };
};

const conv2dTranspose: LayerBuilder = (config, inputs) => {
  const [inHeight, inWidth, channels] = mapShape(config, inputs);
  const { size, strides, dilation, padding, span } = geometry(config);
  config.only('groups', 1);
  if (dilation.some((n) => n > 1) && strides.some((n) => n > 1))
    config.fail(`\`dilation_rate\` is [${dilation.join(', ')}] with \`strides\` [${strides.join(', ')}]`, {
      why: 'As in Keras, only one of the two can be more than 1.',
    });
  const filters = config.integer('filters');
  const { bias, apply, back } = finish(config, filters);
  const beyond = config.raw('output_padding') ?? undefined;
  const extra = beyond === undefined ? undefined : config.pair('output_padding', undefined, 0);
  const grow = (n: number, axis: 0 | 1): number => {
    const [step, taps] = [strides[axis], span[axis]];
    if (!extra) return padding === 'same' ? n * step : n * step + Math.max(taps - step, 0);
    return (n - 1) * step + taps - (padding === 'same' ? 2 * Math.floor(taps / 2) : 0) + extra[axis];
  };
  const height = grow(inHeight, 0);
  const width = grow(inWidth, 1);
  const reaches = ([n, out]: Pair, axis: 0 | 1): boolean =>
    windowAxis(out, span[axis], strides[axis], padding).out === n;
  if (!reaches([inHeight, height], 0) || !reaches([inWidth, width], 1)) {
    config.fail(`\`output_padding\` is [${extra?.join(', ')}]`, {
      why: `With these strides a ${inHeight}x${inWidth} map cannot become a ${height}x${width} one.`,
    });
  }
  // Output y = i·stride + tap - before, so that unit y depends on inputs (y + before - span + 1)/stride to (y + before)/stride.
  const before = [
    windowAxis(height, span[0], strides[0], padding).before,
    windowAxis(width, span[1], strides[1], padding).before,
  ] as const;
  const along = (of: (axis: 0 | 1) => number): Pair => [of(0), of(1)];
  return {
    outputShape: [height, width, filters],
    weights: [
      {
        name: 'kernel',
        shape: [...size, filters, channels],
        initializer: config.initializer('kernel_initializer', 'glorot_uniform'),
      },
      ...bias,
    ],
    field: {
      kind: 'window',
      size: along((a) => (span[a] - 1) / strides[a] + 1),
      stride: along((a) => 1 / strides[a]),
      before: along((a) => (span[a] - 1 - before[a]) / strides[a]),
    },
    forward(run, [x], weights) {
      const maps = x as Tensor4D;
      const y = run.tf.conv2dTranspose(
        maps,
        dilate(run.tf, weights['kernel'] as Tensor4D, dilation),
        [maps.shape[0], height, width, filters],
        [...strides],
        padding,
      );
      return apply(run, y, weights);
    },
    back: back(({ tf }, signal, _passed, { kernel }) =>
      tf.conv2d(signal, dilate(tf, kernel as Tensor4D, dilation), [...strides], padding),
    ),
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
