import { axisOf } from './axes.ts';
import { deferred, forEachIndex, sizeOf, stridesOf } from './constant.ts';
import { FoldError } from './fold-error.ts';
import type { Fold } from './fold-types.ts';

/** Values, or blocks of them, that lists of indices name: so PyTorch's newer exporter writes `table[indices]`. */
const gatherNd: Fold = ({ inputs: [x, indices], attributes, budget }) => {
  if (attributes.integer('batch_dims', 0) !== 0) throw new FoldError('its `batch_dims` are not supported');
  const depth = indices!.shape.at(-1);
  if (depth === undefined || depth < 1 || depth > x!.shape.length)
    throw new FoldError(`its indices have the shape [${indices!.shape.join(', ')}]`);
  const blockShape = x!.shape.slice(depth);
  const block = sizeOf(blockShape);
  const strides = stridesOf(x!.shape);
  return [
    deferred([...indices!.shape.slice(0, -1), ...blockShape], x!.type, budget, (out) => {
      const places = indices!.values();
      const values = x!.values();
      for (let i = 0; i * depth < places.length; i++) {
        let from = 0;
        for (let k = 0; k < depth; k++) from += axisOf(places[i * depth + k]!, x!.shape[k]!) * strides[k]!;
        for (let j = 0; j < block; j++) out[i * block + j] = values[from + j]!;
      }
    }),
  ];
};

/** Each value from the place that its index names along one axis. */
const gatherElements: Fold = ({ inputs: [x, indices], attributes, budget }) => {
  const rank = x!.shape.length;
  const axis = axisOf(attributes.integer('axis', 0), rank);
  const { shape } = indices!;
  if (shape.length !== rank || shape.some((n, i) => i !== axis && n > x!.shape[i]!))
    throw new FoldError(`its indices have the shape [${shape.join(', ')}]`);
  const strides = stridesOf(x!.shape);
  const others = strides.map((stride, i) => (i === axis ? 0 : stride));
  return [
    deferred(shape, x!.type, budget, (out) => {
      const [places, values] = [indices!.values(), x!.values()];
      forEachIndex(shape, [others], ([from], at) => {
        out[at] = values[from! + axisOf(places[at]!, x!.shape[axis]!) * strides[axis]!]!;
      });
    }),
  ];
};

export const gatherFolds: ReadonlyMap<string, Fold> = new Map([
  ['GatherND', gatherNd],
  ['GatherElements', gatherElements],
]);
