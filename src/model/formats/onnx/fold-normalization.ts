import type { Constant, Values } from './constant.ts';
import { deferred, sizeOf } from './constant.ts';
import { FoldError } from './fold-error.ts';
import type { Fold } from './fold-types.ts';

/** Of a channel, axis 1: what its values are normalized by. */
interface Statistics {
  readonly mean: Values;
  readonly variance: Values;
}

/** Calls back for every value with its channel. */
function forEachChannel(shape: readonly number[], visit: (at: number, channel: number) => void): void {
  const channels = shape[1]!;
  const inner = sizeOf(shape.slice(2));
  const count = sizeOf(shape);
  for (let at = 0; at < count; at++) visit(at, Math.floor(at / inner) % channels);
}

function ownStatistics(values: Values, shape: readonly number[]): Statistics {
  const channels = shape[1]!;
  const each = values.length / channels;
  const mean = new Float64Array(channels);
  const variance = new Float64Array(channels);
  forEachChannel(shape, (at, channel) => (mean[channel]! += values[at]! / each));
  forEachChannel(shape, (at, channel) => (variance[channel]! += (values[at]! - mean[channel]!) ** 2 / each));
  return { mean, variance };
}

/**
 * Batch normalization of an array of the file: so are kernels standardized (NFNet, BiT), which PyTorch's exporters leave for the file. In
 * training mode, with the statistics of the array itself.
 */
const batchNormalization: Fold = ({ inputs, attributes, budget }) => {
  const [x, ...others] = inputs;
  const [scale, bias, mean, variance] = others;
  const epsilon = attributes.float('epsilon', 1e-5);
  const training = attributes.integer('training_mode', 0) === 1;
  if (!x || !scale || !bias || !mean || !variance) throw new FoldError('it needs five inputs');
  const channels = x.shape[1];
  if (channels === undefined || others.some((one) => sizeOf(one!.shape) !== channels))
    throw new FoldError(`its input has the shape [${x.shape.join(', ')}]`);
  const normalized = (out: Values): void => {
    const values = x.values();
    const used = training
      ? ownStatistics(values, x.shape)
      : { mean: mean.values(), variance: variance.values() };
    const [gamma, beta] = [scale.values(), bias.values()];
    const factors = Array.from(
      { length: channels },
      (_, c) => gamma[c]! / Math.sqrt(used.variance[c]! + epsilon),
    );
    forEachChannel(x.shape, (at, c) => (out[at] = (values[at]! - used.mean[c]!) * factors[c]! + beta[c]!));
  };
  const result: Constant = deferred(x.shape, 'float', budget, normalized);
  return [result];
};

export const normalizationFolds: ReadonlyMap<string, Fold> = new Map([
  ['BatchNormalization', batchNormalization],
]);
