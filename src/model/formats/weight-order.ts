import type { LayerTree } from './format.ts';
import type { Assignment, Needs, StoredArray } from './stored-array.ts';

/** One array that a node needs. */
interface Slot {
  readonly node: string;
  /** Position among the node's weights. */
  readonly index: number;
  /** Whether training changes it, as far as the layer itself is concerned. */
  readonly trained: boolean;
}

interface Split {
  readonly trained: readonly Slot[];
  readonly rest: readonly Slot[];
}

/** What a file doesn't say of `trainable`: of models used as layers (Keras 2 leaves it out of Sequential ones), or of all layers. */
export interface Assumed {
  readonly models?: boolean;
  readonly layers?: boolean;
}

/** How a version of Keras lists the arrays of a layer with all that stands in it. */
export type ListingOrder = (items: readonly LayerTree[], needs: Needs, assumed: Assumed) => readonly Slot[];

function slotsOf(item: LayerTree, needs: Needs, assumed: Assumed): readonly Slot[] {
  const specs = (item.node === undefined ? undefined : needs.get(item.node)) ?? [];
  const trainable = assumed.layers ?? item.trainable ?? true;
  return specs.map(({ fixed }, index) => ({ node: item.node!, index, trained: trainable && !fixed }));
}

/** Keras 2 and TensorFlow.js: what is trained, then the rest; of a model that is not trained as a whole, all its layers' after that. */
export const kerasTwoOrder: ListingOrder = (items, needs, assumed) => {
  const all = (children: readonly LayerTree[]): Split => {
    const splits = children.map(split);
    return {
      trained: splits.flatMap(({ trained }) => trained),
      rest: splits.flatMap(({ rest }) => rest),
    };
  };
  const split = (item: LayerTree): Split => {
    if (!item.children) {
      const slots = slotsOf(item, needs, assumed);
      return { trained: slots.filter(({ trained }) => trained), rest: slots.filter((slot) => !slot.trained) };
    }
    const { trained, rest } = all(item.children);
    const trainable = assumed.layers ?? item.trainable ?? assumed.models ?? true;
    return trainable ? { trained, rest } : { trained: [], rest: [...trained, ...rest] };
  };
  const { trained, rest } = all(items);
  return [...trained, ...rest];
};

/** Keras 3: layer by layer; of a model that may be trained, what is trained first. */
export const kerasThreeOrder: ListingOrder = (items, needs, assumed) => {
  const each = (item: LayerTree): readonly Slot[] =>
    item.children ? item.children.flatMap(each) : slotsOf(item, needs, assumed);
  return items.flatMap((item) => {
    const slots = each(item);
    const trainable = assumed.layers ?? item.trainable ?? assumed.models ?? true;
    if (!trainable) return slots;
    return [...slots.filter(({ trained }) => trained), ...slots.filter(({ trained }) => !trained)];
  });
};

/** Deals out a list of arrays; undefined where there are more or fewer of them. */
export function assignInOrder(
  slots: readonly Slot[],
  arrays: readonly StoredArray[],
): readonly Assignment[] | undefined {
  if (slots.length !== arrays.length) return undefined;
  const dealt = new Map<string, StoredArray[]>();
  for (const [i, { node, index }] of slots.entries()) {
    const own = dealt.get(node) ?? [];
    own[index] = arrays[i]!;
    dealt.set(node, own);
  }
  return [...dealt].map(([node, own]) => ({ node, arrays: own }));
}
