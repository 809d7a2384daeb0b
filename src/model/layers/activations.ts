import type { ActivationFunction } from './activation-functions.ts';
import type { ConfigReader } from './config-reader.ts';
import type { Layer, LayerType, Shape } from './layer-type.ts';
import { IDENTITY } from './layer-type.ts';
import { readsOutput } from './rules.ts';
import { oneInput } from './windows.ts';

function elementwise(of: (config: ConfigReader, input: Shape) => ActivationFunction): LayerType {
  return (config, inputs): Layer => {
    const outputShape = oneInput(config, inputs);
    const activation = of(config, outputShape);
    return {
      outputShape,
      weights: [],
      field: IDENTITY,
      part: 'alike',
      forward: (run, [x]) => run.activate(activation, x!),
      back:
        readsOutput(activation, []) === undefined
          ? undefined
          : {
              reads: (rules) => ({ inputs: false, output: readsOutput(activation, rules)! }),
              signals: (run, { signal, output }) => [run.through(activation, signal, output)],
            },
    };
  };
}

export const activation = elementwise((config) => config.activation());

export const relu = elementwise((config) => {
  const max = config.raw('max_value') ?? undefined;
  const parameters = {
    ...(max === undefined ? {} : { max_value: config.number('max_value', 0) }),
    negative_slope: config.number('negative_slope', 0),
    threshold: config.number('threshold', 0),
  };
  return { name: 'relu', parameters };
});

/** Keras 2 calls the slope alpha; its default, unlike the activation function's, is 0.3. */
export const leakyRelu = elementwise((config) => ({
  name: 'leaky_relu',
  parameters: { negative_slope: config.number('negative_slope', config.number('alpha', 0.3)) },
}));

export const elu = elementwise((config) => ({
  name: 'elu',
  parameters: { alpha: config.number('alpha', 1) },
}));

export const softmax = elementwise((config, input) => {
  const rank = input.length + 1;
  const axes = config.axes('axis', -1, rank);
  if (axes.length !== 1 || axes[0] !== rank - 1) config.only('axis', -1);
  return { name: 'softmax', parameters: {} };
});

export const prelu: LayerType = (config, inputs) => {
  const outputShape = oneInput(config, inputs);
  const shared = config.axes('shared_axes', 0, outputShape.length + 1);
  return {
    outputShape,
    weights: [
      {
        name: 'alpha',
        shape: outputShape.map((n, axis) => (shared.includes(axis + 1) ? 1 : n)),
        initializer: config.initializer('alpha_initializer', 'zeros'),
      },
    ],
    field: IDENTITY,
    // Slopes that differ from place to place are not the same for a part.
    ...(shared.includes(1) && shared.includes(2) ? { part: 'alike' as const } : {}),
    forward: ({ tf }, [x], weights) => tf.prelu(x!, weights['alpha']!),
    back: {
      reads: (rules) => ({ inputs: rules.some((rule) => rule !== 'deconvnet'), output: false }),
      signals({ tf, rule }, { signal, inputs: [x] }, { alpha }) {
        const positive = rule === 'deconvnet' || rule === 'guided' ? tf.relu(signal) : signal;
        return [
          rule === 'deconvnet' ? positive : tf.where(tf.greater(x!, 0), positive, tf.mul(positive, alpha!)),
        ];
      },
    },
  };
};
