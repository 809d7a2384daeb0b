import { axisOf, range } from '../axes.ts';
import { expectConstant } from '../builder.ts';
import type { Maps } from '../builder.ts';
import { sizeOf } from '../constant.ts';
import { FoldError } from '../fold-error.ts';
import type { Operator, Step } from './operator.ts';
import { mapsOf } from './operator.ts';

/** A layer that works value by value and has these options. */
function elementwise(type: string, options: (step: Step) => Record<string, unknown> = () => ({})): Operator {
  return (step) => [step.builder.emit(step.node, type, options(step), [mapsOf(step)])];
}

const activation = (name: string): Operator => elementwise('Activation', () => ({ activation: name }));

/** A number that is an input in later versions and an attribute in earlier ones; undefined where it is left out. */
function bound({ inputs, attributes }: Step, input: number, name: string): number | undefined {
  const given = inputs[input];
  if (given) return expectConstant(given, `its \`${name}\``).values()[0];
  return attributes.float(name, undefined);
}

/** Bounds as large as a float's largest stand for none. */
const finite = (value: number | undefined): number | undefined =>
  value !== undefined && Math.abs(value) < 3.4e38 ? value : undefined;

export function clipped(
  { node, builder }: Step,
  maps: Maps,
  low: number | undefined,
  high: number | undefined,
): Maps {
  const [min, max] = [finite(low), finite(high)];
  if (min === undefined && max === undefined) return builder.emit(node, 'Identity', {}, [maps]);
  if (min === 0 && (max === undefined || max > 0)) {
    return builder.emit(node, 'ReLU', max === undefined ? {} : { max_value: max }, [maps]);
  }
  const bounds = {
    ...(min === undefined ? {} : { x_min: min }),
    ...(max === undefined ? {} : { x_max: max }),
  };
  return builder.emit(node, 'Clip', bounds, [maps]);
}

const clip: Operator = (step) => [clipped(step, mapsOf(step), bound(step, 1, 'min'), bound(step, 2, 'max'))];

/** Before version 13 of the operators, over all axes from `axis` on. */
function normalizing(type: string): Operator {
  return (step) => {
    const { node, attributes, builder, opset } = step;
    const maps = mapsOf(step);
    const rank = maps.shape.length;
    const first = axisOf(attributes.integer('axis', opset < 13 ? 1 : -1), rank);
    const axes = opset < 13 ? range(rank - first, first) : [first];
    const stored = axes.flatMap((axis) => {
      if (axis !== maps.batch) return [maps.order.indexOf(axis) + 1];
      if (axes.length === 1 && first === maps.batch)
        throw new FoldError('it runs over the axis of the batch');
      return [];
    });
    stored.sort((a, b) => a - b);
    return [builder.emit(node, type, { axis: stored.length === 1 ? stored[0]! : stored }, [maps])];
  };
}

/** One slope, or one for each channel; stretched to the input as ONNX stretches. */
const prelu: Operator = (step) => {
  const { node, builder } = step;
  const maps = mapsOf(step);
  const slope = expectConstant(step.inputs[1], 'its slope');
  const rank = maps.shape.length;
  // PyTorch wrote slopes as [channels] before versions of ONNX spelled out how they are stretched.
  const shape =
    slope.shape.length === 1 &&
    rank > 2 &&
    slope.shape[0] === maps.shape[1] &&
    slope.shape[0] !== maps.shape[rank - 1]
      ? [slope.shape[0]!, ...range(rank - 2).map(() => 1)]
      : slope.shape;
  const given = { ...slope, shape, values: () => slope.values() };
  const alpha = builder.alongside(given, maps);
  const shared = alpha.shape.flatMap((n, i) => (n === 1 ? [i + 1] : []));
  if (sizeOf(alpha.shape) !== sizeOf(slope.shape)) throw new FoldError('its slopes do not fit its input');
  return [builder.emit(node, 'PReLU', { shared_axes: shared }, [maps], { constants: { alpha } })];
};

export const activationOperators: Readonly<Record<string, Operator>> = {
  Relu: elementwise('ReLU'),
  LeakyRelu: elementwise('LeakyReLU', ({ attributes }) => ({
    negative_slope: attributes.float('alpha', 0.01),
  })),
  Elu: elementwise('ELU', ({ attributes }) => ({ alpha: attributes.float('alpha', 1) })),
  Celu: elementwise('CELU', ({ attributes }) => ({ alpha: attributes.float('alpha', 1) })),
  Selu: elementwise('SELU', ({ attributes }) => ({
    alpha: attributes.float('alpha', 1.67326319217681884765625),
    gamma: attributes.float('gamma', 1.05070102214813232421875),
  })),
  ThresholdedRelu: elementwise('ThresholdedReLU', ({ attributes }) => ({
    theta: attributes.float('alpha', 1),
  })),
  Sigmoid: activation('sigmoid'),
  Tanh: activation('tanh'),
  Softplus: activation('softplus'),
  Softsign: activation('softsign'),
  HardSigmoid: elementwise('HardSigmoid', ({ attributes }) => ({
    alpha: attributes.float('alpha', 0.2),
    beta: attributes.float('beta', 0.5),
  })),
  HardSwish: activation('hard_swish'),
  Swish: elementwise('Swish', ({ attributes }) => ({ alpha: attributes.float('alpha', 1) })),
  Mish: activation('mish'),
  Gelu: elementwise('GELU', ({ attributes }) => ({
    approximate: attributes.choice('approximate', ['none', 'tanh'], 'none') === 'tanh',
  })),
  Shrink: elementwise('Shrink', ({ attributes }) => ({
    lambda: attributes.float('lambd', 0.5),
    bias: attributes.float('bias', 0),
  })),
  Clip: clip,
  PRelu: prelu,
  Softmax: normalizing('Softmax'),
  LogSoftmax: normalizing('LogSoftmax'),
};
