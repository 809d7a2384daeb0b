import type { Tensor } from '@tensorflow/tfjs-core';
import { readConstant } from './constant.ts';
import type { LayerBuilder, LayerTensors, LayerType, Shape, Tf } from './layer-type.ts';
import { GLOBAL, READS_NOTHING } from './layer-type.ts';
import { oneInput } from './windows.ts';

/** Layers of ONNX that go along an axis in an order: the order of places, or that of values. */

/** At each place the sum of all values up to it (`exclusive`: before it), or from it on (`reverse`). */
const cumulativeSum: LayerBuilder = (config, inputs) => {
  const shape = oneInput(config, inputs);
  const [axis] = config.axes('axis', -1, shape.length + 1);
  const exclusive = config.boolean('exclusive', false);
  const reverse = config.boolean('reverse', false);
  return {
    outputShape: shape,
    weights: [],
    field: GLOBAL,
    forward: ({ tf }, [x]) => tf.cumsum(x!, axis, exclusive, reverse),
    back: {
      reads: () => READS_NOTHING,
      signals: ({ tf }, { signal }) => [tf.cumsum(signal, axis, exclusive, !reverse)],
    },
  };
};

/** The `k` greatest values along the last axis (`largest: false`: the least), the greatest first; or, with `indices`, their places. */
const topK: LayerBuilder = (config, inputs) => {
  const shape = oneInput(config, inputs);
  const k = config.integer('k');
  const n = shape.at(-1)!;
  if (k > n) config.fail(`\`k\` is ${k}`, { why: `The axis has ${n} values.` });
  const largest = config.boolean('largest', true);
  const wantsIndices = config.boolean('indices', false);
  const find = (tf: Tf, x: Tensor): { values: Tensor; indices: Tensor } =>
    tf.topk(largest ? x : tf.neg(x), k, true);
  return {
    outputShape: [...shape.slice(0, -1), k],
    weights: [],
    field: GLOBAL,
    forward({ tf }, [x]) {
      const { values, indices } = find(tf, x!);
      if (wantsIndices) return tf.cast(indices, 'float32');
      return largest ? values : tf.neg(values);
    },
    back: {
      reads: () => ({ inputs: !wantsIndices, output: false }),
      signals({ tf }, { signal, inputs: [x], inputShapes: [whole] }) {
        if (wantsIndices) return [tf.zeros([...whole!])];
        return [scattered(tf, signal, find(tf, x!).indices, whole!)];
      },
    },
  };
};

/** Values of the first input from the places along an axis that the second one names, or a constant. */
const gatherElements: LayerBuilder = (config, inputs) => {
  const shape = inputs[0]!;
  const constant = readConstant(config, shape.length);
  const shapes = constant ? [...inputs, constant.shape] : inputs;
  const places = shapes[1] ?? [];
  const [axis] = config.axes('axis', -1, shape.length + 1);
  const alike = shape.length === places.length && shape.every((n, i) => i === axis! - 1 || n === places[i]);
  if (shapes.length !== 2 || !alike)
    config.fail(`its inputs have the shapes ${shapes.map((one) => `[${one.join(', ')}]`).join(', ')}`, {
      why: 'They must be as long along all axes but one.',
    });
  // That axis last, so that values of one list lie side by side.
  const order = [...Array(shape.length + 1).keys()].filter((one) => one !== axis).concat(axis!);
  const moved = (tf: Tf, x: Tensor): Tensor => tf.transpose(x, order);
  const back = order.map((_, one) => order.indexOf(one));
  const indicesOf = (tf: Tf, given: Tensor | undefined, batch: number, weights: LayerTensors): Tensor =>
    moved(tf, constant ? tf.tile(constant.tensor(tf, weights), [batch, ...places.map(() => 1)]) : given!);
  return {
    outputShape: places,
    weights: constant?.weights ?? [],
    field: GLOBAL,
    forward({ tf }, [x, given], weights) {
      const indices = indicesOf(tf, given, x!.shape[0]!, weights);
      const places = flatIndices(tf, indices, shape[axis! - 1]!);
      return tf.transpose(
        tf.reshape(tf.gather(tf.reshape(moved(tf, x!), [-1]), places), indices.shape),
        back,
      );
    },
    back: {
      reads: () => ({ inputs: !constant, output: false }),
      signals({ tf }, { signal, inputs: [, given], inputShapes: [whole, second] }, weights) {
        const indices = indicesOf(tf, given, signal.shape[0]!, weights);
        const target = order.map((one) => whole![one]!);
        const sums = tf.transpose(scattered(tf, moved(tf, signal), indices, target), back);
        return second ? [sums, tf.zeros([...second])] : [sums];
      },
    },
  };
};

/** int32 [values]: places along the last axis as places among all values; those below 0 count from the end. */
function flatIndices(tf: Tf, indices: Tensor, n: number): Tensor {
  const k = indices.shape.at(-1)!;
  // Nothing beyond the axis is read, whatever a file computes.
  const lists = tf.reshape(tf.cast(tf.clipByValue(indices, -n, n - 1), 'int32'), [-1, k]);
  const counted = tf.where(tf.less(lists, 0), tf.add(lists, tf.scalar(n, 'int32')), lists);
  const starts = tf.mul(tf.range(0, lists.shape[0], 1, 'int32'), tf.scalar(n, 'int32'));
  return tf.reshape(tf.add(counted, tf.reshape(starts, [-1, 1])), [-1]);
}

/** Adds values at places along the last axis of an array of zeros. */
function scattered(tf: Tf, values: Tensor, indices: Tensor, shape: Shape): Tensor {
  const places = tf.reshape(flatIndices(tf, indices, shape.at(-1)!), [-1, 1]);
  const count = shape.reduce((product, n) => product * n, 1);
  return tf.reshape(tf.scatterND(places, tf.reshape(values, [-1]), [count]), [...shape]);
}

export const orderings: readonly LayerType[] = [
  { name: 'CumulativeSum', kind: 'shape', build: cumulativeSum },
  { name: 'TopK', kind: 'shape', build: topK },
  { name: 'GatherElements', kind: 'merging', build: gatherElements },
];
