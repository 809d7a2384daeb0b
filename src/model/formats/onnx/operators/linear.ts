import { expectConstant, expectMaps } from '../builder.ts';
import type { Maps, Value } from '../builder.ts';
import { range } from '../axes.ts';
import type { Constant } from '../constant.ts';
import { broadcastShape, deferred, reshaped, sizeOf, transposed } from '../constant.ts';
import { mapValues } from '../fold-arithmetic.ts';
import { FoldError } from '../fold-error.ts';
import { ofRank } from './elementwise.ts';
import type { Operator, Step } from './operator.ts';
import { reshapeMaps } from './reshape.ts';

/** Multiplies along one of ONNX' axes by a matrix [from, to]. */
export function denseAlong(
  { node, builder }: Pick<Step, 'node' | 'builder'>,
  maps: Maps,
  axis: number,
  kernel: Constant,
  bias: Constant | undefined,
): Maps {
  if (maps.batch === axis) throw new FoldError('it multiplies along the axis of the batch');
  const order = [...maps.order.filter((one) => one !== axis), axis];
  const ordered = builder.arrange(node, maps, order);
  const config = { units: kernel.shape[1]!, use_bias: bias !== undefined };
  const constants = { kernel, ...(bias ? { bias } : {}) };
  if (maps.shape[axis] !== kernel.shape[0])
    throw new FoldError(
      `its input has ${maps.shape[axis]} values, and its weights are for ${kernel.shape[0]}`,
    );
  return builder.emit(node, 'Dense', config, [ordered], { constants, order });
}

/** A constant as one value for each of `count` units; undefined where it is something else. */
function perUnit(value: Constant, count: number, step: Step): Constant | undefined {
  const { shape } = value;
  if (sizeOf(shape) === count && (shape.at(-1) === count || count === 1)) return reshaped(value, [count]);
  if (sizeOf(shape) !== 1) return undefined;
  return deferred([count], 'float', step.builder.budget, (out) => out.fill(value.values()[0]!));
}

const scaled = (value: Constant, factor: number, { builder }: Step): Constant =>
  factor === 1
    ? value
    : {
        ...mapValues(value, builder.budget, (x) => x * factor, 'float'),
        ...(value.name === undefined ? {} : { name: value.name }),
      };

const renamed = (value: Constant, source: Constant): Constant =>
  source.name === undefined ? value : { ...value, name: source.name };

const gemm: Operator = (step) => {
  const { inputs, attributes, builder } = step;
  const alpha = attributes.float('alpha', 1);
  const beta = attributes.float('beta', 1);
  attributes.integer('broadcast', 0);
  const x = expectMaps(inputs[0]);
  const weights = expectConstant(inputs[1], 'its weight');
  if (x.shape.length !== 2 || weights.shape.length !== 2)
    throw new FoldError(
      `its inputs have the shapes [${x.shape.join(', ')}] and [${weights.shape.join(', ')}]`,
    );
  const matrix =
    attributes.integer('transB', 0) === 1 ? transposed(weights, [1, 0], builder.budget) : weights;
  const kernel = renamed(scaled(matrix, alpha, step), weights);
  const added = inputs[2] && expectConstant(inputs[2], 'its bias');
  const bias = added && perUnit(added, kernel.shape[1]!, step);
  if (added && !bias) throw new FoldError(`its bias has the shape [${added.shape.join(', ')}]`);
  const axis = attributes.integer('transA', 0) === 1 ? 0 : 1;
  const result = denseAlong(step, x, axis, kernel, bias && scaled(bias, beta, step));
  if (axis === 1) return [result];
  // Of a transposed input the axes of the result change places.
  const swap = (one: number): number => (one < 0 ? one : 1 - one);
  const shape = [result.shape[1]!, result.shape[0]!];
  return [{ ...result, shape, order: result.order.map(swap), batch: swap(result.batch) }];
};

/** Matrix products with a constant; with a bias where one follows (fusions.ts). */
export const matMul: Operator = (step) => {
  const { inputs, builder } = step;
  const [a, b] = inputs as [Value, Value];
  if (a.kind === 'maps' && b.kind === 'maps') return [product(step, a, b)];
  if (a.kind === 'constant') {
    // W·x is, column by column, a product with the transposed matrix along the axis before the last.
    const x = expectMaps(b);
    const rank = x.shape.length;
    if (a.shape.length > 2 && rank >= 2) return [stackedProduct(step, x, a, 'left')];
    if (a.shape.length !== 2 || rank < 2)
      throw new FoldError(`its first input has the shape [${a.shape.join(', ')}]`);
    return [denseAlong(step, x, rank - 2, renamed(transposed(a, [1, 0], builder.budget), a), undefined)];
  }
  const x = expectMaps(a);
  const kernel = expectConstant(b, 'its second input');
  if (kernel.shape.length === 1) {
    const column = denseAlong(
      step,
      x,
      x.shape.length - 1,
      reshaped(kernel, [kernel.shape[0]!, 1]),
      undefined,
    );
    return [reshapeMaps(step, column, x.shape.slice(0, -1))];
  }
  // Matrices that are the same for all of a batch may have axes of 1 in front.
  const shape = kernel.shape.slice(-2);
  if (sizeOf(kernel.shape) !== sizeOf(shape) || kernel.shape.length > x.shape.length) {
    if (inputs[2] || x.shape.length < 2 || shape.length !== 2)
      throw new FoldError(`its second input has the shape [${kernel.shape.join(', ')}]`);
    return [stackedProduct(step, x, kernel, 'right')];
  }
  const bias = inputs[2] && perUnit(expectConstant(inputs[2], 'its bias'), shape[1]!, step);
  return [denseAlong(step, x, x.shape.length - 1, reshaped(kernel, shape), bias)];
};

/** A product with a constant that has several matrices. */
function stackedProduct(
  { node, builder }: Step,
  given: Maps,
  constant: Constant,
  side: 'left' | 'right',
): Maps {
  const x = ofRank(builder, node, given, constant.shape.length);
  const rank = x.shape.length;
  if (x.batch >= rank - 2) throw new FoldError('it multiplies along the axis of the batch');
  const leading = range(rank).filter((axis) => axis !== x.batch);
  const maps = builder.arrange(node, x, leading);
  const stored = builder.alongside(constant, { order: leading, batch: x.batch });
  const config = { constant_shape: stored.shape, constant_side: side };
  return builder.emit(node, 'MatMul', config, [maps], { constants: { constant: stored }, order: leading });
}

/** A product of two inputs from the image, as in attention. */
function product({ node, builder }: Step, first: Maps, second: Maps): Maps {
  const rank = first.shape.length;
  if (rank !== second.shape.length || rank < 2 || first.batch !== second.batch || first.batch >= rank - 2)
    throw new FoldError(
      `its inputs have the shapes [${first.shape.join(', ')}] and [${second.shape.join(', ')}]`,
      'Both need as many axes, and the same one for the batch.',
    );
  const leading = range(rank).filter((axis) => axis !== first.batch);
  const a = builder.arrange(node, first, leading);
  const b = builder.arrange(node, second, leading);
  broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  return builder.emit(node, 'MatMul', {}, [a, b], { order: leading });
}

export const linearOperators: Readonly<Record<string, Operator>> = {
  Gemm: gemm,
  MatMul: matMul,
};
