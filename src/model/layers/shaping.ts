import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { LayerType, Margins, Operation, Tf, WayBack } from './layer-type.ts';
import { GLOBAL, IDENTITY, READS_NOTHING } from './layer-type.ts';
import { mapShape, narrow, oneInput, widen } from './windows.ts';

const ONE = [1, 1] as const;

/** The signal in the input's shape. */
const asBefore: WayBack = {
  reads: () => READS_NOTHING,
  signals: ({ tf }, { signal, inputShapes: [shape] }) => [tf.reshape(signal, [...shape!])],
};

export const zeroPadding2d: LayerType = (config, inputs) => {
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

export const cropping2d: LayerType = (config, inputs) => {
  config.channelsLast();
  const [height, width, channels] = mapShape(config, inputs);
  const [[top, bottom], [left, right]] = config.margins('cropping');
  const rows = height - top - bottom;
  const columns = width - left - right;
  if (rows < 1 || columns < 1) config.fail(`it crops all of its ${height}x${width} input away`);
  return {
    outputShape: [rows, columns, channels],
    weights: [],
    field: { kind: 'window', size: ONE, stride: ONE, before: [-top, -left] },
    forward: ({ tf }, [x]) =>
      tf.slice(x as Tensor4D, [0, top, left, 0], [x!.shape[0]!, rows, columns, channels]),
  };
};

/** Row y of the larger map as weights over the n rows of the smaller, float32 [1, n·factor, n]; half-pixel centres. */
function bilinearRows(tf: Tf, n: number, factor: number): Tensor {
  const rows = new Float32Array(n * factor * n);
  for (let y = 0; y < n * factor; y++) {
    const at = Math.min(Math.max((y + 0.5) / factor - 0.5, 0), n - 1);
    const low = Math.floor(at);
    const high = Math.min(low + 1, n - 1);
    rows[y * n + low]! += 1 - (at - low);
    rows[y * n + high]! += at - low;
  }
  return tf.tensor3d(rows, [1, n * factor, n]);
}

/** By tiling and matrix products, whose gradients are right on every backend; the resize ops' are not. */
export const upSampling2d: LayerType = (config, inputs) => {
  config.channelsLast();
  const [height, width, channels] = mapShape(config, inputs);
  const [vertical, horizontal] = config.pair('size', [2, 2]);
  const interpolation = config.choice('interpolation', ['nearest', 'bilinear'], 'nearest');
  // Nearest: unit y sees row floor(y/factor). Bilinear: at most one row on either side of (y + 0.5)/factor - 0.5.
  const nearest = interpolation === 'nearest';
  const reach = (factor: number): number => (nearest ? 2 - 1 / factor : factor === 1 ? 1 : 3);
  const before = (factor: number): number =>
    nearest ? 1 - 1 / factor : factor === 1 ? 0 : 1.5 - 0.5 / factor;
  return {
    outputShape: [height * vertical, width * horizontal, channels],
    weights: [],
    field: {
      kind: 'window',
      size: [reach(vertical), reach(horizontal)],
      stride: [1 / vertical, 1 / horizontal],
      before: [before(vertical), before(horizontal)],
    },
    forward({ tf }, [x]) {
      const batch = x!.shape[0]!;
      const result = [batch, height * vertical, width * horizontal, channels];
      if (interpolation === 'nearest') {
        const rows = tf.tile(tf.reshape(x!, [batch * height, 1, width * channels]), [1, vertical, 1]);
        const all = batch * height * vertical * width;
        return tf.reshape(tf.tile(tf.reshape(rows, [all, 1, channels]), [1, horizontal, 1]), result);
      }
      const rows = tf.matMul(
        bilinearRows(tf, height, vertical),
        tf.reshape(x!, [batch, height, width * channels]),
      );
      const columns = tf.reshape(rows, [batch * height * vertical, width, channels]);
      return tf.reshape(tf.matMul(bilinearRows(tf, width, horizontal), columns), result);
    },
  };
};

export const flatten: LayerType = (config, inputs) => {
  const shape = oneInput(config, inputs);
  const length = shape.reduce((product, n) => product * n, 1);
  return {
    outputShape: [length],
    weights: [],
    field: shape.length === 1 ? IDENTITY : GLOBAL,
    forward: ({ tf }, [x]) => tf.reshape(x!, [x!.shape[0]!, length]),
    back: asBefore,
  };
};

export const reshape: LayerType = (config, inputs) => {
  const shape = oneInput(config, inputs);
  const length = shape.reduce((product, n) => product * n, 1);
  const target = config.raw('target_shape');
  const sizes = Array.isArray(target) ? (target as unknown[]) : [target];
  const known = sizes.filter((n) => n !== -1);
  const product = known.reduce<number>((all, n) => all * (typeof n === 'number' ? n : NaN), 1);
  const outputShape = sizes.map((n) => (n === -1 ? length / product : (n as number)));
  const fits = outputShape.every((n) => Number.isSafeInteger(n) && n > 0);
  if (!fits || sizes.length - known.length > 1 || outputShape.reduce((all, n) => all * n, 1) !== length) {
    config.fail(
      `target_shape [${sizes.join(', ')}] does not hold the ${length} values of [${shape.join(', ')}]`,
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

export const permute: LayerType = (config, inputs) => {
  const shape = oneInput(config, inputs);
  const dims = config.raw('dims');
  const axes = Array.isArray(dims) ? (dims as unknown[]) : [];
  const inOrder = shape.map((_, axis) => axis + 1);
  if (inOrder.join() !== [...axes].sort().join()) {
    config.fail(`dims [${axes.join(', ')}] is not an order of the axes ${inOrder.join(', ')}`);
  }
  const order = axes as number[];
  return {
    outputShape: order.map((axis) => shape[axis - 1]!),
    weights: [],
    field: order.join() === inOrder.join() ? IDENTITY : GLOBAL,
    forward: ({ tf }, [x]) => tf.transpose(x!, [0, ...order]),
  };
};

/** Layers that do nothing once training is over. */
export const passThrough: LayerType = (config, inputs) => ({
  outputShape: oneInput(config, inputs),
  weights: [],
  field: IDENTITY,
  part: 'alike',
  forward: (_run, [x]) => x!,
  back: { reads: () => READS_NOTHING, signals: (_run, { signal }) => [signal] },
});
