import type { Maps } from '../builder.ts';
import { FoldError } from '../fold-error.ts';
import type { Step } from './operator.ts';

/** Axes of the input and of the output that hold the same values: one becomes several, or several one. */
interface Group {
  readonly from: number[];
  readonly to: number[];
}

/** The finest groups of axes, both shapes without the batch. */
function groupAxes(
  from: readonly { readonly axis: number; readonly size: number }[],
  to: readonly { readonly axis: number; readonly size: number }[],
): Group[] {
  const groups: Group[] = [];
  let [i, j] = [0, 0];
  while (i < from.length || j < to.length) {
    const group: Group = { from: [], to: [] };
    let [left, right] = [1, 1];
    do {
      if (left <= right && i < from.length && !(left === right && left > 1)) {
        left *= from[i]!.size;
        group.from.push(from[i++]!.axis);
      } else if (j < to.length) {
        right *= to[j]!.size;
        group.to.push(to[j++]!.axis);
      } else {
        left *= from[i]!.size;
        group.from.push(from[i++]!.axis);
      }
    } while (
      left !== right ||
      (group.from.length === 0 && i < from.length) ||
      (group.to.length === 0 && j < to.length)
    );
    groups.push(group);
  }
  return groups;
}

/**
 * Another shape in ONNX' count of the axes. What is stored in another order is moved only where several axes become one that do not
 * lie side by side, as when a map is laid end to end.
 *
 * @param shape of as many values
 */
export function reshapeMaps(
  { node, builder }: Pick<Step, 'node' | 'builder'>,
  maps: Maps,
  shape: readonly number[],
): Maps {
  const size = builder.batchSize;
  if (shape.includes(0)) throw new FoldError(`it reshapes to [${shape.join(', ')}], which holds nothing`);
  const batch = shape[0] === size && (maps.batch >= 0 || size === 1) ? 0 : -1;
  if (batch < 0 && size !== 1)
    throw new FoldError(
      `it reshapes [${maps.shape.join(', ')}] to [${shape.join(', ')}], which mixes images of a batch`,
      'Export the model with a batch of one, or with a dynamic batch axis.',
    );
  const named = (sizes: readonly number[], without: number) =>
    sizes.flatMap((n, axis) => (axis === without ? [] : [{ axis, size: n }]));
  const groups = groupAxes(named(maps.shape, maps.batch), named(shape, batch));
  const long = (axes: readonly number[]): readonly number[] => axes.filter((axis) => maps.shape[axis] !== 1);
  const position = (axis: number): number => maps.order.indexOf(axis);
  // Axes of one value lie anywhere.
  const longOrder = long(maps.order);
  const together = ({ from }: Group): boolean => {
    const own = long(from);
    const start = longOrder.indexOf(own[0]!);
    return own.every((axis, i) => longOrder[start + i] === axis);
  };
  const moved = groups.every(together);
  const source = moved
    ? maps.order
    : gathered(
        maps.order,
        groups.filter((group) => !together(group)),
      );
  if (!moved && shape.length - (batch >= 0 ? 1 : 0) === 1) {
    const order = source.map((axis) => position(axis) + 1);
    const target = shape.findIndex((_, axis) => axis !== batch);
    return builder.emit(node, 'Flatten', { order }, [maps], { order: [target], batch });
  }
  const input = builder.arrange(node, maps, source);
  const placeOf = ({ from }: Group): number => {
    const axes = long(from).length ? long(from) : from;
    return Math.min(...axes.map((axis) => source.indexOf(axis)), Infinity);
  };
  const blocks = groups.map((group) => ({ group, at: placeOf(group) })).sort((a, b) => a.at - b.at);
  // Axes of one value without a counterpart go to the end of what is stored, so that rows and columns stay in front.
  const order = asImage(
    blocks.flatMap(({ group }) => group.to),
    shape,
    batch,
  );
  const stored = order.map((axis) => shape[axis]!);
  if (stored.join() === builder.storedShape(input).join()) return { ...input, shape, order, batch };
  const merged = new Set(groups.filter(({ from }) => long(from).length > 1).flatMap(({ to }) => to));
  const before = builder.storedShape(input);
  const open = order.findIndex((axis) => merged.has(axis) && shape[axis] !== 1);
  // For inputs of other sizes: what stays is copied, what several axes become follows from the rest.
  const target_shape = order.map((axis, i) =>
    i === open
      ? -1
      : shape[axis] === before[i] && order.slice(0, i + 1).every((one, k) => shape[one] === before[k])
        ? 0
        : shape[axis]!,
  );
  if (order.length === 1 && batch === 0) return builder.emit(node, 'Flatten', {}, [input], { order, batch });
  return builder.emit(node, 'Reshape', { target_shape }, [input], { order, batch });
}

/** The axes of each group side by side, where the first of them lies; all others stay. */
function gathered(order: readonly number[], apart: readonly Group[]): readonly number[] {
  const done = new Set<number>();
  return order.flatMap((axis) => {
    if (done.has(axis)) return [];
    const own = apart.find(({ from }) => from.includes(axis))?.from ?? [axis];
    own.forEach((one) => done.add(one));
    return [...own].sort((a, b) => a - b);
  });
}

/** The order of rows, columns and channels where it comes to the same: axes of one value may lie anywhere. */
function asImage(order: readonly number[], shape: readonly number[], batch: number): readonly number[] {
  const image = [2, 3, 1];
  const long = (axes: readonly number[]): string => axes.filter((axis) => shape[axis] !== 1).join();
  return shape.length === 4 && batch === 0 && long(order) === long(image) ? image : order;
}
