import { nodeFiles } from '../../../effects.ts';
import type { Place } from '../../../errors.ts';
import { UserError } from '../../../errors.ts';
import { show } from '../../layers/config-reader.ts';
import { isRecord } from '../../layers/plain-value.ts';
import type { NodeWeights, Weights } from '../../network.ts';
import type { ModelFile, ReadOptions } from '../format.ts';
import { flatTree } from '../format.ts';
import { inputSize } from '../keras-input.ts';
import type { StoredArray } from '../stored-array.ts';
import { readManifest } from '../tfjs-manifest.ts';
import { GraphBuilder } from './graph-builder.ts';
import { GraphNode, outputName, shapeOf } from './graph-node.ts';
import { operationNames, operations } from './graph-operations.ts';
import { applyOperation } from './graph-rows.ts';
import type { Value } from './graph-values.ts';
import { foldConstants, numbersOf } from './graph-values.ts';

type Json = Readonly<Record<string, unknown>>;

export const GRAPH_FORMAT = 'tfjs-graph';

/** More than any network has. */
const MOST_NODES = 50_000;

/**
 * A TensorFlow.js graph model, as tensorflowjs_converter writes it: single operations of TensorFlow, of which those that the
 * outputs are made from become layers named after their nodes.
 *
 * @param model the contents of model.json, at `path`
 * @throws UserError naming the node and its operation where it is none that is read
 */
export async function openGraphModel(model: Json, path: string, options: ReadOptions): Promise<ModelFile> {
  const { place, preprocess } = options;
  const topology = isRecord(model['modelTopology']) ? model['modelTopology'] : {};
  const written = Array.isArray(topology['node']) ? (topology['node'] as unknown[]) : [];
  if (written.length > MOST_NODES) {
    throw new UserError({
      what: `Unsupported graph: it has more than ${MOST_NODES.toLocaleString('en')} nodes.`,
      place,
    });
  }
  if (!written.length) {
    throw new UserError({
      what: 'Unsupported graph: it has no nodes.',
      place,
      hint: 'Convert the model again with tensorflowjs_converter.',
    });
  }
  const nodes = new Map(written.map((value) => new GraphNode(value, place)).map((node) => [node.name, node]));
  const manifest = await readManifest(model['weightsManifest'], path, nodeFiles, place);
  // Axes, shapes and paddings are among the weights, and say what the layers are.
  const arrays = new Map(manifest.arrays.map((array) => [array.name, readOnce(array)]));
  const order = neededNodes(nodes, outputsOf(model, topology, nodes), place);
  const input = inputOf(order, model, options);
  const base = {
    ...{ name: 'graph', format: GRAPH_FORMAT, preprocess },
    inputShape: input.shape,
  };
  const builder = new GraphBuilder(base, place);
  const values = new Map<string, Value>();
  for (const node of order) values.set(node.name, valueOf(node, values, arrays, builder));
  const network = { ...base, nodes: builder.nodes };
  checkShapes(builder, place);
  return {
    network,
    tree: flatTree(network),
    weightFiles: manifest.files,
    checkWeights: () => Promise.resolve(),
    loadWeights: () => Promise.resolve(readWeights(builder)),
  };
}

/** Several layers may use one array, and what works out shapes reads the same ones over and over. */
function readOnce(array: StoredArray): StoredArray {
  let values: Float32Array | undefined;
  return { ...array, read: () => (values ??= array.read()) };
}

/** The nodes that the signature names, or those that nothing is made from. */
function outputsOf(model: Json, topology: Json, nodes: ReadonlyMap<string, GraphNode>): readonly string[] {
  const found = [model['signature'], topology['signature']].find(isRecord);
  const outputs = isRecord(found?.['outputs']) ? Object.values(found['outputs']) : [];
  const named = outputs.flatMap((one) => {
    const name = isRecord(one) && typeof one['name'] === 'string' ? outputName(one['name']).node : '';
    return nodes.has(name) ? [name] : [];
  });
  if (named.length) return named;
  const used = new Set([...nodes.values()].flatMap(({ inputs }) => inputs.map(({ node }) => node)));
  return [...nodes.values()]
    .filter(({ name, op }) => !used.has(name) && op !== 'NoOp')
    .map(({ name }) => name);
}

/** All that the outputs are made from, each behind its inputs, otherwise in the order of the file. */
function neededNodes(
  nodes: ReadonlyMap<string, GraphNode>,
  outputs: readonly string[],
  place: Place,
): readonly GraphNode[] {
  const order: GraphNode[] = [];
  const state = new Map<string, 'begun' | 'done'>();
  const waiting = [...outputs].reverse();
  while (waiting.length) {
    const name = waiting.at(-1)!;
    const node = nodes.get(name);
    if (!node) throw new UserError({ what: `Unsupported graph: there is no node \`${name}\`.`, place });
    if (state.get(name) !== undefined) {
      waiting.pop();
      if (state.get(name) === 'begun') order.push(node);
      state.set(name, 'done');
      continue;
    }
    state.set(name, 'begun');
    for (const { node: input } of [...node.inputs].reverse()) {
      if (state.get(input) === 'begun') {
        throw new UserError({
          what: `Unsupported graph: node \`${input}\` is made from itself.`,
          place,
          hint: 'Loops are not supported.',
        });
      }
      if (state.get(input) === undefined) waiting.push(input);
    }
  }
  return order;
}

function valueOf(
  node: GraphNode,
  values: ReadonlyMap<string, Value>,
  arrays: ReadonlyMap<string, StoredArray>,
  builder: GraphBuilder,
): Value {
  const { name, op } = node;
  if (op === 'Const') {
    const array = arrays.get(name);
    return array
      ? { kind: 'constant', array }
      : node.fail('the model has no value for it', { hint: 'Convert the model again.' });
  }
  if (op === 'Placeholder')
    return { kind: 'layer', name: builder.add({ name, type: 'InputLayer', inputs: [] }) };
  const inputs = node.inputs.map(({ node: from, output }): Value => {
    const value = values.get(from)!;
    if (value.kind === 'parts') return { kind: 'layer', name: value.part(output) };
    return output === 0
      ? value
      : node.fail(`it takes output ${output} of \`${from}\`, which is not supported`);
  });
  const numbers = inputs.map(numbersOf);
  if (numbers.length && numbers.every((one) => one !== undefined)) {
    const scalars = inputs.map((value) => value.kind === 'constant' && value.array.shape.length === 0);
    const folded = foldConstants(op, numbers, scalars);
    if (folded) return folded;
  }
  const operation = Object.hasOwn(operations, op) ? operations[op] : undefined;
  if (!operation) {
    return node.fail('this operation is not supported', {
      hint: 'Convert a model that ends before this node, or use the .keras or .h5 file that the model was made from.',
      choices: operationNames,
    });
  }
  return applyOperation(operation!, { node, inputs, builder });
}

/** [height, width, channels] of the one placeholder. */
function inputOf(
  order: readonly GraphNode[],
  model: Json,
  options: ReadOptions,
): { readonly shape: readonly [number, number, number] } {
  const { place } = options;
  const inputs = order.filter(({ op }) => op === 'Placeholder');
  const [only] = inputs;
  if (!only || inputs.length > 1) {
    throw new UserError({
      what: `The model has ${inputs.length} inputs.`,
      place,
      why: 'Only models with one input, an image, are supported.',
    });
  }
  const signature = isRecord(model['signature']) ? model['signature'] : {};
  const stated = Object.values(isRecord(signature['inputs']) ? signature['inputs'] : {}).find(
    (one) => isRecord(one) && typeof one['name'] === 'string' && outputName(one['name']).node === only.name,
  );
  const sizes = only.shape('shape') ?? (isRecord(stated) ? shapeOf(stated['tensorShape']) : undefined);
  const written = sizes?.map((n) => (n < 0 ? null : n)) ?? [];
  return { shape: inputSize(written, options) };
}

function checkShapes({ nodes, weights, specsOf }: GraphBuilder, place: Place): void {
  for (const { name } of nodes) {
    for (const { name: role, shape } of specsOf(name)) {
      const { array, turned } = weights.get(name)!.get(role)!;
      const stored = turned ? [...array.shape].reverse() : array.shape;
      const significant = (sizes: readonly number[]): string => sizes.filter((n) => n !== 1).join();
      if (significant(stored) === significant(shape)) continue;
      throw new UserError({
        what: `Node \`${name}\`: \`${role}\` has the shape ${show(stored)} in the file, and the model needs ${show(shape)}.`,
        place,
        hint: 'Convert the model again.',
      });
    }
  }
}

function readWeights({ nodes, weights, specsOf }: GraphBuilder): Weights {
  return new Map(
    nodes
      .filter(({ name }) => weights.has(name))
      .map(({ name }): [string, NodeWeights] => [
        name,
        new Map(
          specsOf(name).map(({ name: role, shape }) => {
            const { array, turned } = weights.get(name)!.get(role)!;
            const data = array.read();
            return [role, { shape, data: turned ? transposed(data, array.shape) : data }];
          }),
        ),
      ]),
  );
}

function transposed(data: Float32Array, [rows, columns]: readonly number[]): Float32Array {
  const turned = new Float32Array(data.length);
  for (let y = 0; y < rows!; y++)
    for (let x = 0; x < columns!; x++) turned[x * rows! + y] = data[y * columns! + x]!;
  return turned;
}
