import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { strToU8, unzipSync, zipSync } from 'fflate';
import { beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../../src/backend/tf.ts';
import { createModel } from '../../src/model/executor.ts';
import { assignTensors } from '../../src/model/state-dict/assign.ts';
import { readTensor } from '../../src/model/state-dict/stored-tensor.ts';
import { withSafetensors } from '../../src/model/state-dict/safetensors-file.ts';
import { withTorchFile } from '../../src/model/state-dict/torch-file.ts';
import { packageRoot } from '../../src/package-root.ts';
import type { InlineLayer, ModelSpec } from '../../src/schema/experiment.ts';
import { useBackend } from '../backend/with-backend.ts';
import { readNpz } from '../npz.ts';
import { fileSpec, messageOf, open, put, temporaryFolder } from './opening.ts';

// Written by PyTorch 2.0.1 and safetensors (make.py beside them).
const fixtures = join(packageRoot, 'test', 'fixtures', 'state-dicts');
const fixture = (name: string): string => join(fixtures, name);
const folder = temporaryFolder();

const layer = (name: string, type: string, config: Record<string, unknown>, from: string): InlineLayer => ({
  ...{ name, type, config, from },
});

/** The network of make.py. */
const layers: readonly InlineLayer[] = [
  layer('pad', 'ZeroPadding2D', { padding: [1, 1] }, 'input'),
  layer('conv', 'Conv2D', { filters: 4, kernel_size: [3, 3], strides: [2, 2] }, 'pad'),
  layer(
    'depthwise',
    'DepthwiseConv2D',
    { kernel_size: [3, 3], depth_multiplier: 2, padding: 'same', use_bias: false },
    'conv',
  ),
  layer('norm', 'BatchNormalization', { epsilon: 1e-3 }, 'depthwise'),
  layer('act', 'PReLU', { shared_axes: [1, 2] }, 'norm'),
  layer('grouped', 'Conv2D', { filters: 6, kernel_size: [1, 1], groups: 2 }, 'act'),
  layer('flatten', 'Flatten', {}, 'grouped'),
  layer('dropout', 'Dropout', { rate: 0.5 }, 'flatten'),
  layer('fc1', 'Dense', { units: 5, activation: 'relu' }, 'dropout'),
  layer('fc2', 'Dense', { units: 3 }, 'fc1'),
];

const small = (weights: string, stack = layers): ModelSpec => ({
  source: { kind: 'inline', layers: stack },
  ...{ includeTop: true, input: [8, 6], inputChannels: 3, weights },
});

const bitsOf = (values: Float32Array): number[] => [
  ...new Uint32Array(values.buffer, values.byteOffset, values.length),
];

describe('every type and view', () => {
  const expected = readNpz(fixture('types.npz'));
  const NAN = 0x7fc00000;
  /** Of a NaN only that it is one is known in half precision and in double precision. */
  const comparable = (values: Float32Array): number[] =>
    bitsOf(values).map((bits, i) => (Number.isNaN(values[i]) ? NAN : bits));

  it.each([
    ['types.pth', withTorchFile],
    ['types-legacy.pth', withTorchFile],
    ['types.safetensors', withSafetensors],
  ] as const)('has the values that NumPy reads in %s, bit for bit', async (name, withFile) => {
    await withFile(fixture(name), { file: name }, async (tensors) => {
      expect([...tensors.keys()].sort()).toEqual([...expected.keys()].sort());
      for (const [key, tensor] of tensors) {
        const { shape, data } = expected.get(key)!;
        expect([key, tensor.shape]).toEqual([key, [...shape]]);
        expect([key, comparable(await readTensor(tensor))]).toEqual([key, comparable(data)]);
      }
    });
  });
});

describe('a state dict as weights', () => {
  beforeAll(() => useBackend('wasm'));

  it.each(['small.pth', 'small-legacy.pth', 'small-protocol4.pt', 'small.safetensors', 'checkpoint.ckpt'])(
    'gives the output that PyTorch has: %s',
    async (name) => {
      const reference = readNpz(fixture('small.npz'));
      const model = await createModel(await open(small(fixture(name))));
      const { shape, data } = reference.get('image')!;
      const output = tf.tidy(
        () =>
          model.forward(tf.tensor4d(data, shape as [number, number, number, number]), [layers.length])[0]!,
      );
      const { data: expected } = reference.get('output')!;
      const actual = await output.data();
      const scale = Math.max(...expected.map(Math.abs));
      expected.forEach((value, i) => expect(Math.abs(value - actual[i]!) / scale).toBeLessThan(1e-6));
      output.dispose();
      model.dispose();
    },
  );

  it('names in one error what is missing, unexpected and of another shape', async () => {
    const other = layers.map((each) =>
      each.name === 'fc2'
        ? { ...each, config: { units: 4 } }
        : each.name === 'norm'
          ? { ...each, name: 'bn' }
          : { ...each, from: each.from === 'norm' ? 'bn' : each.from },
    );
    expect(await messageOf(open(small(fixture('small.pth'), other)), folder)).toMatchInlineSnapshot(`
      "test/fixtures/state-dicts/small.pth: The state dict does not fit the network.
        Missing: \`bn.weight\`, \`bn.bias\`, \`bn.running_mean\`, \`bn.running_var\`. Not part of the network: \`norm.weight\`, \`norm.bias\`, \`norm.running_mean\`, \`norm.running_var\`. \`fc2.weight\` has the shape [3, 5], and layer \`fc2\` needs [4, 5]; \`fc2.bias\` has the shape [3], and layer \`fc2\` needs [4].
        Use a state dict that was saved from this network; \`include_top: false\` leaves out a classifier of other classes."
    `);
  });
});

describe('a file that is no state dict', () => {
  const refused = (name: string): Promise<string> => messageOf(open(small(fixture(name))), folder);

  it('is refused by the name of what it needs', async () => {
    expect(await refused('module.pt')).toMatchInlineSnapshot(`
      "test/fixtures/state-dicts/module.pt: The file needs \`torch.nn.modules.container.Sequential\`, which is refused.
        Files of PyTorch can name any code. Only tensors, ordered dicts and plain values are read, and nothing is run.
        Save the state dict alone: torch.save(model.state_dict(), "name.pth"). For a network that is not in the zoo, export it as ONNX:
            model.eval()
            image = torch.zeros(1, 3, 224, 224)
            torch.onnx.export(model, image, "name.onnx")"
    `);
    expect(await refused('module-inside.pt')).toMatch('`torch.nn.modules.linear.Linear`, which is refused');
    expect(await refused('module-legacy.pt')).toMatchInlineSnapshot(`
      "test/fixtures/state-dicts/module-legacy.pt: The file needs \`torch.nn.modules.linear.Linear\`, which is refused.
        Files of PyTorch can name any code. Only tensors, ordered dicts and plain values are read, and nothing is run.
        Save the state dict alone: torch.save(model.state_dict(), "name.pth"). For a network that is not in the zoo, export it as ONNX:
            model.eval()
            image = torch.zeros(1, 3, 224, 224)
            torch.onnx.export(model, image, "name.onnx")"
    `);
    expect(await refused('script.pt')).toMatchInlineSnapshot(`
      "test/fixtures/state-dicts/script.pt: TorchScript archives are not supported.
        The archive holds code of PyTorch, and code in model files is never run.
        For a network that is not in the zoo, export it as ONNX:
            model.eval()
            image = torch.zeros(1, 3, 224, 224)
            torch.onnx.export(model, image, "name.onnx")"
    `);
    expect(await refused('quantized.pth')).toMatch('`torch._utils._rebuild_qtensor`, which is refused');
    expect(await refused('sparse.pth')).toMatch('`torch._utils._rebuild_sparse_tensor`, which is refused');
  });

  it('is not run', async () => {
    expect(await refused('system.pth')).toMatchInlineSnapshot(`
      "test/fixtures/state-dicts/system.pth: The file needs \`posix.system\`, which is refused.
        Files of PyTorch can name any code. Only tensors, ordered dicts and plain values are read, and nothing is run.
        Save the state dict alone: torch.save(model.state_dict(), "name.pth")."
    `);
    expect(await refused('system-plain.pth')).toMatch('`posix.system`, which is refused');
    expect(existsSync('called')).toBe(false);
  });

  it('has the lines that export a network where it is given as a model', async () => {
    expect(await messageOf(open(fileSpec(fixture('small.pth'))), folder)).toMatchInlineSnapshot(`
      "test/fixtures/state-dicts/small.pth: The file holds a state dict of 15 tensors, without a network.
        A state dict has weights by their names and no layers.
        Name the network with \`zoo\` and this file with \`weights\`. For a network that is not in the zoo, export it as ONNX:
            model.eval()
            image = torch.zeros(1, 3, 224, 224)
            torch.onnx.export(model, image, "name.onnx")"
    `);
    expect(await messageOf(open(fileSpec(fixture('module.pt'))), folder)).toMatch('torch.onnx.export(');
  });
});

describe('a damaged file', () => {
  const weights = (name: string, bytes: Uint8Array | string): Promise<string> =>
    messageOf(open(small(put(folder, name, bytes))), folder);
  const pth = (): Record<string, Uint8Array> => unzipSync(readFileSync(fixture('small.pth')));
  const legacy = (): Uint8Array => readFileSync(fixture('small-legacy.pth'));
  const safe = (header: unknown, more = 0): Uint8Array => {
    const json = strToU8(typeof header === 'string' ? header : JSON.stringify(header));
    const bytes = Buffer.alloc(8 + json.length + more);
    bytes.writeBigUInt64LE(BigInt(json.length));
    bytes.set(json, 8);
    return bytes;
  };

  it.each([
    [
      'page.pth',
      strToU8('<!DOCTYPE html><html><body>Not found</body></html>'),
      'a web page instead of weights',
    ],
    [
      'pointer.pth',
      strToU8('version https://git-lfs.github.com/spec/v1\n'),
      'a pointer of Git LFS instead of weights',
    ],
    ['empty.pth', new Uint8Array(), 'It is cut off'],
    ['short.pth', legacy().subarray(0, 900), 'It is cut off'],
    ['shorter.pth', legacy().subarray(0, legacy().length - 5), 'It is cut off'],
    ['cut.pth', readFileSync(fixture('small.pth')).subarray(0, 3000), 'not a zip archive, or is cut off'],
    ['header.safetensors', Buffer.from([255, 255, 255, 255, 255, 255, 255, 127]), 'It states a header of'],
    [
      'type.safetensors',
      safe({ a: { dtype: 'X', shape: [], data_offsets: [0, 0] } }),
      '"a" has the type "X"',
    ],
    [
      'large.safetensors',
      safe({ a: { dtype: 'F32', shape: [1e6, 1e6], data_offsets: [0, 4e12] } }),
      '"a" has the shape',
    ],
    [
      'overlap.safetensors',
      safe({ a: { dtype: 'F32', shape: [2], data_offsets: [4, 0] } }, 8),
      '"a" has the shape',
    ],
    ['deep.safetensors', safe(`${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`), 'nests values more than'],
  ])('is refused: %s', async (name, bytes, message) => {
    expect(await weights(name, bytes)).toMatch(message);
  });

  /** A zip archive as PyTorch writes it, with this pickle. */
  const archive = (
    pickle: readonly (string | number | readonly number[])[],
    more: Record<string, Uint8Array> = {},
  ) =>
    zipSync({
      'a/data.pkl': Buffer.concat(
        pickle.map((part) => (typeof part === 'string' ? strToU8(part) : Buffer.from([part].flat()))),
      ),
      ...more,
    });

  it.each([
    ['opcode', [0x80, 2, 0xff], 'the unknown opcode 0xff'],
    ['stack', [0x80, 2, 'a.'], 'takes a value that is not there'],
    ['mark', [0x80, 2, 't.'], 'from a mark that is not there'],
    ['memo', [0x80, 2, 'h', 7, '.'], 'refers to the value 7'],
    ['length', [0x80, 2, 'X', [255, 255, 255, 255], 'ab.'], 'It is cut off'],
    ['bytes', [0x80, 4, 0x8e, [255, 255, 255, 255, 255, 255, 255, 255], 'ab.'], 'It is cut off'],
    ['number', [0x80, 2, 0x8b, [255, 255, 255, 127], '.'], 'a whole number of'],
    ['call', [0x80, 2, 'K', 1, ')R.'], 'calls what is no function'],
    ['eval', ['cbuiltins\neval\n(S"1"\ntR.'], '`builtins.eval`, which is refused'],
    ['stacked', [0x80, 4, 0x8c, 2, 'os', 0x8c, 6, 'system', 0x93, '.'], '`os.system`, which is refused'],
    ['extension', [0x80, 2, 0x82, 1, '.'], 'the unknown opcode 0x82'],
    ['cycle', [0x80, 2, '}q', 0, 'X', [10, 0, 0, 0], 'state_dict', 'h', 0, 's.'], 'contains no state dict'],
    ['nested', [0x80, 2, '('.repeat(200_000), 't'.repeat(200_000), '.'], 'contains no state dict'],
    ['nothing', [0x80, 2, 'N.'], 'contains no state dict'],
  ] as const)('is refused for its pickle: %s', async (name, pickle, message) => {
    expect(await weights(`pickle-${name}.pth`, archive(pickle))).toMatch(message);
  });

  it('is refused where a tensor reaches beyond its storage, which is checked before it is read', async () => {
    const tensor = (count: string, size: string): string =>
      `(lp0\n0}(S'conv.weight'\nctorch._utils\n_rebuild_tensor_v2\n((S'storage'\nctorch\nFloatStorage\nS'0'\nS'cpu'\nI${count}\ntQI0\n(I${size}\ntt(I1\ntI00\nNtRu.`.replace(
        'tt(I1',
        't(I1',
      );
    const storage = { 'a/data/0': new Uint8Array(16) };
    expect(await weights('beyond.pth', archive([tensor('4', '5')], storage))).toMatch(
      'a tensor that needs 5 numbers of a storage of 4',
    );
    expect(await weights('declared.pth', archive([tensor('400', '400')], storage))).toMatch(
      'The numbers of `conv.weight` are cut off',
    );
    expect(await weights('missing.pth', archive([tensor('4', '4')]))).toMatch('no numbers for `conv.weight`');
  });

  it('is refused where it unpacks to far more than it is packed in', async () => {
    const bomb = { ...pth(), 'small/data.pkl': new Uint8Array(40 * 2 ** 20) };
    expect(await weights('bomb.pth', zipSync(bomb, { level: 9 }))).toMatch(/unpacks (?:from|to)/);
  });

  it('is read where somebody has compressed it', async () => {
    const source = await open(small(put(folder, 'packed.pth', zipSync(pth(), { level: 9 }))));
    const weights = await source.loadWeights();
    expect(bitsOf(weights.get('conv')!.get('bias')!.data)).toEqual(
      bitsOf(readNpz(fixture('small.npz')).get('conv.bias')!.data),
    );
  });
});

it('finds entries under the names that older files have', () => {
  const layers = new Map([
    ['first', { module: 'block.norm1', older: 'block.norm.1' }],
    ['second', { module: 'norm' }],
  ]);
  const spec = { name: 'gamma', shape: [3], initializer: 'ones' };
  const needs = new Map([...layers.keys()].map((name) => [name, [spec]]));
  const tensor = { type: { name: 'float32', size: 4, decode: () => new Float32Array(3) }, shape: [3] };
  const stored = { ...tensor, strides: [1], offset: 0, storage: undefined as never };
  const assigned = (...names: readonly string[]): string[] =>
    [
      ...assignTensors(new Map(names.map((name) => [name, stored])), { layers, others: [] }, needs, {
        file: 'w.pth',
      }).keys(),
    ].map(({ entry }) => entry);
  const present = ['block.norm1.weight', 'norm.weight'];
  expect(assigned('block.norm.1.weight', 'norm.weight')).toEqual(present);
  expect(assigned(...present)).toEqual(present);
  expect(() => assigned('block.norm.2.weight', 'norm.weight')).toThrow('Missing: `block.norm1.weight`');
});
