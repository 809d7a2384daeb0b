import type { Place } from '../../errors.ts';
import { UserError } from '../../errors.ts';
import type { Needs } from '../formats/stored-array.ts';
import type { WeightSpec } from '../layers/layer-type.ts';
import type { NodeWeights, TakeWeights } from '../network.ts';
import type { ModuleName, ModuleNames } from './modules.ts';
import type { StoredTensor } from './stored-tensor.ts';
import { countOf, readTensor, splitAxis, transpose } from './stored-tensor.ts';
import type { StateDict } from './torch-contents.ts';
import { withoutPrefix } from './prefix.ts';

/** PyTorch's name of what Keras calls otherwise. */
const ENTRIES: Readonly<Record<string, string>> = {
  ...{ kernel: 'weight', depthwise_kernel: 'weight', bias: 'bias', alpha: 'weight' },
  ...{ gamma: 'weight', beta: 'bias', moving_mean: 'running_mean', moving_variance: 'running_var' },
};

/** What a layer needs of a state dict. */
interface NeededWeight {
  readonly node: string;
  readonly spec: WeightSpec;
  /** The entry's name. */
  readonly entry: string;
  readonly layer: ModuleName;
}

/** Counts batches in training: of no use here. */
const UNUSED = /(?:^|\.)num_batches_tracked$/;

/** Finds the entry of every weight. @throws UserError that names what is missing, unexpected, or of another shape */
export function assignTensors(
  tensors: StateDict,
  names: ModuleNames,
  needs: Needs,
  place: Place,
): ReadonlyMap<NeededWeight, StoredTensor> {
  const needed = [...needs].flatMap(([node, specs]) => {
    const layer = names.layers.get(node)!;
    return specs.map((spec): NeededWeight => ({
      ...{ node, spec, layer },
      entry: `${layer.module}.${ENTRIES[spec.name] ?? spec.name}`,
    }));
  });
  const entries = new Set(needed.map(({ entry }) => entry));
  const { inside, outside } = withoutPrefix(underPresentNames(tensors, needed), entries);
  const missing = [...entries].filter((entry) => !inside.has(entry));
  const unexpected = [...inside.keys()]
    .filter((name) => !entries.has(name) && !names.others.some((module) => name.startsWith(`${module}.`)))
    .concat(outside)
    .filter((name) => !UNUSED.test(name));
  const found = new Map<NeededWeight, StoredTensor>();
  const mismatches: string[] = [];
  for (const weight of needed) {
    const tensor = inside.get(weight.entry);
    if (!tensor) continue;
    const { type, shape } = tensor;
    const expected = torchShape(weight);
    if (!type.decode)
      mismatches.push(`\`${weight.entry}\` has the type ${type.name}, which is not supported`);
    else if (withoutOnes(shape) !== withoutOnes(expected) || countOf(shape) !== countOf(expected))
      mismatches.push(
        `\`${weight.entry}\` has the shape ${text(shape)}, and layer \`${weight.node}\` needs ${text(expected)}`,
      );
    else found.set(weight, arrange({ ...tensor, ...reshaped(tensor, expected) }, weight));
  }
  if (missing.length + unexpected.length + mismatches.length === 0) return found;
  const parts = [
    missing.length > 0 && `Missing: ${listed(missing)}.`,
    unexpected.length > 0 && `Not part of the network: ${listed(unexpected)}.`,
    mismatches.length > 0 && `${shortened(mismatches).join('; ')}.`,
  ];
  throw new UserError({
    what: 'The state dict does not fit the network.',
    place,
    why: parts.filter((part) => part !== false).join(' '),
    hint: 'Use a state dict that was saved from this network; `include_top: false` leaves out a classifier of other classes.',
  });
}

/** Entries that an older file has under other names, under those of today. */
function underPresentNames(tensors: StateDict, needed: readonly NeededWeight[]): StateDict {
  const present = new Map(
    needed.flatMap(({ entry, layer: { module, older } }) =>
      older === undefined ? [] : [[older + entry.slice(module.length), entry] as const],
    ),
  );
  if (![...present.keys()].some((name) => tensors.has(name))) return tensors;
  return new Map([...tensors].map(([name, tensor]) => [present.get(name) ?? name, tensor]));
}

const SHOWN = 5;

function shortened(items: readonly string[]): readonly string[] {
  return items.length > SHOWN ? [...items.slice(0, SHOWN), `and ${items.length - SHOWN} more`] : items;
}

const listed = (names: readonly string[]): string => shortened(names.map((name) => `\`${name}\``)).join(', ');
const text = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/** Vectors are stored as [n] or [1, 1, n]. */
const withoutOnes = (shape: readonly number[]): string => shape.filter((n) => n !== 1).join();

/** The same numbers under a shape that differs in axes of size 1 only. */
function reshaped(
  { shape, strides }: StoredTensor,
  expected: readonly number[],
): Pick<StoredTensor, 'shape' | 'strides'> {
  const steps = strides.filter((_, axis) => shape[axis] !== 1);
  return { shape: expected, strides: expected.map((n) => (n === 1 ? 0 : steps.shift()!)) };
}

const isDepthwise = ({ spec: { shape }, layer }: NeededWeight): boolean =>
  layer.depthwise === true && shape.length === 4;

/** The shape that PyTorch gives to a weight. */
function torchShape(weight: NeededWeight): readonly number[] {
  const { name, shape } = weight.spec;
  if (isDepthwise(weight)) return [shape[2]! * shape[3]!, 1, shape[0]!, shape[1]!];
  if (name === 'kernel' && shape.length === 4) return [shape[3]!, shape[2]!, shape[0]!, shape[1]!];
  if (name === 'kernel' && shape.length === 2) return [shape[1]!, shape[0]!];
  return shape;
}

/** From PyTorch's order of axes to Keras'; [out, in, height, width] to [height, width, in, out] and the like. */
function arrange(tensor: StoredTensor, weight: NeededWeight): StoredTensor {
  const { name, shape } = weight.spec;
  if (isDepthwise(weight)) return transpose(splitAxis(tensor, 0, [shape[2]!, shape[3]!]), [3, 4, 0, 1, 2]);
  if (name === 'kernel' && shape.length === 4) return transpose(tensor, [2, 3, 1, 0]);
  if (name !== 'kernel' || shape.length !== 2) return tensor;
  const { flattened } = weight.layer;
  if (!flattened) return transpose(tensor, [1, 0]);
  const [height, width, channels] = flattened;
  return transpose(splitAxis(tensor, 1, [channels, height, width]), [2, 3, 1, 0]);
}

/** Reads the weights one node after the other. */
export async function readAssigned(
  found: ReadonlyMap<NeededWeight, StoredTensor>,
  take: TakeWeights,
): Promise<void> {
  const nodes = new Map<string, [WeightSpec, StoredTensor][]>();
  for (const [{ node, spec }, tensor] of found) {
    const tensors = nodes.get(node);
    if (tensors) tensors.push([spec, tensor]);
    else nodes.set(node, [[spec, tensor]]);
  }
  for (const [node, tensors] of nodes) {
    const own = new Map<string, { shape: readonly number[]; data: Float32Array }>();
    for (const [{ name, shape }, tensor] of tensors) own.set(name, { shape, data: await readTensor(tensor) });
    take(node, own satisfies NodeWeights);
  }
}
