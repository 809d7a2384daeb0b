import { axesOf, range } from './axes.ts';
import { deferred, forEachIndex, stridesOf } from './constant.ts';
import { FoldError } from './fold-error.ts';
import type { Fold } from './fold-types.ts';

/** A constant with values around it, or less of it where their number is negative. */
export const pad: Fold = ({ inputs: [x, pads, filler, named], attributes, opset, budget }) => {
  const rank = x!.shape.length;
  const all = opset < 11 ? attributes.integers('pads', []) : [...(pads?.values() ?? [])];
  const axes = named ? axesOf([...named.values()], rank) : range(rank);
  if (attributes.text('mode', 'constant') !== 'constant' || all.length !== 2 * axes.length)
    throw new FoldError(
      'only its mode `constant` is supported for constants, with two numbers for each axis',
    );
  const before = range(rank).map((axis) => (axes.includes(axis) ? all[axes.indexOf(axis)]! : 0));
  const after = range(rank).map((axis) => (axes.includes(axis) ? all[axes.indexOf(axis) + axes.length]! : 0));
  const shape = x!.shape.map((n, axis) => n + before[axis]! + after[axis]!);
  if (shape.some((n) => n < 0)) throw new FoldError(`its \`pads\` are [${all.join(', ')}]`);
  const value = filler ? filler.values()[0]! : attributes.float('value', 0);
  return [
    deferred(shape, x!.type, budget, (out) => {
      out.fill(value);
      const source = x!.values();
      const [from, to] = [stridesOf(x!.shape), stridesOf(shape)];
      // The part of the input that is left.
      const cut = x!.shape.map((n, axis) => n - Math.max(-before[axis]!, 0) - Math.max(-after[axis]!, 0));
      const offset = (sign: 1 | -1, strides: readonly number[]): number =>
        strides.reduce((sum, stride, axis) => sum + Math.max(sign * before[axis]!, 0) * stride, 0);
      forEachIndex(
        cut,
        [from, to],
        ([a, b]) => {
          out[b!] = source[a!]!;
        },
        [offset(-1, from), offset(1, to)],
      );
    }),
  ];
};
