import type { Tensor } from '@tensorflow/tfjs-core';
import { show } from './config-reader.ts';
import type { LayerBuilder, LayerType, Pair, Tf } from './layer-type.ts';
import { GLOBAL, IDENTITY, READS_NOTHING } from './layer-type.ts';
import { oneInput } from './windows.ts';

const MODES = ['constant', 'reflect', 'symmetric', 'edge'] as const;
type Mode = (typeof MODES)[number];

/** More would be a mistake in the file. */
const MOST = 65_536;

/**
 * Values before and behind every axis, the batch axis among them: NumPy's `pad`. `reflect` and `symmetric` mirror the map at its
 * border values, without and with them; `edge` repeats those.
 */
const pad: LayerBuilder = (config, inputs) => {
  const shape = oneInput(config, inputs);
  const mode = config.choice('mode', MODES, 'constant');
  const value = config.number('constant_values', 0);
  const written = config.raw('paddings');
  const list = Array.isArray(written) ? (written as unknown[]) : [];
  const isPair = (pair: unknown): pair is Pair =>
    Array.isArray(pair) &&
    pair.length === 2 &&
    pair.every((n) => Number.isSafeInteger(n) && n >= 0 && n <= MOST);
  if (list.length !== shape.length + 1 || !list.every(isPair)) {
    return config.fail(`\`paddings\` is ${show(written)}`, {
      why: `It must be a pair of whole numbers from 0 to ${MOST.toLocaleString('en')} for each of the ${shape.length + 1} axes, the batch axis first.`,
    });
  }
  const [batch, ...pairs] = list as Pair[];
  if (batch!.some((n) => n > 0))
    config.fail(`\`paddings\` is ${show(written)}`, { why: 'Axis 0 is the batch axis.' });
  const most = (n: number): number => (mode === 'reflect' ? n - 1 : mode === 'symmetric' ? n : MOST);
  const short = shape.findIndex((n, axis) => pairs[axis]!.some((by) => by > most(n)));
  if (short >= 0) {
    config.fail(`\`paddings\` is ${show(written)}`, {
      why: `With \`mode: ${mode}\` an axis of ${shape[short]} takes ${most(shape[short]!)} at most.`,
    });
  }
  const outputShape = shape.map((n, axis) => n + pairs[axis]![0] + pairs[axis]![1]);
  const spatial = shape.length === 3 && pairs[2]!.every((by) => by === 0);
  const zeros = mode === 'constant';
  return {
    outputShape,
    weights: [],
    field: !spatial
      ? shape.length === 3 &&
        pairs
          .slice(0, 2)
          .flat()
          .every((by) => by === 0) &&
        zeros
        ? IDENTITY
        : GLOBAL
      : {
          kind: 'window',
          size: [1, 1],
          stride: [1, 1],
          before: [pairs[0]![0], pairs[1]![0]],
        },
    forward: ({ tf }, [x]) =>
      zeros
        ? tf.pad(x!, [[0, 0], ...pairs.map((pair): [number, number] => [...pair])], value)
        : pairs.reduce((y, pair, axis) => mirrored(tf, y, axis + 1, pair, mode), x!),
    back: {
      reads: () => READS_NOTHING,
      signals: ({ tf }, { signal, inputShapes: [whole] }) => [
        zeros
          ? tf.slice(signal, [0, ...pairs.map(([before]) => before)], [...whole!])
          : pairs.reduceRight((g, pair, axis) => folded(tf, g, axis + 1, pair, mode), signal),
      ],
    },
  };
};

/** Made of pieces of the map, whose gradients every backend has; mirrorPad has none. */
function mirrored(tf: Tf, x: Tensor, axis: number, [before, after]: Pair, mode: Mode): Tensor {
  if (before + after === 0) return x;
  const n = x.shape[axis]!;
  const piece = (start: number, count: number): Tensor =>
    tf.slice(
      x,
      x.shape.map((_, i) => (i === axis ? start : 0)),
      x.shape.map((size, i) => (i === axis ? count : size)),
    );
  const repeated = (start: number, count: number): Tensor =>
    tf.tile(
      piece(start, 1),
      x.shape.map((_, i) => (i === axis ? count : 1)),
    );
  const skip = mode === 'reflect' ? 1 : 0;
  const parts = [
    ...(before ? [mode === 'edge' ? repeated(0, before) : tf.reverse(piece(skip, before), [axis])] : []),
    x,
    ...(after
      ? [mode === 'edge' ? repeated(n - 1, after) : tf.reverse(piece(n - skip - after, after), [axis])]
      : []),
  ];
  return tf.concat(parts, axis);
}

/** A signal for what `mirrored` makes as one for what it takes: each value gets those of its copies. */
function folded(tf: Tf, signal: Tensor, axis: number, [before, after]: Pair, mode: Mode): Tensor {
  if (before + after === 0) return signal;
  const n = signal.shape[axis]! - before - after;
  const piece = (start: number, count: number): Tensor =>
    tf.slice(
      signal,
      signal.shape.map((_, i) => (i === axis ? start : 0)),
      signal.shape.map((size, i) => (i === axis ? count : size)),
    );
  /** A border, as it lies on the map: from `start` on. */
  const laid = (border: Tensor, start: number): Tensor =>
    tf.pad(
      border,
      border.shape.map((size, i): [number, number] => (i === axis ? [start, n - start - size] : [0, 0])),
    );
  const skip = mode === 'reflect' ? 1 : 0;
  const copied = (border: Tensor): Tensor =>
    mode === 'edge' ? tf.sum(border, axis, true) : tf.reverse(border, [axis]);
  let sum = piece(before, n);
  if (before) sum = tf.add(sum, laid(copied(piece(0, before)), mode === 'edge' ? 0 : skip));
  if (after) {
    const start = mode === 'edge' ? n - 1 : n - skip - after;
    sum = tf.add(sum, laid(copied(piece(before + n, after)), start));
  }
  return sum;
}

export const paddings: readonly LayerType[] = [{ name: 'Pad', kind: 'shape', build: pad }];
