import type { Constant, ElementType, FoldingBudget } from './constant.ts';
import { broadcastShape, deferred, forEachIndex, sizeOf, stretchedStrides } from './constant.ts';
import { FoldError } from './fold-error.ts';
import type { Fold } from './fold-types.ts';

type Binary = (a: number, b: number, type: ElementType) => number;

/** As C divides whole numbers: towards zero. */
const divide: Binary = (a, b, type) => (type === 'float' ? a / b : Math.trunc(a / b));

const modulo =
  (cLike: boolean): Binary =>
  (a, b) =>
    cLike ? a % b : a - Math.floor(a / b) * b;

const truth = (value: boolean): number => (value ? 1 : 0);

/** Of numbers, with a result of their own type. */
const arithmetic: Readonly<Record<string, Binary>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: divide,
  Pow: (a, b) => a ** b,
};

const several: Readonly<Record<string, Binary>> = {
  Max: (a, b) => (Number.isNaN(a) || Number.isNaN(b) ? NaN : Math.max(a, b)),
  Min: (a, b) => (Number.isNaN(a) || Number.isNaN(b) ? NaN : Math.min(a, b)),
  Sum: (a, b) => a + b,
};

const comparisons: Readonly<Record<string, Binary>> = {
  Equal: (a, b) => truth(a === b),
  Greater: (a, b) => truth(a > b),
  GreaterOrEqual: (a, b) => truth(a >= b),
  Less: (a, b) => truth(a < b),
  LessOrEqual: (a, b) => truth(a <= b),
  And: (a, b) => truth(a !== 0 && b !== 0),
  Or: (a, b) => truth(a !== 0 || b !== 0),
  Xor: (a, b) => truth((a !== 0) !== (b !== 0)),
};

/** Halves go to the even neighbour. */
function roundEven(x: number): number {
  const rounded = Math.round(x);
  return Math.abs(x % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** Maclaurin's series where it converges fast, a continued fraction elsewhere: right to the last bits of a float. */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a > 6) return Math.sign(x);
  if (a < 2.5) {
    let term = x;
    let sum = x;
    for (let n = 1; n < 80; n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let n = 60; n >= 1; n--) fraction = n / 2 / (a + fraction);
  return Math.sign(x) * (1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + fraction));
}

const unary: Readonly<Record<string, (x: number) => number>> = {
  Neg: (x) => -x,
  Abs: Math.abs,
  Floor: Math.floor,
  Ceil: Math.ceil,
  Round: roundEven,
  Sqrt: Math.sqrt,
  Exp: Math.exp,
  Log: Math.log,
  Reciprocal: (x) => 1 / x,
  Sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  Tanh: Math.tanh,
  Relu: (x) => Math.max(x, 0),
  Sign: Math.sign,
  Sin: Math.sin,
  Cos: Math.cos,
  Erf: erf,
  Softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
};

export function combine(
  a: Constant,
  b: Constant,
  type: ElementType,
  budget: FoldingBudget,
  op: Binary,
): Constant {
  const shape = broadcastShape(a.shape, b.shape);
  return deferred(shape, type, budget, (out) => {
    const [left, right] = [a.values(), b.values()];
    const from: ElementType = a.type === 'float' || b.type === 'float' ? 'float' : a.type;
    if (sizeOf(a.shape) === out.length && sizeOf(b.shape) === out.length) {
      for (let i = 0; i < out.length; i++) out[i] = op(left[i]!, right[i]!, from);
      return;
    }
    const strides = [stretchedStrides(a.shape, shape), stretchedStrides(b.shape, shape)];
    forEachIndex(shape, strides, ([i, j], at) => (out[at] = op(left[i!]!, right[j!]!, from)));
  });
}

export function mapValues(
  x: Constant,
  budget: FoldingBudget,
  op: (value: number) => number,
  type: ElementType = x.type,
): Constant {
  return deferred(x.shape, type, budget, (out) => {
    const values = x.values();
    for (let i = 0; i < out.length; i++) out[i] = op(values[i]!);
  });
}

const two =
  (op: Binary, type?: ElementType): Fold =>
  ({ inputs: [a, b], budget }) => [combine(a!, b!, type ?? a!.type, budget, op)];

const entries = (
  table: Readonly<Record<string, Binary>>,
  fold: (op: Binary) => Fold,
): readonly (readonly [string, Fold])[] => Object.entries(table).map(([name, op]) => [name, fold(op)]);

const where: Fold = ({ inputs: [condition, a, b], budget }) => {
  const shape = broadcastShape(condition!.shape, a!.shape, b!.shape);
  const strides = [condition!, a!, b!].map((each) => stretchedStrides(each.shape, shape));
  return [
    deferred(shape, a!.type, budget, (out) => {
      const [which, left, right] = [condition!.values(), a!.values(), b!.values()];
      forEachIndex(shape, strides, ([i, j, k], at) => (out[at] = which[i!] ? left[j!]! : right[k!]!));
    }),
  ];
};

const clip: Fold = ({ inputs: [x, low, high], attributes, budget }) => {
  const min = low?.values()[0] ?? attributes.float('min', -Infinity);
  const max = high?.values()[0] ?? attributes.float('max', Infinity);
  return [mapValues(x!, budget, (value) => Math.min(Math.max(value, min), max))];
};

/** Types whose whole numbers are cut off. */
const WHOLE_TYPES: ReadonlySet<number> = new Set([2, 3, 4, 5, 6, 7, 12, 13, 21, 22, 25, 26]);

export function castType(code: number): ElementType {
  if (code === 9) return 'bool';
  if (WHOLE_TYPES.has(code)) return 'int';
  if ([1, 10, 11, 16].includes(code)) return 'float';
  throw new FoldError(`it casts to the type number ${code}, which is not supported`);
}

export function castTo(x: Constant, type: ElementType, budget: FoldingBudget): Constant {
  if (x.type === type) return x;
  const convert =
    type === 'bool' ? (value: number) => truth(value !== 0) : type === 'int' ? Math.trunc : Number;
  return mapValues(x, budget, convert, type);
}

/** Operators of two values. */
export const binaryFolds: readonly string[] = [...Object.keys(arithmetic), ...Object.keys(comparisons)];

export const arithmeticFolds: ReadonlyMap<string, Fold> = new Map<string, Fold>([
  ...entries(arithmetic, (op) => two(op)),
  ...entries(comparisons, (op) => two(op, 'bool')),
  ...entries(several, (op) => ({ inputs, budget }) => [
    inputs.map((one) => one!).reduce((a, b) => combine(a, b, a.type, budget, op)),
  ]),
  [
    'Mod',
    ({ inputs: [a, b], attributes, budget }) => [
      combine(a!, b!, a!.type, budget, modulo(attributes.integer('fmod', 0) === 1)),
    ],
  ],
  ...Object.entries(unary).map(([name, op]): [string, Fold] => [
    name,
    ({ inputs: [x], budget }) => [mapValues(x!, budget, op)],
  ]),
  ['Not', ({ inputs: [x], budget }) => [mapValues(x!, budget, (value) => truth(value === 0), 'bool')]],
  ['Where', where],
  ['Clip', clip],
  [
    'Cast',
    ({ inputs: [x], attributes, budget }) => [castTo(x!, castType(attributes.integer('to', 0)), budget)],
  ],
  ['CastLike', ({ inputs: [x, like], budget }) => [castTo(x!, like!.type, budget)]],
]);
