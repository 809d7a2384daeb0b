import type { Tensor } from '@tensorflow/tfjs-core';
import { broadcastShape, padShape, sumToShape, withRank } from './broadcasting.ts';
import type { ConfigReader } from './config-reader.ts';
import { readConstant } from './constant.ts';
import type { Constant } from './constant.ts';
import type { BackwardPass, Layer, LayerBuilder, LayerType, Shape, Tf } from './layer-type.ts';
import { GLOBAL, IDENTITY, READS_NOTHING } from './layer-type.ts';

/** An operation on two values a and b, place by place. */
interface Operator {
  readonly apply: (tf: Tf, a: Tensor, b: Tensor) => Tensor;
  /** The signal for a, in the shape of the result. */
  readonly toA: (tf: Tf, signal: Tensor, a: Tensor, b: Tensor) => Tensor;
  readonly toB: (tf: Tf, signal: Tensor, a: Tensor, b: Tensor) => Tensor;
  /** Of which operands the signal for one depends on itself, where the other is constant. */
  readonly nonlinear: { readonly a: boolean; readonly b: boolean };
  /** The signals depend on neither operand. */
  readonly readsNothing?: true;
  /** May be applied to any number of values, from the first on. */
  readonly many?: true;
}

const LINEAR = { a: false, b: false };
const NONLINEAR = { a: true, b: true };

const chosen = (tf: Tf, signal: Tensor, where: Tensor): Tensor => tf.mul(signal, tf.cast(where, 'float32'));

/** In the shape of both together. TensorFlow.js' own gradients of maximum and minimum do not sum over what was spread. */
function spread(tf: Tf, x: Tensor, other: Tensor): Tensor {
  const shape = tf.broadcast_util.assertAndGetBroadcastShape(x.shape, other.shape);
  return shape.join() === x.shape.join() ? x : tf.broadcastTo(x, shape);
}

/** 1 where it holds, and 0 elsewhere; its slope is 0 wherever it has one. */
const comparison = (holds: (tf: Tf, a: Tensor, b: Tensor) => Tensor): Operator => ({
  apply: (tf, a, b) => tf.cast(holds(tf, a, b), 'float32'),
  toA: (tf, signal) => tf.zerosLike(signal),
  toB: (tf, signal) => tf.zerosLike(signal),
  nonlinear: LINEAR,
  readsNothing: true,
});

const operators: Readonly<Record<string, Operator>> = {
  Greater: comparison((tf, a, b) => tf.greater(a, b)),
  GreaterEqual: comparison((tf, a, b) => tf.greaterEqual(a, b)),
  Less: comparison((tf, a, b) => tf.less(a, b)),
  LessEqual: comparison((tf, a, b) => tf.lessEqual(a, b)),
  Equal: comparison((tf, a, b) => tf.equal(a, b)),
  Add: {
    apply: (tf, a, b) => tf.add(a, b),
    toA: (_tf, signal) => signal,
    toB: (_tf, signal) => signal,
    nonlinear: LINEAR,
    ...{ readsNothing: true, many: true },
  },
  Subtract: {
    apply: (tf, a, b) => tf.sub(a, b),
    toA: (_tf, signal) => signal,
    toB: (tf, signal) => tf.neg(signal),
    nonlinear: LINEAR,
    readsNothing: true,
  },
  Multiply: {
    apply: (tf, a, b) => tf.mul(a, b),
    toA: (tf, signal, _a, b) => tf.mul(signal, b),
    toB: (tf, signal, a) => tf.mul(signal, a),
    nonlinear: LINEAR,
    many: true,
  },
  Divide: {
    apply: (tf, a, b) => tf.div(a, b),
    toA: (tf, signal, _a, b) => tf.div(signal, b),
    toB: (tf, signal, a, b) => tf.neg(tf.div(tf.mul(signal, tf.div(a, b)), b)),
    nonlinear: { a: false, b: true },
  },
  // Where both are equal the first gets the signal, as in TensorFlow.
  Maximum: {
    apply: (tf, a, b) => tf.maximum(spread(tf, a, b), spread(tf, b, a)),
    toA: (tf, signal, a, b) => chosen(tf, signal, tf.greaterEqual(a, b)),
    toB: (tf, signal, a, b) => chosen(tf, signal, tf.less(a, b)),
    nonlinear: NONLINEAR,
    many: true,
  },
  Minimum: {
    apply: (tf, a, b) => tf.minimum(spread(tf, a, b), spread(tf, b, a)),
    toA: (tf, signal, a, b) => chosen(tf, signal, tf.lessEqual(a, b)),
    toB: (tf, signal, a, b) => chosen(tf, signal, tf.greater(a, b)),
    nonlinear: NONLINEAR,
    many: true,
  },
  Power: {
    apply: (tf, a, b) => tf.pow(a, b),
    toA: (tf, signal, a, b) => tf.mul(signal, tf.mul(b, tf.pow(a, tf.sub(b, 1)))),
    // As in TensorFlow: nothing comes through where there is no logarithm.
    toB: (tf, signal, a, b) => {
      const logarithm = tf.where(tf.greater(a, 0), tf.log(tf.maximum(a, 1e-37)), tf.zerosLike(a));
      return tf.mul(signal, tf.mul(tf.pow(a, b), logarithm));
    },
    nonlinear: NONLINEAR,
  },
};

/** The places of a map do not mix: each value comes from its own place of what has the output's rows and columns. */
export function place(
  inputs: readonly Shape[],
  constant: Shape,
  outputShape: Shape,
): Pick<Layer, 'field' | 'part'> {
  const spatial = (shape: Shape): Shape => padShape(shape, outputShape.length).slice(0, -1);
  const same = inputs.every((input) => spatial(input).join() === spatial(outputShape).join());
  // A map of one unit, spread over the others, brings its whole field to every place.
  if (!same) return { field: GLOBAL };
  return spatial(constant).every((n) => n === 1) ? { field: IDENTITY, part: 'alike' } : { field: IDENTITY };
}

function withConstant(operator: Operator, input: Shape, constant: Constant, outputShape: Shape): Layer {
  const { apply, toA, toB, nonlinear } = operator;
  const rank = outputShape.length;
  const { first } = constant;
  const readsInput = first ? nonlinear.b : nonlinear.a;
  return {
    outputShape,
    weights: constant.weights,
    ...place([input], constant.shape, outputShape),
    forward({ tf }, [x], weights) {
      const maps = withRank(tf, x!, rank);
      const other = withRank(tf, constant.tensor(tf, weights), rank);
      return first ? apply(tf, other, maps) : apply(tf, maps, other);
    },
    back: {
      reads: () => ({ inputs: readsInput, output: false }),
      signals({ tf }, { signal, inputs: [x], inputShapes: [shape] }, weights) {
        const other = withRank(tf, constant.tensor(tf, weights), rank);
        const maps = readsInput ? withRank(tf, x!, rank) : signal;
        const arrived = first ? toB(tf, signal, other, maps) : toA(tf, signal, maps, other);
        return [sumToShape(tf, arrived, shape!)];
      },
    },
  };
}

/** Of two or more inputs: through one operation after the other, the last first. */
function backThrough({ apply, toA, toB, readsNothing }: Operator, rank: number): BackwardPass {
  return {
    reads: () => (readsNothing ? READS_NOTHING : { inputs: true, output: false }),
    signals({ tf }, { signal, inputs, inputShapes }) {
      if (readsNothing) {
        return inputShapes.map((shape, i) =>
          sumToShape(tf, i === 0 ? toA(tf, signal, signal, signal) : toB(tf, signal, signal, signal), shape),
        );
      }
      const maps = inputs.map((x) => withRank(tf, x, rank));
      const partial = [maps[0]!];
      for (const x of maps.slice(1, -1)) partial.push(apply(tf, partial.at(-1)!, x));
      const results: Tensor[] = [];
      let arrived = signal;
      for (let i = maps.length - 1; i > 0; i--) {
        const [a, b] = [partial[i - 1]!, maps[i]!];
        results[i] = sumToShape(tf, toB(tf, arrived, a, b), inputShapes[i]!);
        arrived = sumToShape(tf, toA(tf, arrived, a, b), a.shape);
      }
      results[0] = sumToShape(tf, arrived, inputShapes[0]!);
      return results;
    },
  };
}

function arithmetic(operator: Operator): LayerBuilder {
  return (config: ConfigReader, inputs): Layer => {
    const constant = readConstant(config, inputs[0]?.length ?? 0);
    if (constant && inputs.length !== 1)
      config.fail(`the layer has ${inputs.length} inputs and a constant`, {
        why: 'It must have one of each.',
      });
    if (constant) {
      const outputShape = broadcastShape(config, [inputs[0]!, constant.shape]);
      return withConstant(operator, inputs[0]!, constant, outputShape);
    }
    if (inputs.length < 2 || (inputs.length > 2 && !operator.many)) {
      config.fail(`the layer has ${inputs.length} inputs`, {
        why: operator.many
          ? 'It needs two or more, or one and a constant.'
          : 'It needs two, or one and a constant.',
      });
    }
    const outputShape = broadcastShape(config, inputs);
    const rank = outputShape.length;
    return {
      outputShape,
      weights: [],
      ...place(inputs, [], outputShape),
      forward: ({ tf }, tensors) =>
        tensors.map((x) => withRank(tf, x, rank)).reduce((a, b) => operator.apply(tf, a, b)),
      back: backThrough(operator, rank),
    };
  };
}

export const arithmetics: readonly LayerType[] = Object.entries(operators).map(([name, operator]) => ({
  ...{ name, kind: 'merging', build: arithmetic(operator) },
}));
