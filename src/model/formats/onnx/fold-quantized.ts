import { axisOf } from './axes.ts';
import type { Constant, FoldingBudget } from './constant.ts';
import { deferred, sizeOf, stridesOf } from './constant.ts';
import { FoldError } from './fold-error.ts';
import type { Fold } from './fold-types.ts';

/** A scale or zero point for each value, or for each index along an axis, or for each block along it. */
function along(x: Constant, parameter: Constant, axis: number, block: number): (at: number) => number {
  if (sizeOf(parameter.shape) === 1) return () => 0;
  const strides = stridesOf(x.shape);
  if (block > 0) {
    if (
      parameter.shape.length !== x.shape.length ||
      parameter.shape[axis] !== Math.ceil(x.shape[axis]! / block)
    )
      throw new FoldError(`its scale has the shape [${parameter.shape.join(', ')}]`);
    const own = stridesOf(parameter.shape);
    return (at) =>
      strides.reduce((sum, stride, i) => {
        const index = Math.floor(at / stride) % x.shape[i]!;
        return sum + (i === axis ? Math.floor(index / block) : index) * own[i]!;
      }, 0);
  }
  if (parameter.shape.length !== 1 || parameter.shape[0] !== x.shape[axis])
    throw new FoldError(`its scale has the shape [${parameter.shape.join(', ')}]`);
  return (at) => Math.floor(at / strides[axis]!) % x.shape[axis]!;
}

/** (x - zero point) · scale */
export function dequantized(
  x: Constant,
  scale: Constant,
  zero: Constant | undefined,
  axis: number,
  budget: FoldingBudget,
  block = 0,
): Constant {
  const at = along(x, scale, sizeOf(scale.shape) === 1 ? 0 : axisOf(axis, x.shape.length), block);
  const made = deferred(x.shape, 'float', budget, (out) => {
    const [values, scales, zeros] = [x.values(), scale.values(), zero?.values()];
    for (let i = 0; i < out.length; i++) {
      const k = at(i);
      out[i] = (values[i]! - (zeros?.[zeros.length === 1 ? 0 : k] ?? 0)) * scales[k]!;
    }
  });
  return x.name === undefined ? made : { ...made, name: x.name.replace(/_quantized$/, '') };
}

export const quantizationFolds: ReadonlyMap<string, Fold> = new Map<string, Fold>([
  [
    'DequantizeLinear',
    ({ inputs: [x, scale, zero], attributes, budget }) => {
      if (!scale) throw new FoldError('its scale is missing');
      const block = attributes.integer('block_size', 0);
      return [dequantized(x!, scale, zero, attributes.integer('axis', 1), budget, block)];
    },
  ],
]);
