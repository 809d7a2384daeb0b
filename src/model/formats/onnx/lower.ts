import type { Problem } from '../../../errors.ts';
import { UserError } from '../../../errors.ts';
import type { Builder, Value } from './builder.ts';
import type { Constant } from './constant.ts';
import { sizeOf, constant as constantOf } from './constant.ts';
import type { ExternalFiles } from './external-data.ts';
import { arithmeticFolds, binaryFolds } from './fold-arithmetic.ts';
import { einsumFolds } from './einsum.ts';
import { FoldError } from './fold-error.ts';
import { gatherFolds } from './fold-gather.ts';
import { normalizationFolds } from './fold-normalization.ts';
import { quantizationFolds } from './fold-quantized.ts';
import { shapeConstant, shapeFolds } from './fold-shapes.ts';
import type { Fold } from './fold-types.ts';
import { describeNode } from './nodes.ts';
import type { NodeReader, OnnxNode } from './nodes.ts';
import type { GraphProto } from './onnx-schema.ts';
import { operators } from './operators/index.ts';
import { readTensor } from './tensors.ts';

const folds: ReadonlyMap<string, Fold> = new Map([
  ...shapeFolds,
  ...arithmeticFolds,
  ...quantizationFolds,
  ...normalizationFolds,
  ...gatherFolds,
  ...einsumFolds,
]);

/** Operators whose result is known where only the shape of their input is. */
const OF_SHAPES: ReadonlySet<string> = new Set(['Shape', 'Size']);

export const isSupported = (op: string): boolean =>
  operators.has(op) || folds.has(op) || OF_SHAPES.has(op) || op === 'If';

/** Operators that maps may go through, by name, for messages. */
export const supportedOperators = (): readonly string[] =>
  [...operators.keys()].filter((name) => name !== MADE_BY_FUSION).sort();

/** No operator of files: fusions.ts puts it in the place of several. */
const MADE_BY_FUSION = 'GroupedStatistics';

/** Longest reason of a failure that is printed. */
const MOST_PROBLEMS = 8;

export interface LoweringContext {
  readonly builder: Builder;
  readonly opset: number;
  readonly external: ExternalFiles;
  readonly reader: NodeReader;
  readonly notice: (text: string) => void;
  /** @returns the problem of a node, or of the whole where there is none */
  readonly describe: (error: FoldError, node: OnnxNode) => Problem;
}

/**
 * Turns nodes into layers, in their order: what is known from constants and shapes alone is computed, everything else becomes a layer.
 *
 * @param values by name; the nodes' outputs are added
 * @throws UserError naming every node that cannot be carried out
 */
export function lowerNodes(
  nodes: readonly OnnxNode[],
  values: Map<string, Value>,
  context: LoweringContext,
): void {
  const problems: Problem[] = [];
  for (const node of nodes) {
    const { inputs, captures } = node;
    // Those behind a wrong one are not looked at: what they would be given is unknown.
    if ([...inputs, ...captures].some((name) => name !== '' && !values.has(name))) continue;
    try {
      const outputs = lowerNode(
        node,
        inputs.map((name) => (name === '' ? undefined : values.get(name))),
        values,
        context,
      );
      node.outputs.forEach((name, i) => {
        const output = outputs[i];
        if (name !== '' && output) values.set(name, output);
      });
    } catch (error) {
      if (error instanceof FoldError) problems.push(context.describe(error, node));
      else if (error instanceof UserError) problems.push(...error.problems);
      else throw error;
      if (problems.length >= MOST_PROBLEMS) break;
    }
  }
  if (problems.length) throw new UserError(problems);
}

function lowerNode(
  node: OnnxNode,
  inputs: readonly (Value | undefined)[],
  values: Map<string, Value>,
  context: LoweringContext,
): readonly (Value | undefined)[] {
  const { builder, opset, notice } = context;
  const { op, attributes } = node;
  if (op === 'If') return lowerBranch(node, inputs[0], values, context);
  const [first] = inputs;
  if (first?.kind === 'maps' && OF_SHAPES.has(op)) {
    if (op === 'Shape') return [shapeConstant(first.shape, attributes)];
    return [constantOf([], 'int', Float64Array.of(sizeOf(first.shape)))];
  }
  const known = inputs.every((input): input is Constant | undefined => input?.kind !== 'maps');
  const fold = folds.get(op);
  if (known && fold) {
    expectInputs(op, inputs);
    const step = { inputs, attributes, outputs: node.outputs.length, opset, budget: builder.budget };
    return fold(step);
  }
  const operator = operators.get(op);
  if (!operator || known) {
    throw new FoldError(
      known
        ? 'it is computed from constants alone, which is not supported for this operator'
        : 'it is only supported for constants and shapes, and its input comes from the image',
      'Export the model with constants folded: `python -m onnxsim in.onnx out.onnx`.',
    );
  }
  const outputs = operator({ node, inputs, attributes, opset, builder, notice });
  attributes.finish();
  return areWhole(op, inputs)
    ? outputs.map((output) => (output?.kind === 'maps' ? { ...output, whole: true } : output))
    : outputs;
}

/** Whole numbers stay whole where they are moved; the other inputs say where. */
const MOVES: ReadonlySet<string> = new Set([
  ...['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Transpose', 'Identity', 'Slice', 'Gather', 'Expand'],
  ...['Tile', 'Split', 'GatherElements'],
]);
/** And where all inputs are. */
const COMBINES: ReadonlySet<string> = new Set([
  ...['Add', 'Sub', 'Mul', 'Div', 'Mod', 'Max', 'Min', 'Neg', 'Abs', 'Concat'],
]);

function areWhole(op: string, inputs: readonly (Value | undefined)[]): boolean {
  const isWhole = (value: Value | undefined): boolean =>
    value === undefined || (value.kind === 'maps' ? value.whole === true : value.type === 'int');
  if (MOVES.has(op)) return inputs[0]?.kind === 'maps' && isWhole(inputs[0]);
  return COMBINES.has(op) && inputs.every(isWhole);
}

/** Operators on constants that need more than one input, and how many; of those with any number, all that are named. */
const LEAST_INPUTS: ReadonlyMap<string, number> = new Map([
  ['Constant', 0],
  ...[
    'Reshape',
    'Expand',
    'Tile',
    'Gather',
    'GatherND',
    'GatherElements',
    'CastLike',
    'Conv',
    'CumSum',
    'Mod',
    ...binaryFolds,
  ].map((op) => [op, 2] as const),
  ...['Where', 'Range', 'ScatterND'].map((op) => [op, 3] as const),
]);
const ANY_NUMBER: ReadonlySet<string> = new Set(['Concat', 'Einsum', 'Max', 'Min', 'Sum', 'Mean']);

function expectInputs(op: string, inputs: readonly unknown[]): void {
  const least = Math.max(LEAST_INPUTS.get(op) ?? 1, ANY_NUMBER.has(op) ? inputs.length : 0);
  const missing = Array.from({ length: least }, (_, i) => inputs[i]).indexOf(undefined);
  if (missing >= 0) throw new FoldError(`its input ${missing + 1} is missing`);
}

/** The branch that is taken, where that is known. */
function lowerBranch(
  node: OnnxNode,
  condition: Value | undefined,
  values: Map<string, Value>,
  context: LoweringContext,
): readonly (Value | undefined)[] {
  if (condition?.kind !== 'constant')
    throw new FoldError('which of its branches is taken depends on the image, which is not supported');
  const graph = node.attributes.graph(condition.values()[0] ? 'then_branch' : 'else_branch');
  if (!graph) throw new FoldError('it has no branch for its condition');
  const inner = new Map(values);
  addInitializers(graph, inner, context.external);
  const nodes = context.reader.read(graph);
  const missing = nodes.filter(({ op }) => !isSupported(op));
  if (missing.length)
    throw new FoldError(`its branch has ${missing.map(describeNode).slice(0, 5).join(', ')}`);
  lowerNodes(nodes, inner, context);
  return graph.output.map(({ name }) => inner.get(name));
}

/** @throws FoldError naming an array that cannot be read */
export function addInitializers(
  graph: GraphProto,
  values: Map<string, Value>,
  external: ExternalFiles,
): void {
  for (const tensor of graph.initializer) values.set(tensor.name, readTensor(tensor, external));
}
