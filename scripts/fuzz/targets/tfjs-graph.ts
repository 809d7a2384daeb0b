import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../../src/package-root.ts';
import { mutateBytes } from '../mutate-bytes.ts';
import { mutateJson } from '../mutate-json.ts';
import type { Random } from '../random.ts';
import type { Target } from '../target.ts';
import { endingOf, originOf } from '../target.ts';
import { readModel } from './models.ts';

const folder = join(packageRoot, 'test/fixtures/tfjs-graph');
const WEIGHTS = 'group1-shard1of1.bin';

/** What is changed of model.json. */
interface Graph {
  readonly modelTopology: {
    readonly node: { name: string; op: string; input?: string[]; attr?: Record<string, unknown> }[];
  };
  readonly weightsManifest: { readonly weights: { name: string; shape: number[]; dtype: string }[] }[];
}

const SIZES = [0, 1, 2, 3, 7, 255, 65_536, 2 ** 31, 2 ** 53, -1, 0.5];

/** Joins nodes otherwise, exchanges operations and attributes, resizes arrays: what no change of single JSON values hits on. */
function mutateGraph({ modelTopology: { node: nodes }, weightsManifest }: Graph, random: Random): void {
  const [node, other] = [random.pick(nodes), random.pick(nodes)];
  const weights = random.pick(weightsManifest).weights;
  const array = random.pick(weights);
  const inputs = (node.input ??= []);
  const changes: readonly (() => unknown)[] = [
    () => inputs.splice(random.below(inputs.length + 1), 1, other.name),
    () => inputs.splice(random.below(inputs.length + 1), 1),
    () => inputs.push(`${other.name}:${random.below(4)}`),
    () => (node.op = other.op),
    () => (node.attr = other.attr ?? {}),
    () => nodes.splice(random.below(nodes.length), 1),
    () => nodes.push({ ...other, name: `${other.name} again`, input: [node.name, ...(other.input ?? [])] }),
    () => array.shape.splice(random.below(array.shape.length + 1), random.below(2), random.pick(SIZES)),
    () => array.shape.reverse(),
    () => (array.name = other.name),
    () => (array.dtype = random.pick(['float32', 'int32', 'bool', 'string', 'complex64'])),
  ];
  random.pick(changes)();
}

/** TensorFlow.js' graph models; model.json or its weight file is changed. */
export const tfjsGraph: Target = {
  name: 'tfjs-graph',
  async corpus() {
    const names = (await readdir(folder, { withFileTypes: true })).filter((one) => one.isDirectory());
    const samples = names.map(async ({ name }) => [
      { name: `${name}.json`, bytes: await readFile(join(folder, name, 'model.json')) },
      { name: `${name}.bin`, bytes: await readFile(join(folder, name, WEIGHTS)) },
    ]);
    return (await Promise.all(samples)).flat().sort((a, b) => (a.name < b.name ? -1 : 1));
  },
  mutate({ name, bytes }, random, other) {
    if (endingOf(name) === '.bin' || random.below(8) === 0) return mutateBytes(bytes, random, other.bytes);
    const json = JSON.parse(Buffer.from(bytes).toString()) as Graph;
    if (random.below(3) === 0) return Buffer.from(JSON.stringify(mutateJson(json, random)) ?? '');
    for (let n = 1 + random.below(3); n > 0; n--) mutateGraph(json, random);
    return Buffer.from(JSON.stringify(json));
  },
  async read(input, own) {
    const sound = (await tfjsGraph.corpus()).filter(({ name }) => originOf(name) === originOf(input.name));
    for (const { name, bytes } of [...sound, input])
      await writeFile(join(own, endingOf(name) === '.bin' ? WEIGHTS : 'model.json'), bytes);
    await readModel(join(own, 'model.json'), { input: [32, 32] });
  },
};
