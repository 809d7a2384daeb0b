import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { SwitchRecording, LayerBuilder, LayerType, Margins, Operation, Pair, Tf } from './layer-type.ts';
import { GLOBAL, READS_NOTHING } from './layer-type.ts';
import { MOST_TAPS, takeSwitches, unpool } from './switches.ts';
import type { Padding } from './windows.ts';
import { mapShape, PADDINGS, narrow, widen, windows } from './windows.ts';

/** Average pooling counts only what lies inside the input, as Keras does. */
function pooling(kind: 'maxPool' | 'avgPool'): LayerBuilder {
  return (config, inputs) => {
    config.channelsLast();
    const input = mapShape(config, inputs);
    const size = config.pair('pool_size', [2, 2]);
    const strides = config.pair('strides', size);
    const padding = config.choice('padding', PADDINGS, 'valid');
    const { height, width, field } = windows(config, input, size, strides, padding);
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
    const whole: Operation = {
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
    };
    const pool = poolAs('valid');
    /** How much of each window lies inside, as a share: [1, height, width, 1]. */
    const inside = (tf: Tf, [, tall, wide]: readonly number[], beyond: Margins): Tensor4D =>
      pool(tf, widen(tf, tf.ones([1, tall!, wide!, 1]), beyond));
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
    return { outputShape: [height, width, input[2]], weights: [], field, ...whole, part: inPart };
  };
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
      forward: ({ tf }, [x]) => tf[kind](x!, [1, 2], keep),
      back: {
        reads: () => (kind === 'max' ? { inputs: true, output: true } : READS_NOTHING),
        signals({ tf }, { signal, inputShapes: [shape], inputs: [x], output }) {
          const spread = [shape![0]!, 1, 1, channels];
          const upstream = tf.reshape(signal, spread);
          if (kind === 'mean') {
            const places = shape![1]! * shape![2]!;
            return [tf.tile(tf.div(upstream, places), [1, shape![1]!, shape![2]!, 1])];
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
