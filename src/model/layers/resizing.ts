import type { Tensor, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import type { ConfigReader } from './config-reader.ts';
import type { FieldStep, Layer, LayerBuilder, LayerType, Pair, Tf } from './layer-type.ts';
import { READS_NOTHING } from './layer-type.ts';
import { mapShape, widen } from './windows.ts';

type Interpolation = 'nearest' | 'bilinear';
const INTERPOLATIONS: readonly Interpolation[] = ['nearest', 'bilinear'];

/** How one axis is resized: where unit y of `to` lies among the `from` units, `shift` being half a pixel or none. */
interface Axis {
  readonly from: number;
  readonly to: number;
  readonly shift: number;
  readonly interpolation: Interpolation;
  /** The first and last units lie on the first and last of the others; `shift` counts for nothing then. */
  readonly aligned?: boolean | undefined;
}

/** The one or two units that unit y is made of, and the share of the second. */
function sources(axis: Axis, y: number): readonly [number, number, number] {
  const { from, to, shift, interpolation, aligned } = axis;
  const spread = to > 1 ? (y * (from - 1)) / (to - 1) : 0;
  // Aligned, the nearest is that to the place itself; else that whose square the place lies in.
  const at = aligned
    ? spread + (interpolation === 'nearest' ? 0.5 : 0)
    : ((y + shift) * from) / to - (interpolation === 'bilinear' ? shift : 0);
  const bounded = Math.min(Math.max(at, 0), from - 1);
  const low = Math.floor(bounded);
  return interpolation === 'nearest' ? [low, low, 0] : [low, Math.min(low + 1, from - 1), bounded - low];
}

/** What unit y is of the smaller or larger axis, as weights over the `from` units: float32 [1, to, from]. */
function resizeMatrix(tf: Tf, axis: Axis): Tensor3D {
  const { from, to } = axis;
  const rows = new Float32Array(to * from);
  for (let y = 0; y < to; y++) {
    const [low, high, share] = sources(axis, y);
    rows[y * from + low]! += 1 - share;
    rows[y * from + high]! += share;
  }
  return tf.tensor3d(rows, [1, to, from]);
}

/** Maps at another size. By matrix products, whose gradients are right on every backend; the resize ops' are not. */
const resize = (tf: Tf, x: Tensor, vertical: Axis, horizontal: Axis): Tensor =>
  byMatrices(tf, x, resizeMatrix(tf, vertical), resizeMatrix(tf, horizontal), false);

/** A signal for maps of the other size. */
const resizeBack = (tf: Tf, signal: Tensor, vertical: Axis, horizontal: Axis): Tensor =>
  byMatrices(tf, signal, resizeMatrix(tf, vertical), resizeMatrix(tf, horizontal), true);

/** @param down float32 [1, to, from] of the rows @param across of the columns @param transposed from what they make to what they take */
function byMatrices(tf: Tf, x: Tensor, down: Tensor3D, across: Tensor3D, transposed: boolean): Tensor {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const [tall, wide] = [down, across].map(({ shape }) => shape[transposed ? 2 : 1]) as [number, number];
  const rows = tf.matMul(down, tf.reshape(x, [batch, height, width * channels]), transposed);
  const columns = tf.reshape(rows, [batch * tall, width, channels]);
  return tf.reshape(tf.matMul(across, columns, transposed), [batch, tall, wide, channels]);
}

/** Between these bounds, which units one sees differs from one to the next. */
function bounds({ interpolation, shift, from, to, aligned }: Axis): { size: number; before: number } {
  const stride = strideOf({ from, to, aligned });
  if (stride === 1) return { size: 1, before: 0 };
  // One unit on either side of y·stride.
  if (aligned) return { size: 3, before: 1 };
  // Of whole factors, units in rows: floor(y·stride) is at least y·stride - 1 + stride.
  if (interpolation === 'nearest' && Number.isInteger(1 / stride))
    return { size: 2 - stride, before: 1 - stride };
  // Nearest: floor((y + shift)·stride). Bilinear: one unit on either side of (y + shift)·stride - shift.
  return interpolation === 'nearest'
    ? { size: 2, before: 1 - shift * stride }
    : { size: 3, before: 1 + shift - shift * stride };
}

/** Input units from one unit to the next. */
const strideOf = ({ from, to, aligned }: Pick<Axis, 'from' | 'to' | 'aligned'>): number =>
  aligned && to > 1 ? (from - 1) / (to - 1) || 1 / to : from / to;

function fieldOf(vertical: Axis, horizontal: Axis): FieldStep {
  const along = (of: (axis: Axis) => number): Pair => [of(vertical), of(horizontal)];
  return {
    kind: 'window',
    size: along((axis) => bounds(axis).size),
    stride: along(strideOf),
    before: along((axis) => bounds(axis).before),
  };
}

/** A matrix for more than that would be larger than any map. */
const MOST_WEIGHTS = 2 ** 28;

function axesOf(
  config: ConfigReader,
  [height, width]: readonly number[],
  [tall, wide]: Pair,
  interpolation: Interpolation,
  { shift, aligned }: Pick<Axis, 'shift' | 'aligned'>,
): readonly [Axis, Axis] {
  const axes = [
    { from: height!, to: tall, interpolation, shift, aligned },
    { from: width!, to: wide, interpolation, shift, aligned },
  ] as const;
  if (axes.some(({ from, to }) => from * to > MOST_WEIGHTS))
    config.fail(`it resizes ${height}x${width} maps to ${tall}x${wide}`, {
      why: `The limit is ${MOST_WEIGHTS.toLocaleString('en')} pairs of rows.`,
    });
  return axes;
}

const upSampling2d: LayerBuilder = (config, inputs) => {
  config.channelsLast();
  const input = mapShape(config, inputs);
  const [height, width, channels] = input;
  const [vertical, horizontal] = config.pair('size', [2, 2]);
  const interpolation = config.choice('interpolation', INTERPOLATIONS, 'nearest');
  const size: Pair = [height * vertical, width * horizontal];
  // TensorFlow.js counts from the upper left corners of pixels, Keras from their centres; to the nearest, both come to the same.
  const shift = config.dialect === 'tfjs' || interpolation === 'nearest' ? 0 : 0.5;
  const axes = axesOf(config, input, size, interpolation, { shift });
  return {
    outputShape: [...size, channels],
    weights: [],
    field: fieldOf(...axes),
    forward({ tf }, [x]) {
      if (interpolation === 'bilinear') return resize(tf, x!, ...axes);
      const batch = x!.shape[0]!;
      const rows = tf.tile(tf.reshape(x!, [batch * height, 1, width * channels]), [1, vertical, 1]);
      const all = batch * height * vertical * width;
      return tf.reshape(tf.tile(tf.reshape(rows, [all, 1, channels]), [1, horizontal, 1]), [
        batch,
        ...size,
        channels,
      ]);
    },
    back: {
      reads: () => READS_NOTHING,
      signals({ tf }, { signal }) {
        if (interpolation === 'bilinear') return [resizeBack(tf, signal, ...axes)];
        // The sum over all copies of a value.
        const factors: [number, number] = [vertical, horizontal];
        const means = tf.avgPool(signal as Tensor4D, factors, factors, 'valid');
        return [tf.mul(means, vertical * horizontal)];
      },
    },
  };
};

/** Rows and columns of the largest part in the middle that has the shape of `size`, by Keras' rounding: start, then length. */
function largestCenterCrop([height, width]: readonly number[], [tall, wide]: Pair): readonly [Pair, Pair] {
  const rows = Math.max(1, Math.min(height!, Math.floor(Math.fround(width! * tall) / wide)));
  const columns = Math.max(1, Math.min(width!, Math.floor(Math.fround(height! * wide) / tall)));
  return [
    [Math.floor((height! - rows) / 2), rows],
    [Math.floor((width! - columns) / 2), columns],
  ];
}

interface Crop {
  readonly rows: Pair;
  readonly columns: Pair;
}

/** A part of the map, then resized. */
function cropAndResize(
  config: ConfigReader,
  input: readonly [number, number, number],
  { rows, columns }: Crop,
  size: Pair,
  interpolation: Interpolation,
  places: Pick<Axis, 'shift' | 'aligned'> = { shift: 0.5 },
): Layer {
  const channels = input[2];
  const axes = axesOf(config, [rows[1], columns[1]], size, interpolation, places);
  const own = fieldOf(...axes);
  const same = size[0] === rows[1] && size[1] === columns[1];
  return {
    outputShape: [...size, channels],
    weights: [],
    field:
      own.kind === 'window' ? { ...own, before: [own.before[0] - rows[0], own.before[1] - columns[0]] } : own,
    forward({ tf }, [x]) {
      const part = tf.slice(x as Tensor4D, [0, rows[0], columns[0], 0], [-1, rows[1], columns[1], channels]);
      return same ? part : resize(tf, part, ...axes);
    },
    back: {
      reads: () => READS_NOTHING,
      signals({ tf }, { signal }) {
        const part = same ? signal : resizeBack(tf, signal, ...axes);
        const [top, left] = [rows[0], columns[0]];
        const [bottom, right] = [input[0] - top - rows[1], input[1] - left - columns[1]];
        return [widen(tf, part as Tensor4D, { top, bottom, left, right })];
      },
    },
  };
}

const wholeOf = ([height, width]: readonly number[]): Crop => ({ rows: [0, height!], columns: [0, width!] });

/** TensorFlow.js' layers of these names compute something else: other corners, other places. */
function refuseTfjs(config: ConfigReader): void {
  if (config.dialect !== 'tfjs') return;
  config.fail('this layer type is not supported in models made with TensorFlow.js', {
    why: 'TensorFlow.js resizes and crops differently from Keras.',
    hint: 'Save a model without this layer, and use images of the size that it expects.',
  });
}

const resizing: LayerBuilder = (config, inputs) => {
  refuseTfjs(config);
  config.channelsLast();
  const input = mapShape(config, inputs);
  const size: Pair = [config.integer('height'), config.integer('width')];
  const interpolation = config.choice('interpolation', INTERPOLATIONS, 'bilinear');
  config.only('antialias', false);
  config.only('pad_to_aspect_ratio', false);
  // What is filled in, and how, only matters to that padding.
  config.raw('fill_mode');
  config.raw('fill_value');
  const cropped = config.boolean('crop_to_aspect_ratio', false);
  // Other libraries' ways; Keras itself has the first alone.
  const coordinates = config.choice(
    'coordinates',
    ['half_pixel', 'asymmetric', 'align_corners'],
    'half_pixel',
  );
  const places = { shift: coordinates === 'half_pixel' ? 0.5 : 0, aligned: coordinates === 'align_corners' };
  if (!cropped) return cropAndResize(config, input, wholeOf(input), size, interpolation, places);
  const [rows, columns] = largestCenterCrop(input, size);
  return cropAndResize(config, input, { rows, columns }, size, interpolation, places);
};

/** Maps that are too small are enlarged until they fill the crop, as Keras does. */
const centerCrop: LayerBuilder = (config, inputs) => {
  refuseTfjs(config);
  config.channelsLast();
  const input = mapShape(config, inputs);
  const size: Pair = [config.integer('height'), config.integer('width')];
  const start = [0, 1].map((axis) => Math.floor((input[axis]! - size[axis]!) / 2)) as [number, number];
  if (start.every((n) => n >= 0)) {
    const crop: Crop = { rows: [start[0], size[0]], columns: [start[1], size[1]] };
    return cropAndResize(config, input, crop, size, 'bilinear');
  }
  const [rows, columns] = largestCenterCrop(input, size);
  return cropAndResize(config, input, { rows, columns }, size, 'bilinear');
};

const sizes = { kind: 'shape', keepsChannels: true } as const;

export const resizings: readonly LayerType[] = [
  { name: 'UpSampling2D', ...sizes, build: upSampling2d },
  { name: 'Resizing', ...sizes, build: resizing },
  { name: 'CenterCrop', ...sizes, build: centerCrop },
];
