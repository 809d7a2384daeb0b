import type { Tensor, Tensor3D } from '@tensorflow/tfjs-core';
import { broadcastShape, sumToShape } from './broadcasting.ts';
import { readConstant } from './constant.ts';
import type { LayerBuilder, LayerTensors, LayerType, Shape, Tf } from './layer-type.ts';
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
  /** Both operands as stacks of matrices, as many of one as of the other. */
  const operandsOf = (tf: Tf, given: readonly Tensor[], weights: LayerTensors): [Tensor3D, Tensor3D] => {
    const batch = given[0]!.shape[0]!;
    const other = constant?.tensor(tf, weights);
    const operands = !other ? given : constant!.first ? [other, given[0]!] : [given[0]!, other];
    return operands.map((maps) => {
      const whole = [batch, ...outer, ...maps.shape.slice(-2)];
      const full = maps.shape.join() === whole.join() ? maps : tf.broadcastTo(maps, whole);
      return tf.reshape(full, [-1, maps.shape.at(-2)!, maps.shape.at(-1)!]);
    }) as [Tensor3D, Tensor3D];
  };
  return {
    outputShape: [...outer, a!.at(-2)!, b!.at(-1)!],
    weights: constant?.weights ?? [],
    field: GLOBAL,
    forward({ tf }, given, weights) {
      const [left, right] = operandsOf(tf, given, weights);
      const product = tf.matMul(left, right);
      return tf.reshape(product, [given[0]!.shape[0]!, ...outer, ...product.shape.slice(-2)]);
    },
    back: {
      reads: () => ({ inputs: true, output: false }),
      signals({ tf }, { signal, inputs, inputShapes }, weights) {
        const [left, right] = operandsOf(tf, inputs, weights);
        const arrived = tf.reshape(signal, [-1, a!.at(-2)!, b!.at(-1)!]) as Tensor3D;
        const wanted = constant ? [!constant.first, constant.first] : [true, true];
        const toLeft = (): Tensor3D => tf.matMul(arrived, right, false, true);
        const toRight = (): Tensor3D => tf.matMul(left, arrived, true);
        const results = [toLeft, toRight].filter((_, side) => wanted[side]).map((product) => product());
        return results.map((result, i) => {
          const full = [signal.shape[0]!, ...outer, ...result.shape.slice(-2)];
          return sumToShape(tf, tf.reshape(result, full), inputShapes[i]!);
        });
      },
    },
  };
};

export const matrixProducts: readonly LayerType[] = [{ name: 'MatMul', kind: 'merging', build: matMul }];
