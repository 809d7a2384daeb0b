import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { LayerBuilder, LayerType, Margins, Operation, BackwardPass } from './layer-type.ts';
import { GLOBAL, IDENTITY, READS_NOTHING } from './layer-type.ts';
import { mapShape, narrow, oneInput, widen } from './windows.ts';

const ONE = [1, 1] as const;

/** The signal in the input's shape. */
const asBefore: BackwardPass = {
  reads: () => READS_NOTHING,
  signals: ({ tf }, { signal, inputShapes: [shape] }) => [tf.reshape(signal, [...shape!])],
};

const zeroPadding2d: LayerBuilder = (config, inputs) => {
  config.channelsLast();
  const [height, width, channels] = mapShape(config, inputs);
  const [[top, bottom], [left, right]] = config.margins('padding');
  const widening = (margins: Margins): Operation => ({
    forward: ({ tf }, [x]) => widen(tf, x as Tensor4D, margins),
    back: {
      reads: () => READS_NOTHING,
      signals: ({ tf }, { signal, inputShapes: [shape] }) => [
        narrow(tf, signal as Tensor4D, margins, shape as Tensor4D['shape']),
      ],
    },
  });
  return {
    outputShape: [height + top + bottom, width + left + right, channels],
    weights: [],
    field: { kind: 'window', size: ONE, stride: ONE, before: [top, left] },
    ...widening({ top, bottom, left, right }),
    part: widening,
  };
};

const cropping2d: LayerBuilder = (config, inputs) => {
  config.channelsLast();
  const [height, width, channels] = mapShape(config, inputs);
  const [[top, bottom], [left, right]] = config.margins('cropping');
  const rows = height - top - bottom;
  const columns = width - left - right;
  if (rows < 1 || columns < 1) config.fail(`the cropping leaves nothing of the ${height}x${width} input`);
  return {
    outputShape: [rows, columns, channels],
    weights: [],
    field: { kind: 'window', size: ONE, stride: ONE, before: [-top, -left] },
    forward: ({ tf }, [x]) =>
      tf.slice(x as Tensor4D, [0, top, left, 0], [x!.shape[0]!, rows, columns, channels]),
  };
};

/** With `channels_first` the first axis after the batch is moved behind the others first: those values vary fastest. */
const flatten: LayerBuilder = (config, inputs) => {
  const shape = oneInput(config, inputs);
  const length = shape.reduce((product, n) => product * n, 1);
  const format = config.choice('data_format', ['channels_last', 'channels_first'], 'channels_last');
  const base = { outputShape: [length], weights: [], field: shape.length === 1 ? IDENTITY : GLOBAL };
  if (format === 'channels_last' || shape.length < 2) {
    return { ...base, forward: ({ tf }, [x]) => tf.reshape(x!, [x!.shape[0]!, length]), back: asBefore };
  }
  const moved = [...shape.slice(1), shape[0]!];
  const there = [0, ...shape.map((_, axis) => (axis + 1) % shape.length).map((axis) => axis + 1)];
  const backAgain = there.map((_, axis) => there.indexOf(axis));
  return {
    ...base,
    forward: ({ tf }, [x]) => tf.reshape(tf.transpose(x!, there), [x!.shape[0]!, length]),
    back: {
      reads: () => READS_NOTHING,
      signals: ({ tf }, { signal }) => [
        tf.transpose(tf.reshape(signal, [signal.shape[0]!, ...moved]), backAgain),
      ],
    },
  };
};

const reshape: LayerBuilder = (config, inputs) => {
  const shape = oneInput(config, inputs);
  const length = shape.reduce((product, n) => product * n, 1);
  const target = config.raw('target_shape');
  // TensorFlow.js writes null where Keras writes -1: what is left.
  const sizes = (Array.isArray(target) ? (target as unknown[]) : [target]).map((n) => n ?? -1);
  const known = sizes.filter((n) => n !== -1);
  const product = known.reduce<number>((all, n) => all * (typeof n === 'number' ? n : NaN), 1);
  const outputShape = sizes.map((n) => (n === -1 ? length / product : (n as number)));
  const fits = outputShape.every((n) => Number.isSafeInteger(n) && n > 0);
  if (!fits || sizes.length - known.length > 1 || outputShape.reduce((all, n) => all * n, 1) !== length) {
    config.fail(
      `\`target_shape\` [${sizes.join(', ')}] does not have the ${length} values of [${shape.join(', ')}]`,
    );
  }
  return {
    outputShape,
    weights: [],
    field: outputShape.join() === shape.join() ? IDENTITY : GLOBAL,
    forward: ({ tf }, [x]) => tf.reshape(x!, [x!.shape[0]!, ...outputShape]),
    back: asBefore,
  };
};

const permute: LayerBuilder = (config, inputs) => {
  const shape = oneInput(config, inputs);
  const dims = config.raw('dims');
  const axes = Array.isArray(dims) ? (dims as unknown[]) : [];
  const inOrder = shape.map((_, axis) => axis + 1);
  if (inOrder.join() !== [...axes].sort().join()) {
    config.fail(`\`dims\` [${axes.join(', ')}] is not a permutation of the axes ${inOrder.join(', ')}`);
  }
  const order = axes as number[];
  return {
    outputShape: order.map((axis) => shape[axis - 1]!),
    weights: [],
    field: order.join() === inOrder.join() ? IDENTITY : GLOBAL,
    forward: ({ tf }, [x]) => tf.transpose(x!, [0, ...order]),
  };
};

export const shapings: readonly LayerType[] = [
  { name: 'ZeroPadding2D', kind: 'shape', keepsChannels: true, build: zeroPadding2d },
  { name: 'Cropping2D', kind: 'shape', keepsChannels: true, build: cropping2d },
  { name: 'Flatten', kind: 'shape', rearranges: true, build: flatten },
  { name: 'Reshape', kind: 'shape', rearranges: true, build: reshape },
  { name: 'Permute', kind: 'shape', build: permute },
];
