import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { show } from './config-reader.ts';
import type { Layer, LayerBuilder, LayerType, Shape, Tf } from './layer-type.ts';
import { GLOBAL, IDENTITY, READS_NOTHING } from './layer-type.ts';
import { mapShape, oneInput } from './windows.ts';

/** Layers of ONNX that move values without changing them. */

/** The values along one axis that `indices` name, in their order. */
const gather: LayerBuilder = (config, inputs) => {
  const shape = oneInput(config, inputs);
  const [axis] = config.axes('axis', -1, shape.length + 1);
  const n = shape[axis! - 1];
  const written = config.raw('indices');
  const indices = (Array.isArray(written) ? written : [written]) as number[];
  if (n === undefined || !indices.every((index) => Number.isInteger(index) && index >= 0 && index < n))
    config.fail(`\`indices\` is ${show(written)}`, { why: `The axis has the indices 0 to ${(n ?? 0) - 1}.` });
  const last = axis === shape.length;
  return {
    outputShape: shape.map((size, i) => (i === axis! - 1 ? indices.length : size)),
    weights: [],
    ...(last && shape.length === 3
      ? { field: IDENTITY, part: 'alike' as const }
      : { field: last ? IDENTITY : GLOBAL }),
    forward: ({ tf }, [x]) => tf.gather(x!, tf.tensor1d(indices, 'int32'), axis),
    back: {
      reads: () => READS_NOTHING,
      // By a product with the matrix of the choice: not every backend adds up by index.
      signals({ tf }, { signal }) {
        const order = [...signal.shape.map((_, i) => i).filter((i) => i !== axis), axis!];
        const rows = tf.reshape(tf.transpose(signal, order), [-1, indices.length]);
        const back = tf.matMul(rows, tf.cast(tf.oneHot(tf.tensor1d(indices, 'int32'), n!), 'float32'));
        const moved = tf.reshape(back, [...order.slice(0, -1).map((i) => signal.shape[i]!), n!]);
        return [
          tf.transpose(
            moved,
            order.map((_, i) => order.indexOf(i)),
          ),
        ];
      },
    },
  };
};

/** Copies one after the other along each axis, the batch axis among them. */
const tile: LayerBuilder = (config, inputs): Layer => {
  const shape = oneInput(config, inputs);
  const written = config.raw('repeats');
  const repeats = (Array.isArray(written) ? written : []) as number[];
  const fits = repeats.length === shape.length + 1 && repeats.every((n) => Number.isInteger(n) && n > 0);
  if (!fits || repeats[0] !== 1)
    config.fail(`\`repeats\` is ${show(written)}`, {
      why: `It must be a whole number for each of the ${shape.length + 1} axes, 1 for the batch axis.`,
    });
  const own = repeats.slice(1);
  const outputShape = shape.map((n, axis) => n * own[axis]!);
  const still = own.slice(0, -1).every((n) => n === 1);
  return {
    outputShape,
    weights: [],
    ...(still && shape.length === 3
      ? { field: IDENTITY, part: 'alike' as const }
      : { field: still ? IDENTITY : GLOBAL }),
    forward: ({ tf }, [x]) => tf.tile(x!, repeats),
    back: {
      reads: () => READS_NOTHING,
      signals({ tf }, { signal, inputShapes: [whole] }) {
        // Along one axis after the other, so that no tensor has more axes than every backend can add up.
        let y = signal;
        own.forEach((times, i) => {
          if (times === 1) return;
          const before = y.shape.slice(0, i + 1);
          const after = y.shape.slice(i + 2);
          const size = (sizes: Shape): number => sizes.reduce((product, n) => product * n, 1);
          const copies = tf.reshape(y, [size(before), times, shape[i]!, size(after)]);
          y = tf.reshape(tf.sum(copies, 1), [...before, shape[i]!, ...after]);
        });
        return [tf.reshape(y, [...whole!])];
      },
    },
  };
};

/** A transposition of an array's axes once they are split. */
function movedBlocks(tf: Tf, x: Tensor, split: Shape, order: readonly number[], shape: Shape): Tensor {
  return tf.reshape(tf.transpose(tf.reshape(x, [...split]), [...order]), [...shape]);
}

const inverse = (order: readonly number[]): number[] => order.map((_, axis) => order.indexOf(axis));

/**
 * Channels become blocks of rows and columns. `DCR`: the channels of one place of all blocks lie together; `CRD` (PyTorch's
 * pixel shuffle): those of one channel.
 */
const depthToSpace: LayerBuilder = (config, inputs) => {
  const [height, width, channels] = mapShape(config, inputs);
  const block = config.integer('block_size');
  const order = config.choice('order', ['DCR', 'CRD'], 'DCR');
  const depth = channels / (block * block);
  if (!Number.isInteger(depth))
    config.fail(`\`block_size\` is ${block}`, { why: `Its square must divide ${channels} channels.` });
  const to = [height * block, width * block, depth] as const;
  const inner = order === 'DCR' ? [block, block, depth] : [depth, block, block];
  const split = (batch: number): Shape => [batch * height, width, ...inner];
  // The rows of all images share an axis, so that there are five.
  const five = order === 'DCR' ? [0, 2, 1, 3, 4] : [0, 3, 1, 4, 2];
  const outer = (batch: number): Shape => five.map((axis) => split(batch)[axis]!);
  return {
    outputShape: to,
    weights: [],
    field: {
      kind: 'window',
      size: [2 - 1 / block, 2 - 1 / block],
      stride: [1 / block, 1 / block],
      before: [1 - 1 / block, 1 - 1 / block],
    },
    forward: ({ tf }, [x]) => movedBlocks(tf, x!, split(x!.shape[0]!), five, [x!.shape[0]!, ...to]),
    back: {
      reads: () => READS_NOTHING,
      signals: ({ tf }, { signal, inputShapes: [whole] }) => [
        movedBlocks(tf, signal, outer(signal.shape[0]!), inverse(five), whole!),
      ],
    },
  };
};

/** Blocks of rows and columns become channels, place by place (`DCR`) or channel by channel (`CRD`, PyTorch's pixel unshuffle). */
const spaceToDepth: LayerBuilder = (config, inputs) => {
  const [height, width, channels] = mapShape(config, inputs);
  const block = config.integer('block_size');
  const order = config.choice('order', ['DCR', 'CRD'], 'DCR');
  const [rows, columns] = [height / block, width / block];
  if (!Number.isInteger(rows) || !Number.isInteger(columns))
    config.fail(`\`block_size\` is ${block}`, { why: `It must divide a map of ${height}x${width}.` });
  const to = [rows, columns, channels * block * block] as const;
  const split = (batch: number): Shape => [batch * rows, block, columns, block, channels];
  const five = order === 'DCR' ? [0, 2, 1, 3, 4] : [0, 2, 4, 1, 3];
  return {
    outputShape: to,
    weights: [],
    field: { kind: 'window', size: [block, block], stride: [block, block], before: [0, 0] },
    forward: ({ tf }, [x]) =>
      movedBlocks(tf, x as Tensor4D, split(x!.shape[0]!), five, [x!.shape[0]!, ...to]),
    back: {
      reads: () => READS_NOTHING,
      signals: ({ tf }, { signal, inputShapes: [whole] }) => {
        const batch = signal.shape[0]!;
        const moved = five.map((axis) => split(batch)[axis]!);
        return [movedBlocks(tf, signal, moved, inverse(five), whole!)];
      },
    },
  };
};

export const rearrangings: readonly LayerType[] = [
  { name: 'Gather', kind: 'shape', build: gather },
  { name: 'Tile', kind: 'shape', build: tile },
  { name: 'DepthToSpace', kind: 'shape', build: depthToSpace },
  { name: 'SpaceToDepth', kind: 'shape', build: spaceToDepth },
];
