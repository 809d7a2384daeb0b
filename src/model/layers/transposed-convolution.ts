import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { dilate, finish, geometry, inGroups, mergeable } from './convolution-options.ts';
import type { Ending } from './convolution-options.ts';
import type { LayerBuilder, Margins, Operation, Pair, Tf } from './layer-type.ts';
import { NO_MARGINS } from './layer-type.ts';
import type { Padding } from './windows.ts';
import { mapShape, widen, windowAxis } from './windows.ts';

export const conv2dTranspose: LayerBuilder = (config, inputs) =>
  config.dialect === 'onnx' ? croppedTranspose(config, inputs) : kerasTranspose(config, inputs);

const kerasTranspose: LayerBuilder = (config, inputs) => {
  const [inHeight, inWidth, channels] = mapShape(config, inputs);
  const { size, strides, dilation, padding: placement, span } = geometry(config);
  const padding = placement as Padding;
  config.only('groups', 1);
  if (dilation.some((n) => n > 1) && strides.some((n) => n > 1))
    config.fail(`\`dilation_rate\` is [${dilation.join(', ')}] with \`strides\` [${strides.join(', ')}]`, {
      why: 'As in Keras, only one of the two can be more than 1.',
    });
  const filters = config.integer('filters');
  const { activation, bias, ending } = finish(config, filters);
  const beyond = config.raw('output_padding') ?? undefined;
  const extra = beyond === undefined ? undefined : config.pair('output_padding', undefined, 0);
  const grow = (n: number, axis: 0 | 1): number => {
    const [step, taps] = [strides[axis], span[axis]];
    if (!extra) return padding === 'same' ? n * step : n * step + Math.max(taps - step, 0);
    return (n - 1) * step + taps - (padding === 'same' ? 2 * Math.floor(taps / 2) : 0) + extra[axis];
  };
  const height = grow(inHeight, 0);
  const width = grow(inWidth, 1);
  const reaches = ([n, out]: Pair, axis: 0 | 1): boolean =>
    windowAxis(out, span[axis], strides[axis], padding).out === n;
  if (!reaches([inHeight, height], 0) || !reaches([inWidth, width], 1)) {
    config.fail(`\`output_padding\` is [${extra?.join(', ')}]`, {
      why: `With these strides a ${inHeight}x${inWidth} map cannot become a ${height}x${width} one.`,
    });
  }
  // Output y = i·stride + tap - before, so that unit y depends on inputs (y + before - span + 1)/stride to (y + before)/stride.
  const before = [
    windowAxis(height, span[0], strides[0], padding).before,
    windowAxis(width, span[1], strides[1], padding).before,
  ] as const;
  const along = (of: (axis: 0 | 1) => number): Pair => [of(0), of(1)];
  const transposed = ({ apply, back }: Ending): Operation => ({
    forward(run, [x], weights) {
      const maps = x as Tensor4D;
      const y = run.tf.conv2dTranspose(
        maps,
        dilate(run.tf, weights['kernel'] as Tensor4D, dilation),
        [maps.shape[0], height, width, filters],
        [...strides],
        padding,
      );
      return apply(run, y, weights);
    },
    back: back(({ tf }, signal, _passed, { kernel }) =>
      tf.conv2d(signal, dilate(tf, kernel as Tensor4D, dilation), [...strides], padding),
    ),
  });
  return {
    outputShape: [height, width, filters],
    weights: [
      {
        name: 'kernel',
        shape: [...size, filters, channels],
        initializer: config.initializer('kernel_initializer', 'glorot_uniform'),
      },
      ...bias,
    ],
    field: {
      kind: 'window',
      size: along((a) => (span[a] - 1) / strides[a] + 1),
      stride: along((a) => 1 / strides[a]),
      before: along((a) => (span[a] - 1 - before[a]) / strides[a]),
    },
    ...transposed(ending),
    ...mergeable(activation, 'kernel', transposed, scaleFilters),
  };
};

/**
 * As ONNX and PyTorch have it: `padding` is cut off from the whole result, [(n - 1)·stride + span] rows, after `output_padding` rows
 * more at its end.
 */
const croppedTranspose: LayerBuilder = (config, inputs) => {
  const [inHeight, inWidth, channels] = mapShape(config, inputs);
  const { size, strides, dilation, padding, span } = geometry(config);
  const filters = config.integer('filters');
  const groups = config.integer('groups', 1);
  const extra = config.pair('output_padding', [0, 0], 0);
  const cut: Margins = typeof padding === 'string' ? NO_MARGINS : padding;
  if (channels % groups || filters % groups)
    config.fail(`\`groups\` is ${groups}`, {
      why: `It must divide ${channels} input channels and ${filters} filters.`,
    });
  const full: Pair = [(inHeight - 1) * strides[0] + span[0], (inWidth - 1) * strides[1] + span[1]];
  // Rows that are added and cut off again need not be made.
  const height = full[0] + extra[0] - cut.top - cut.bottom;
  const width = full[1] + extra[1] - cut.left - cut.right;
  if (height < 1 || width < 1) config.fail(`its padding leaves nothing of the ${full.join('x')} result`);
  const beyond: Pair = [Math.max(cut.top + height - full[0], 0), Math.max(cut.left + width - full[1], 0)];
  const { activation, bias, ending } = finish(config, filters);
  const enlarge = (tf: Tf, x: Tensor4D, kernel: Tensor4D): Tensor4D => {
    const batch = x.shape[0];
    const maps = tf.conv2dTranspose(
      x,
      dilate(tf, kernel, dilation),
      [batch, ...full, filters / groups],
      [...strides],
      'valid',
    );
    const grown = widen(tf, maps, { top: 0, left: 0, bottom: beyond[0], right: beyond[1] });
    return tf.slice(grown, [0, cut.top, cut.left, 0], [batch, height, width, filters / groups]);
  };
  const transposed = ({ apply, back }: Ending): Operation => ({
    forward(run, [x], weights) {
      const { tf } = run;
      const kernel = weights['kernel'] as Tensor4D;
      const maps = inGroups(tf, groups, x as Tensor4D, kernel, (part, own) => enlarge(tf, part, own));
      return apply(run, maps, weights);
    },
    back: back(({ tf }, signal, _passed, { kernel }) => {
      const grown = tf.pad(signal, [
        [0, 0],
        [cut.top, Math.max(full[0] + beyond[0] - cut.top - height, 0)],
        [cut.left, Math.max(full[1] + beyond[1] - cut.left - width, 0)],
        [0, 0],
      ]);
      const whole = tf.slice(grown, [0, 0, 0, 0], [signal.shape[0], ...full, filters]);
      return inGroups(tf, groups, whole, kernel as Tensor4D, (part, own) =>
        tf.conv2d(part, dilate(tf, own, dilation), [...strides], 'valid'),
      );
    }),
  });
  return {
    outputShape: [height, width, filters],
    weights: [
      {
        name: 'kernel',
        shape: [...size, filters / groups, channels],
        initializer: config.initializer('kernel_initializer', 'glorot_uniform'),
      },
      ...bias,
    ],
    field: {
      kind: 'window',
      size: [(span[0] - 1) / strides[0] + 1, (span[1] - 1) / strides[1] + 1],
      stride: [1 / strides[0], 1 / strides[1]],
      before: [(span[0] - 1 - cut.top) / strides[0], (span[1] - 1 - cut.left) / strides[1]],
    },
    ...transposed(ending),
    ...(groups === 1 ? mergeable(activation, 'kernel', transposed, scaleFilters) : {}),
  };
};

/** The filters are the last axis but one. */
const scaleFilters = (tf: Tf, kernel: Tensor, by: Tensor): Tensor => tf.mul(kernel, tf.reshape(by, [-1, 1]));
