import type { Tensor } from '@tensorflow/tfjs-core';
import type { ConfigReader } from './config-reader.ts';
import type { Shape, Tf } from './basic-types.ts';

/**
 * The shape that all inputs are spread to, by NumPy's rule: last axes stand below each other, and along each they are equal, or 1.
 * The batch axis is not among them.
 *
 * @throws UserError naming the shapes where they do not fit
 */
export function broadcastShape(config: ConfigReader, inputs: readonly Shape[]): Shape {
  const rank = Math.max(0, ...inputs.map((input) => input.length));
  const wide = inputs.map((input) => padShape(input, rank));
  const shape = Array.from({ length: rank }, (_, axis) =>
    wide.reduce((size, input) => (size === 1 ? input[axis]! : size), 1),
  );
  if (inputs.length > 0 && wide.every((input) => input.every((n, axis) => n === 1 || n === shape[axis])))
    return shape;
  return config.fail(
    inputs.length === 0
      ? 'the layer has no inputs'
      : `its inputs have the shapes ${inputs.map((input) => `[${input.join(', ')}]`).join(', ')}`,
    { why: 'Along each axis, counted from the last, they must be equal, or 1.' },
  );
}

/** With ones in front, so that it has as many axes as `rank`. */
export function padShape(shape: Shape, rank: number): Shape {
  return [...Array.from({ length: Math.max(rank - shape.length, 0) }, () => 1), ...shape];
}

/** A batch with ones behind the batch axis, so that each sample has as many axes as `rank`. */
export function withRank(tf: Tf, x: Tensor, rank: number): Tensor {
  if (x.rank > rank) return x;
  return tf.reshape(x, [x.shape[0]!, ...padShape(x.shape.slice(1), rank)]);
}

/** A signal for values that were spread to its shape: the sum over all places that each value came to. */
export function sumToShape(tf: Tf, signal: Tensor, shape: readonly number[]): Tensor {
  if (signal.shape.join() === shape.join()) return signal;
  const [batch, ...rest] = shape;
  const wide = [batch!, ...padShape(rest, signal.rank - 1)];
  const axes = wide.flatMap((n, axis) => (n === 1 && signal.shape[axis] !== 1 ? [axis] : []));
  return tf.reshape(axes.length ? tf.sum(signal, axes, true) : signal, [...shape]);
}
