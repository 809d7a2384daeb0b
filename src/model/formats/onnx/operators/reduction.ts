import { axesOf, range } from '../axes.ts';
import { expectIntegers } from '../builder.ts';
import type { Maps } from '../builder.ts';
import { FoldError } from '../fold-error.ts';
import type { Operator, Step } from './operator.ts';
import { mapsOf } from './operator.ts';

/** Axes as an input or an attribute; all where there are none. Undefined: nothing is reduced. */
function reducedAxes(step: Step, maps: Maps): readonly number[] | undefined {
  const { inputs, attributes } = step;
  const rank = maps.shape.length;
  const given = inputs[1] ? expectIntegers(inputs[1], 'its axes') : attributes.integers('axes', undefined);
  const none = attributes.integer('noop_with_empty_axes', 0) === 1;
  if (given?.length) return [...new Set(axesOf(given, rank))];
  return none ? undefined : range(rank);
}

/** Without the axes of ONNX that are gone; what is stored has lost them already. */
export function withoutAxes(maps: Maps, gone: readonly number[]): Pick<Maps, 'order' | 'batch'> {
  const renumber = (axis: number): number => axis - gone.filter((one) => one < axis).length;
  return {
    order: maps.order.filter((axis) => !gone.includes(axis)).map(renumber),
    batch: maps.batch < 0 || gone.includes(maps.batch) ? -1 : renumber(maps.batch),
  };
}

interface Reduction {
  readonly type: string;
  /** The layer that does it over rows and columns alone. */
  readonly global?: string;
  /** Functions of single values before and after it. */
  readonly before?: string;
  readonly after?: string;
}

function reduction({ type, global, before, after: last }: Reduction): Operator {
  return (step) => {
    const { node, attributes, builder } = step;
    const input = mapsOf(step);
    const axes = reducedAxes(step, input) ?? [];
    const keep = attributes.integer('keepdims', 1) === 1;
    if (axes.includes(input.batch) && builder.batchSize !== 1)
      throw new FoldError('it runs over the axis of the batch', 'Export the model with a batch of one.');
    const maps =
      before === undefined ? input : builder.emit(node, before, {}, [input], { role: before.toLowerCase() });
    const own = axes.filter((axis) => axis !== maps.batch);
    const stored = own.map((axis) => maps.order.indexOf(axis) + 1).sort((a, b) => a - b);
    const after = keep ? { order: maps.order, batch: maps.batch } : withoutAxes(maps, axes);
    const spatial = maps.order.length === 3 && stored.join() === '1,2';
    const role = last === undefined ? {} : { role: type.toLowerCase() };
    const reduced =
      global !== undefined && spatial
        ? builder.emit(node, global, { keepdims: keep }, [maps], { ...after, ...role })
        : builder.emit(node, type, { axis: stored, keepdims: keep }, [maps], { ...after, ...role });
    return [last === undefined ? reduced : builder.emit(node, last, {}, [reduced])];
  };
}

export const reductionOperators: Readonly<Record<string, Operator>> = {
  ReduceMean: reduction({ type: 'Mean', global: 'GlobalAveragePooling2D' }),
  ReduceMax: reduction({ type: 'Max', global: 'GlobalMaxPooling2D' }),
  ReduceMin: reduction({ type: 'Min' }),
  ReduceSum: reduction({ type: 'Sum' }),
  ReduceL1: reduction({ before: 'Absolute', type: 'Sum' }),
  ReduceL2: reduction({ before: 'Square', type: 'Sum', after: 'Sqrt' }),
  ReduceSumSquare: reduction({ before: 'Square', type: 'Sum' }),
  ReduceLogSum: reduction({ type: 'Sum', after: 'Log' }),
  ReduceLogSumExp: reduction({ before: 'Exp', type: 'Sum', after: 'Log' }),
};
