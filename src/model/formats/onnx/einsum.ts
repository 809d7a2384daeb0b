import { range } from './axes.ts';
import type { Constant, FoldingBudget } from './constant.ts';
import { deferred, forEachIndex, sizeOf, stridesOf } from './constant.ts';
import { axisOf } from './axes.ts';
import { FoldError } from './fold-error.ts';
import type { Fold } from './fold-types.ts';

/** An equation of Einstein's summation: the label of each axis of each input, and of the output. */
export interface Equation {
  readonly inputs: readonly (readonly string[])[];
  readonly output: readonly string[];
}

/** As `torch.einsum` and NumPy write it: `bij,bjk->bik`, with an ellipsis for axes that are not named. @throws FoldError */
export function readEquation(text: string, shapes: readonly (readonly number[])[]): Equation {
  const wrong = (): FoldError => new FoldError(`its equation "${text.slice(0, 80)}" is not supported`);
  const [left, right, ...more] = text.replaceAll(' ', '').split('->');
  const terms = left!.split(',');
  if (more.length || terms.length !== shapes.length) throw wrong();
  const hidden = Math.max(...terms.map((term, i) => shapes[i]!.length - term.replace('...', '').length));
  const labelsOf = (term: string, unnamed: number): readonly string[] => {
    const parts = term.split('...');
    if (parts.length > 2 || !parts.every((part) => /^[A-Za-z]*$/.test(part))) throw wrong();
    const [before, after] = parts as [string, string | undefined];
    if (after === undefined) return [...before];
    // Counted from the last one, as axes are stretched.
    return [...before, ...range(unnamed, hidden - unnamed).map((n) => `.${n}`), ...after];
  };
  const inputs = terms.map((term, i) => {
    const labels = labelsOf(term, Math.max(shapes[i]!.length - term.replace('...', '').length, 0));
    if (labels.length !== shapes[i]!.length || new Set(labels).size !== labels.length) throw wrong();
    return labels;
  });
  const all = inputs.flat();
  const once = [...new Set(all)].filter((label) => all.indexOf(label) === all.lastIndexOf(label));
  const unnamed = [...new Set(all)].filter((label) => label.startsWith('.')).sort();
  const output =
    right === undefined
      ? [...unnamed, ...once.filter((label) => !label.startsWith('.')).sort()]
      : labelsOf(right, unnamed.length);
  if (new Set(output).size !== output.length || output.some((label) => !all.includes(label))) throw wrong();
  return { inputs, output };
}

/** How long the axis of each label is. @throws FoldError where inputs disagree */
export function labelSizes(
  { inputs }: Equation,
  shapes: readonly (readonly number[])[],
): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  inputs.forEach((labels, i) =>
    labels.forEach((label, axis) => {
      const size = shapes[i]![axis]!;
      if ((sizes.get(label) ?? size) !== size)
        throw new FoldError(
          `its inputs have the shapes ${shapes.map((shape) => `[${shape.join(', ')}]`).join(' and ')}`,
        );
      sizes.set(label, size);
    }),
  );
  return sizes;
}

/** Sums of products, by the definition. */
export function einsumOf(equation: Equation, given: readonly Constant[], budget: FoldingBudget): Constant {
  const shapes = given.map(({ shape }) => shape);
  const sizes = labelSizes(equation, shapes);
  const summed = [...sizes.keys()].filter((label) => !equation.output.includes(label));
  const labels = [...equation.output, ...summed];
  const shape = labels.map((label) => sizes.get(label)!);
  const strides = equation.inputs.map((own, i) => {
    const steps = stridesOf(shapes[i]!);
    return labels.map((label) => (own.includes(label) ? steps[own.indexOf(label)]! : 0));
  });
  const outShape = equation.output.map((label) => sizes.get(label)!);
  const perValue = sizeOf(summed.map((label) => sizes.get(label)!));
  return deferred(outShape, given[0]!.type, budget, (out) => {
    // Every product is a step of work, as every value is.
    budget.take(sizeOf(shape));
    const values = given.map((one) => one.values());
    forEachIndex(shape, strides, (offsets, at) => {
      let product = 1;
      for (let i = 0; i < values.length; i++) product *= values[i]![offsets[i]!]!;
      out[Math.floor(at / perValue)]! += product;
    });
  });
}

const einsum: Fold = ({ inputs, attributes, budget }) => {
  const given = inputs.map((one) => one!);
  const equation = readEquation(
    attributes.text('equation', ''),
    given.map(({ shape }) => shape),
  );
  return [einsumOf(equation, given, budget)];
};

/** Sums up to each place along an axis. */
const cumulativeSum: Fold = ({ inputs: [x, axis], attributes, budget }) => {
  const { shape, type } = x!;
  const along = axisOf(axis!.values()[0]!, shape.length);
  const exclusive = attributes.integer('exclusive', 0) === 1;
  const reverse = attributes.integer('reverse', 0) === 1;
  const n = shape[along]!;
  const step = stridesOf(shape)[along]!;
  return [
    deferred(shape, type, budget, (out) => {
      const values = x!.values();
      const lists = shape.map((size, i) => (i === along ? 1 : size));
      forEachIndex(lists, [stridesOf(shape)], ([start]) => {
        let sum = 0;
        for (let i = 0; i < n; i++) {
          const at = start! + (reverse ? n - 1 - i : i) * step;
          if (exclusive) out[at] = sum;
          sum += values[at]!;
          if (!exclusive) out[at] = sum;
        }
      });
    }),
  ];
};

/** A convolution with single weights, as of an encoding of positions; others would be layers. */
const pointwise: Fold = ({ inputs: [x, kernel, bias], attributes, budget }) => {
  const plain =
    [x!.shape, kernel!.shape].every((shape) => shape.length === 4) &&
    kernel!.shape.slice(2).every((n) => n === 1) &&
    attributes.integer('group', 1) === 1 &&
    attributes.integers('strides', []).every((n) => n === 1) &&
    attributes.integers('pads', []).every((n) => n === 0);
  if (!plain) throw new FoldError('of constants only convolutions with 1x1 kernels are computed');
  const product = einsumOf(
    { inputs: [[...'bchw'], [...'ocij']], output: [...'bohw'] },
    [x!, kernel!],
    budget,
  );
  if (!bias) return [product];
  const [, filters, ...places] = product.shape;
  return [
    deferred(product.shape, product.type, budget, (out) => {
      const [sums, offsets] = [product.values(), bias.values()];
      const size = sizeOf(places);
      for (let i = 0; i < out.length; i++) out[i] = sums[i]! + offsets[Math.floor(i / size) % filters!]!;
    }),
  ];
};

export const einsumFolds: ReadonlyMap<string, Fold> = new Map([
  ['Einsum', einsum],
  ['Conv', pointwise],
  ['CumSum', cumulativeSum],
]);
