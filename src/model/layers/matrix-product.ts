import type { Tensor, Tensor3D } from '@tensorflow/tfjs-core';
import { broadcastShape } from './broadcasting.ts';
import { readConstant } from './constant.ts';
import type { LayerBuilder, LayerType, Shape } from './layer-type.ts';
import { GLOBAL } from './layer-type.ts';

/**
 * The product of the last two axes of two inputs, as in attention, or of one input and a stack of constant matrices; the axes before
 * them are stretched by NumPy's rule.
 */
const matMul: LayerBuilder = (config, inputs) => {
  const constant = readConstant(config, inputs[0]?.length ?? 0);
  const both = (given: Shape, other: Shape): readonly Shape[] =>
    constant?.first ? [other, given] : [given, other];
  const shapes = constant && inputs.length === 1 ? both(inputs[0]!, constant.shape) : inputs;
  const [a, b] = shapes;
  const fits = shapes.length === 2 && a!.length === b!.length && a!.length >= 2 && a!.at(-1) === b!.at(-2);
  if (!fits) {
    config.fail(`its inputs have the shapes ${shapes.map((input) => `[${input.join(', ')}]`).join(', ')}`, {
      why: 'The last axis of the first must be as long as the one before the last of the second.',
    });
  }
  const outer = broadcastShape(config, [a!.slice(0, -2), b!.slice(0, -2)]);
  return {
    outputShape: [...outer, a!.at(-2)!, b!.at(-1)!],
    weights: constant?.weights ?? [],
    field: GLOBAL,
    forward({ tf }, given, weights) {
      const batch = given[0]!.shape[0]!;
      const other = constant?.tensor(tf, weights);
      const operands: readonly Tensor[] = !other
        ? given
        : constant!.first
          ? [other, given[0]!]
          : [given[0]!, other];
      const [left, right] = operands.map((maps) => {
        const whole = [batch, ...outer, ...maps.shape.slice(-2)];
        const full = maps.shape.join() === whole.join() ? maps : tf.broadcastTo(maps, whole);
        return tf.reshape(full, [-1, maps.shape.at(-2)!, maps.shape.at(-1)!]) as Tensor3D;
      });
      const product = tf.matMul(left!, right!);
      return tf.reshape(product, [batch, ...outer, ...product.shape.slice(-2)]);
    },
  };
};

export const matrixProducts: readonly LayerType[] = [{ name: 'MatMul', kind: 'merging', build: matMul }];
