import type { Tensor } from '@tensorflow/tfjs-core';
import { place } from './arithmetic.ts';
import { broadcastShape, sumToShape, withRank } from './broadcasting.ts';
import type { ConfigReader } from './config-reader.ts';
import { readConstant } from './constant.ts';
import type { LayerBuilder, LayerType, Shape, Tf } from './layer-type.ts';

/** The shape of a condition that is stored with the weights; undefined where it is the first input. */
function storedCondition(config: ConfigReader): Shape | undefined {
  const written = config.raw('condition_shape') ?? undefined;
  if (written === undefined) return undefined;
  const sizes: readonly unknown[] = Array.isArray(written) ? written : [];
  const fits = sizes.length > 0 && sizes.every((n) => Number.isSafeInteger(n) && (n as number) > 0);
  if (!fits) config.fail('`condition_shape` is no shape');
  return sizes as Shape;
}

/**
 * Where a condition holds (is not 0), the first operand; elsewhere the second. The condition is the first input, or known beforehand
 * (`condition_shape`). Either operand may be a constant (`constant_side`). A value that is not taken has no effect, even where it is not a
 * number; no signal reaches the condition.
 */
const where: LayerBuilder = (config, inputs) => {
  const stored = storedCondition(config);
  const operandShapes = stored ? inputs : inputs.slice(1);
  const constant = readConstant(config, operandShapes[0]?.length ?? 0);
  if (operandShapes.length !== (constant ? 1 : 2))
    config.fail(`the layer has ${inputs.length} inputs`, {
      why: `It needs two, or one and a constant${stored ? '' : ', behind its condition'}.`,
    });
  const all = [...inputs, ...(stored ? [stored] : []), ...(constant ? [constant.shape] : [])];
  const outputShape = broadcastShape(config, all);
  const rank = outputShape.length;
  const full = (tf: Tf, x: Tensor, batch: number): Tensor =>
    tf.broadcastTo(withRank(tf, x, rank), [batch, ...outputShape]);
  // A cast to bool would cut off fractions on WebAssembly.
  const chosen = (tf: Tf, flags: Tensor, batch: number): Tensor =>
    tf.notEqual(full(tf, stored ? tf.reshape(flags, [1, ...stored]) : flags, batch), 0);
  return {
    outputShape,
    weights: [
      ...(stored ? [{ name: 'condition', shape: stored, initializer: 'ones' }] : []),
      ...(constant?.weights ?? []),
    ],
    // A known condition belongs to places: a part cannot be computed by itself.
    field: place(inputs, stored ?? [], outputShape).field,
    forward({ tf }, given, weights) {
      const batch = given[0]!.shape[0]!;
      const flags = stored ? weights['condition']! : given[0]!;
      const operands = (stored ? given : given.slice(1)).map((x) => full(tf, x, batch));
      if (constant) operands.splice(constant.first ? 0 : 1, 0, full(tf, constant.tensor(tf, weights), batch));
      return tf.where(chosen(tf, flags, batch), operands[0]!, operands[1]!);
    },
    back: {
      reads: () => ({ inputs: !stored, output: false }),
      signals({ tf }, { signal, inputs: [condition], inputShapes }, weights) {
        const mask = chosen(tf, stored ? weights['condition']! : condition!, signal.shape[0]!);
        const none = tf.zerosLike(signal);
        const sides = [tf.where(mask, signal, none), tf.where(mask, none, signal)];
        const taken = constant ? [sides[constant.first ? 1 : 0]!] : sides;
        const shapes = stored ? inputShapes : inputShapes.slice(1);
        const signals = shapes.map((shape, i) => sumToShape(tf, taken[i]!, shape));
        return stored ? signals : [tf.zeros([...inputShapes[0]!]), ...signals];
      },
    },
  };
};

export const choosings: readonly LayerType[] = [{ name: 'Where', kind: 'merging', build: where }];
