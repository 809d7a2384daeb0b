import { broadcastShape, padShape, sumToShape, withRank } from './broadcasting.ts';
import type { ConfigReader } from './config-reader.ts';
import { show } from './config-reader.ts';
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

/**
 * Its operands are its inputs in their order; of ONNX also constants, at the positions where `constant_shapes` has a shape (null stands
 * for an input).
 */
const concatenate: LayerBuilder = (config, inputs) => {
  const constants = constantShapes(config, inputs);
  let taken = 0;
  const operands = constants.map((shape) => shape ?? inputs[taken++]!);
  const rank = (inputs[0]?.length ?? 0) + 1;
  const axes = config.axes('axis', -1, rank);
  const axis = axes[0]! - 1;
  if (axes.length !== 1 || axis < 0) config.fail('`axis` must be one axis after the batch axis');
  const first = inputs[0] ?? [];
  const fits = operands.every(
    (operand) => operand.length === first.length && operand.every((n, a) => a === axis || n === first[a]),
  );
  if (!fits || inputs.length < 1) {
    config.fail(
      `its inputs have the shapes ${operands.map((operand) => `[${operand.join(', ')}]`).join(', ')}`,
      { why: `The shapes must be equal except along axis ${axis + 1}.` },
    );
  }
  const sizes = operands.map((operand) => operand[axis]!);
  const total = sizes.reduce((all, size) => all + size, 0);
  const isStored = constants.map((shape) => shape !== null);
  return {
    outputShape: first.map((n, a) => (a === axis ? total : n)),
    weights: constants.flatMap((shape, i) =>
      shape ? [{ name: `constant_${i}`, shape, initializer: 'ones' }] : [],
    ),
    // Side by side in space, units of one map would belong to different places; so do the values of a constant.
    ...(axis === first.length - 1 && !isStored.includes(true)
      ? { field: IDENTITY, part: 'alike' as const }
      : { field: GLOBAL }),
    forward({ tf }, tensors, weights) {
      const batch = tensors[0]!.shape[0]!;
      const given = [...tensors];
      const all = constants.map((shape, i) =>
        shape
          ? tf.broadcastTo(tf.reshape(weights[`constant_${i}`]!, [1, ...shape]), [batch, ...shape])
          : given.shift()!,
      );
      return tf.concat(all, axis + 1);
    },
    back: {
      reads: () => READS_NOTHING,
      signals: ({ tf }, { signal }) => tf.split(signal, sizes, axis + 1).filter((_, i) => !isStored[i]),
    },
  };
};

/** For each operand the shape of a constant, or null for an input. */
function constantShapes(config: ConfigReader, inputs: readonly Shape[]): readonly (Shape | null)[] {
  const written = config.raw('constant_shapes') ?? undefined;
  if (written === undefined) return inputs.map(() => null);
  const shapes: readonly unknown[] = Array.isArray(written) ? written : [];
  const valid = shapes.every(
    (shape): shape is Shape | null =>
      shape === null ||
      (Array.isArray(shape) && shape.every((n) => Number.isSafeInteger(n) && (n as number) > 0)),
  );
  if (valid && shapes.filter((shape) => shape === null).length === inputs.length) return shapes;
  return config.fail(`\`constant_shapes\` is ${show(written)}`, {
    why: 'It must be a list with null for each input, and a shape for each constant.',
  });
}

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
  // In the .h5 files of Keras 2 with its package, in which all registered classes without one are.
  { name: 'CustomScaleLayer', aliases: ['Custom>CustomScaleLayer'], kind: 'merging', build: customScale },
  { name: 'Concatenate', kind: 'merging', build: concatenate },
];
