import type { Place, Problem } from '../../errors.ts';
import { UserError } from '../../errors.ts';
import type { GraphLayer } from '../graph.ts';
import type { WeightSpec } from '../layers/layer-type.ts';
import type { NodeWeights, Weights } from '../network.ts';
import type { LayerTree } from './format.ts';

/** An array in a weight file, not yet read. */
export interface StoredArray {
  /** As the file has it: `conv/kernel:0`, `0`, … */
  readonly name: string;
  readonly shape: readonly number[];
  /** float32, row-major */
  read(): Float32Array;
}

/** A node of the network with the arrays that a file holds for it, in Keras' order. */
export interface Assignment {
  readonly node: string;
  readonly arrays: readonly StoredArray[];
}

/** What every node with weights of its own needs. */
export type Needs = ReadonlyMap<string, readonly WeightSpec[]>;

export function neededWeights(graph: readonly GraphLayer[]): Needs {
  const own = graph.filter(({ node, layer }) => layer.weights.length && node.sharesWeightsOf === undefined);
  return new Map(own.map(({ node, layer }) => [node.name, layer.weights]));
}

/** A layer with weights inside a model, and the names of the layers it stands in, itself last. */
export interface Leaf {
  readonly node: string;
  readonly path: readonly string[];
}

/** The layers under an item of the tree whose nodes need weights. */
export function leavesOf(item: LayerTree, needs: Needs): readonly Leaf[] {
  if (item.children) {
    return item.children.flatMap((child) =>
      leavesOf(child, needs).map(({ node, path }) => ({ node, path: [item.name, ...path] })),
    );
  }
  return item.node !== undefined && needs.has(item.node) ? [{ node: item.node, path: [item.name] }] : [];
}

/**
 * Hands named arrays to layers. A layer's arrays share all of their name but its last step, and that beginning ends in
 * the layer's name; where names don't lead to every layer, the arrays are dealt out in order, which is Keras' own rule.
 * Undefined where neither way gives each layer as many arrays as it needs.
 */
export function assignByName(
  leaves: readonly Leaf[],
  arrays: readonly StoredArray[],
  needs: Needs,
): readonly Assignment[] | undefined {
  const groups = new Map<string, StoredArray[]>();
  for (const array of arrays) {
    const owner = array.name.slice(0, Math.max(array.name.lastIndexOf('/'), 0));
    const group = groups.get(owner);
    if (group) group.push(array);
    else groups.set(owner, [array]);
  }
  // By their last step: going through all of them for each layer would take the square of their number.
  const owners = new Map<string, string[]>();
  for (const owner of groups.keys()) {
    const last = owner.slice(owner.lastIndexOf('/') + 1);
    const alike = owners.get(last);
    if (alike) alike.push(owner);
    else owners.set(last, [owner]);
  }
  const named = leaves.map(({ node, path }) => {
    const full = path.join('/');
    const inner = path[path.length - 1]!;
    const alike = owners.get(inner.slice(inner.lastIndexOf('/') + 1)) ?? [];
    const matches = alike.filter((owner) => owner === inner || owner.endsWith(`/${inner}`));
    const owner =
      [node, full].find((name) => groups.has(name)) ??
      matches.find((match) => match.endsWith(full)) ??
      (matches.length === 1 ? matches[0] : undefined);
    return { node, arrays: owner === undefined ? [] : groups.get(owner)! };
  });
  const complete = (all: readonly Assignment[]): boolean =>
    all.every(({ node, arrays: own }) => own.length === needs.get(node)!.length);
  if (complete(named)) return named;
  const ordered = dealOut(leaves, arrays, needs);
  return ordered && complete(ordered) ? ordered : undefined;
}

/** In order: first what training changes, then what it does not (moving means and variances). */
function dealOut(
  leaves: readonly Leaf[],
  arrays: readonly StoredArray[],
  needs: Needs,
): readonly Assignment[] | undefined {
  const total = leaves.reduce((sum, { node }) => sum + needs.get(node)!.length, 0);
  if (total !== arrays.length) return undefined;
  const rest = [...arrays];
  const taken = new Map(leaves.map(({ node }) => [node, [] as StoredArray[]]));
  for (const moving of [false, true]) {
    for (const { node } of leaves) {
      const count = needs.get(node)!.filter(({ name }) => name.startsWith('moving_') === moving).length;
      taken.get(node)!.push(...rest.splice(0, count));
    }
  }
  return leaves.map(({ node }) => ({ node, arrays: taken.get(node)! }));
}

/** @throws UserError with every layer whose arrays are too few, too many or of another shape */
export function checkAssignments(
  assignments: readonly Assignment[],
  needs: Needs,
  place: Place,
  hint: string,
): void {
  const problems: Problem[] = [];
  for (const { node, arrays } of assignments) {
    const specs = needs.get(node)!;
    if (arrays.length !== specs.length) {
      problems.push({
        what: `layer "${node}": the file has ${arrays.length} weight arrays, the model needs ${specs.length}`,
        place,
        why: `It needs ${specs.map(({ name, shape }) => `${name} ${shapeText(shape)}`).join(', ')}.`,
        hint,
      });
      continue;
    }
    for (const [i, { name, shape }] of specs.entries()) {
      const stored = arrays[i]!;
      if (stored.shape.join() === shape.join()) continue;
      problems.push({
        what: `layer "${node}": ${name} is ${shapeText(stored.shape)} in the file, the model needs ${shapeText(shape)}`,
        place,
        hint,
      });
    }
  }
  if (problems.length) throw new UserError(problems);
}

function shapeText(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

export function readAssignments(assignments: readonly Assignment[], needs: Needs): Weights {
  return new Map(
    assignments.map(({ node, arrays }): [string, NodeWeights] => [
      node,
      new Map(needs.get(node)!.map(({ name, shape }, i) => [name, { shape, data: arrays[i]!.read() }])),
    ]),
  );
}
