import type { Tensor2D } from '@tensorflow/tfjs-core';
import { multiplySamples } from '../../backend/sample-products.ts';
import { readFused } from './activation-config.ts';
import type { LayerBuilder, LayerType } from './layer-type.ts';
import { GLOBAL, IDENTITY } from './layer-type.ts';
import { activationReads } from './rules.ts';
import { oneInput } from './windows.ts';

/** Works on the last axis: on maps it is a 1x1 convolution. */
const dense: LayerBuilder = (config, inputs) => {
  const shape = oneInput(config, inputs);
  const units = config.integer('units');
  const features = shape[shape.length - 1]!;
  const useBias = config.boolean('use_bias', true);
  const activation = readFused(config, shape.length + 1);
  return {
    outputShape: [...shape.slice(0, -1), units],
    weights: [
      {
        name: 'kernel',
        shape: [features, units],
        initializer: config.initializer('kernel_initializer', 'glorot_uniform'),
      },
      ...(useBias
        ? [{ name: 'bias', shape: [units], initializer: config.initializer('bias_initializer', 'zeros') }]
        : []),
    ],
    field: shape.length === 3 ? IDENTITY : GLOBAL,
    // On maps it is no one vector's.
    ...(shape.length === 1 ? { formula: { kind: 'dense' as const, activation } } : {}),
    forward(run, [x], weights) {
      const { tf } = run;
      const rows: Tensor2D = tf.reshape(x!, [-1, features]);
      const product = multiplySamples(tf, rows, weights['kernel'] as Tensor2D, x!.shape[0]!);
      const sums = useBias ? tf.add(product, weights['bias']!) : product;
      return run.activate(activation, tf.reshape(sums, [...x!.shape.slice(0, -1), units]));
    },
    back: {
      reads: (rules) => activationReads(activation, rules),
      signals(run, { signal, output, inputShapes }, { kernel }) {
        const { tf } = run;
        const rows: Tensor2D = tf.reshape(run.through(activation, signal, output), [-1, units]);
        const product = multiplySamples(tf, rows, kernel as Tensor2D, signal.shape[0]!, true);
        return [tf.reshape(product, [...inputShapes[0]!])];
      },
    },
  };
};

export const denseLayers: readonly LayerType[] = [{ name: 'Dense', kind: 'dense', build: dense }];
