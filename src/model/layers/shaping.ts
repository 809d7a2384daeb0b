import type { Tensor4D } from '@tensorflow/tfjs-core';
import { show } from './config-reader.ts';
import type {
  BackwardPass,
  Layer,
  LayerBuilder,
  LayerType,
  Margins,
  Operation,
  Shape,
} from './layer-type.ts';
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
    back: {
      reads: () => READS_NOTHING,
      signals: ({ tf }, { signal }) => [widen(tf, signal as Tensor4D, { top, bottom, left, right })],
    },
  };
};

/**
 * With `channels_first` the first axis after the batch is moved behind the others first: those values vary fastest. ONNX says by
 * `order` in which order of the axes values are laid end to end.
 */
const flatten: LayerBuilder = (config, inputs) => {
  const shape = oneInput(config, inputs);
  const length = shape.reduce((product, n) => product * n, 1);
  const inOrder = shape.map((_, axis) => axis + 1);
  const first = config.choice('data_format', ['channels_last', 'channels_first'], 'channels_last');
  const written = config.dialect === 'onnx' ? (config.raw('order') ?? undefined) : undefined;
  const given = written === undefined ? [] : config.axes('order', 1, shape.length + 1);
  const order =
    given.length > 1
      ? given
      : first === 'channels_first'
        ? [...inOrder.slice(1), 1].slice(0, shape.length)
        : inOrder;
  if ([...order].sort((a, b) => a - b).join() !== inOrder.join())
    config.fail(`\`order\` [${order.join(', ')}] is not a permutation of the axes ${inOrder.join(', ')}`);
  const base = { outputShape: [length], weights: [], field: shape.length === 1 ? IDENTITY : GLOBAL };
  if (order.join() === inOrder.join()) {
    return { ...base, forward: ({ tf }, [x]) => tf.reshape(x!, [x!.shape[0]!, length]), back: asBefore };
  }
  const moved = order.map((axis) => shape[axis - 1]!);
  const there = [0, ...order];
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
  const written = (Array.isArray(target) ? (target as unknown[]) : [target]).map((n) => n ?? -1);
  // Of ONNX: 0 stands for the size that the input has there.
  const sizes = written.map((n, axis) => (n === 0 && config.dialect === 'onnx' ? (shape[axis] ?? 0) : n));
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
    field: keepsPositions(shape, outputShape) ? IDENTITY : GLOBAL,
    forward: ({ tf }, [x]) => tf.reshape(x!, [x!.shape[0]!, ...outputShape]),
    back: asBefore,
  };
};

/** Whether rows and columns stay what they are, and only the axes behind them become others. */
function keepsPositions(from: readonly number[], to: readonly number[]): boolean {
  if (from.join() === to.join()) return true;
  return from.length > 2 && to.length > 2 && from[0] === to[0] && from[1] === to[1];
}

const permute: LayerBuilder = (config, inputs) => {
  const shape = oneInput(config, inputs);
  const dims = config.raw('dims');
  const axes = Array.isArray(dims) ? (dims as unknown[]) : [];
  const inOrder = shape.map((_, axis) => axis + 1);
  if (inOrder.join() !== [...axes].sort().join()) {
    config.fail(`\`dims\` [${axes.join(', ')}] is not a permutation of the axes ${inOrder.join(', ')}`);
  }
  const order = axes as number[];
  const there = [0, ...order];
  const still = order.join() === inOrder.join() || (order.length > 2 && order[0] === 1 && order[1] === 2);
  return {
    outputShape: order.map((axis) => shape[axis - 1]!),
    weights: [],
    field: still ? IDENTITY : GLOBAL,
    forward: ({ tf }, [x]) => tf.transpose(x!, there),
    back: {
      reads: () => READS_NOTHING,
      signals: ({ tf }, { signal }) => [
        tf.transpose(
          signal,
          there.map((_, axis) => there.indexOf(axis)),
        ),
      ],
    },
  };
};

/** The input's values in another shape, in their order. */
function reshaped(shape: Shape, outputShape: Shape): Layer {
  // Rows, columns and channels stay what they are where only other axes of 1 come or go behind a vector.
  const same = outputShape.join() === shape.join();
  const vector = (of: Shape): boolean => of.slice(0, -1).every((n) => n === 1);
  return {
    outputShape,
    weights: [],
    field: same || (shape.length === 1 && vector(outputShape)) ? IDENTITY : GLOBAL,
    forward: ({ tf }, [x]) => tf.reshape(x!, [x!.shape[0]!, ...outputShape]),
    back: asBefore,
  };
}

/** Without the axes of 1 that `axis` names; null: without any. */
const squeeze: LayerBuilder = (config, inputs) => {
  const shape = oneInput(config, inputs);
  const written = config.raw('axis') ?? null;
  const all = written === null || (Array.isArray(written) && !written.length);
  const axes = all
    ? shape.flatMap((n, i) => (n === 1 ? [i + 1] : []))
    : config.axes('axis', -1, shape.length + 1);
  if (axes.some((axis) => axis === 0 || shape[axis - 1] !== 1)) {
    config.fail(`\`axis\` is ${show(written)}`, { why: `Of [${shape.join(', ')}] only axes of 1 can go.` });
  }
  return reshaped(
    shape,
    shape.filter((_, i) => !axes.includes(i + 1)),
  );
};

/** With axes of 1 where `axis` says, counted in the output with the batch as 0. */
const expandDims: LayerBuilder = (config, inputs) => {
  const shape = oneInput(config, inputs);
  const written = config.raw('axis');
  const count = Array.isArray(written) ? written.length : 1;
  const axes = config.axes('axis', -1, shape.length + 1 + count);
  if (axes.includes(0) || new Set(axes).size !== axes.length)
    config.fail(`\`axis\` is ${show(written)}`, { why: 'Axis 0 is the batch axis.' });
  const rest = [...shape];
  const outputShape = Array.from({ length: shape.length + count }, (_, i) =>
    axes.includes(i + 1) ? 1 : rest.shift()!,
  );
  return reshaped(shape, outputShape);
};

export const shapings: readonly LayerType[] = [
  { name: 'ZeroPadding2D', kind: 'shape', keepsChannels: true, build: zeroPadding2d },
  { name: 'Cropping2D', kind: 'shape', keepsChannels: true, build: cropping2d },
  { name: 'Flatten', kind: 'shape', rearranges: true, build: flatten },
  { name: 'Reshape', kind: 'shape', rearranges: true, build: reshape },
  { name: 'Permute', kind: 'shape', build: permute },
  { name: 'Squeeze', kind: 'shape', build: squeeze },
  { name: 'ExpandDims', kind: 'shape', build: expandDims },
];
