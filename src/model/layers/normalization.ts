import type { Tensor } from '@tensorflow/tfjs-core';
import type { ConfigReader } from './config-reader.ts';
import type { LayerTensors, LayerType, Shape, Tf, WeightSpec } from './layer-type.ts';
import { IDENTITY, READS_NOTHING } from './layer-type.ts';
import { oneInput } from './windows.ts';

/** Refuses every axis but the last, where channels lie. */
function channelAxis(config: ConfigReader, shape: Shape): number {
  const axes = config.axes('axis', -1, shape.length + 1);
  if (axes.length !== 1 || axes[0] !== shape.length) {
    config.fail(`axis [${axes.join(', ')}] is not supported`, {
      why: 'Only the last axis, the channels, can be normalized.',
    });
  }
  return shape[shape.length - 1]!;
}

function vector(name: string, length: number, initializer: 'zeros' | 'ones'): WeightSpec {
  return { name, shape: [length], initializer };
}

function scaleAndCenter(config: ConfigReader, channels: number): WeightSpec[] {
  return [
    ...(config.boolean('scale', true) ? [vector('gamma', channels, 'ones')] : []),
    ...(config.boolean('center', true) ? [vector('beta', channels, 'zeros')] : []),
  ];
}

/** As in inference: by the moving mean and variance. */
export const batchNormalization: LayerType = (config, inputs) => {
  const outputShape = oneInput(config, inputs);
  const channels = channelAxis(config, outputShape);
  const epsilon = config.number('epsilon', 1e-3);
  const scaleOf = (tf: Tf, { gamma, moving_variance: variance }: LayerTensors): Tensor =>
    tf.div(gamma ?? 1, tf.sqrt(tf.add(variance!, epsilon)));
  return {
    outputShape,
    weights: [
      ...scaleAndCenter(config, channels),
      vector('moving_mean', channels, 'zeros'),
      vector('moving_variance', channels, 'ones'),
    ],
    field: IDENTITY,
    part: 'alike',
    // One multiplication and one addition on the maps, where tf.batchNorm's gradient needs many.
    forward({ tf }, [x], weights) {
      const { beta, moving_mean: mean } = weights;
      const scale = scaleOf(tf, weights);
      const shift = tf.mul(mean!, scale);
      return tf.add(tf.mul(x!, scale), beta ? tf.sub(beta, shift) : tf.neg(shift));
    },
    back: {
      reads: () => READS_NOTHING,
      signals: ({ tf }, { signal }, weights) => [tf.mul(signal, scaleOf(tf, weights))],
    },
  };
};

export const layerNormalization: LayerType = (config, inputs) => {
  const outputShape = oneInput(config, inputs);
  const channels = channelAxis(config, outputShape);
  const epsilon = config.number('epsilon', 1e-3);
  config.only('rms_scaling', false);
  return {
    outputShape,
    weights: scaleAndCenter(config, channels),
    field: IDENTITY,
    part: 'alike',
    forward({ tf }, [x], { gamma, beta }) {
      const centered = tf.sub(x!, tf.mean(x!, -1, true));
      const variance = tf.mean(tf.mul(centered, centered), -1, true);
      let y = tf.div(centered, tf.sqrt(tf.add(variance, epsilon)));
      if (gamma) y = tf.mul(y, gamma);
      return beta ? tf.add(y, beta) : y;
    },
  };
};

/** Keras' preprocessing layer: (x - mean) / sqrt(variance), either from the config or from adapted weights. */
export const normalization: LayerType = (config, inputs) => {
  const outputShape = oneInput(config, inputs);
  const channels = channelAxis(config, outputShape);
  config.only('invert', false);
  const given = config.raw('mean') !== undefined && config.raw('mean') !== null;
  const mean = given ? perChannel(config, 'mean', channels) : undefined;
  const variance = given ? perChannel(config, 'variance', channels) : undefined;
  return {
    outputShape,
    weights: given
      ? []
      : [
          vector('mean', channels, 'zeros'),
          vector('variance', channels, 'ones'),
          { name: 'count', shape: [], initializer: 'zeros' },
        ],
    field: IDENTITY,
    part: 'alike',
    forward({ tf }, [x], weights) {
      const center = mean ? tf.tensor1d(mean) : weights['mean']!;
      const spread = tf.sqrt(variance ? tf.tensor1d(variance) : weights['variance']!);
      return tf.div(tf.sub(x!, center), tf.maximum(spread, 1e-7));
    },
  };
};

export const rescaling: LayerType = (config, inputs) => {
  const outputShape = oneInput(config, inputs);
  const channels = outputShape[outputShape.length - 1]!;
  const scale = perChannel(config, 'scale', channels);
  const offset = perChannel(config, 'offset', channels, 0);
  return {
    outputShape,
    weights: [],
    field: IDENTITY,
    part: 'alike',
    forward: ({ tf }, [x]) => tf.add(tf.mul(x!, tf.tensor1d(scale)), tf.tensor1d(offset)),
    back: {
      reads: () => READS_NOTHING,
      signals: ({ tf }, { signal }) => [tf.mul(signal, tf.tensor1d(scale))],
    },
  };
};

/** One number for all channels, or one for each, however deep the list is nested. */
function perChannel(config: ConfigReader, key: string, channels: number, fallback?: number): number[] {
  const value = config.raw(key) ?? fallback;
  const list = Array.isArray(value) ? (value.flat(8) as unknown[]) : [value];
  const valid = list.every((n): n is number => typeof n === 'number' && Number.isFinite(n));
  if (valid && list.length === channels) return list as number[];
  if (valid && list.length === 1) return Array.from({ length: channels }, () => list[0] as number);
  return config.fail(`${key} is not a number, nor a list of ${channels}`);
}
