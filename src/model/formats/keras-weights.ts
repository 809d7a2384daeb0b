import type { Place } from '../../errors.ts';
import { UserError } from '../../errors.ts';
import { snakeCase } from '../layers/config-reader.ts';
import type { TakeWeights, Weights } from '../network.ts';
import { collected } from './collected.ts';
import type { LayerTree } from './format.ts';
import type { Hdf5Group, Hdf5Source } from './hdf5.ts';
import { withHdf5 } from './hdf5.ts';
import type { Assignment, Leaf, Needs, StoredArray } from './weight-assignment.ts';
import {
  assignListed,
  byRole,
  checkArrays,
  checkAssignments,
  leavesOf,
  readAssignments,
} from './weight-assignment.ts';
import { kerasThreeOrder, kerasTwoOrder } from './weight-order.ts';

const HINT = 'Use weights that were saved from this network.';

/** Where a network's weights are and what it needs of them. */
export interface KerasWeights {
  readonly source: Hdf5Source;
  readonly place: Place;
  readonly tree: readonly LayerTree[];
  readonly needs: Needs;
  /** Whether the network is the one that this file describes. */
  readonly described: boolean;
}

/** Compares the shapes of every weight, reading none. @throws UserError naming each layer with both shapes */
export async function checkKerasWeights(weights: KerasWeights): Promise<void> {
  await withHdf5(weights.source, weights.place, (root) => {
    checkArrays(assign(root, weights));
  });
}

export function loadKerasWeights(weights: KerasWeights, take: TakeWeights | undefined): Promise<Weights> {
  return collected(take, (each) =>
    withHdf5(weights.source, weights.place, (root) =>
      readAssignments(assign(root, weights), weights.needs, each),
    ),
  );
}

/** Any layout of a .h5 file: Keras 1 and 2 (and whole models), or Keras 3's `.weights.h5` of a model of layers or of a class of its own. */
function assign(root: Hdf5Group, weights: KerasWeights): readonly Assignment[] {
  const { place, tree, needs } = weights;
  const legacy = root.group('model_weights') ?? root;
  const names = legacy.texts('layer_names');
  const assignments = names
    ? assignLegacy(legacy, names, weights, writtenByThree(root, legacy))
    : container(root)
      ? assignTree(root, tree, needs, place)
      : assignNoted(root, tree, needs, place);
  if (!assignments) {
    throw new UserError({
      what: 'The HDF5 file contains no Keras weights.',
      place,
      why: 'The file has neither a list of layer names nor a group of layers.',
      hint: 'Save weights with model.save_weights("name.weights.h5").',
    });
  }
  checkAssignments(assignments, needs, place, HINT);
  return assignments;
}

const writtenByThree = (...groups: readonly Hdf5Group[]): boolean =>
  groups.some((group) => Number.parseInt(group.text('keras_version') ?? '') >= 3);

/** Keras 2, and Keras 3 in the older format: a group for each layer of the outermost model, with a list of the arrays in it. */
function assignLegacy(
  root: Hdf5Group,
  layerNames: readonly string[],
  { tree, needs, place, described }: KerasWeights,
  three: boolean,
): readonly Assignment[] {
  const orders = three ? [kerasThreeOrder, kerasTwoOrder] : [kerasTwoOrder, kerasThreeOrder];
  const stored = layerNames.map((name) => ({ name, arrays: legacyArrays(root, name, place) }));
  const items = tree
    .map((item) => ({ item, leaves: leavesOf(item, needs) }))
    .filter(({ leaves }) => leaves.length);
  const byName = new Map(stored.map(({ name, arrays }) => [name, arrays]));
  const filled = stored.filter(({ arrays }) => arrays.length);
  const missing = items.filter(({ item }) => !byName.has(item.name));
  if (missing.length && filled.length !== items.length)
    throw missingLayers(
      missing.flatMap(({ leaves }) => leaves),
      place,
    );
  return items.flatMap(({ item, leaves }, position) => {
    const arrays = missing.length ? filled[position]!.arrays : byName.get(item.name)!;
    const [only] = leaves;
    if (only && !item.children) return [{ node: only.node, arrays: byRole(arrays, needs.get(only.node)!) }];
    const dealt = assignListed({ items: [item], arrays, needs, orders }, described);
    if (!dealt) throw ambiguousOrder(item, arrays, place);
    return dealt;
  });
}

function ambiguousOrder({ name }: LayerTree, arrays: readonly StoredArray[], place: Place): UserError {
  const shown = arrays.slice(0, 3).map((array) => array.name);
  return new UserError({
    what: `The ${arrays.length} weight arrays of \`${name}\` do not fit its layers.`,
    place,
    why: `Neither their order nor their names${shown.length ? ` (${shown.join(', ')}, …)` : ''} identify the layers.`,
    hint: HINT,
  });
}

function legacyArrays(root: Hdf5Group, layer: string, place: Place): readonly StoredArray[] {
  const group = root.group(layer) ?? findGroup(root, layer.split('/'));
  const names = group?.texts('weight_names') ?? [];
  return names.map((name) => {
    const dataset = group!.dataset([name]) ?? group!.dataset(name.split('/'));
    if (!dataset)
      throw new UserError({
        what: `Layer \`${layer}\`: the file lists the weights \`${name}\` but does not contain them.`,
        place,
      });
    return {
      name: name.replace(/:\d+$/, ''),
      shape: dataset.shape,
      check: () => dataset.check(),
      read: () => dataset.read(),
    };
  });
}

/** Layer names may contain slashes, which HDF5 takes for groups in groups. */
function findGroup(group: Hdf5Group, steps: readonly string[]): Hdf5Group | undefined {
  return steps.reduce<Hdf5Group | undefined>((at, step) => at?.group(step), group);
}

function container(group: Hdf5Group): Hdf5Group | undefined {
  return group.group('layers') ?? group.group('_layer_checkpoint_dependencies');
}

/**
 * Keras 3: in each container a group for each layer, named after its class with a running number (conv2d, conv2d_1, …);
 * later versions also note the layer's own name. Its arrays are numbered.
 */
function assignTree(
  root: Hdf5Group,
  tree: readonly LayerTree[],
  needs: Needs,
  place: Place,
): readonly Assignment[] {
  const missing: Leaf[] = [];
  const visit = (group: Hdf5Group | undefined, items: readonly LayerTree[]): Assignment[] => {
    const inside = group && container(group);
    const noted = new Map<string, string>();
    for (const key of inside?.keys() ?? []) {
      const name = inside!.group(key)?.group('vars')?.text('name');
      if (name !== undefined) noted.set(name, key);
    }
    const used = new Map<string, number>();
    return items.flatMap((item) => {
      const base = snakeCase(item.type);
      const count = used.get(base) ?? 0;
      used.set(base, count + 1);
      const leaves = leavesOf(item, needs);
      if (!leaves.length) return [];
      const own = inside?.group(noted.get(item.name) ?? (count ? `${base}_${count}` : base));
      if (item.children) return visit(own, item.children);
      if (!own) {
        missing.push(...leaves);
        return [];
      }
      return [{ node: item.node!, arrays: numberedArrays(own.group('vars')) }];
    });
  };
  const assignments = visit(root, tree);
  if (missing.length) throw missingLayers(missing, place);
  return assignments;
}

/** Deeper than any model stands in models; groups may be linked into circles. */
const MAX_DEPTH = 8;

/**
 * Keras 3, a model that is a class of its own: a group for each of its attributes, whatever that is called, so that
 * layers are found by the names they note. Undefined where nothing is noted.
 */
function assignNoted(
  root: Hdf5Group,
  tree: readonly LayerTree[],
  needs: Needs,
  place: Place,
): readonly Assignment[] | undefined {
  const noted = new Map<string, readonly StoredArray[]>();
  const visit = (group: Hdf5Group, depth: number): void => {
    for (const key of group.keys()) {
      const inside = depth < MAX_DEPTH ? group.group(key) : undefined;
      if (!inside) continue;
      const name = key === 'vars' ? inside.text('name') : undefined;
      const arrays = name === undefined ? [] : numberedArrays(inside);
      if (name !== undefined && arrays.length && !noted.has(name)) noted.set(name, arrays);
      visit(inside, depth + 1);
    }
  };
  visit(root, 0);
  if (noted.size === 0) return undefined;
  const leaves = tree.flatMap((item) => leavesOf(item, needs));
  const missing = leaves.filter(({ path }) => !noted.has(path.at(-1)!));
  if (missing.length) throw missingLayers(missing, place);
  return leaves.map(({ node, path }) => ({ node, arrays: noted.get(path.at(-1)!)! }));
}

function numberedArrays(group: Hdf5Group | undefined): readonly StoredArray[] {
  const keys = (group?.keys() ?? []).filter((key) => /^\d+$/.test(key)).sort((a, b) => Number(a) - Number(b));
  return keys.flatMap((name) => {
    const dataset = group!.dataset([name]);
    return dataset
      ? [{ name, shape: dataset.shape, check: () => dataset.check(), read: () => dataset.read() }]
      : [];
  });
}

function missingLayers(leaves: readonly Leaf[], place: Place): UserError {
  const names = leaves.map(({ node }) => `\`${node}\``);
  const shown = names.slice(0, 5).join(', ') + (names.length > 5 ? ` and ${names.length - 5} more` : '');
  return new UserError({
    what: `The file has no weights for ${names.length === 1 ? 'layer' : 'layers'} ${shown}.`,
    place,
    hint: HINT,
  });
}
