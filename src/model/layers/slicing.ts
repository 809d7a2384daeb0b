import type { Tensor } from '@tensorflow/tfjs-core';
import type { ConfigReader } from './config-reader.ts';
import { show } from './config-reader.ts';
import type { FieldStep, LayerBuilder, LayerType, Operation, Shape, Tf } from './layer-type.ts';
import { GLOBAL, IDENTITY, READS_NOTHING } from './layer-type.ts';
import { isRecord } from './plain-value.ts';
import { oneInput } from './windows.ts';

/** Of one axis: values start, start + step, … `count` of them. */
interface AxisSlice {
  readonly start: number;
  readonly step: number;
  readonly count: number;
  /** Taken by a number alone: the axis is gone then. */
  readonly dropped: boolean;
}

/** One step of the way from the input's axes to the output's: an axis that is cut, or a new one of 1. */
type Item = AxisSlice | 'new';

function fail(config: ConfigReader, why: string): never {
  return config.fail(`\`slices\` is ${show(config.raw('slices'))}`, { why });
}

/** Python's slices, one for each axis with the batch: `{start, stop, step}`, a number, null for a new axis, an ellipsis. */
function readSlices(config: ConfigReader, shape: Shape): readonly Item[] {
  const written = config.raw('slices');
  const list = Array.isArray(written) ? (written as unknown[]) : [written];
  const isEllipsis = (value: unknown): boolean =>
    value === '...' || (isRecord(value) && /^_*[Ee]llipsis_*$/.test(String(value['class_name'])));
  const ellipses = list.filter(isEllipsis).length;
  const taken = list.filter((value) => value !== null && !isEllipsis(value)).length;
  const rank = shape.length + 1;
  if (ellipses > 1 || taken > rank) fail(config, `The input has ${rank} axes, including the batch axis.`);
  const whole = Array.from({ length: rank - taken }, (): unknown => ({}));
  const full = ellipses
    ? list.flatMap((value) => (isEllipsis(value) ? whole : [value]))
    : [...list, ...whole];
  const [batch, ...rest] = full;
  const first = isRecord(batch) ? sliceOf(config, batch, 1000) : undefined;
  if (!first || first.count !== 1000 || first.step !== 1)
    fail(config, 'The batch axis must be taken as it is.');
  let axis = 0;
  return rest.map((value): Item => {
    if (value === null) return 'new';
    const n = shape[axis++]!;
    if (isRecord(value)) return sliceOf(config, value, n);
    const at = typeof value === 'number' && value < 0 ? value + n : value;
    if (typeof at !== 'number' || !Number.isInteger(at) || at < 0 || at >= n)
      return fail(config, `${show(value)} is no place on an axis of ${n}.`);
    return { start: at, step: 1, count: 1, dropped: true };
  });
}

/** As Python's `slice.indices`. */
function sliceOf(config: ConfigReader, value: Readonly<Record<string, unknown>>, n: number): AxisSlice {
  const own = isRecord(value['config']) ? value['config'] : value;
  const numbers = ['start', 'stop', 'step'].map((key) => own[key] ?? null);
  if (!numbers.every((one): one is number | null => one === null || Number.isSafeInteger(one)))
    return fail(config, 'Slices must have whole numbers.');
  const [from, to, by] = numbers as [number | null, number | null, number | null];
  const step = by ?? 1;
  if (step === 0) return fail(config, 'A step must not be 0.');
  const [least, most] = step > 0 ? [0, n] : [-1, n - 1];
  const bounded = (at: number | null, fallback: number): number =>
    at === null ? fallback : Math.min(Math.max(at < 0 ? at + n : at, least), most);
  const start = bounded(from, step > 0 ? least : most);
  const stop = bounded(to, step > 0 ? most : least);
  const count = Math.ceil((stop - start) / step);
  if (count < 1) return fail(config, `Nothing is left of an axis of ${n}.`);
  return { start, step, count, dropped: false };
}

/** By slices, reversal and reshaping, whose gradients every backend has; a strided slice has none. */
function cut(tf: Tf, x: Tensor, axis: number, { start, step, count }: AxisSlice): Tensor {
  const n = x.shape[axis]!;
  if (step < 0)
    return cut(tf, tf.reverse(x, [axis]), axis, { start: n - 1 - start, step: -step, count, dropped: false });
  const span = (count - 1) * step + 1;
  if (span === n && step === 1) return x;
  const begin = x.shape.map((_, i) => (i === axis ? start : 0));
  const part = tf.slice(
    x,
    begin,
    x.shape.map((size, i) => (i === axis ? span : size)),
  );
  if (step === 1) return part;
  const filled = tf.pad(
    part,
    x.shape.map((_, i): [number, number] => [0, i === axis ? count * step - span : 0]),
  );
  const [before, after] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
  const rows = tf.reshape(filled, [sizeOf(before), count, step, sizeOf(after)]);
  return tf.reshape(tf.slice(rows, [0, 0, 0, 0], [-1, -1, 1, -1]), [...before, count, ...after]);
}

const sizeOf = (shape: Shape): number => shape.reduce((product, n) => product * n, 1);

const slice: LayerBuilder = (config, inputs) => {
  const shape = oneInput(config, inputs);
  const items = readSlices(config, shape);
  const axes = items.filter((item) => item !== 'new');
  const outputShape = items.flatMap((item) => (item === 'new' ? [1] : item.dropped ? [] : [item.count]));
  const place = fieldOf(shape, items, axes);
  if (place.part) return { outputShape, weights: [], ...place, ...sliceOfChannels(axes[2]!, shape[2]!) };
  return {
    outputShape,
    weights: [],
    ...place,
    forward({ tf }, [x]) {
      const part = axes.reduce((y, axis, i) => cut(tf, y, i + 1, axis), x!);
      return tf.reshape(part, [x!.shape[0]!, ...outputShape]);
    },
    back: {
      reads: () => READS_NOTHING,
      signals({ tf }, { signal, inputShapes: [whole] }) {
        const batch = signal.shape[0]!;
        const last = axes.length - 1;
        let y: Tensor = tf.reshape(signal, [batch, ...axes.map(({ count }) => count)]);
        for (let i = last; i >= 0; i--) y = spread(tf, y, i + 1, axes[i]!, whole![i + 1]!);
        return [y];
      },
    },
  };
};

/** All places of a map, or of a part of it. */
const sliceOfChannels = (channels: AxisSlice, n: number): Operation => ({
  forward: ({ tf }, [x]) => cut(tf, x!, 3, channels),
  back: {
    reads: () => READS_NOTHING,
    signals: ({ tf }, { signal }) => [spread(tf, signal, 3, channels, n)],
  },
});

/** The reverse of `cut`: zeros where nothing was taken. */
function spread(tf: Tf, y: Tensor, axis: number, { start, step, count }: AxisSlice, n: number): Tensor {
  if (step < 0)
    return tf.reverse(spread(tf, y, axis, { start: n - 1 - start, step: -step, count, dropped: false }, n), [
      axis,
    ]);
  if (count === n) return y;
  const [before, after] = [y.shape.slice(0, axis), y.shape.slice(axis + 1)];
  const rows = tf.reshape(y, [sizeOf(before), count, 1, sizeOf(after)]);
  const wide = tf.reshape(
    tf.pad(rows, [
      [0, 0],
      [0, 0],
      [0, step - 1],
      [0, 0],
    ]),
    [sizeOf(before), count * step, sizeOf(after)],
  );
  const span = Math.min(count * step, n - start);
  const part = tf.slice(wide, [0, 0, 0], [-1, span, -1]);
  return tf.reshape(
    tf.pad(part, [
      [0, 0],
      [start, n - start - span],
      [0, 0],
    ]),
    [...before, n, ...after],
  );
}

function fieldOf(
  shape: Shape,
  items: readonly Item[],
  axes: readonly AxisSlice[],
): { field: FieldStep; part?: 'alike' } {
  if (shape.length !== 3 || items.some((item) => item === 'new' || item.dropped)) return { field: GLOBAL };
  const [rows, columns] = axes as [AxisSlice, AxisSlice];
  if (rows.step < 0 || columns.step < 0) return { field: GLOBAL };
  if (rows.count === shape[0] && columns.count === shape[1]) return { field: IDENTITY, part: 'alike' };
  return {
    field: {
      kind: 'window',
      size: [1, 1],
      stride: [rows.step, columns.step],
      before: [-rows.start, -columns.start],
    },
  };
}

export const slicings: readonly LayerType[] = [{ name: 'Slice', kind: 'shape', build: slice }];
