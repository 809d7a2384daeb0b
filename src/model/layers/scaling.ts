import type { Tensor } from '@tensorflow/tfjs-core';
import type { ConfigReader } from './config-reader.ts';
import { show } from './config-reader.ts';
import { regularList } from './constant.ts';
import type { LayerBuilder, LayerTensors, LayerType, Shape, Tf, WeightSpec } from './layer-type.ts';
import { IDENTITY, READS_NOTHING } from './layer-type.ts';
import { oneInput } from './windows.ts';

/**
 * Keras' preprocessing layer: (x - mean) / sqrt(variance), either from the config or from adapted weights. `axis` says along which
 * axes they have a value each; null, for one value in all.
 */
const normalization: LayerBuilder = (config, inputs) => {
  const outputShape = oneInput(config, inputs);
  const written = config.raw('axis');
  const single = written === null || (Array.isArray(written) && !written.length);
  const axes = single ? [] : [...config.axes('axis', -1, outputShape.length + 1)].sort((a, b) => a - b);
  if (axes.includes(0)) config.fail(`\`axis\` is ${show(written)}`, { why: 'Axis 0 is the batch axis.' });
  const kept = axes.map((axis) => outputShape[axis - 1]!);
  const spread = [1, ...outputShape.map((n, axis) => (axes.includes(axis + 1) ? n : 1))];
  const invert = config.boolean('invert', false);
  const given = (config.raw('mean') ?? undefined) !== undefined;
  const [mean, variance] = given
    ? [values(config, 'mean', kept), values(config, 'variance', kept)]
    : [undefined, undefined];
  const spec = (name: string, initializer: string): WeightSpec => ({
    name,
    shape: kept,
    initializer,
    fixed: true,
  });
  const last = axes.every((axis) => axis === outputShape.length);
  const deviationOf = (tf: Tf, weights: LayerTensors): Tensor => {
    const squares = tf.reshape(variance ? tf.tensor1d(variance) : weights['variance']!, spread);
    return tf.maximum(tf.sqrt(squares), 1e-7);
  };
  return {
    outputShape,
    weights: given
      ? []
      : [
          spec('mean', 'zeros'),
          spec('variance', 'ones'),
          { name: 'count', shape: [], initializer: 'zeros', fixed: true },
        ],
    field: IDENTITY,
    ...(last ? { part: 'alike' as const } : {}),
    forward({ tf }, [x], weights) {
      const center = tf.reshape(mean ? tf.tensor1d(mean) : weights['mean']!, spread);
      const deviation = deviationOf(tf, weights);
      return invert ? tf.add(center, tf.mul(x!, deviation)) : tf.div(tf.sub(x!, center), deviation);
    },
    back: {
      reads: () => READS_NOTHING,
      signals({ tf }, { signal }, weights) {
        const deviation = deviationOf(tf, weights);
        return [invert ? tf.mul(signal, deviation) : tf.div(signal, deviation)];
      },
    },
  };
};

const rescaling: LayerBuilder = (config, inputs) => {
  const outputShape = oneInput(config, inputs);
  const scale = channelValues(config, 'scale', outputShape);
  const offset = channelValues(config, 'offset', outputShape, 0);
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

/** One learnt factor a channel, in Keras' ConvNeXt. */
const layerScale: LayerBuilder = (config, inputs) => {
  const outputShape = oneInput(config, inputs);
  const channels = outputShape[outputShape.length - 1]!;
  const dimension = config.integer('projection_dim');
  if (dimension !== channels)
    config.fail(`\`projection_dim\` is ${dimension}`, { why: `The input has ${channels} channels.` });
  // What it was before training; random networks draw it like any other weight.
  config.number('init_values', 1);
  return {
    outputShape,
    weights: [{ name: 'gamma', shape: [channels], initializer: 'ones' }],
    field: IDENTITY,
    part: 'alike',
    forward: ({ tf }, [x], { gamma }) => tf.mul(x!, gamma!),
    back: {
      reads: () => READS_NOTHING,
      signals: ({ tf }: { tf: Tf }, { signal }: { signal: Tensor }, { gamma }) => [tf.mul(signal, gamma!)],
    },
  };
};

/**
 * Numbers of an option that NumPy would spread over `wanted`: one in all, or as many along an axis, axes of length 1 in front left
 * out of account.
 */
function spreadOver(config: ConfigReader, key: string, value: unknown, shape: Shape): number[] {
  const found = regularList(value);
  const finite = found?.numbers.every((n): n is number => typeof n === 'number' && Number.isFinite(n));
  const count = shape.reduce((product, n) => product * n, 1);
  if (found && finite) {
    const numbers = found.numbers as number[];
    if (numbers.length === 1) return Array.from({ length: count }, () => numbers[0]!);
    const inner = found.shape.slice(-Math.max(shape.length, 1));
    const alone = numbers.length === inner.reduce((product, n) => product * n, 1);
    if (alone && inner.join() === shape.join()) return numbers;
  }
  return config.fail(`\`${key}\` is ${show(value)}`, {
    why: `It must be a finite number${shape.length ? `, or a list of the shape [${shape.join(', ')}]` : ''}.`,
  });
}

/** One number for all channels, or one for each. */
function channelValues(config: ConfigReader, key: string, shape: Shape, fallback?: number): number[] {
  return spreadOver(config, key, config.raw(key) ?? fallback, [shape[shape.length - 1]!]);
}

/** Of a mean or variance: Keras takes one in the shape of the kept axes, with ones for the others or without. */
function values(config: ConfigReader, key: string, kept: Shape): number[] {
  const value = config.raw(key);
  const found = regularList(value);
  const without = found?.shape.filter((n) => n !== 1).join() === kept.filter((n) => n !== 1).join();
  return spreadOver(config, key, without ? reshaped(found!.numbers, kept) : value, kept);
}

/** The same numbers as nested lists of this shape. */
function reshaped(numbers: readonly unknown[], [first, ...rest]: Shape): unknown {
  if (first === undefined) return numbers[0];
  const each = numbers.length / first;
  return Array.from({ length: first }, (_, i) => reshaped(numbers.slice(i * each, (i + 1) * each), rest));
}

const scalesPixels = { kind: 'normalization', keepsChannels: true, scalesPixels: true } as const;

export const scalings: readonly LayerType[] = [
  { name: 'Normalization', ...scalesPixels, build: normalization },
  { name: 'Rescaling', ...scalesPixels, build: rescaling },
  { name: 'LayerScale', kind: 'normalization', build: layerScale },
];
