import type { EmittedLayer } from './builder.ts';
import type { OnnxNode } from './nodes.ts';

/** Endings of arrays that belong to a layer, by PyTorch, PaddlePaddle and Keras. */
const ARRAY = /[./](?:weight|bias|running_mean|running_var|gamma|beta|kernel|alpha|w_\d+|b_\d+)$/;

/** Names that exporters make up for arrays: they say nothing of the network. */
const MADE_UP = /^(?:onnx::|const_|_?val_|\d+$|.*__\d+$|.*quantized|p2o\.)/;

/** Where a node stands: the module, and what it does there. */
interface Location {
  /** Empty: outside all modules. */
  readonly module: string;
  readonly operation: string;
  readonly separator: '.' | '/';
}

/**
 * Names of layers as people know them from the program that the file was exported from: paths of modules in PyTorch
 * (`layer1.0.conv1`), names of layers in Keras. A module without others in it that becomes several layers gives the last one, whose
 * output is the module's, its name, and the others `module.Operator`.
 *
 * @param input name of the input
 */
export function nameLayers(layers: readonly EmittedLayer[], input: string): string[] {
  const prefix = commonPrefix(layers);
  const places = layers.map((layer) => locate(layer, prefix));
  const paths = new Set(places.flatMap((place) => (place ? [place.module] : [])));
  const parents = new Set([...paths].flatMap(ancestors));
  /** The last node of each module. */
  const last = new Map<string, OnnxNode>();
  layers.forEach(({ source }, i) => {
    if (source) last.set(places[i]!.module, source);
  });
  const taken = new Set<string>();
  const names = new Map<OnnxNode, string>();
  const unique = (name: string): string => {
    let found = name;
    for (let n = 2; taken.has(found); n++) found = `${name}@${n}`;
    taken.add(found);
    return found;
  };
  // A node may become several layers, of which the one without a role has the name alone.
  return layers.map(({ source, role }, i) => {
    if (!source) return unique(input || 'input');
    const { module, operation, separator } = places[i]!;
    const isModule = module !== '' && !parents.has(module) && last.get(module) === source;
    const plain = isModule ? module : module === '' ? operation : `${module}${separator}${operation}`;
    const name = names.get(source) ?? plain;
    names.set(source, name);
    return unique(role === undefined ? name : `${name}:${role}`);
  });
}

function ancestors(path: string): string[] {
  return [...path.matchAll(/[./]/g)].map(({ index }) => path.slice(0, index));
}

function locate({ source, constants, type }: EmittedLayer, prefix: string): Location | undefined {
  if (!source) return undefined;
  const { name, op, scopes, outputs } = source;
  const operation = op.slice(op.lastIndexOf('.') + 1);
  if (scopes?.length) {
    // The last one is the call itself.
    const module =
      scopes
        .slice(0, -1)
        .filter((scope) => scope !== '')
        .at(-1) ?? '';
    return { module, operation: scopes.at(-1) || operation, separator: '.' };
  }
  if (name.startsWith('/')) return locateScoped(name);
  const owner = Object.values(constants)
    .flatMap((one) =>
      one.name !== undefined && !MADE_UP.test(one.name) && ARRAY.test(one.name) ? [one.name] : [],
    )
    .map((one) => one.replace(ARRAY, ''))[0];
  if (owner !== undefined && !name.includes('/')) return { module: owner, operation, separator: '.' };
  if (name.includes('/')) {
    const inner = name.slice(prefix.length).replace(/__\d+$/, '');
    const cut = inner.lastIndexOf('/');
    return { module: cut < 0 ? '' : inner.slice(0, cut), operation: inner.slice(cut + 1), separator: '/' };
  }
  const output = outputs.find((one) => one) ?? '';
  const plain = name || (/^\d*$/.test(output) ? `${operation || type}_${output}` : output);
  return { module: '', operation: plain, separator: '.' };
}

/** `/layer1/layer1.0/conv1/Conv`: a child of a Sequential repeats its parent's name. */
function locateScoped(name: string): Location {
  const parts = name.slice(1).split('/');
  const operation = parts.pop()!;
  const steps: string[] = [];
  let before = '';
  for (const part of parts) {
    steps.push(before && part.startsWith(`${before}.`) ? part.slice(before.length + 1) : part);
    before = part;
  }
  return { module: steps.join('.'), operation, separator: '.' };
}

/** What TensorFlow's converters put in front of every name: `StatefulPartitionedCall/model/`. */
function commonPrefix(layers: readonly EmittedLayer[]): string {
  const names = layers.flatMap(({ source }) => (source && !source.scopes ? [source.name] : []));
  const paths = names.filter((name) => name.includes('/') && !name.startsWith('/'));
  if (paths.length < 2) return '';
  const [first, ...others] = paths.map((name) => name.split('/'));
  let count = 0;
  // The last step is the operation, the one before it the layer.
  while (
    count < first!.length - 2 &&
    others.every((one) => one.length - 2 > count && one[count] === first![count])
  )
    count++;
  const prefix = first!.slice(0, count).join('/');
  return prefix ? `${prefix}/` : '';
}
