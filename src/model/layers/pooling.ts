import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { ConfigReader } from './config-reader.ts';
import type { SwitchRecording, LayerBuilder, LayerType, Margins, Operation, Pair, Tf } from './layer-type.ts';
import { GLOBAL, NO_MARGINS, READS_NOTHING } from './layer-type.ts';
import { dilatedPooling } from './special-pooling.ts';
import { MOST_TAPS, takeSwitches, unpool } from './switches.ts';
import type { Padding, Placed } from './windows.ts';
import { mapShape, narrow, placeWindows, readPlacement, widen } from './windows.ts';

/** Average pooling counts only what lies inside the input, as Keras does. */
function pooling(kind: 'maxPool' | 'avgPool'): LayerBuilder {
  return (config, inputs) => {
    config.channelsLast();
    const input = mapShape(config, inputs);
    if (config.dialect === 'onnx' && config.pair('dilation_rate', [1, 1]).some((n) => n > 1))
      return dilatedPooling(config, input, kind);
    const size = config.pair('pool_size', [2, 2]);
    const strides = config.pair('strides', size);
    const { height, width, field, pad, overhang } = placePooling(config, input, size, strides);
    // Of ONNX: padding counts as zeros, but not rows that only a last window reaches.
    const countsPadding =
      kind === 'avgPool' && config.dialect === 'onnx' && config.boolean('count_include_pad', false);
    const attributes = { filterSize: [...size], strides: [...strides] };
    const poolAs =
      (pad: Padding) =>
      (tf: Tf, x: Tensor4D): Tensor4D =>
        tf[kind](x, [...size], [...strides], pad);
    // The operations that TensorFlow.js' gradients of the two are made of; they have no public function.
    const maxBack = (tf: Tf, dy: Tensor, input: Tensor, output: Tensor, pad: Padding): Tensor4D =>
      tf.engine().runKernel('MaxPoolGrad', { dy, input, output }, { ...attributes, pad }) as Tensor4D;
    const averageBack = (tf: Tf, dy: Tensor, input: Tensor, pad: Padding): Tensor4D =>
      tf.engine().runKernel('AvgPoolGrad', { dy, input }, { ...attributes, pad }) as Tensor4D;
    const reads = () => ({ inputs: true, output: kind === 'maxPool' });
    const { before } = field;
    const withoutOverlap = size.join() === strides.join() && size[0] * size[1] <= MOST_TAPS;
    /** @param start rows and columns that the first window hangs over the border of what the signal is for */
    const switchesFrom = (start: Pair): SwitchRecording | undefined =>
      kind === 'maxPool' && withoutOverlap
        ? {
            taps: size[0] * size[1],
            take: (data) => takeSwitches(data, input, [height, width], size, before),
            signal({ tf }, { signal, inputShapes: [shape] }, switches) {
              const values = signal.dataSync() as Float32Array;
              const [, tall, wide, depth] = shape as Tensor4D['shape'];
              const to = [tall, wide, depth] as const;
              return tf.tensor4d(unpool(values, switches, signal.shape.slice(1), size, start, to), [
                1,
                ...to,
              ]);
            },
          }
        : undefined;
    const byLibrary = (padding: Padding): Operation => ({
      forward: ({ tf }, [x]) => poolAs(padding)(tf, x as Tensor4D),
      back: {
        reads,
        signals: ({ tf }, { signal, inputs: [x], output }) => [
          kind === 'maxPool'
            ? maxBack(tf, signal, x!, output!, padding)
            : averageBack(tf, signal, x!, padding),
        ],
        switches: switchesFrom(before),
      },
    });
    const pool = poolAs('valid');
    /** How much of each window counts, as a share: [1, height, width, 1]. */
    const inside = (tf: Tf, [, tall, wide]: readonly number[], beyond: Margins): Tensor4D => {
      const [below, right] = countsPadding ? overhang : [beyond.bottom, beyond.right];
      const counted = countsPadding
        ? tf.ones([
            1,
            tall! + beyond.top + beyond.bottom - below,
            wide! + beyond.left + beyond.right - right,
            1,
          ])
        : tf.ones([1, tall!, wide!, 1]);
      const rest = countsPadding ? { top: 0, left: 0, bottom: below, right } : beyond;
      return pool(tf, widen(tf, counted as Tensor4D, rest));
    };
    const inPart = (beyond: Margins): Operation => ({
      forward({ tf }, [x]) {
        const maps = x as Tensor4D;
        if (kind === 'maxPool') return pool(tf, widen(tf, maps, beyond, -Infinity));
        return tf.div(pool(tf, widen(tf, maps, beyond)), inside(tf, maps.shape, beyond));
      },
      back: {
        reads,
        signals({ tf }, { signal, inputs: [x], output }) {
          const maps = x as Tensor4D;
          const wide = widen(tf, maps, beyond, kind === 'maxPool' ? -Infinity : 0);
          const back =
            kind === 'maxPool'
              ? maxBack(tf, signal, wide, output!, 'valid')
              : averageBack(tf, tf.div(signal, inside(tf, maps.shape, beyond)), wide, 'valid');
          return [narrow(tf, back, beyond, maps.shape)];
        },
        switches: switchesFrom([beyond.top, beyond.left]),
      },
    });
    const bySelf = typeof pad !== 'string' || (countsPadding && pad === 'same');
    const whole = bySelf
      ? inPart(marginsOf(pad, input, [height, width], size, strides, before))
      : byLibrary(pad);
    // What of a part's margins hangs over is not known from the part alone.
    const hangsOver = countsPadding && overhang.some((rows) => rows > 0);
    return {
      ...{ outputShape: [height, width, input[2]], weights: [], field, ...whole },
      ...(hangsOver ? {} : { part: inPart }),
      ...(countsPadding
        ? {}
        : { formula: { kind: kind === 'maxPool' ? ('max' as const) : ('mean' as const) } }),
    };
  };
}

function placePooling(
  config: ConfigReader,
  input: readonly [number, number, number],
  size: Pair,
  strides: Pair,
): Placed {
  const ceil = config.dialect === 'onnx' && config.boolean('ceil_mode', false);
  const placement = readPlacement(config);
  // All margins alike are margins: only so is the last window looked for.
  const explicit = ceil && placement === 'valid' ? NO_MARGINS : placement;
  return placeWindows(config, input, size, strides, explicit, ceil);
}

/** The margins that `same` comes to for one size of input. */
function marginsOf(
  pad: Padding | Margins,
  input: readonly number[],
  output: Pair,
  size: Pair,
  strides: Pair,
  before: Pair,
): Margins {
  if (typeof pad !== 'string') return pad;
  const after = [0, 1].map((axis) =>
    Math.max((output[axis]! - 1) * strides[axis]! + size[axis]! - input[axis]! - before[axis]!, 0),
  );
  return { top: before[0], bottom: after[0]!, left: before[1], right: after[1]! };
}

function globalPooling(kind: 'max' | 'mean'): LayerBuilder {
  return (config, inputs) => {
    config.channelsLast();
    const [, , channels] = mapShape(config, inputs);
    const keep = config.boolean('keepdims', false);
    return {
      outputShape: keep ? [1, 1, channels] : [channels],
      weights: [],
      field: GLOBAL,
      formula: { kind },
      forward: ({ tf }, [x]) => tf[kind](x!, [1, 2], keep),
      back: {
        reads: () => (kind === 'max' ? { inputs: true, output: true } : READS_NOTHING),
        signals({ tf }, { signal, inputShapes: [shape], inputs: [x], output }) {
          const spread = [shape![0]!, 1, 1, channels];
          const upstream = tf.reshape(signal, spread);
          if (kind === 'mean') {
            const places = shape![1]! * shape![2]!;
            // A product: the WebAssembly backend's tiling takes ten times as long.
            return [tf.mul(tf.ones([1, shape![1]!, shape![2]!, 1]), tf.div(upstream, places))];
          }
          // Equal maxima share the signal, as in TensorFlow.
          const strongest = tf.cast(tf.equal(x!, tf.reshape(output!, spread)), 'float32');
          return [tf.mul(strongest, tf.div(upstream, tf.sum(strongest, [1, 2], true)))];
        },
      },
    };
  };
}

export const poolings: readonly LayerType[] = [
  { name: 'MaxPooling2D', aliases: ['MaxPool2D'], kind: 'pooling', build: pooling('maxPool') },
  { name: 'AveragePooling2D', aliases: ['AvgPool2D'], kind: 'pooling', build: pooling('avgPool') },
  { name: 'GlobalMaxPooling2D', aliases: ['GlobalMaxPool2D'], kind: 'pooling', build: globalPooling('max') },
  {
    name: 'GlobalAveragePooling2D',
    aliases: ['GlobalAvgPool2D'],
    kind: 'pooling',
    build: globalPooling('mean'),
  },
];
