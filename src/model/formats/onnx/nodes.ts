import { Attributes } from './attributes.ts';
import type { ExternalFiles } from './external-data.ts';
import { FoldError } from './fold-error.ts';
import type { AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto } from './onnx-schema.ts';

/** A node of the graph, functions unfolded. */
export interface OnnxNode {
  /** The operator; with its domain in front where it is not one of ONNX' own. */
  readonly op: string;
  readonly name: string;
  /** Names of values, empty where an input is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
  /** Values that graphs in its attributes take from outside. */
  readonly captures: readonly string[];
  /** The modules it stands in, outermost first, where the exporter says so. */
  readonly scopes?: readonly string[];
}

/** More nodes than a network has. */
const MAX_NODES = 50_000;
const MAX_DEPTH = 16;

/** Domains whose operators are ONNX' own. */
const OWN_DOMAINS: ReadonlySet<string> = new Set(['', 'ai.onnx']);

/** The version of ONNX' own operators. @throws FoldError where the model names none, or one that is not read */
export function operatorVersion(model: ModelProto): number {
  const own = model.opsetImport.find(({ domain }) => OWN_DOMAINS.has(domain));
  const version = own ? Number(own.version) : model.irVersion < 3n ? 1 : NaN;
  if (version >= 1 && version <= 30) return version;
  throw new FoldError(
    Number.isNaN(version)
      ? 'it names no version of its operators'
      : `its operators are of version ${version} (opset)`,
    'Versions 7 to 22 are tested. Convert it with onnx.version_converter, or export it with `opset_version=17`.',
  );
}

/** A model's nodes, with those of its functions in place of their calls. */
export class NodeReader {
  readonly #functions: ReadonlyMap<string, FunctionProto>;
  readonly #external: ExternalFiles;
  #count = 0;

  constructor(model: ModelProto, external: ExternalFiles) {
    this.#functions = new Map(
      model.functions.map((one) => [functionKey(one.domain, one.name, one.overload), one]),
    );
    this.#external = external;
  }

  read(graph: GraphProto): readonly OnnxNode[] {
    return graph.node.flatMap((node) => this.#unfold(node, (name) => name, new Map(), 0));
  }

  #unfold(
    node: NodeProto,
    rename: (name: string) => string,
    given: ReadonlyMap<string, AttributeProto>,
    depth: number,
  ): readonly OnnxNode[] {
    if (++this.#count > MAX_NODES || depth > MAX_DEPTH)
      throw new FoldError(
        `it has more than ${MAX_NODES.toLocaleString('en')} nodes, or functions nested too deeply`,
      );
    const attributes = node.attribute.flatMap((one) => {
      if (!one.refAttrName) return [one];
      const value = given.get(one.refAttrName);
      return value ? [{ ...value, name: one.name }] : [];
    });
    const called = this.#functions.get(functionKey(node.domain, node.opType, node.overload));
    if (called) return this.#call(called, node, attributes, rename, depth);
    const scopes = node.metadataProps.find(({ key }) => key === 'pkg.torch.onnx.name_scopes')?.value;
    return [
      {
        op: OWN_DOMAINS.has(node.domain) ? node.opType : `${node.domain}.${node.opType}`,
        name: node.name && rename(node.name),
        inputs: node.input.map(rename),
        outputs: node.output.map(rename),
        captures: attributes.flatMap(({ g }) => (g ? capturesOf(g, 0).map(rename) : [])),
        attributes: new Attributes(attributes, this.#external),
        ...(scopes === undefined ? {} : { scopes: pythonStrings(scopes) }),
      },
    ];
  }

  #call(
    called: FunctionProto,
    node: NodeProto,
    attributes: readonly AttributeProto[],
    rename: (name: string) => string,
    depth: number,
  ): readonly OnnxNode[] {
    const call = `${rename(node.name || node.output[0] || called.name)}/`;
    const outer = new Map<string, string>();
    called.input.forEach((name, i) => outer.set(name, node.input[i] ? rename(node.input[i]) : ''));
    called.output.forEach((name, i) =>
      outer.set(name, node.output[i] ? rename(node.output[i]) : call + name),
    );
    const inside = (name: string): string => (name === '' ? '' : (outer.get(name) ?? call + name));
    const given = new Map([...called.attributeProto, ...attributes].map((one) => [one.name, one]));
    return called.node.flatMap((one) => this.#unfold(one, inside, given, depth + 1));
  }
}

/** Names that a graph in an attribute uses and does not make. */
function capturesOf(graph: GraphProto, depth: number): string[] {
  if (depth > MAX_DEPTH) throw new FoldError('its graphs are nested too deeply');
  const own = new Set([
    ...graph.initializer.map(({ name }) => name),
    ...graph.input.map(({ name }) => name),
    ...graph.node.flatMap(({ output }) => output),
  ]);
  const used = [
    ...graph.node.flatMap(({ input, attribute }) => [
      ...input,
      ...attribute.flatMap(({ g }) => (g ? capturesOf(g, depth + 1) : [])),
    ]),
    ...graph.output.map(({ name }) => name),
  ];
  return [...new Set(used)].filter((name) => name !== '' && !own.has(name));
}

const functionKey = (domain: string, name: string, overload: string): string =>
  JSON.stringify([domain, name, overload]);

/** A list of strings as Python prints it: `['', 'layer1', 'conv2d']`. */
function pythonStrings(text: string): string[] {
  return [...text.matchAll(/'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/g)].map(
    (match) => match[1] ?? match[2] ?? '',
  );
}

/**
 * The nodes that the outputs are made from, each behind those it takes values from.
 *
 * @param known names of values that no node makes
 * @throws FoldError naming nodes that take values from one another in a circle, or a value that is missing
 */
export function sortNodes(
  nodes: readonly OnnxNode[],
  outputs: readonly string[],
  known: ReadonlySet<string>,
): readonly OnnxNode[] {
  const makers = new Map<string, OnnxNode>();
  for (const node of nodes) {
    for (const output of node.outputs) {
      if (output && (makers.has(output) || known.has(output)))
        throw new FoldError(`two nodes make the value \`${output}\``);
      if (output) makers.set(output, node);
    }
  }
  const state = new Map<OnnxNode, 'open' | 'done'>();
  const sorted: OnnxNode[] = [];
  // Without calls inside calls: chains are as long as a file makes them.
  const stack = outputs.map((name) => ({ name, from: '' })).reverse();
  const path: OnnxNode[] = [];
  while (stack.length) {
    const { name, from } = stack.pop()!;
    if (name === '') {
      const node = path.pop()!;
      state.set(node, 'done');
      sorted.push(node);
      continue;
    }
    if (known.has(name)) continue;
    const node = makers.get(name);
    if (!node) throw new FoldError(`${from} takes \`${name}\`, which nothing makes`);
    if (state.get(node) === 'done') continue;
    if (state.get(node) === 'open')
      throw new FoldError(`the node ${describeNode(node)} takes its own output, over ${from || 'itself'}`);
    state.set(node, 'open');
    path.push(node);
    stack.push({ name: '', from: '' });
    for (const input of [...node.captures, ...node.inputs].reverse()) {
      if (input) stack.push({ name: input, from: `the node ${describeNode(node)}` });
    }
  }
  // In the file's own order wherever that is in order: it is how people know the network.
  const needed = new Set(sorted);
  const own = nodes.filter((node) => needed.has(node));
  return isSorted(own, known) ? own : sorted;
}

function isSorted(nodes: readonly OnnxNode[], known: ReadonlySet<string>): boolean {
  const made = new Set(known);
  return nodes.every(({ inputs, captures, outputs }) => {
    const ready = [...inputs, ...captures].every((name) => name === '' || made.has(name));
    outputs.forEach((name) => made.add(name));
    return ready;
  });
}

export const describeNode = ({ name, op, outputs }: OnnxNode): string =>
  `\`${name || outputs.find((output) => output) || op}\` (${op})`;
