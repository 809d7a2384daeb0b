import { broadcastShape, padShape, sumToShape, withRank } from './broadcasting.ts';
import type { LayerBuilder, LayerType, Shape } from './layer-type.ts';
import { GLOBAL, IDENTITY, READS_NOTHING } from './layer-type.ts';

const average: LayerBuilder = (config, inputs) => {
  if (inputs.length < 2)
    config.fail(`the layer has ${inputs.length} inputs`, { why: 'It needs two or more.' });
  const outputShape = broadcastShape(config, inputs);
  const rank = outputShape.length;
  const spatial = (shape: Shape): string => padShape(shape, rank).slice(0, -1).join();
  // A map of one unit, spread over the others, brings its whole field to every place.
  const same = inputs.every((input) => spatial(input) === spatial(outputShape));
  return {
    outputShape,
    weights: [],
    ...(same ? { field: IDENTITY, part: 'alike' as const } : { field: GLOBAL }),
    forward({ tf }, tensors) {
      const sum = tensors.map((x) => withRank(tf, x, rank)).reduce((a, b) => tf.add(a, b));
      return tf.div(sum, inputs.length);
    },
    back: {
      reads: () => READS_NOTHING,
      signals({ tf }, { signal, inputShapes }) {
        const share = tf.div(signal, inputs.length);
        return inputShapes.map((shape) => sumToShape(tf, share, shape));
      },
    },
  };
};

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

/** Of Keras' InceptionResNetV2: the first input, and the second times `scale`. */
const customScale: LayerBuilder = (config, inputs) => {
  const [shape, other] = inputs;
  if (inputs.length !== 2 || shape!.join() !== other!.join())
    config.fail(`the layer has ${inputs.length} inputs`, { why: 'It needs two of one shape.' });
  const scale = config.number('scale', 1);
  return {
    outputShape: shape!,
    weights: [],
    field: IDENTITY,
    part: 'alike',
    forward: ({ tf }, [x, residual]) => tf.add(x!, tf.mul(residual!, scale)),
    back: {
      reads: () => READS_NOTHING,
      signals: ({ tf }, { signal }) => [signal, tf.mul(signal, scale)],
    },
  };
};

export const mergings: readonly LayerType[] = [
  { name: 'Average', kind: 'merging', build: average },
  { name: 'CustomScaleLayer', kind: 'merging', build: customScale },
  { name: 'Concatenate', kind: 'merging', build: concatenate },
];
