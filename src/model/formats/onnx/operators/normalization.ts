import { axisOf, range } from '../axes.ts';
import { expectConstant } from '../builder.ts';
import type { Maps } from '../builder.ts';
import { copyView, deferred, stretchedStrides, transposed } from '../constant.ts';
import type { Constant } from '../constant.ts';
import { FoldError } from '../fold-error.ts';
import type { Operator, Step } from './operator.ts';
import { mapsOf } from './operator.ts';

const weight = ({ inputs }: Step, input: number, what: string): Constant =>
  expectConstant(inputs[input], `its ${what}`);

/** Position of an axis of ONNX in what is stored, counted with the batch as 0. */
function storedAxis(maps: Maps, axis: number): number {
  const found = maps.order.indexOf(axis);
  if (found < 0) throw new FoldError('it runs over the axis of the batch');
  return found + 1;
}

const batchNormalization: Operator = (step) => {
  const { node, attributes, builder } = step;
  const maps = mapsOf(step);
  if (attributes.integer('training_mode', 0) !== 0)
    throw new FoldError(
      'it uses the statistics of a batch',
      'Export the model in inference mode: `model.eval()`.',
    );
  if (attributes.integer('is_test', 1) === 0 && step.opset < 7)
    throw new FoldError(
      'it uses the statistics of a batch',
      'Export the model in inference mode: `model.eval()`.',
    );
  attributes.integers('consumed_inputs', undefined);
  attributes.integer('spatial', 1);
  attributes.float('momentum', 0.9);
  const config = { axis: storedAxis(maps, 1), epsilon: attributes.float('epsilon', 1e-5) };
  const constants = {
    gamma: weight(step, 1, 'scale'),
    beta: weight(step, 2, 'bias'),
    moving_mean: weight(step, 3, 'mean'),
    moving_variance: weight(step, 4, 'variance'),
  };
  return [builder.emit(node, 'BatchNormalization', config, [maps], { constants })];
};

/** Maps with the channels as the last stored axis. */
function channelsLast({ node, builder }: Step, maps: Maps): Maps {
  const input = builder.withBatch(node, maps);
  return builder.arrange(node, input, [...input.order.filter((axis) => axis !== 1), 1]);
}

/** Each channel by its own mean and variance: groups of one channel. */
const instanceNormalization: Operator = (step) => {
  const { node, attributes, builder } = step;
  const maps = channelsLast(step, mapsOf(step));
  const config = { groups: -1, epsilon: attributes.float('epsilon', 1e-5) };
  const constants = { gamma: weight(step, 1, 'scale'), beta: weight(step, 2, 'bias') };
  return [builder.emit(node, 'GroupNormalization', config, [maps], { constants })];
};

/** Group normalization without weights, put together from several nodes (fusions.ts): the second input has a value for each group. */
const groupedStatistics: Operator = (step) => {
  const { node, attributes, builder } = step;
  const maps = channelsLast(step, mapsOf(step));
  const groups = weight(step, 1, 'scale').shape[0]!;
  const config = { groups, epsilon: attributes.float('epsilon', 1e-5), scale: false, center: false };
  return [builder.emit(node, 'GroupNormalization', config, [maps])];
};

const groupNormalization: Operator = (step) => {
  const { node, attributes, builder } = step;
  const maps = channelsLast(step, mapsOf(step));
  const channels = maps.shape[1]!;
  const groups = attributes.integer('num_groups', 1);
  attributes.integer('stash_type', 1);
  // Version 18 of the operators has a value for each group, version 21 one for each channel.
  const perChannel = (value: Constant): Constant => {
    if (value.shape.join() === String(channels)) return value;
    if (value.shape.join() !== String(groups) || channels % groups)
      throw new FoldError(`its scale has the shape [${value.shape.join(', ')}]`);
    const each = channels / groups;
    const found = deferred([channels], 'float', builder.budget, (out) => {
      const values = value.values();
      for (let c = 0; c < channels; c++) out[c] = values[Math.floor(c / each)]!;
    });
    return value.name === undefined ? found : { ...found, name: value.name };
  };
  const constants = {
    gamma: perChannel(weight(step, 1, 'scale')),
    beta: perChannel(weight(step, 2, 'bias')),
  };
  const config = { groups, epsilon: attributes.float('epsilon', 1e-5) };
  return [builder.emit(node, 'GroupNormalization', config, [maps], { constants })];
};

const layerNormalization: Operator = (step) => {
  const { node, attributes, builder, inputs } = step;
  const maps = mapsOf(step);
  const rank = maps.shape.length;
  const first = axisOf(attributes.integer('axis', -1), rank);
  attributes.integer('stash_type', 1);
  const axes = range(rank - first, first);
  const stored = axes.map((axis) => storedAxis(maps, axis)).sort((a, b) => a - b);
  const size = axes.map((axis) => maps.shape[axis]!);
  /** Stretched to all normalized axes, in the order in which they are stored. */
  const along = (value: Constant): Constant => {
    const order = stored.map((axis) => maps.order[axis - 1]! - first);
    const full =
      value.shape.join() === size.join()
        ? value
        : deferred(size, 'float', builder.budget, (out) =>
            copyView(value.values(), out, size, stretchedStrides(value.shape, size)),
          );
    const moved = order.every((axis, i) => axis === i) ? full : transposed(full, order, builder.budget);
    return value.name === undefined ? moved : { ...moved, name: value.name };
  };
  const [, scale, bias] = inputs;
  const constants = {
    ...(scale ? { gamma: along(weight(step, 1, 'scale')) } : {}),
    ...(bias ? { beta: along(weight(step, 2, 'bias')) } : {}),
  };
  const config = {
    ...{ axis: stored, epsilon: attributes.float('epsilon', 1e-5) },
    ...{ scale: scale !== undefined, center: bias !== undefined },
  };
  return [builder.emit(node, 'LayerNormalization', config, [maps], { constants })];
};

const localResponse: Operator = (step) => {
  const { node, attributes, builder } = step;
  const maps = channelsLast(step, mapsOf(step));
  const config = {
    size: attributes.integer('size', 1),
    alpha: attributes.float('alpha', 0.0001),
    beta: attributes.float('beta', 0.75),
    bias: attributes.float('bias', 1),
  };
  return [builder.emit(node, 'LocalResponseNormalization', config, [maps])];
};

const lpNormalization: Operator = (step) => {
  const { node, attributes, builder } = step;
  const maps = mapsOf(step);
  const axis = storedAxis(maps, axisOf(attributes.integer('axis', -1), maps.shape.length));
  return [builder.emit(node, 'LpNormalization', { axis, p: attributes.integer('p', 2) }, [maps])];
};

/** One mean and variance for each channel over rows and columns. */
const meanVariance: Operator = (step) => {
  const { node, attributes, builder } = step;
  const maps = mapsOf(step);
  const axes = attributes.integers('axes', [0, 2, 3]).map((axis) => axisOf(axis, maps.shape.length));
  const stored = axes.filter((axis) => axis !== maps.batch).map((axis) => storedAxis(maps, axis));
  if (axes.includes(maps.batch) && builder.batchSize !== 1)
    throw new FoldError('it runs over the axis of the batch');
  const config = { axis: stored.sort((a, b) => a - b), epsilon: 0, scale: false, center: false };
  return [builder.emit(node, 'LayerNormalization', config, [maps])];
};

export const normalizationOperators: Readonly<Record<string, Operator>> = {
  BatchNormalization: batchNormalization,
  InstanceNormalization: instanceNormalization,
  GroupNormalization: groupNormalization,
  GroupedStatistics: groupedStatistics,
  LayerNormalization: layerNormalization,
  LRN: localResponse,
  LpNormalization: lpNormalization,
  MeanVarianceNormalization: meanVariance,
};
