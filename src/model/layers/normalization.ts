import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { ConfigReader } from './config-reader.ts';
import { show } from './config-reader.ts';
import type {
  FieldStep,
  Layer,
  LayerTensors,
  LayerBuilder,
  LayerType,
  Reads,
  Shape,
  Tf,
  WeightSpec,
} from './layer-type.ts';
import { GLOBAL, IDENTITY, READS_NOTHING } from './layer-type.ts';
import { oneInput } from './windows.ts';

/** Axes after the batch, ascending, counted with the batch as 0. */
function normalizedAxes(config: ConfigReader, shape: Shape): readonly number[] {
  const axes = [...new Set(config.axes('axis', -1, shape.length + 1))].sort((a, b) => a - b);
  if (axes.length && !axes.includes(0)) return axes;
  return config.fail(`\`axis\` is ${show(config.raw('axis'))}`, {
    why: `Only the axes 1 to ${shape.length} can be normalized: axis 0 is the batch axis.`,
  });
}

const isLast = (axes: readonly number[], shape: Shape): boolean => axes.join() === String(shape.length);

/** 1 along every axis but these: what a weight is reshaped to before it meets a batch of maps. */
function alongAxes(shape: Shape, axes: readonly number[]): number[] {
  return [1, ...shape.map((n, axis) => (axes.includes(axis + 1) ? n : 1))];
}

function scaleAndCenter(config: ConfigReader, shape: Shape): WeightSpec[] {
  const spec = (name: string, fallback: string): WeightSpec => ({
    name,
    shape,
    initializer: config.initializer(`${name}_initializer`, fallback),
  });
  return [
    ...(config.boolean('scale', true) ? [spec('gamma', 'ones')] : []),
    ...(config.boolean('center', true) ? [spec('beta', 'zeros')] : []),
  ];
}

/** Weights that differ from row to row, or statistics over rows, are not the same for a part. */
function place(alike: boolean, seesAll: boolean): { field: FieldStep; part?: 'alike' } {
  if (seesAll) return { field: GLOBAL };
  return alike ? { field: IDENTITY, part: 'alike' } : { field: IDENTITY };
}

/** As in inference: by the moving mean and variance. */
const batchNormalization: LayerBuilder = (config, inputs) => {
  const outputShape = oneInput(config, inputs);
  // It makes Keras count one axis more.
  config.only('virtual_batch_size', null);
  const axes = normalizedAxes(config, outputShape);
  if (axes.length > 1) {
    config.fail(`\`axis\` is ${show(config.raw('axis'))}`, {
      why: 'It must be one axis, that of the channels.',
    });
  }
  if (config.dialect === 'tfjs' && !isLast(axes, outputShape)) {
    config.fail(`\`axis\` is ${show(config.raw('axis'))}`, {
      why: 'In TensorFlow.js only the last axis is normalized correctly.',
    });
  }
  config.only('renorm', false);
  config.only('adjustment', null);
  // Of Keras 1: 0 normalizes by moving statistics, as later versions do.
  config.only('mode', 0);
  const along = [outputShape[axes[0]! - 1]!];
  const last = isLast(axes, outputShape);
  const epsilon = config.number('epsilon', 1e-3);
  const spread = (tf: Tf, x: Tensor): Tensor => (last ? x : tf.reshape(x, alongAxes(outputShape, axes)));
  const scaleOf = (tf: Tf, { gamma, moving_variance: variance }: LayerTensors): Tensor =>
    tf.div(gamma ?? 1, tf.sqrt(tf.add(variance!, epsilon)));
  return {
    outputShape,
    weights: [
      ...scaleAndCenter(config, along),
      { name: 'moving_mean', shape: along, initializer: 'zeros', fixed: true },
      { name: 'moving_variance', shape: along, initializer: 'ones', fixed: true },
    ],
    ...place(last, false),
    ...(last ? { scalesChannels: true as const } : {}),
    // One multiplication and one addition on the maps, where tf.batchNorm's gradient needs many.
    derive(tf, weights) {
      const { beta, moving_mean: mean } = weights;
      const scale = scaleOf(tf, weights);
      const shift = tf.mul(mean!, scale);
      const offset = beta ? tf.sub(beta, shift) : tf.neg(shift);
      return { scale: spread(tf, scale), offset: spread(tf, offset) };
    },
    forward: ({ tf }, [x], { scale, offset }) => tf.add(tf.mul(x!, scale!), offset!),
    back: {
      reads: () => READS_NOTHING,
      signals: ({ tf }, { signal }, { scale }) => [tf.mul(signal, scale!)],
    },
  };
};

interface Standardized {
  /** (x - mean) / deviation */
  readonly values: Tensor;
  /** sqrt(variance + epsilon) */
  readonly deviation: Tensor;
}

/** By mean and variance over the given axes. */
function standardize(tf: Tf, x: Tensor, axes: readonly number[], epsilon: number): Standardized {
  const centered = tf.sub(x, tf.mean(x, [...axes], true));
  const variance = tf.mean(tf.mul(centered, centered), [...axes], true);
  const deviation = tf.sqrt(tf.add(variance, epsilon));
  return { values: tf.div(centered, deviation), deviation };
}

/** g for z = (x - mean) / deviation: (g - mean(g) - z · mean(g · z)) / deviation, for mean and deviation change with x. */
function throughStandardizing(
  tf: Tf,
  signal: Tensor,
  { values, deviation }: Standardized,
  axes: readonly number[],
): Tensor {
  const along = tf.mul(values, tf.mean(tf.mul(signal, values), [...axes], true));
  return tf.div(tf.sub(tf.sub(signal, tf.mean(signal, [...axes], true)), along), deviation);
}

const READS_INPUTS: Reads = { inputs: true, output: false };

const layerNormalization: LayerBuilder = (config, inputs) => {
  const outputShape = oneInput(config, inputs);
  const axes = normalizedAxes(config, outputShape);
  const last = isLast(axes, outputShape);
  const epsilon = config.number('epsilon', 1e-3);
  config.only('rms_scaling', false);
  const spread = (tf: Tf, x: Tensor): Tensor => (last ? x : tf.reshape(x, alongAxes(outputShape, axes)));
  return {
    outputShape,
    weights: scaleAndCenter(
      config,
      axes.map((axis) => outputShape[axis - 1]!),
    ),
    ...place(last, !last),
    forward({ tf }, [x], { gamma, beta }) {
      let y = standardize(tf, x!, axes, epsilon).values;
      if (gamma) y = tf.mul(y, spread(tf, gamma));
      return beta ? tf.add(y, spread(tf, beta)) : y;
    },
    back: {
      reads: () => READS_INPUTS,
      signals({ tf }, { signal, inputs: [x] }, { gamma }) {
        const scaled = gamma ? tf.mul(signal, spread(tf, gamma)) : signal;
        return [throughStandardizing(tf, scaled, standardize(tf, x!, axes, epsilon), axes)];
      },
    },
  };
};

/** Each group of channels by its own mean and variance over all places. */
const groupNormalization: LayerBuilder = (config, inputs): Layer => {
  const outputShape = oneInput(config, inputs);
  const axes = normalizedAxes(config, outputShape);
  if (!isLast(axes, outputShape)) config.only('axis', -1);
  const channels = outputShape[outputShape.length - 1]!;
  const setting = config.raw('groups') === -1 ? channels : config.integer('groups', 32);
  // Keras makes more groups than channels one for each channel.
  const groups = Math.min(setting, channels);
  if (channels % groups) {
    config.fail(`\`groups\` is ${groups}`, { why: `It must divide the ${channels} channels.` });
  }
  const epsilon = config.number('epsilon', 1e-3);
  const grouped = [...outputShape.slice(0, -1), groups, channels / groups];
  const inGroup = grouped.map((_, axis) => axis + 1).filter((axis) => axis !== grouped.length - 1);
  return {
    outputShape,
    weights: scaleAndCenter(config, [channels]),
    field: outputShape.length === 1 ? IDENTITY : GLOBAL,
    forward({ tf }, [x], { gamma, beta }) {
      const batch = x!.shape[0]!;
      const { values } = standardize(tf, tf.reshape(x!, [batch, ...grouped]), inGroup, epsilon);
      let maps: Tensor = tf.reshape(values, [batch, ...outputShape]);
      if (gamma) maps = tf.mul(maps, gamma);
      return beta ? tf.add(maps, beta) : maps;
    },
    back: {
      reads: () => READS_INPUTS,
      signals({ tf }, { signal, inputs: [x] }, { gamma }) {
        const shape = [signal.shape[0]!, ...grouped];
        const scaled = tf.reshape(gamma ? tf.mul(signal, gamma) : signal, shape);
        const standardized = standardize(tf, tf.reshape(x!, shape), inGroup, epsilon);
        return [tf.reshape(throughStandardizing(tf, scaled, standardized, inGroup), x!.shape)];
      },
    },
  };
};

/** x divided by its length along the axes; Keras keeps the sum of squares from falling below 1e-12. */
const unitNormalization: LayerBuilder = (config, inputs) => {
  const outputShape = oneInput(config, inputs);
  const axes = normalizedAxes(config, outputShape);
  return {
    outputShape,
    weights: [],
    ...place(true, !isLast(axes, outputShape)),
    forward({ tf }, [x]) {
      const squares = tf.sum(tf.mul(x!, x!), [...axes], true);
      return tf.div(x!, tf.sqrt(tf.maximum(squares, 1e-12)));
    },
    back: {
      reads: () => READS_INPUTS,
      signals({ tf }, { signal, inputs: [x] }) {
        const squares = tf.sum(tf.mul(x!, x!), [...axes], true);
        const length = tf.sqrt(tf.maximum(squares, 1e-12));
        const y = tf.div(x!, length);
        // Where the length is kept from falling further, it does not change with x.
        const varies = tf.cast(tf.greater(squares, 1e-12), 'float32');
        const along = tf.mul(y, tf.mul(tf.sum(tf.mul(signal, y), [...axes], true), varies));
        return [tf.div(tf.sub(signal, along), length)];
      },
    },
  };
};

/** Entry [c, k] is 1 where channel c lies in the window of channel k: float32 [channels, channels]. */
function channelWindows(tf: Tf, channels: number, size: number): Tensor2D {
  const before = Math.floor((size - 1) / 2);
  const values = new Float32Array(channels * channels);
  for (let k = 0; k < channels; k++) {
    const last = Math.min(k - before + size - 1, channels - 1);
    for (let c = Math.max(k - before, 0); c <= last; c++) values[c * channels + k] = 1;
  }
  return tf.tensor2d(values, [channels, channels]);
}

/** x / (bias + alpha / size · sum of squares over `size` channels around)^beta, as in AlexNet. */
const localResponseNormalization: LayerBuilder = (config, inputs) => {
  const outputShape = oneInput(config, inputs);
  const channels = outputShape[outputShape.length - 1]!;
  const size = config.integer('size');
  const [alpha, beta, bias] = [
    config.number('alpha', 1e-4),
    config.number('beta', 0.75),
    config.number('bias', 1),
  ];
  const divisorOf = (tf: Tf, x: Tensor): Tensor => {
    const squares = tf.reshape(tf.mul(x, x), [-1, channels]);
    const sums = tf.reshape(tf.matMul(squares, channelWindows(tf, channels, size)), x.shape);
    return tf.add(tf.mul(sums, alpha / size), bias);
  };
  return {
    outputShape,
    weights: [],
    field: IDENTITY,
    part: 'alike',
    forward: ({ tf }, [x]) => tf.div(x!, tf.pow(divisorOf(tf, x!), beta)),
    back: {
      reads: () => READS_INPUTS,
      // y = x / d^beta, where every d is made of the squares around it.
      signals({ tf }, { signal, inputs: [x] }) {
        const divisor = divisorOf(tf, x!);
        const own = tf.div(signal, tf.pow(divisor, beta));
        const perDivisor = tf.reshape(tf.div(tf.mul(own, x!), divisor), [-1, channels]);
        const around = tf.matMul(perDivisor, channelWindows(tf, channels, size), false, true);
        const through = tf.mul(x!, tf.mul(tf.reshape(around, x!.shape), (2 * alpha * beta) / size));
        return [tf.sub(own, through)];
      },
    },
  };
};

/** x divided by its length along one axis: the sum of absolute values (p = 1), or the root of the sum of squares. */
const lpNormalization: LayerBuilder = (config, inputs) => {
  const outputShape = oneInput(config, inputs);
  const axes = normalizedAxes(config, outputShape);
  const p = config.integer('p', 2);
  if (p > 2) config.fail(`\`p\` is ${p}`, { why: 'It must be 1 or 2.' });
  const lengthOf = (tf: Tf, x: Tensor): Tensor => {
    const length =
      p === 1 ? tf.sum(tf.abs(x), [...axes], true) : tf.sqrt(tf.sum(tf.mul(x, x), [...axes], true));
    // Of nothing but zeros, zeros are left, as in ONNX.
    return tf.maximum(length, 1e-37);
  };
  return {
    outputShape,
    weights: [],
    ...place(true, !isLast(axes, outputShape)),
    forward: ({ tf }, [x]) => tf.div(x!, lengthOf(tf, x!)),
    back: {
      reads: () => READS_INPUTS,
      signals({ tf }, { signal, inputs: [x] }) {
        const length = lengthOf(tf, x!);
        const y = tf.div(x!, length);
        const direction = p === 1 ? tf.sign(x!) : y;
        const along = tf.mul(direction, tf.sum(tf.mul(signal, y), [...axes], true));
        return [tf.div(tf.sub(signal, along), length)];
      },
    },
  };
};

export const normalizations: readonly LayerType[] = [
  {
    name: 'BatchNormalization',
    aliases: ['BatchNormalizationV1', 'BatchNormalizationV2', 'SyncBatchNormalization'],
    kind: 'normalization',
    build: batchNormalization,
  },
  { name: 'LayerNormalization', kind: 'normalization', build: layerNormalization },
  { name: 'GroupNormalization', kind: 'normalization', build: groupNormalization },
  { name: 'UnitNormalization', kind: 'normalization', build: unitNormalization },
  { name: 'LocalResponseNormalization', kind: 'normalization', build: localResponseNormalization },
  { name: 'LpNormalization', kind: 'normalization', build: lpNormalization },
];
