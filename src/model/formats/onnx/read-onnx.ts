import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import type { Place, Problem } from '../../../errors.ts';
import { UserError } from '../../../errors.ts';
import { INPUT_LAYER } from '../../layer-types.ts';
import type { Network } from '../../network.ts';
import { Builder } from './builder.ts';
import type { EmittedLayer, Value } from './builder.ts';
import type { Constant, Values } from './constant.ts';
import { FoldingBudget, sizeOf } from './constant.ts';
import { readSkeleton } from './skeleton.ts';
import { ExternalFiles } from './external-data.ts';
import { collected } from '../collected.ts';
import type { ModelFile, ReadOptions } from '../format.ts';
import { flatTree } from '../format.ts';
import { FoldError } from './fold-error.ts';
import { fuseNodes } from './fusions.ts';
import { imageInput } from './input.ts';
import { addInitializers, isSupported, lowerNodes, supportedOperators } from './lower.ts';
import { nameLayers } from './names.ts';
import { describeNode, NodeReader, operatorVersion, sortNodes } from './nodes.ts';
import type { OnnxNode } from './nodes.ts';
import type { GraphProto, ModelProto } from './onnx-schema.ts';
import { ModelProtoSchema } from './onnx-schema.ts';
import { readSparseTensor } from './tensors.ts';

/** Bytes that constants of a model may come to that are not in its file; and for each byte of it, which may hold two numbers. */
const MOST_FOLDED = 600e6;
const MOST_UNPACKED = 16;
const DAMAGED = 'The file is damaged. Export or download it again.';

/** The messages of a file; large arrays stay where they are in it. */
async function decode(
  path: string,
  place: Place,
): Promise<{ model: ModelProto; graph: GraphProto; bytes: number }> {
  const skeleton = readSkeleton(path);
  const bytes = skeleton?.bytes ?? (await readFile(path));
  const unreadable = (why: string): UserError =>
    new UserError({ what: 'The file is not an ONNX model.', place, why, hint: DAMAGED });
  let model: ModelProto;
  try {
    model = fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false, recursionLimit: 64 });
  } catch (error) {
    if (error instanceof RangeError && !/offset|bounds|premature/i.test(error.message)) throw error;
    throw unreadable(`${(error as Error).message.replace(/\.?$/, '.')}`);
  }
  const { graph } = model;
  if (!graph?.node.length) throw unreadable('It has no graph with nodes.');
  return { model, graph, bytes: skeleton?.size ?? bytes.length };
}

/** A model as layers. */
interface Lowered {
  readonly network: Network;
  readonly layers: readonly EmittedLayer[];
  readonly names: readonly string[];
  readonly external: ExternalFiles;
}

async function lower(path: string, options: ReadOptions, format: string): Promise<Lowered> {
  const { place } = options;
  const { model, graph, bytes } = await decode(path, place);
  const external = new ExternalFiles(path);
  const describe = (error: FoldError, node?: OnnxNode): Problem => ({
    what: node
      ? `Node ${describeNode(node)}: ${error.message}.`
      : `The ONNX model cannot be read: ${error.message}.`,
    place,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  });
  try {
    const opset = operatorVersion(model);
    const reader = new NodeReader(model, external);
    const values = new Map<string, Value>();
    addInitializers(graph, values, external);
    for (const sparse of graph.sparseInitializer)
      values.set(sparse.values?.name ?? '', readSparseTensor(sparse, external));
    const nodes = reader.read(graph);
    const input = imageInput(graph, nodes, values, options);
    const outputs = graph.output.map(({ name }) => name);
    const sorted = sortNodes(nodes, outputs, new Set([...values.keys(), input.name]));
    expectSupported(sorted, place);
    const constants = new Map<string, Constant>();
    for (const [name, value] of values) if (value.kind === 'constant') constants.set(name, value);
    for (const node of sorted) {
      if (node.op === 'Constant' && node.outputs[0]) constants.set(node.outputs[0], node.attributes.value());
    }
    const fused = fuseNodes(sorted, outputs, constants);
    const budget = new FoldingBudget(MOST_FOLDED + MOST_UNPACKED * (bytes + external.bytes));
    const builder = new Builder(place, budget, input.shape, input.batchSize);
    values.set(input.name, builder.input(input.order));
    const notices = new Set<string>();
    lowerNodes(fused, values, {
      ...{ builder, opset, external, reader, describe },
      notice: (text) => notices.add(text),
    });
    const { layers } = builder;
    if (layers.length < 2) throw new FoldError('nothing in it is computed from the image');
    const names = nameLayers(layers, input.name);
    const network: Network = {
      name: graph.name || basename(path, extname(path)),
      format,
      inputShape: input.shape,
      nodes: layers.map(({ type, config, inputs }, i) => ({
        ...{ name: names[i]!, type, config, inputs: inputs.map((one) => names[one]!) },
        ...(type === INPUT_LAYER ? {} : { dialect: 'onnx' as const }),
      })),
      preprocess: options.preprocess,
      ...(notices.size ? { notices: [...notices] } : {}),
    };
    return { network, layers, names, external };
  } catch (error) {
    if (error instanceof FoldError) throw new UserError(describe(error));
    throw error;
  }
}

function expectSupported(nodes: readonly OnnxNode[], place: Place): void {
  const missing = nodes.filter(({ op }) => !isSupported(op));
  if (!missing.length) return;
  const byOperator = new Map<string, OnnxNode[]>();
  for (const node of missing) byOperator.set(node.op, [...(byOperator.get(node.op) ?? []), node]);
  const listed = [...byOperator].map(([op, [first, ...others]]) => {
    const name = first!.name || first!.outputs[0];
    return `\`${op}\` (node \`${name}\`${others.length ? ` and ${others.length} more` : ''})`;
  });
  const several = byOperator.size > 1;
  throw new UserError({
    what: `Unsupported ONNX operator${several ? 's' : ''}: ${listed.join(', ')}.`,
    place,
    hint:
      'Export the network without what comes before or after it (for detectors without non-maximum suppression), or cut it: ' +
      'onnx.utils.extract_model("in.onnx", "out.onnx", ["input name"], ["name of the last value before it"]).',
    choices: supportedOperators(),
  });
}

/** @param format as the network's is called */
export async function openOnnx(path: string, options: ReadOptions, format: string): Promise<ModelFile> {
  const { network, layers, names, external } = await lower(path, options, format);
  return {
    network,
    tree: flatTree(network),
    weightFiles: external.paths,
    // Shapes were compared when the layers were made, and sizes with the bytes of the file.
    checkWeights: () => Promise.resolve(),
    loadWeights: (take) =>
      collected(take, (each) =>
        layers.forEach(({ constants }, i) => {
          const arrays = Object.entries(constants);
          if (arrays.length > 0) each(names[i]!, new Map(arrays.map(([name, one]) => [name, weightOf(one)])));
        }),
      ),
  };
}

/** float32 values that nothing else holds: they change hands with their buffer. */
function weightOf(constant: Constant): { shape: readonly number[]; data: Float32Array } {
  const values: Values = constant.own?.() ?? constant.values();
  const data = constant.own && values instanceof Float32Array ? values : Float32Array.from(values);
  if (data.length !== sizeOf(constant.shape))
    throw new Error(`${data.length} values for [${constant.shape.join()}]`);
  return { shape: constant.shape, data };
}
