import type { Tensor } from '@tensorflow/tfjs-core';
import { show } from './config-reader.ts';
import type { LayerBuilder, LayerType, Tf } from './layer-type.ts';
import { GLOBAL, IDENTITY, READS_NOTHING } from './layer-type.ts';
import { oneInput } from './windows.ts';

type Reduction = 'mean' | 'sum' | 'max' | 'min';

/** Over the axes that `axis` names, counted with the batch as 0; `keepdims` leaves axes of 1. */
function reduction(kind: Reduction): LayerBuilder {
  return (config, inputs) => {
    const shape = oneInput(config, inputs);
    const written = config.raw('axis') ?? null;
    const axes = written === null ? [0] : [...new Set(config.axes('axis', -1, shape.length + 1))];
    if (axes.includes(0))
      config.fail(`\`axis\` is ${written === null ? 'all axes' : show(written)}`, {
        why: 'Axis 0 is the batch axis.',
      });
    const keep = config.boolean('keepdims', false);
    const kept = shape.map((n, axis) => (axes.includes(axis + 1) ? 1 : n));
    const count = shape.reduce((product, n, axis) => (axes.includes(axis + 1) ? product * n : product), 1);
    const extreme = kind === 'max' || kind === 'min';
    const placewise = axes.every((axis) => axis === shape.length) && (keep || !axes.length);
    return {
      outputShape: keep ? kept : shape.filter((_, axis) => !axes.includes(axis + 1)),
      weights: [],
      ...(placewise ? { field: IDENTITY, part: 'alike' as const } : { field: GLOBAL }),
      forward: ({ tf }, [x]) => (axes.length ? tf[kind](x!, axes, keep) : x!),
      back: {
        reads: () => (extreme ? { inputs: true, output: true } : READS_NOTHING),
        signals({ tf }, { signal, inputShapes: [whole], inputs: [x], output }) {
          const wide = [signal.shape[0]!, ...kept];
          const arrived = tf.reshape(signal, wide);
          if (!extreme) {
            const each = kind === 'mean' ? tf.div(arrived, count) : arrived;
            return [tf.broadcastTo(each, [...whole!])];
          }
          return [shareOfExtreme(tf, arrived, x!, tf.reshape(output!, wide), axes)];
        },
      },
    };
  };
}

/** Equal extremes share the signal, as in TensorFlow. */
function shareOfExtreme(
  tf: Tf,
  arrived: Tensor,
  x: Tensor,
  extreme: Tensor,
  axes: readonly number[],
): Tensor {
  const strongest = tf.cast(tf.equal(x, extreme), 'float32');
  return tf.mul(strongest, tf.div(arrived, tf.sum(strongest, [...axes], true)));
}

const kind = 'pooling';

export const reductions: readonly LayerType[] = [
  { name: 'Mean', kind, build: reduction('mean') },
  { name: 'Sum', kind, build: reduction('sum') },
  { name: 'Max', kind, build: reduction('max') },
  { name: 'Min', kind, build: reduction('min') },
];
