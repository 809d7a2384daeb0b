import { readdir, readFile, writeFile, mkdtemp, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { tf } from '../../src/backend/tf.ts';
import { UserError } from '../../src/errors.ts';
import { createModel } from '../../src/model/executor.ts';
import { sizeOf } from '../../src/model/formats/onnx/constant.ts';
import type { Constant } from '../../src/model/formats/onnx/constant.ts';
import { ExternalFiles } from '../../src/model/formats/onnx/external-data.ts';
import { isSupported, supportedOperators } from '../../src/model/formats/onnx/lower.ts';
import { onnx } from '../../src/model/formats/onnx/format.ts';
import {
  AttributeProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProtoSchema,
  TypeProtoSchema,
} from '../../src/model/formats/onnx/onnx-schema.ts';
import type { ModelProto, TensorProto } from '../../src/model/formats/onnx/onnx-schema.ts';
import { readTensor } from '../../src/model/formats/onnx/tensors.ts';
import { buildGraph } from '../../src/model/graph.ts';
import { listLayers } from '../../src/model/layer-list.ts';

interface Settings {
  readonly pattern: RegExp;
  readonly results: string | undefined;
  readonly print: (text: string) => void;
}

/** How a case ended. `other`: not made of operators that are read, or without an input from which anything is computed. */
type Outcome = 'equal' | 'differs' | 'refused' | 'other';

interface Result {
  readonly name: string;
  readonly outcome: Outcome;
  /** Operators of the model. */
  readonly operators: readonly string[];
  /** What it counts as: `imageRule`. */
  readonly image: boolean;
  readonly detail: string;
}

/** Of the greatest value; the suite itself allows as much of each. */
const TOLERANCE = 1e-3;

/** Types of floats. */
const FLOATS: ReadonlySet<number> = new Set([1, 10, 11, 16]);

/**
 * Runs every case of a folder and prints which fail, and a summary by operator.
 *
 * @returns the exit status: 1 where a case of supported operators with maps as input gives other values
 */
export async function runSuite(folder: string, { pattern, results, print }: Settings): Promise<number> {
  const entries = (await readdir(folder)).sort();
  const names = entries.filter((name) => pattern.test(name) && isCase(folder, name));
  const own = await mkdtemp(join(tmpdir(), 'onnx-suite-'));
  const found: Result[] = [];
  try {
    for (const name of names) {
      const result = await runCase(folder, name, own);
      found.push(result);
      if (result.outcome === 'differs' || result.outcome === 'refused')
        print(`${result.outcome} ${result.image ? '' : '(no image) '}${name}: ${result.detail}`);
    }
  } finally {
    await rm(own, { recursive: true, force: true });
  }
  if (results !== undefined) await writeFile(results, JSON.stringify(found, null, 1));
  for (const image of [true, false]) {
    const counted = found.filter((one) => one.image === image && one.outcome !== 'other');
    const equal = counted.filter(({ outcome }) => outcome === 'equal').length;
    print(
      `${image ? 'images or maps as input' : 'other inputs'}: ${equal} of ${counted.length} cases of supported operators are equal`,
    );
  }
  print(
    `${found.filter(({ outcome }) => outcome === 'other').length} cases have other operators or element types`,
  );
  return found.some(({ outcome, image }) => image && outcome === 'differs') ? 1 : 0;
}

const isCase = (folder: string, name: string): boolean =>
  name.endsWith('.onnx') || existsSync(join(folder, name, 'model.onnx'));

interface Case {
  readonly model: ModelProto;
  readonly inputs: readonly TensorProto[];
  readonly outputs: readonly TensorProto[];
  /** Whether it treats the images of a batch one by one, as the reference evaluator found (make_node_cases.py); null where unknown. */
  readonly imagesAlone: boolean | null;
}

/**
 * What counts as a case of a network for images, whether it passes or not: it takes an image or a map (three or four axes of floats) and
 * gives floats, neither empty, and its first input goes into operators that images go through (others are read for shapes only). Three
 * axes that are convolved or pooled are sequences, not images.
 */
function imageRule({ model, inputs, outputs }: Case): boolean {
  const [input, output] = [inputs[0], outputs[0]];
  if (!input || !output || ![3, 4].includes(input.dims.length)) return false;
  const nodes = model.graph?.node ?? [];
  if (input.dims.length === 3 && nodes.some(({ opType }) => /Conv|Pool/.test(opType))) return false;
  const isFull = ({ dims }: TensorProto): boolean => dims.every((n) => n > 0n);
  const name = model.graph?.input[0]?.name ?? '';
  const takers = nodes.filter((node) => node.input.includes(name));
  const known = new Set(supportedOperators());
  return (
    [input, output].every((tensor) => FLOATS.has(tensor.dataType) && isFull(tensor)) &&
    takers.every(({ opType }) => known.has(opType))
  );
}

async function readCase(folder: string, name: string): Promise<Case> {
  const light = name.endsWith('.onnx');
  const model = fromBinary(
    ModelProtoSchema,
    await readFile(light ? join(folder, name) : join(folder, name, 'model.onnx')),
  );
  const tensor = async (path: string): Promise<TensorProto> =>
    fromBinary(TensorProtoSchema, await readFile(path));
  if (light)
    return {
      model,
      inputs: [],
      outputs: [await tensor(join(folder, name.replace('.onnx', '_output_0.pb')))],
      imagesAlone: true,
    };
  const set = join(folder, name, 'test_data_set_0');
  const files = (await readdir(set)).sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  const of = (kind: string) =>
    Promise.all(files.filter((file) => file.startsWith(kind)).map((file) => tensor(join(set, file))));
  const facts = join(folder, name, 'case.json');
  const { imagesAlone = null } = existsSync(facts)
    ? (JSON.parse(await readFile(facts, 'utf8')) as Partial<Case>)
    : {};
  return { model, inputs: await of('input_'), outputs: await of('output_'), imagesAlone };
}

async function runCase(folder: string, name: string, own: string): Promise<Result> {
  const read = await readCase(folder, name);
  const { model, inputs, outputs } = read;
  const operators = [...new Set((model.graph?.node ?? []).map(({ opType }) => opType))];
  const initial = new Set(model.graph?.initializer.map((one) => one.name));
  const [first] = model.graph?.input.filter((one) => !initial.has(one.name)) ?? [];
  const light = name.endsWith('.onnx');
  const shape = light ? undefined : inputs[0]?.dims.map(Number);
  const isFloat = light || FLOATS.has(inputs[0]?.dataType ?? 0);
  const image = light || imageRule(read);
  const base = { name, operators, image };
  if (!first || !isFloat || !operators.every(isSupported) || (shape && !shape.length))
    return { ...base, outcome: 'other', detail: '' };
  const path = join(own, 'model.onnx');
  const external = new ExternalFiles(path);
  try {
    const pixels = light ? lightInput(model) : asPixels(read, readTensor(inputs[0]!, external));
    flattenOutputs(model, outputs, pixels.shape[0]);
    await writeFile(path, toBinary(ModelProtoSchema, model));
    const got = await compute(path, pixels, model.graph!.output.length);
    return await compare(
      base,
      got,
      outputs.map((one) => readTensor(one, external)),
    );
  } catch (error) {
    const refused = error instanceof UserError;
    const detail = refused
      ? error.problems[0]!.what
      : `${String((error as Error).stack)
          .split('\n')
          .slice(0, 3)
          .join(' ')}`;
    return { ...base, outcome: refused ? 'refused' : 'differs', detail };
  }
}

interface Pixels {
  readonly data: Float32Array;
  /** As the network takes them: [batch, height, width, channels]. */
  readonly shape: readonly [number, number, number, number];
  readonly size?: readonly [number, number];
}

/** What the suite gives its whole networks: numbers from 0 to 1 in order. */
function lightInput(model: ModelProto): Pixels {
  const initial = new Set(model.graph!.initializer.map(({ name }) => name));
  const input = model.graph!.input.find(({ name }) => !initial.has(name))!;
  const dims = input.type!.tensorType!.shape!.dim.map(({ dimValue }) => Number(dimValue));
  const count = sizeOf(dims);
  const [, channels, height, width] = dims as [number, number, number, number];
  const data = new Float32Array(count);
  for (let c = 0; c < channels; c++)
    for (let at = 0; at < height * width; at++) data[at * channels + c] = (c * height * width + at) / count;
  return { data, shape: [1, height, width, channels] };
}

/**
 * Single operators take arrays of any shape: the values are given as the pixels of a grey image, and reshaped first. All other
 * inputs become constants. Four axes are a batch of images, unless the operator mixes these: then the whole array is one image.
 */
function asPixels({ model, inputs, imagesAlone }: Case, first: Constant): Pixels {
  const graph = model.graph!;
  const initial = new Set(graph.initializer.map(({ name }) => name));
  const declared = graph.input.filter(({ name }) => !initial.has(name));
  declared.forEach(({ name }, i) => {
    if (i > 0 && inputs[i]) graph.initializer.push({ ...inputs[i], name });
  });
  const count = sizeOf(first.shape);
  const batch = first.shape.length === 4 && imagesAlone !== false ? first.shape[0]! : 1;
  const { name } = declared[0]!;
  graph.initializer.push(
    create(TensorProtoSchema, {
      ...{ name: 'suite shape', dataType: 7, dims: [BigInt(first.shape.length)] },
      int64Data: first.shape.map(BigInt),
    }),
  );
  graph.node.unshift(
    create(NodeProtoSchema, {
      ...{ opType: 'Reshape', name: 'suite', input: ['suite pixels', 'suite shape'], output: [name] },
      attribute: [create(AttributeProtoSchema, { name: 'allowzero', type: 2, i: 1n })],
    }),
  );
  // In rows, since no side of an image may be very long.
  const rows = first.shape.length === 4 ? count / batch / first.shape[3]! : 1;
  const size = [batch, 1, rows, count / batch / rows];
  const type = create(TypeProtoSchema, {
    tensorType: { elemType: 1, shape: { dim: size.map((n) => ({ dimValue: BigInt(n) })) } },
  });
  graph.input.splice(0, graph.input.length, { ...declared[0]!, name: 'suite pixels', type });
  return { data: Float32Array.from(first.values()), shape: [batch, rows, count / batch / rows, 1] };
}

/** Layers store axes in an order of their own; laid end to end, image by image, values are in ONNX' order. */
function flattenOutputs(model: ModelProto, outputs: readonly TensorProto[], batch: number): void {
  const graph = model.graph!;
  outputs.forEach((expectedOutput, i) => {
    const output = graph.output[i];
    if (!output || expectedOutput.dims.length === 0) return;
    const name = `suite output ${i}`;
    const count = expectedOutput.dims.reduce((product, n) => product * n, 1n);
    const images = expectedOutput.dims[0] === BigInt(batch) ? BigInt(batch) : 1n;
    const dims = [images, count / images];
    graph.initializer.push(
      create(TensorProtoSchema, { name: `${name} shape`, dataType: 7, dims: [2n], int64Data: dims }),
    );
    graph.node.push(
      create(NodeProtoSchema, {
        ...{ opType: 'Reshape', name, input: [output.name, `${name} shape`], output: [name] },
      }),
    );
    graph.output[i] = { ...output, name };
  });
}

/** Outputs with the name of the layer that each is, in the order of the layers. */
async function compute(path: string, { data, shape }: Pixels, count: number): Promise<Tensor[]> {
  const place = { file: basename(path) };
  const file = await onnx.open(path, { place, preprocess: 'none' });
  const { network } = file;
  const graph = buildGraph(network, place);
  const layers = listLayers(graph);
  const model = await createModel({
    ...{ network, graph, layers, parameters: 0, weightsSha256: '', identity: '' },
    ...{ files: [], fingerprint: () => '', loadWeights: () => file.loadWeights() },
  });
  const x = tf.tensor(data, [...shape]) as Tensor4D;
  const taken = new Set(network.nodes.flatMap(({ inputs }) => inputs));
  const ends = network.nodes.flatMap(({ name }, index) => (taken.has(name) ? [] : [index]));
  const results = model.forward(x, ends.slice(0, Math.max(count, 1)));
  x.dispose();
  model.dispose();
  return results;
}

async function compare(
  base: Pick<Result, 'name' | 'operators' | 'image'>,
  got: readonly Tensor[],
  expected: readonly Constant[],
): Promise<Result> {
  let worst = 0;
  for (const [i, tensor] of got.entries()) {
    const expectedOutput = expected[i];
    if (!expectedOutput) break;
    worst = Math.max(worst, difference(await tensor.data(), expectedOutput.values()));
  }
  tf.dispose([...got]);
  const outcome = worst <= TOLERANCE ? 'equal' : 'differs';
  return { ...base, outcome, detail: `differs by ${worst.toExponential(1)} of the greatest value` };
}

function difference(values: ArrayLike<number>, reference: ArrayLike<number>): number {
  if (values.length !== reference.length) return Infinity;
  let [most, scale] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const [a, b] = [values[i]!, reference[i]!];
    if (a === b || (Number.isNaN(a) && Number.isNaN(b))) continue;
    const distance = Math.abs(a - b);
    most = Number.isNaN(distance) ? Infinity : Math.max(most, distance);
    if (Number.isFinite(b)) scale = Math.max(scale, Math.abs(b));
  }
  return most / (scale || 1);
}
