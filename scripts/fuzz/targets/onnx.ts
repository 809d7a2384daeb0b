import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  ModelProtoSchema,
  StringStringEntryProtoSchema,
} from '../../../src/model/formats/onnx/onnx-schema.ts';
import type { ModelProto } from '../../../src/model/formats/onnx/onnx-schema.ts';
import { packageRoot } from '../../../src/package-root.ts';
import { mutateBytes } from '../mutate-bytes.ts';
import type { Random } from '../random.ts';
import type { Target } from '../target.ts';
import { readModel } from './models.ts';

const folder = join(packageRoot, 'test/fixtures/onnx');

/** Numbers that sizes, axes and indices are wrong with. */
const NUMBERS = [0n, 1n, -1n, 2n, 3n, 7n, 255n, 65_536n, 2n ** 31n, 2n ** 40n, -(2n ** 63n), 2n ** 63n - 1n];

const LOCATIONS = ['../weights.bin', '/etc/passwd', 'weights.bin', 'input.onnx', 'a/../../b', '', '.'];

/** Changes one thing in the messages: the file stays one that can be taken apart. */
function mutateModel(model: ModelProto, random: Random): void {
  const graph = model.graph!;
  const pick = <T>(list: readonly T[]): T | undefined => list[random.below(Math.max(list.length, 1))];
  const number = (): bigint => pick(NUMBERS)!;
  const node = pick(graph.node);
  const tensor = pick(graph.initializer);
  const names = graph.node.flatMap(({ output }) => output);
  const attribute = node && pick(node.attribute);
  const changes: readonly (() => void)[] = [
    () => node && (node.opType = pick(graph.node)!.opType),
    () => node?.input.splice(random.below(node.input.length + 1), 1, pick(names) ?? ''),
    () => node?.input.splice(random.below(node.input.length + 1), 1),
    () => attribute?.ints.splice(random.below(attribute.ints.length + 1), random.below(2), number()),
    () => attribute && (attribute.i = number()),
    () => attribute && node?.attribute.splice(node.attribute.indexOf(attribute), 1),
    () => tensor?.dims.splice(random.below(tensor.dims.length + 1), random.below(2), number()),
    () => tensor && (tensor.dataType = random.below(30)),
    () =>
      tensor?.rawData && (tensor.rawData = tensor.rawData.subarray(random.below(tensor.rawData.length + 1))),
    () => tensor && tensor.dims.length === 1 && tensor.int64Data.push(number()),
    () => {
      if (!tensor) return;
      tensor.dataLocation = 1;
      const entry = (key: string, value: string) => create(StringStringEntryProtoSchema, { key, value });
      tensor.externalData = [entry('location', pick(LOCATIONS)!), entry('offset', String(number()))];
    },
    () => {
      const dim = pick(graph.input[0]?.type?.tensorType?.shape?.dim ?? []);
      if (dim) dim.dimValue = number();
    },
    () => model.opsetImport[0] && (model.opsetImport[0].version = BigInt(random.below(30))),
    () => graph.node.splice(random.below(graph.node.length), 1),
    () => node && graph.node.push({ ...node, input: [...node.output], output: [...node.input] }),
  ];
  pick(changes)!();
}

/** ONNX models: bytes are changed, or the messages that they hold. */
export const onnx: Target = {
  name: 'onnx',
  async corpus() {
    const names = (await readdir(folder)).filter((name) => name.endsWith('.onnx')).sort();
    return Promise.all(names.map(async (name) => ({ name, bytes: await readFile(join(folder, name)) })));
  },
  mutate({ bytes }, random, other) {
    if (random.below(3) === 0) return mutateBytes(bytes, random, other.bytes);
    const model = fromBinary(ModelProtoSchema, bytes);
    for (let n = 1 + random.below(3); n > 0; n--) if (model.graph?.node.length) mutateModel(model, random);
    return toBinary(ModelProtoSchema, model);
  },
  async read({ bytes }, own) {
    const path = join(own, 'input.onnx');
    await writeFile(path, bytes);
    await writeFile(join(own, 'weights.bin'), new Uint8Array(1024));
    await readModel(path, { input: [32, 32] });
  },
};
