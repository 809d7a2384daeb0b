import type { FieldStep, Pair } from './layers/layer-type.ts';
import type { ReceptiveField } from './network.ts';

/**
 * The receptive field of a network's input itself. Unit [i, j] of a layer sees the input rows offset[0] + i·stride[0]
 * to offset[0] + i·stride[0] + size[0] - 1, columns likewise: in the terms of Araujo et al. (Distill 2019), offset is
 * -P. Not clipped: an offset is negative where padding lets the first unit's field hang over the upper or left border.
 */
export const INPUT_FIELD: ReceptiveField = { size: [1, 1], stride: [1, 1], offset: [0, 0] };

/** Behind one more layer: r + (k - 1)·S, S·s, -(P + S·p). Undefined where the position in the image is not known. */
export function throughLayer(field: ReceptiveField | undefined, step: FieldStep): ReceptiveField | undefined {
  if (!field || step.kind === 'global') return undefined;
  if (step.kind === 'identity') return field;
  const along = (of: (axis: 0 | 1) => number): [number, number] => [roundOff(of(0)), roundOff(of(1))];
  return {
    size: along((a) => field.size[a] + (step.size[a] - 1) * field.stride[a]),
    stride: along((a) => field.stride[a] * step.stride[a]),
    offset: along((a) => field.offset[a] - step.before[a] * field.stride[a]),
  };
}

/** Sums of thirds and the like, which enlarging layers make, without the last bits' noise. */
function roundOff(value: number): number {
  return Math.round(value * 1e6) / 1e6 || 0;
}

/**
 * Of branches that meet: the smallest box around all of them. Undefined where one has none, or where their units
 * stand for places that drift apart (different strides).
 */
export function union(fields: readonly (ReceptiveField | undefined)[]): ReceptiveField | undefined {
  const known = fields.filter((field) => field !== undefined);
  const [first] = known;
  if (!first || known.length !== fields.length) return undefined;
  const same = (a: Pair, b: Pair): boolean => a[0] === b[0] && a[1] === b[1];
  if (known.some((field) => !same(field.stride, first.stride))) return undefined;
  const along = (of: (axis: 0 | 1) => number): [number, number] => [of(0), of(1)];
  const start = along((a) => Math.min(...known.map((field) => field.offset[a])));
  const end = along((a) => Math.max(...known.map((field) => field.offset[a] + field.size[a])));
  return { size: along((a) => roundOff(end[a] - start[a])), stride: first.stride, offset: start };
}
