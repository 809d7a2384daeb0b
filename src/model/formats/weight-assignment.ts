import type { Place, Problem } from '../../errors.ts';
import { UserError } from '../../errors.ts';
import type { GraphLayer } from '../graph.ts';
import type { WeightSpec } from '../layers/layer-type.ts';
import type { TakeWeights } from '../network.ts';
import type { LayerTree } from './format.ts';
import type { Assignment, Needs, StoredArray } from './stored-array.ts';
import { assignInOrder } from './weight-order.ts';
import type { Assumed, ListingOrder } from './weight-order.ts';

export type { Assignment, Needs, StoredArray } from './stored-array.ts';

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

/** What is known of a list of arrays and of the layers they are for. */
export interface Listing {
  readonly items: readonly LayerTree[];
  readonly arrays: readonly StoredArray[];
  readonly needs: Needs;
  /** The orders that the list may have, the likeliest first. */
  readonly orders: readonly ListingOrder[];
}

/**
 * Hands a list of arrays to the layers it was written for. `described` says that the layers come from the same file: then they
 * stand in Keras' order, which depends on what was trainable, and names only decide where the file leaves that open. Of a
 * list from elsewhere names count first, since other layers may have been trainable when it was written. Undefined
 * where no way gives each layer arrays of its shapes whose names do not speak against it.
 */
export function assignListed(listing: Listing, described: boolean): readonly Assignment[] | undefined {
  const { items, arrays, needs, orders } = listing;
  const ordered = (all: readonly Assumed[]): readonly (readonly Assignment[])[] =>
    orders
      .flatMap((order) => all.map((assumed) => assignInOrder(order(items, needs, assumed), arrays)))
      .filter((assignments) => assignments !== undefined)
      .filter((assignments) => isPlausible(assignments, needs));
  const leaves = items.flatMap((item) => leavesOf(item, needs));
  const named = (): readonly Assignment[] | undefined => {
    const found = assignByName(leaves, arrays, needs);
    return found && isPlausible(found, needs) ? found : undefined;
  };
  const asDescribed = (): readonly Assignment[] | undefined =>
    bestNamed(ordered([{}, { models: false }]), leaves);
  const otherwise = (): readonly Assignment[] | undefined =>
    bestNamed(ordered([{ layers: true }, { layers: false }]), leaves);
  const found = described
    ? (asDescribed() ?? named() ?? otherwise())
    : (named() ?? asDescribed() ?? otherwise());
  if (found) return found;
  // Where only shapes are wrong, the caller can say which.
  const dealt = orders.map((order) => assignInOrder(order(items, needs, {}), arrays))[0];
  const mismatches =
    assignByName(leaves, arrays, needs) ?? (dealt && namesAgree(dealt, needs) ? dealt : undefined);
  return mismatches && !fitsInShape(mismatches, needs) ? mismatches : undefined;
}

const fitsInShape = (assignments: readonly Assignment[], needs: Needs): boolean =>
  assignments.every(({ node, arrays }) =>
    needs.get(node)!.every(({ shape }, i) => arrays[i]?.shape.join() === shape.join()),
  );

/** The one in which most layers get arrays of their own name; the first of equal ones. */
function bestNamed(
  candidates: readonly (readonly Assignment[])[],
  leaves: readonly Leaf[],
): readonly Assignment[] | undefined {
  const names = new Map(leaves.map(({ node, path }) => [node, path[path.length - 1]!]));
  const score = (assignments: readonly Assignment[]): number =>
    assignments.filter(({ node, arrays }) => {
      const owner = ownerOf(arrays[0]!.name);
      const name = names.get(node)!;
      return owner === name || owner.endsWith(`/${name}`);
    }).length;
  const scores = candidates.map(score);
  return candidates[scores.indexOf(Math.max(...scores))];
}

/** Names that Keras gives to one array of a layer; files of Keras 1 have others. */
const OWN_NAMES: ReadonlySet<string> = new Set([
  'kernel',
  'bias',
  'depthwise_kernel',
  'pointwise_kernel',
  'gamma',
  'beta',
  'moving_mean',
  'moving_variance',
  'mean',
  'variance',
  'count',
  'alpha',
]);

const lastStep = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

const ownerOf = (name: string): string => name.slice(0, Math.max(name.lastIndexOf('/'), 0));

/** What a name says of the array itself; undefined where it says nothing known. */
function roleOf(name: string): string | undefined {
  const last = lastStep(name).replace(/_\d+$/, '');
  return OWN_NAMES.has(last) ? last : undefined;
}

/** Depthwise kernels are plain kernels to some versions. */
const agrees = (role: string, weight: string): boolean =>
  role === weight || (role === 'depthwise_kernel' && weight === 'kernel');

/** Whether shapes fit, no name speaks of another array, and no layer's arrays come from another layer's. */
function isPlausible(assignments: readonly Assignment[], needs: Needs): boolean {
  return fitsInShape(assignments, needs) && namesAgree(assignments, needs);
}

/** Whether no name speaks of another array, and no layer's arrays come from another layer's. */
function namesAgree(assignments: readonly Assignment[], needs: Needs): boolean {
  const owners = new Map<string, string>();
  return assignments.every(({ node, arrays }) => {
    const agree =
      arrays.length === needs.get(node)!.length &&
      needs.get(node)!.every(({ name }, i) => {
        const role = roleOf(arrays[i]!.name);
        return role === undefined || agrees(role, name);
      });
    const [first] = arrays;
    const owner = first && ownerOf(first.name);
    if (!agree || !owner) return agree;
    // Models used as layers may hold layers of one name, whose arrays then have one name too.
    const own = lastStep(node);
    const known = owners.get(owner);
    owners.set(owner, own);
    return (
      (known === undefined || (known === own && lastStep(owner) === own)) &&
      arrays.every(({ name }) => ownerOf(name) === owner)
    );
  });
}

/**
 * By names alone: a layer's arrays share all of their name but its last step, and that beginning ends in the layer's name.
 * Undefined where names do not lead to every layer.
 */
function assignByName(
  leaves: readonly Leaf[],
  arrays: readonly StoredArray[],
  needs: Needs,
): readonly Assignment[] | undefined {
  const groups = new Map<string, StoredArray[]>();
  for (const array of arrays) {
    const owner = ownerOf(array.name);
    const group = groups.get(owner);
    if (group) group.push(array);
    else groups.set(owner, [array]);
  }
  // By their last step: going through all of them for each layer would take the square of their number.
  const owners = new Map<string, string[]>();
  for (const owner of groups.keys()) {
    const last = owner.slice(owner.lastIndexOf('/') + 1);
    const sameName = owners.get(last);
    if (sameName) sameName.push(owner);
    else owners.set(last, [owner]);
  }
  const named = leaves.map(({ node, path }) => {
    const full = path.join('/');
    const inner = path[path.length - 1]!;
    const sameName = owners.get(inner.slice(inner.lastIndexOf('/') + 1)) ?? [];
    const matches = sameName.filter((owner) => owner === inner || owner.endsWith(`/${inner}`));
    const owner =
      [node, full].find((name) => groups.has(name)) ??
      matches.find((match) => match.endsWith(full)) ??
      (matches.length === 1 ? matches[0] : undefined);
    return { node, arrays: owner === undefined ? [] : byRole(groups.get(owner)!, needs.get(node)!) };
  });
  return named.every(({ node, arrays: own }) => own.length === needs.get(node)!.length) ? named : undefined;
}

/** A layer's own arrays in the order of what it needs, where their names say which is which; else as they are. */
export function byRole(arrays: readonly StoredArray[], specs: readonly WeightSpec[]): readonly StoredArray[] {
  const sorted = specs.map((spec) => arrays.filter(({ name }) => agrees(roleOf(name) ?? '', spec.name)));
  return arrays.length === specs.length && sorted.every((found) => found.length === 1)
    ? sorted.map(([array]) => array!)
    : arrays;
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
        what: `Layer \`${node}\`: the file has ${arrays.length} weight arrays, and the model needs ${specs.length}.`,
        place,
        why: `The layer needs ${specs.map(({ name, shape }) => `${name} ${shapeText(shape)}`).join(', ')}.`,
        hint,
      });
      continue;
    }
    for (const [i, { name, shape }] of specs.entries()) {
      const stored = arrays[i]!;
      if (stored.shape.join() === shape.join()) continue;
      problems.push({
        what: `Layer \`${node}\`: \`${name}\` has the shape ${shapeText(stored.shape)} in the file, and the model needs ${shapeText(shape)}.`,
        place,
        hint,
      });
    }
  }
  if (problems.length) throw new UserError(problems);
}

/** Checks that every array can be read. @throws UserError */
export function checkArrays(assignments: readonly Assignment[]): void {
  for (const { arrays } of assignments) for (const array of arrays) array.check?.();
}

function shapeText(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

/** Arrays must be read into memory of their own each time. */
export function readAssignments(assignments: readonly Assignment[], needs: Needs, take: TakeWeights): void {
  for (const { node, arrays } of assignments) {
    const specs = needs.get(node)!;
    take(node, new Map(specs.map(({ name, shape }, i) => [name, { shape, data: arrays[i]!.read() }])));
  }
}
