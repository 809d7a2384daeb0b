import type { Maps, Value } from '../builder.ts';
import { expectMaps } from '../builder.ts';
import type { Constant } from '../constant.ts';
import { reshaped, sizeOf, transposed } from '../constant.ts';
import { einsumOf, labelSizes, readEquation } from '../einsum.ts';
import { FoldError } from '../fold-error.ts';
import { matMul } from './linear.ts';
import type { Operator, Step } from './operator.ts';
import { withoutAxes } from './reduction.ts';
import { reshapeMaps } from './reshape.ts';

/** An input with the labels of its axes. */
interface Labelled<T extends Value = Value> {
  readonly value: T;
  readonly labels: readonly string[];
}

/** The same axes in the order of these labels: to maps that is only another numbering. */
function ordered(step: Step, { value, labels }: Labelled, wanted: readonly string[]): Value {
  const perm = wanted.map((label) => labels.indexOf(label));
  if (value.kind === 'constant')
    return perm.every((axis, i) => axis === i) ? value : transposed(value, perm, step.builder.budget);
  return {
    ...value,
    shape: perm.map((axis) => value.shape[axis]!),
    order: value.order.map((axis) => perm.indexOf(axis)),
    batch: value.batch < 0 ? -1 : perm.indexOf(value.batch),
  };
}

/** Without the axes of labels that stand nowhere else: their sum. */
function summed(step: Step, { value, labels }: Labelled, gone: readonly string[]): Labelled {
  if (gone.length === 0) return { value, labels };
  const kept = labels.filter((label) => !gone.includes(label));
  if (value.kind === 'constant')
    return {
      value: einsumOf({ inputs: [labels], output: kept }, [value], step.builder.budget),
      labels: kept,
    };
  const axes = gone.map((label) => labels.indexOf(label));
  if (axes.includes(value.batch)) throw new FoldError('it runs over the axis of the batch');
  const axis = axes.map((one) => value.order.indexOf(one) + 1);
  const config = { axis, keepdims: false };
  const sum = step.builder.emit(step.node, 'Sum', config, [value], {
    ...withoutAxes(value, axes),
    role: 'sum',
  });
  return { value: sum, labels: kept };
}

function inShape(step: Step, value: Value, shape: readonly number[]): Value {
  return value.kind === 'constant' ? reshaped(value, shape) : reshapeMaps(step, value, shape);
}

/** One input: sums and another order. Two: a product of matrices, for each of the labels that both and the output have. */
const einsum: Operator = (step) => {
  const given = step.inputs.map((value) => value ?? expectMaps(value));
  if (given.length > 2)
    throw new FoldError('it has more than two inputs', 'Write it as several, of two inputs each.');
  const shapes = given.map(({ shape }) => shape);
  const equation = readEquation(step.attributes.text('equation', ''), shapes);
  const sizes = labelSizes(equation, shapes);
  const { output } = equation;
  const alone = (own: readonly string[]): readonly string[] =>
    own.filter(
      (label) => !output.includes(label) && equation.inputs.filter((one) => one.includes(label)).length === 1,
    );
  const inputs = given.map((value, i) =>
    summed(step, { value, labels: equation.inputs[i]! }, alone(equation.inputs[i]!)),
  );
  if (inputs.length === 1) return [ordered(step, inputs[0]!, output)];
  // The image comes first; what is multiplied has no order.
  const [a, b] = (inputs[0]!.value.kind === 'maps' ? inputs : [...inputs].reverse()) as [
    Labelled<Maps>,
    Labelled<Maps | Constant>,
  ];
  const shared = a.labels.filter((label) => b.labels.includes(label));
  const inner = shared.filter((label) => !output.includes(label));
  const batch = a.value.batch < 0 ? undefined : a.labels[a.value.batch];
  if (batch !== undefined && inner.includes(batch)) throw new FoldError('it runs over the axis of the batch');
  const isLeading = (label: string): boolean => label === batch || shared.includes(label);
  const leading = [...output].filter((label) => a.labels.includes(label) && isLeading(label));
  // The batch before all others.
  leading.sort((x, y) => Number(y === batch) - Number(x === batch));
  const left = a.labels.filter((label) => !leading.includes(label) && !inner.includes(label));
  const outer = leading.filter((label) => b.labels.includes(label));
  const right = b.labels.filter((label) => !outer.includes(label) && !inner.includes(label));
  const size = (labels: readonly string[]): number[] => labels.map((label) => sizes.get(label)!);
  const matrices = [
    inShape(step, ordered(step, a, [...leading, ...left, ...inner]), [
      ...size(leading),
      ...[sizeOf(size(left)), sizeOf(size(inner))],
    ]),
    inShape(step, ordered(step, b, [...outer, ...inner, ...right]), [
      ...size(outer),
      ...[sizeOf(size(inner)), sizeOf(size(right))],
    ]),
  ];
  const [product] = matMul({ ...step, inputs: matrices });
  const labels = [...leading, ...left, ...right];
  return [ordered(step, { value: inShape(step, product!, size(labels)), labels }, output)];
};

export const einsumOperators: Readonly<Record<string, Operator>> = { Einsum: einsum };
