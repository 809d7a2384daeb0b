import type { Builder, Maps, Value } from '../builder.ts';
import { range } from '../axes.ts';
import { broadcastShape, reshaped } from '../constant.ts';
import type { Constant } from '../constant.ts';
import { FoldError } from '../fold-error.ts';
import type { OnnxNode } from '../nodes.ts';
import type { Operator, Step } from './operator.ts';
import { mapsOf, nameless } from './operator.ts';

/** Maps with axes of 1 in front, until they have as many as ONNX' rule of stretching needs. */
function withRank(maps: Maps, rank: number): Maps {
  const more = rank - maps.shape.length;
  if (more <= 0) return maps;
  return {
    ...maps,
    shape: [...range(more).map(() => 1), ...maps.shape],
    order: [...range(more), ...maps.order.map((axis) => axis + more)],
    batch: maps.batch < 0 ? -1 : maps.batch + more,
  };
}

/**
 * Several maps with the same axes in the same order, so that they can be stretched to one another.
 *
 * @throws FoldError where they hold the batch in different axes
 */
export function aligned(builder: Builder, node: OnnxNode, given: readonly Maps[]): readonly Maps[] {
  const rank = Math.max(...given.map(({ shape }) => shape.length));
  const ranked = given.map((maps) => ({ maps: withRank(maps, rank), grown: maps.shape.length < rank }));
  const batch = Math.max(...ranked.map(({ maps }) => maps.batch));
  // The order of the one with the most values: the others are likely to be stretched.
  const size = ({ shape }: Maps): number => shape.reduce((product, n) => product * n, 1);
  const largest = ranked.reduce((a, b) => (size(b.maps) > size(a.maps) ? b : a)).maps;
  const order = [...largest.order];
  // Axes are in the order of the largest; one that is the batch of others is none of its own.
  const outputOrder = order.filter((axis) => axis !== batch);
  return ranked.map(({ maps, grown }) => {
    if (maps.batch !== batch && (maps.batch >= 0 || (batch >= 0 && maps.shape[batch] !== 1)))
      throw new FoldError('its inputs have the batch in different axes');
    if (maps.batch === batch && !grown) return builder.arrange(node, maps, outputOrder);
    const own = maps.order.filter((axis) => maps.shape[axis] !== 1 && axis !== batch);
    const long = outputOrder.filter((axis) => maps.shape[axis] !== 1);
    const target = own.join() === long.join() ? outputOrder : maps.order.filter((axis) => axis !== batch);
    const target_shape = target.map((axis) => maps.shape[axis]!);
    const emitted = builder.emit(node, 'Reshape', { target_shape }, [maps], {
      role: 'reshape',
      order: target,
      batch,
    });
    return builder.arrange(node, emitted, outputOrder);
  });
}

/** One operation of two inputs, either of which may be a constant. @param name of the layer's part in a node that becomes several */
export function combineTwo(
  { node, builder }: Pick<Step, 'node' | 'builder'>,
  type: string,
  a: Value,
  b: Value,
  name?: string,
): Maps {
  const role = name === undefined ? {} : { role: name };
  if (a.kind === 'maps' && b.kind === 'maps') {
    const [left, right] = aligned(builder, node, [a, b]) as [Maps, Maps];
    broadcastShape(left.shape, right.shape);
    return builder.emit(node, type, {}, [left, right], role);
  }
  if (a.kind === 'constant' && b.kind === 'constant')
    throw new FoldError('it takes two constants, and what it takes besides is not supported');
  const maps = (a.kind === 'maps' ? a : b) as Maps;
  const value = (a.kind === 'maps' ? b : a) as Constant;
  const ranked = ofRank(builder, node, maps, value.shape.length);
  const other = builder.alongside(value, ranked);
  broadcastShape(ranked.shape, value.shape);
  const side = a.kind === 'constant' ? { constant_side: 'left' } : {};
  // Axes of 1 in front are what NumPy would put there.
  const first = other.shape.findIndex((n) => n !== 1);
  const shape = first < 0 ? [] : other.shape.slice(first);
  if (!shape.length) {
    const number = other.values()[0]!;
    if (Number.isFinite(number))
      return builder.emit(node, type, { constant: number, ...side }, [ranked], role);
  }
  const full = shape.length ? shape : [1];
  const stored = { ...other, shape: full, values: () => other.values() };
  return builder.emit(node, type, { constant_shape: full, ...side }, [ranked], {
    ...role,
    constants: { constant: stored },
  });
}

/** Maps with at least that many axes, those of 1 that are missing in front. */
export const ofRank = (builder: Builder, node: OnnxNode, maps: Maps, rank: number): Maps =>
  rank > maps.shape.length ? aligned(builder, node, [maps, oneOfRank(maps, rank)])[0]! : maps;

/** Stands for maps of that rank when axes are counted; never computed. */
function oneOfRank(maps: Maps, rank: number): Maps {
  const grown = withRank(maps, rank);
  return { ...grown, shape: grown.shape.map(() => 1) };
}

/** Before version 7 of the operators, the second input stands below the axes of the first from `axis` on. */
function atAxis({ attributes }: Step, a: Value, b: Value): Value {
  attributes.integer('broadcast', 0);
  const axis = attributes.integer('axis', undefined);
  const behind = axis === undefined || axis < 0 ? 0 : a.shape.length - axis - b.shape.length;
  if (behind <= 0) return b;
  if (b.kind === 'maps') throw new FoldError('its `axis` is only supported for constants');
  return reshaped(b, [...b.shape, ...range(behind).map(() => 1)]);
}

const binary =
  (type: string): Operator =>
  (step) => {
    const [a, b] = step.inputs;
    if (!a || !b) throw new FoldError('it needs two inputs');
    return [combineTwo(step, type, a, step.opset < 7 ? atAxis(step, a, b) : b)];
  };

/** Of whole numbers towards zero. */
const divide: Operator = (step) => {
  const [a, b] = step.inputs;
  const given = [a, b].filter((one): one is Maps => one?.kind === 'maps');
  if (!a || !b || !given.every(({ whole }) => whole)) return binary('Divide')(step);
  return [step.builder.emit(step.node, 'Truncate', {}, [combineTwo(step, 'Divide', a, b, 'quotient')])];
};

/** What a division leaves: a - b·⌊a/b⌋, or with the quotient cut off towards zero. */
const modulo: Operator = (step) => {
  const [a, b] = step.inputs;
  if (!a || !b) throw new FoldError('it needs two inputs');
  const rounding = step.attributes.integer('fmod', 0) === 1 ? 'Truncate' : 'Floor';
  const quotient = step.builder.emit(
    step.node,
    rounding,
    {},
    [combineTwo(step, 'Divide', a, b, 'quotient')],
    { role: 'rounded' },
  );
  return [combineTwo(step, 'Subtract', a, combineTwo(step, 'Multiply', quotient, b, 'multiple'))];
};

/** Of any number of inputs. */
const several =
  (type: string): Operator =>
  (step) => {
    const given = step.inputs.filter((one) => one !== undefined);
    const maps = given.filter((one): one is Maps => one.kind === 'maps');
    if (maps.length === given.length && maps.length > 1) {
      const all = aligned(step.builder, step.node, maps);
      broadcastShape(...all.map(({ shape }) => shape));
      return [step.builder.emit(step.node, type, {}, all)];
    }
    // Their order does not matter; each constant meets maps.
    const [first, ...rest] = [...maps, ...given.filter(({ kind }) => kind === 'constant')];
    return [rest.reduce<Value>((a, b) => combineTwo(step, type, a, b), first!)];
  };

const unary =
  (type: string): Operator =>
  (step) => [step.builder.emit(step.node, type, {}, [mapsOf(step)])];

/** The mean of several: their sum, divided. */
const mean: Operator = (step) => {
  const maps = step.inputs.filter((one): one is Maps => one?.kind === 'maps');
  if (maps.length !== step.inputs.length) throw new FoldError('it takes the mean of a constant');
  if (maps.length === 1) return [step.builder.emit(step.node, 'Identity', {}, maps)];
  return [step.builder.emit(step.node, 'Average', {}, aligned(step.builder, step.node, maps))];
};

const where: Operator = (step) => {
  const { builder, node, inputs } = step;
  const [condition, a, b] = inputs;
  if (!condition || !a || !b || inputs.length > 3) throw new FoldError('it needs three inputs');
  const rank = Math.max(...inputs.map((one) => one!.shape.length));
  const maps = aligned(
    builder,
    node,
    inputs.filter((one): one is Maps => one?.kind === 'maps').map((one) => ofRank(builder, node, one, rank)),
  );
  const [first] = maps;
  const beside = (value: Value): Constant | undefined =>
    value.kind === 'constant' ? builder.alongside(nameless(value), first!) : undefined;
  broadcastShape(condition.shape, a.shape, b.shape);
  const flags = beside(condition);
  if (a.kind === 'constant' && b.kind === 'constant')
    return [betweenConstants(step, first!, beside(a)!, beside(b)!)];
  const other = beside(a) ?? beside(b);
  const config = {
    ...(flags && { condition_shape: flags.shape }),
    ...(other && { constant_shape: other.shape, constant_side: a.kind === 'constant' ? 'left' : 'right' }),
  };
  const constants = { ...(flags && { condition: flags }), ...(other && { constant: other }) };
  return [builder.emit(node, 'Where', config, maps, { constants })];
};

/** One of two constants, by a condition from the image: the second in the place of zeros. */
function betweenConstants({ node, builder }: Step, condition: Maps, a: Constant, b: Constant): Maps {
  const zeros = builder.emit(node, 'Multiply', { constant: 0 }, [condition], { role: 'zeros' });
  const otherwise = builder.emit(node, 'Add', { constant_shape: b.shape }, [zeros], {
    role: 'otherwise',
    constants: { constant: b },
  });
  return builder.emit(
    node,
    'Where',
    { constant_shape: a.shape, constant_side: 'left' },
    [condition, otherwise],
    { constants: { constant: a } },
  );
}

/** Of what is 1 or 0. */
const not: Operator = (step) => [
  step.builder.emit(step.node, 'Subtract', { constant: 1, constant_side: 'left' }, [mapsOf(step)]),
];

export const elementwiseOperators: Readonly<Record<string, Operator>> = {
  Add: binary('Add'),
  Sub: binary('Subtract'),
  Mod: modulo,
  Mul: binary('Multiply'),
  Div: divide,
  Pow: binary('Power'),
  Max: several('Maximum'),
  Min: several('Minimum'),
  Sum: several('Add'),
  Mean: mean,
  Where: where,
  // What these give is 1 where it holds, and 0 elsewhere.
  Greater: binary('Greater'),
  GreaterOrEqual: binary('GreaterEqual'),
  Less: binary('Less'),
  LessOrEqual: binary('LessEqual'),
  Equal: binary('Equal'),
  And: binary('Multiply'),
  Or: binary('Maximum'),
  Not: not,
  Sqrt: unary('Sqrt'),
  Exp: unary('Exp'),
  Log: unary('Log'),
  Neg: unary('Negative'),
  Abs: unary('Absolute'),
  Reciprocal: unary('Reciprocal'),
  Erf: unary('Erf'),
  Floor: unary('Floor'),
  Ceil: unary('Ceil'),
  Round: unary('Round'),
  Sign: unary('Sign'),
  Sin: unary('Sin'),
  Cos: unary('Cos'),
};
