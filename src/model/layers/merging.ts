import type { Tensor } from '@tensorflow/tfjs-core';
import type { ConfigReader } from './config-reader.ts';
import type { LayerBuilder, LayerType, Shape, Tf } from './layer-type.ts';
import { GLOBAL, IDENTITY, READS_NOTHING } from './layer-type.ts';

type Merge = (tf: Tf, inputs: readonly Tensor[]) => Tensor;

/** What each of n inputs of the output's own shape gets of its signal. */
type Share = (tf: Tf, signal: Tensor, n: number) => Tensor;

/** The shape all inputs are stretched to: along each axis they are equal, or 1. */
function broadcast(config: ConfigReader, inputs: readonly Shape[]): Shape {
  const rank = inputs[0]?.length ?? 0;
  const shape = Array.from({ length: rank }, (_, axis) =>
    Math.max(...inputs.map((input) => input[axis] ?? NaN)),
  );
  const fits = inputs.every(
    (input) => input.length === rank && input.every((n, axis) => n === 1 || n === shape[axis]),
  );
  if (fits && inputs.length > 1) return shape;
  return config.fail(
    inputs.length === 0
      ? 'the layer has no inputs'
      : `its inputs have the shapes ${inputs.map((input) => `[${input.join(', ')}]`).join(', ')}`,
    {
      why: 'The layer needs two or more inputs of one shape.',
    },
  );
}

function merging(merge: Merge, exactly?: number, share?: Share): LayerBuilder {
  return (config, inputs) => {
    if (exactly !== undefined && inputs.length !== exactly)
      config.fail(`the layer has ${inputs.length} inputs, not ${exactly}`);
    const outputShape = broadcast(config, inputs);
    // A map of one unit, spread over the others, brings its whole field to every place.
    const aligned = inputs.every((input) => input.slice(0, -1).join() === outputShape.slice(0, -1).join());
    const alike = inputs.every((input) => input.join() === outputShape.join());
    return {
      outputShape,
      weights: [],
      field: aligned ? IDENTITY : GLOBAL,
      ...(aligned ? { part: 'alike' as const } : {}),
      forward: ({ tf }, tensors) => merge(tf, tensors),
      back:
        share && alike
          ? {
              reads: () => READS_NOTHING,
              signals({ tf }, { signal }) {
                const part = share(tf, signal, inputs.length);
                return inputs.map(() => part);
              },
            }
          : undefined,
    };
  };
}

const pairwise =
  (op: (tf: Tf, a: Tensor, b: Tensor) => Tensor): Merge =>
  (tf, inputs) =>
    inputs.reduce((a, b) => op(tf, a, b));

const sum = pairwise((tf, a, b) => tf.add(a, b));

const add = merging(sum, undefined, (_tf, signal) => signal);
const subtract = merging(
  pairwise((tf, a, b) => tf.sub(a, b)),
  2,
);
const multiply = merging(pairwise((tf, a, b) => tf.mul(a, b)));
const average = merging(
  (tf, inputs) => tf.div(sum(tf, inputs), inputs.length),
  undefined,
  (tf, signal, n) => tf.div(signal, n),
);
const maximum = merging(pairwise((tf, a, b) => tf.maximum(a, b)));
const minimum = merging(pairwise((tf, a, b) => tf.minimum(a, b)));

const concatenate: LayerBuilder = (config, inputs) => {
  const rank = (inputs[0]?.length ?? 0) + 1;
  const axes = config.axes('axis', -1, rank);
  const axis = axes[0]! - 1;
  if (axes.length !== 1 || axis < 0) config.fail('`axis` must be one axis after the batch axis');
  const first = inputs[0] ?? [];
  const fits = inputs.every(
    (input) => input.length === first.length && input.every((n, a) => a === axis || n === first[a]),
  );
  if (!fits || inputs.length < 1) {
    config.fail(`its inputs have the shapes ${inputs.map((input) => `[${input.join(', ')}]`).join(', ')}`, {
      why: `The shapes must be equal except along axis ${axis + 1}.`,
    });
  }
  const total = inputs.reduce((all, input) => all + input[axis]!, 0);
  return {
    outputShape: first.map((n, a) => (a === axis ? total : n)),
    weights: [],
    // Side by side in space, units of one map would belong to different places.
    ...(axis === first.length - 1 ? { field: IDENTITY, part: 'alike' as const } : { field: GLOBAL }),
    forward: ({ tf }, tensors) => tf.concat([...tensors], axis + 1),
    back: {
      reads: () => READS_NOTHING,
      signals: ({ tf }, { signal }) =>
        tf.split(
          signal,
          inputs.map((input) => input[axis]!),
          axis + 1,
        ),
    },
  };
};

export const mergings: readonly LayerType[] = [
  { name: 'Add', kind: 'merging', build: add },
  { name: 'Subtract', kind: 'merging', build: subtract },
  { name: 'Multiply', kind: 'merging', build: multiply },
  { name: 'Average', kind: 'merging', build: average },
  { name: 'Maximum', kind: 'merging', build: maximum },
  { name: 'Minimum', kind: 'merging', build: minimum },
  { name: 'Concatenate', kind: 'merging', build: concatenate },
];
