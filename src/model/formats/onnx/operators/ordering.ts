import { axisOf } from '../axes.ts';
import { expectConstant, expectIntegers } from '../builder.ts';
import type { Maps } from '../builder.ts';
import { FoldError } from '../fold-error.ts';
import type { Operator, Step } from './operator.ts';
import { mapsOf, nameless } from './operator.ts';

/** The place of one of ONNX' axes in what is stored, counted from the batch. @throws FoldError where it is the batch */
function storedAxis(maps: Maps, axis: number): number {
  if (axis === maps.batch) throw new FoldError('it goes along the axis of the batch');
  return maps.order.indexOf(axis) + 1;
}

const cumSum: Operator = (step) => {
  const { node, builder, inputs, attributes } = step;
  const maps = mapsOf(step);
  const [given] = expectIntegers(inputs[1], 'its axis');
  const config = {
    axis: storedAxis(maps, axisOf(given ?? NaN, maps.shape.length)),
    exclusive: attributes.integer('exclusive', 0) === 1,
    reverse: attributes.integer('reverse', 0) === 1,
  };
  return [builder.emit(node, 'CumulativeSum', config, [maps])];
};

/** How many are taken: an input, or an attribute before version 10. */
function countOf({ inputs, attributes, opset }: Step): number {
  if (opset < 10) return attributes.integer('k', 0);
  return expectConstant(inputs[1], 'its `k`').values()[0] ?? NaN;
}

const topK: Operator = (step) => {
  const { node, builder, attributes } = step;
  const maps = mapsOf(step);
  const axis = axisOf(attributes.integer('axis', -1), maps.shape.length);
  storedAxis(maps, axis);
  // Those that need not be sorted may be.
  attributes.integer('sorted', 1);
  const k = countOf(step);
  if (!(Number.isInteger(k) && k >= 1 && k <= maps.shape[axis]!))
    throw new FoldError(`its \`k\` is ${k} of ${maps.shape[axis]} values`);
  const order = [...maps.order.filter((one) => one !== axis), axis];
  const ordered = builder.arrange(node, maps, order);
  const config = { k, largest: attributes.integer('largest', 1) === 1 };
  const [values, indices] = node.outputs;
  const found = values ? builder.emit(node, 'TopK', config, [ordered], { order }) : undefined;
  if (!indices) return [found];
  const places = { ...config, indices: true };
  return [
    found && { ...found, whole: maps.whole ?? false },
    { ...builder.emit(node, 'TopK', places, [ordered], { order, role: 'indices' }), whole: true },
  ];
};

const gatherElements: Operator = (step) => {
  const { node, builder, inputs, attributes } = step;
  const maps = mapsOf(step);
  const [, places] = inputs;
  const config = { axis: storedAxis(maps, axisOf(attributes.integer('axis', 0), maps.shape.length)) };
  if (places?.shape.length !== maps.shape.length)
    throw new FoldError(`its indices have the shape [${places?.shape.join(', ') ?? ''}]`);
  if (places.kind === 'constant') {
    const constant = builder.alongside(nameless(places), maps);
    const stored = { ...config, constant_shape: constant.shape };
    return [builder.emit(node, 'GatherElements', stored, [maps], { constants: { constant } })];
  }
  if (places.batch !== maps.batch) throw new FoldError('its indices have the batch in another axis');
  return [builder.emit(node, 'GatherElements', config, [maps, builder.arrange(node, places, maps.order)])];
};

export const orderingOperators: Readonly<Record<string, Operator>> = {
  CumSum: cumSum,
  TopK: topK,
  GatherElements: gatherElements,
};
