import type { Tensor } from '@tensorflow/tfjs-core';
import { place } from './arithmetic.ts';
import { broadcastShape, sumToShape, withRank } from './broadcasting.ts';
import { readConstant } from './constant.ts';
import type { LayerBuilder, LayerType, Shape, Tf } from './layer-type.ts';
import { READS_NOTHING } from './layer-type.ts';

/**
 * Where a condition known beforehand holds, the first operand; elsewhere the second. Either may be a constant (`constant_side`). A value that
 * is not taken has no effect, even where it is not a number.
 */
const where: LayerBuilder = (config, inputs) => {
  const written = config.raw('condition_shape');
  const sizes: readonly unknown[] = Array.isArray(written) ? written : [];
  const fits = sizes.length > 0 && sizes.every((n) => Number.isSafeInteger(n) && (n as number) > 0);
  if (!fits) config.fail('`condition_shape` is no shape');
  const condition = sizes as Shape;
  const constant = readConstant(config, inputs[0]?.length ?? 0);
  if (inputs.length !== (constant ? 1 : 2))
    config.fail(`the layer has ${inputs.length} inputs`, {
      why: 'It needs two, or one and a constant.',
    });
  const outputShape = broadcastShape(config, [...inputs, condition, ...(constant ? [constant.shape] : [])]);
  const rank = outputShape.length;
  const chosen = (tf: Tf, flags: Tensor, batch: number): Tensor =>
    tf.cast(
      tf.broadcastTo(withRank(tf, tf.reshape(flags, [1, ...condition]), rank), [batch, ...outputShape]),
      'bool',
    );
  return {
    outputShape,
    weights: [{ name: 'condition', shape: condition, initializer: 'ones' }, ...(constant?.weights ?? [])],
    // Its condition belongs to places: a part cannot be computed by itself.
    field: place(inputs, condition, outputShape).field,
    forward({ tf }, given, weights) {
      const batch = given[0]!.shape[0]!;
      const full = (x: Tensor): Tensor => tf.broadcastTo(withRank(tf, x, rank), [batch, ...outputShape]);
      const operands = given.map(full);
      if (constant) operands.splice(constant.first ? 0 : 1, 0, full(constant.tensor(tf, weights)));
      return tf.where(chosen(tf, weights['condition']!, batch), operands[0]!, operands[1]!);
    },
    back: {
      reads: () => READS_NOTHING,
      signals({ tf }, { signal, inputShapes }, weights) {
        const mask = chosen(tf, weights['condition']!, signal.shape[0]!);
        const none = tf.zerosLike(signal);
        const sides = [tf.where(mask, signal, none), tf.where(mask, none, signal)];
        if (constant) return [sumToShape(tf, sides[constant.first ? 1 : 0]!, inputShapes[0]!)];
        return inputShapes.map((shape, i) => sumToShape(tf, sides[i]!, shape));
      },
    },
  };
};

export const choosings: readonly LayerType[] = [{ name: 'Where', kind: 'merging', build: where }];
