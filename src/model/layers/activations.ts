import { activationLayers } from './activation-config.ts';
import type { Layer, LayerBuilder, LayerType } from './layer-type.ts';
import { GLOBAL, IDENTITY } from './layer-type.ts';
import { activationReads } from './rules.ts';
import { oneInput } from './windows.ts';

function nonlinearity(type: string): LayerBuilder {
  return (config, inputs): Layer => {
    const outputShape = oneInput(config, inputs);
    const activation = activationLayers[type]!(config, outputShape.length + 1);
    const lastAxis = outputShape.length;
    return {
      outputShape,
      weights: [],
      ...(activation.axes ? {} : { formula: { kind: 'function' as const, activation } }),
      // A softmax over rows and columns brings the whole map to every place.
      ...(activation.axes?.some((axis) => axis !== lastAxis)
        ? { field: GLOBAL }
        : { field: IDENTITY, part: 'alike' as const }),
      forward: (run, [x]) => run.activate(activation, x!),
      back: {
        reads: (rules) => activationReads(activation, rules),
        signals: (run, { signal, output }) => [run.through(activation, signal, output)],
      },
    };
  };
}

const prelu: LayerBuilder = (config, inputs) => {
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
    // tf.prelu of the WebAssembly backend takes slopes that are to be spread over channels for those of other values.
    forward: ({ tf }, [x], { alpha }) => tf.add(tf.relu(x!), tf.mul(tf.minimum(x!, 0), alpha!)),
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

export const activations: readonly LayerType[] = [
  ...Object.keys(activationLayers).map((name): LayerType => ({
    name,
    kind: 'activation',
    build: nonlinearity(name),
  })),
  { name: 'PReLU', kind: 'activation', build: prelu },
];
