import type { Tensor, Tensor3D } from '@tensorflow/tfjs-core';
import type { ConfigReader } from './config-reader.ts';
import { show } from './config-reader.ts';
import type { FieldStep, LayerBuilder, LayerType, Pair, Tf } from './layer-type.ts';
import { READS_NOTHING } from './layer-type.ts';
import { mapShape } from './windows.ts';

/**
 * ONNX' Resize, which has the ways of all other libraries: how places of the result are counted in the input (`coordinates`), which values
 * are taken (`mode`), how halves are rounded (`nearest_mode`).
 */

const MODES = ['nearest', 'linear', 'cubic'] as const;
export const COORDINATES = [
  'half_pixel',
  'half_pixel_symmetric',
  'pytorch_half_pixel',
  'align_corners',
  'asymmetric',
  'tf_half_pixel_for_nn',
  'tf_crop_and_resize',
] as const;
const ROUNDINGS = ['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'] as const;

interface Options {
  readonly mode: (typeof MODES)[number];
  readonly coordinates: (typeof COORDINATES)[number];
  readonly rounding: (typeof ROUNDINGS)[number];
  readonly cubic: number;
  readonly excludeOutside: boolean;
  readonly antialias: boolean;
}

interface Axis {
  readonly from: number;
  readonly to: number;
  readonly scale: number;
  /** The part of the input that is resized by `tf_crop_and_resize`, 0 and 1 being its first and last unit. */
  readonly crop: Pair;
}

/** Where unit y of the result lies among the units of the input. */
function placeOf(y: number, { from, to, scale, crop }: Axis, coordinates: Options['coordinates']): number {
  switch (coordinates) {
    case 'half_pixel':
      return (y + 0.5) / scale - 0.5;
    case 'half_pixel_symmetric': {
      // The middles of both coincide, also where the size is not the scale times the input's.
      const adjustment = to / (scale * from);
      return (from / 2) * (1 - adjustment) + (y + 0.5) / scale - 0.5;
    }
    case 'pytorch_half_pixel':
      return to > 1 ? (y + 0.5) / scale - 0.5 : 0;
    case 'align_corners':
      return to === 1 ? 0 : (y * (from - 1)) / (to - 1);
    case 'asymmetric':
      return y / scale;
    case 'tf_half_pixel_for_nn':
      return (y + 0.5) / scale;
    case 'tf_crop_and_resize': {
      const along = to > 1 ? crop[0] + (y * (crop[1] - crop[0])) / (to - 1) : (crop[0] + crop[1]) / 2;
      return along * (from - 1);
    }
  }
}

function rounded(at: number, rounding: Options['rounding']): number {
  switch (rounding) {
    case 'round_prefer_floor':
      return Math.ceil(at - 0.5);
    case 'round_prefer_ceil':
      return Math.floor(at + 0.5);
    case 'floor':
      return Math.floor(at);
    case 'ceil':
      return Math.ceil(at);
  }
}

/** Keys' cubic convolution kernel (1981) at a distance, by its parameter a. */
function cubicWeight(distance: number, a: number): number {
  const d = Math.abs(distance);
  if (d <= 1) return (a + 2) * d ** 3 - (a + 3) * d ** 2 + 1;
  return d < 2 ? a * d ** 3 - 5 * a * d ** 2 + 8 * a * d - 4 * a : 0;
}

/** Whether a unit of the result lies outside of the input, where a crop reaches beyond it. */
function isOutside(y: number, axis: Axis, { coordinates }: Options): boolean {
  if (coordinates !== 'tf_crop_and_resize') return false;
  const at = placeOf(y, axis, coordinates);
  return at < -1e-6 || at > axis.from - 1 + 1e-6;
}

/** The units that one is made of and their weights; those beyond the border stand for the border's. */
function sources(y: number, axis: Axis, options: Options): Map<number, number> {
  const { from, scale } = axis;
  const { mode, cubic, excludeOutside, antialias } = options;
  const at = placeOf(y, axis, options.coordinates);
  const found = new Map<number, number>();
  if (isOutside(y, axis, options)) return found;
  const inside = (unit: number): number => Math.min(Math.max(unit, 0), from - 1);
  if (mode === 'nearest') {
    // Sums of thirds and the like must not fall on the other side of a half.
    return found.set(inside(rounded(Math.round(at * 1e6) / 1e6, options.rounding)), 1);
  }
  // Where a map is made smaller, the kernel is made wider.
  const spread = antialias ? Math.max(1 / scale, 1) : 1;
  const radius = (mode === 'cubic' ? 2 : 1) * spread;
  const low = Math.floor(at);
  const first = spread === 1 ? low - radius + 1 : Math.floor(at - radius) + 1;
  const last = spread === 1 ? low + radius : Math.ceil(at + radius) - 1;
  let sum = 0;
  for (let unit = first; unit <= last; unit++) {
    const distance = (unit - at) / spread;
    const weight = mode === 'cubic' ? cubicWeight(distance, cubic) : Math.max(1 - Math.abs(distance), 0);
    if (weight === 0 || (excludeOutside && (unit < 0 || unit >= from))) continue;
    found.set(inside(unit), (found.get(inside(unit)) ?? 0) + weight);
    sum += weight;
  }
  if (excludeOutside || antialias) for (const [unit, weight] of found) found.set(unit, weight / sum);
  return found;
}

/** What each unit of the result is of the input's: float32 [1, to, from]. */
function matrixOf(tf: Tf, axis: Axis, options: Options): Tensor3D {
  const rows = new Float32Array(axis.to * axis.from);
  for (let y = 0; y < axis.to; y++)
    for (const [unit, weight] of sources(y, axis, options)) rows[y * axis.from + unit] = weight;
  return tf.tensor3d(rows, [1, axis.to, axis.from]);
}

/** Between which bounds all units lie that one is made of. */
function reach(axis: Axis, options: Options): { readonly size: number; readonly before: number } {
  const step = strideOf(axis, options);
  let [least, most] = [Infinity, -Infinity];
  for (let y = 0; y < axis.to; y++) {
    for (const unit of sources(y, axis, options).keys()) {
      least = Math.min(least, unit - y * step);
      most = Math.max(most, unit - y * step);
    }
  }
  // Nothing of the input where a crop lies beside it.
  return most < least ? { size: 1, before: 0 } : { size: most - least + 1, before: -least };
}

function strideOf({ from, to, scale, crop }: Axis, { coordinates }: Options): number {
  const part = coordinates === 'tf_crop_and_resize' ? crop[1] - crop[0] : 1;
  const ends = coordinates === 'align_corners' || coordinates === 'tf_crop_and_resize';
  return ends && to > 1 ? (part * (from - 1)) / (to - 1) || from : part / scale || 1;
}

function fieldOf(vertical: Axis, horizontal: Axis, options: Options): FieldStep {
  const [rows, columns] = [reach(vertical, options), reach(horizontal, options)];
  return {
    kind: 'window',
    size: [rows.size, columns.size],
    stride: [strideOf(vertical, options), strideOf(horizontal, options)],
    before: [rows.before, columns.before],
  };
}

/** By matrix products along rows and columns, whose gradients are right on every backend. */
function resample(tf: Tf, x: Tensor, vertical: Tensor3D, horizontal: Tensor3D): Tensor {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const [tall, wide] = [vertical.shape[1], horizontal.shape[1]];
  const rows = tf.matMul(vertical, tf.reshape(x, [batch, height, width * channels]));
  const columns = tf.matMul(horizontal, tf.reshape(rows, [batch * tall, width, channels]));
  return tf.reshape(columns, [batch, tall, wide, channels]);
}

/** What places outside of the input get: float32 [1, height, width, 1]. */
function filling(tf: Tf, vertical: Axis, horizontal: Axis, options: Options, value: number): Tensor {
  const values = new Float32Array(vertical.to * horizontal.to);
  for (let y = 0; y < vertical.to; y++) {
    const row = isOutside(y, vertical, options);
    for (let x = 0; x < horizontal.to; x++)
      if (row || isOutside(x, horizontal, options)) values[y * horizontal.to + x] = value;
  }
  return tf.tensor4d(values, [1, vertical.to, horizontal.to, 1]);
}

/** A matrix for more than that would be larger than any map. */
const MOST_WEIGHTS = 2 ** 26;

function axesOf(config: ConfigReader, input: readonly [number, number, number]): readonly [Axis, Axis] {
  const scales = config.raw('scales');
  const written = config.raw('sizes') ?? undefined;
  const isScale = (n: unknown): n is number => typeof n === 'number' && n > 0 && Number.isFinite(n);
  if (!Array.isArray(scales) || scales.length !== 2 || !scales.every(isScale))
    return config.fail(`\`scales\` is ${show(scales)}`, { why: 'It must be two positive numbers.' });
  const sizes: Pair =
    written === undefined
      ? [Math.floor(input[0] * scales[0]! + 1e-6), Math.floor(input[1] * scales[1]! + 1e-6)]
      : config.pair('sizes');
  const crop = config.raw('crop') ?? [0, 0, 1, 1];
  const isCrop = (value: unknown): value is number[] =>
    Array.isArray(value) && value.length === 4 && value.every((n) => Number.isFinite(n));
  if (!isCrop(crop) || crop[0]! > crop[2]! || crop[1]! > crop[3]!)
    return config.fail(`\`crop\` is ${show(crop)}`, {
      why: 'It must be four numbers: top, left, bottom, right.',
    });
  const axes = [0, 1].map((axis): Axis => ({
    ...{ from: input[axis]!, to: sizes[axis]!, scale: scales[axis]! },
    crop: [crop[axis]!, crop[axis + 2]!],
  }));
  if (axes.some(({ from, to }) => to < 1 || from * to > MOST_WEIGHTS))
    config.fail(`it resizes ${input[0]}x${input[1]} maps to ${sizes.join('x')}`, {
      why: `The limit is ${MOST_WEIGHTS.toLocaleString('en')} pairs of rows.`,
    });
  return axes as unknown as readonly [Axis, Axis];
}

const resize: LayerBuilder = (config, inputs) => {
  const input = mapShape(config, inputs);
  const [vertical, horizontal] = axesOf(config, input);
  const options: Options = {
    mode: config.choice('mode', MODES, 'nearest'),
    coordinates: config.choice('coordinates', COORDINATES, 'half_pixel'),
    rounding: config.choice('nearest_mode', ROUNDINGS, 'round_prefer_floor'),
    cubic: config.number('cubic_coeff_a', -0.75),
    excludeOutside: config.boolean('exclude_outside', false),
    antialias: config.boolean('antialias', false),
  };
  const transposed = (tf: Tf, matrix: Tensor3D): Tensor3D => tf.transpose(matrix, [0, 2, 1]);
  const both = (tf: Tf): readonly [Tensor3D, Tensor3D] => [
    matrixOf(tf, vertical, options),
    matrixOf(tf, horizontal, options),
  ];
  const beyond = config.number('extrapolation_value', 0);
  return {
    outputShape: [vertical.to, horizontal.to, input[2]],
    weights: [],
    field: fieldOf(vertical, horizontal, options),
    forward({ tf }, [x]) {
      const maps = resample(tf, x!, ...both(tf));
      return beyond === 0 ? maps : tf.add(maps, filling(tf, vertical, horizontal, options, beyond));
    },
    back: {
      reads: () => READS_NOTHING,
      signals({ tf }, { signal }) {
        const [rows, columns] = both(tf);
        return [resample(tf, signal, transposed(tf, rows), transposed(tf, columns))];
      },
    },
  };
};

export const resamplings: readonly LayerType[] = [
  { name: 'Resize', kind: 'shape', keepsChannels: true, build: resize },
];
