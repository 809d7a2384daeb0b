import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { FunctionProtoSchema, ModelProtoSchema } from '../../../src/model/formats/onnx/onnx-schema.ts';
import type {
  GraphProtoSchema,
  NodeProtoSchema,
  TensorProtoSchema,
} from '../../../src/model/formats/onnx/onnx-schema.ts';
import { messageOf, put, temporaryFolder } from '../opening.ts';
import { openOnnx } from './opening.ts';

const folder = temporaryFolder();

/** The fields of a message, without a type of its own. */
type Fields<T extends DescMessage> = Exclude<MessageInitShape<T>, { readonly $typeName: string }>;
type Model = Fields<typeof ModelProtoSchema>;
type Graph = Fields<typeof GraphProtoSchema>;
type Node = Fields<typeof NodeProtoSchema>;
type Tensor = Fields<typeof TensorProtoSchema>;

const image = (dims: readonly number[] = [1, 3, 8, 8]) => ({
  name: 'x',
  type: {
    tensorType: { elemType: 1, shape: { dim: dims.map((n) => ({ dimValue: BigInt(n) })) } },
  },
});

const conv = (input: string, output: string, weight = 'w'): Node => ({
  ...{ opType: 'Conv', name: output, input: [input, weight], output: [output] },
});

/** 3x3 kernels for two filters. */
const weight = (more: Tensor = {}): Tensor => ({
  ...{ name: 'w', dataType: 1, dims: [2n, 3n, 3n, 3n], rawData: new Uint8Array(54 * 4) },
  ...more,
});

const graph = (more: Graph = {}): Graph => ({
  ...{ name: 'g', input: [image()], output: [{ name: 'y' }] },
  ...{ node: [conv('x', 'y')], initializer: [weight()] },
  ...more,
});

const bytesOf = (own: Graph = {}, more: Model = {}): Uint8Array =>
  toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, { irVersion: 8n, opsetImport: [{ version: 17n }], graph: graph(own), ...more }),
  );

let count = 0;
async function refusal(bytes: Uint8Array): Promise<string> {
  const path = put(folder, `${count++}/m.onnx`, bytes);
  const before = process.memoryUsage().rss;
  const start = performance.now();
  const message = await messageOf(openOnnx(path), folder);
  // Generous for a busy machine; what is guarded against takes minutes or gigabytes.
  expect(performance.now() - start).toBeLessThan(10_000);
  expect(process.memoryUsage().rss - before).toBeLessThan(500 * 2 ** 20);
  return message.replace(/^<folder>\/\d+\//, '');
}

it('reads the model that the hostile ones are made from', async () => {
  const source = await openOnnx(put(folder, 'sound.onnx', bytesOf()));
  expect(source.layers.map(({ type }) => type)).toEqual(['InputLayer', 'Conv2D']);
  expect([...(await source.loadWeights()).get('y')!.get('kernel')!.shape]).toEqual([3, 3, 3, 2]);
});

it('gives several layers the same array, each in memory of its own', async () => {
  const values = Float32Array.from({ length: 54 }, (_, i) => i);
  const square = { ...conv('x', 'a'), name: 'a' };
  const node = [
    square,
    conv('x', 'b'),
    conv('x', 'c'),
    { opType: 'Sum', name: 'y', input: ['a', 'b', 'c'], output: ['y'] },
  ];
  const initializer = [weight({ rawData: new Uint8Array(values.buffer) })];
  const source = await openOnnx(put(folder, 'shared.onnx', bytesOf({ node, initializer })));
  const weights = await source.loadWeights();
  const kernels = ['a', 'b', 'c'].map((name) => weights.get(name)!.get('kernel')!.data);
  expect(kernels[0]!.slice(0, 4)).toEqual(Float32Array.of(0, 27, 9, 36));
  expect(kernels[1]).toEqual(kernels[0]);
  expect(kernels[2]).toEqual(kernels[0]);
  expect(new Set(kernels.map(({ buffer }) => buffer)).size).toBe(3);
});

it('refuses a file cut off at any byte, or reads what is left of it', async () => {
  const whole = bytesOf();
  for (let length = 0; length < whole.length; length += 7) {
    const path = put(folder, 'cut/m.onnx', whole.subarray(0, length));
    // Protobuf has no end mark: a file that ends between two fields is one with fewer fields.
    const message = await messageOf(openOnnx(path), folder);
    expect(message).toMatch(/is not an ONNX model|cannot be read|Node `/);
  }
});

describe('arrays', () => {
  it.each<[string, Tensor, RegExp]>([
    [
      'with fewer bytes than their shape needs',
      { dims: [2n, 3n, 300n, 300n] },
      /`w` of the shape \[2, 3, 300, 300\] needs 2,160,000 bytes, and the file has 216/,
    ],
    [
      'of a huge shape',
      { dims: [2n ** 40n, 3n, 3n, 3n] },
      /an array has the shape \[1099511627776, 3, 3, 3\]/,
    ],
    ['of a shape beyond 2^53', { dims: [2n ** 62n, 2n ** 62n] }, /an array has the shape/],
    [
      'of a huge shape behind a zero',
      { dims: [0n, 2n ** 40n], rawData: new Uint8Array() },
      /an array has the shape \[0, 1099511627776\]/,
    ],
    ['of a negative size', { dims: [-2n, 3n, 3n, 3n] }, /an array has the shape \[-2, 3, 3, 3\]/],
    ['of forty axes', { dims: Array.from({ length: 40 }, () => 1n) }, /an array has the shape/],
    [
      'of text',
      { dataType: 8, rawData: new Uint8Array(), stringData: [] },
      /`w` has values of the type string, which is not supported/,
    ],
    ['of complex numbers', { dataType: 14 }, /`w` has values of the type complex64, which is not supported/],
    ['of an unknown type', { dataType: 99 }, /`w` has values of the type number 99, which is not supported/],
    ['for other channels', { dims: [2n, 27n, 1n, 1n] }, /Node `y` \(Conv\): /],
  ])('%s are refused', async (_, more, message) => {
    expect(await refusal(bytesOf({ initializer: [weight(more)] }))).toMatch(message);
  });

  it('that a node would make of nothing are refused before they are made', async () => {
    const shape: Tensor = { name: 's', dataType: 7, dims: [2n], int64Data: [60_000n, 30_000n] };
    const own = {
      node: [
        { opType: 'ConstantOfShape', name: 'fill', input: ['s'], output: ['f'] },
        { opType: 'Add', name: 'sum', input: ['f', 'f'], output: ['v'] },
        { opType: 'ReduceMax', name: 'most', input: ['v'], output: ['m'] },
        { opType: 'Mul', name: 'y', input: ['x', 'm'], output: ['y'] },
      ],
      initializer: [shape],
    };
    expect(await refusal(bytesOf(own))).toMatchInlineSnapshot(
      `"m.onnx: Node \`y\` (Mul): its constants have more values than a model of this size needs."`,
    );
  });

  it('of places of more values than can be meant are refused before they are listed', async () => {
    const shape: Tensor = { name: 's', dataType: 7, dims: [2n], int64Data: [6_000n, 6_000n] };
    const one: Tensor = { dataType: 1, dims: [1n], floatData: [1] };
    const value = [{ name: 'value', type: 4, t: one }];
    const fill: Node = {
      opType: 'ConstantOfShape',
      name: 'fill',
      input: ['s'],
      output: ['f'],
      attribute: value,
    };
    const places: Node = { opType: 'NonZero', name: 'places', input: ['f'], output: ['p'] };
    const most: Node = { opType: 'ReduceMax', name: 'most', input: ['p'], output: ['m'] };
    const product: Node = { opType: 'Mul', name: 'y', input: ['x', 'm'], output: ['y'] };
    const own = { node: [fill, places, most, product], initializer: [shape] };
    expect(await refusal(bytesOf(own))).toMatchInlineSnapshot(
      `"m.onnx: Node \`y\` (Mul): its constants have more values than a model of this size needs."`,
    );
    const reshape: Node = { opType: 'Reshape', name: 'y', input: ['x', 'f'], output: ['y'] };
    expect(await refusal(bytesOf({ ...own, node: [fill, reshape] }))).toMatchInlineSnapshot(
      `"m.onnx: Node \`y\` (Reshape): its shape has 36000000 values."`,
    );
    const constant: Node = { opType: 'Reshape', name: 'r', input: ['w', 'f'], output: ['r'] };
    const folded = { node: [fill, constant, conv('x', 'y', 'r')], initializer: [shape, weight()] };
    expect(await refusal(bytesOf(folded))).toMatchInlineSnapshot(
      `"m.onnx: Node \`r\` (Reshape): it takes an array of the shape [6000, 6000] for a list."`,
    );
  });

  it('that double forty times are refused', async () => {
    const many = Array.from({ length: 40 }, (_, i) => ({
      ...{ opType: 'Concat', name: `c${i}`, input: [i ? `v${i - 1}` : 'w', i ? `v${i - 1}` : 'w'] },
      ...{ output: [`v${i}`], attribute: [{ name: 'axis', type: 2, i: 0n }] },
    }));
    const own = { node: [...many, conv('x', 'y', 'v39')], initializer: [weight()] };
    expect(await refusal(bytesOf(own))).toMatchInlineSnapshot(`
      "m.onnx: Layer \`y\` (Conv2D): \`filters\` is 2199023255552.
        It must be a whole number of at least 1."
    `);
  });
});

describe('an input', () => {
  it.each([
    ['of a huge size', [1, 3, 2 ** 40, 2 ** 40], /its input has the shape/],
    ['of 60,000 x 60,000', [1, 3, 60_000, 60_000], /more than|at most|limit/],
    ['with 17 channels', [1, 17, 8, 8], /has the shape \[1, 17, 8, 8\]/],
    ['of three axes', [3, 8, 8], /Only models that take images are supported/],
  ])('%s is refused', async (_, dims, message) => {
    expect(await refusal(bytesOf({ input: [image(dims)] }))).toMatch(message);
  });
});

describe('arrays that are left in the file', () => {
  // More bytes than are read with the rest.
  const large = (more: Tensor = {}): Tensor => ({
    ...{ name: 'w', dataType: 1, dims: [64n, 3n, 3n, 3n] },
    ...{ rawData: new Uint8Array(Float32Array.from({ length: 1728 }, (_, i) => i).buffer) },
    ...more,
  });
  const opened = async (path: string) =>
    (await (await openOnnx(path)).loadWeights()).get('y')!.get('kernel')!;

  it('are read from there', async () => {
    const path = put(folder, 'large/m.onnx', bytesOf({ initializer: [large()] }));
    const { data } = await opened(path);
    // [filter, channel, row, column] in the file, [row, column, channel, filter] here.
    expect([data[0], data[1], data[64], data[192], data[1727]]).toEqual([0, 27, 9, 1, 1727]);
    const link = join(folder, 'linked.onnx');
    symlinkSync(path, link);
    expect((await opened(link)).data).toEqual(data);
  });

  it('must have the size that their shape says', async () => {
    const dims = [64n, 3n, 3n, 4n];
    expect(await refusal(bytesOf({ initializer: [large({ dims })] }))).toMatch(
      '`w` needs 9,216 bytes, and the file has 6,912',
    );
  });

  it('cannot be named by a file to lie beyond its end', async () => {
    const externalData = [
      { key: 'location', value: '\0own' },
      { key: 'offset', value: '1000000' },
    ];
    const own = large({ rawData: undefined!, dataLocation: 1, externalData });
    expect(await refusal(bytesOf({ initializer: [own] }))).toMatch('needs 6,912 bytes at 1,000,000');
  });
});

describe('graphs', () => {
  it('in a circle are refused by the names of their nodes', async () => {
    const node = [conv('b', 'a'), conv('a', 'b'), conv('b', 'y')];
    expect(await refusal(bytesOf({ node }))).toMatch(/takes its own output/);
    expect(await refusal(bytesOf({ node: [conv('y', 'y')] }))).toMatch(/takes its own output/);
  });

  it('that take a value from nowhere are refused', async () => {
    expect(await refusal(bytesOf({ node: [conv('ghost', 'y')] }))).toMatch(
      'takes `ghost`, which nothing makes',
    );
  });

  it.each([
    'Reshape',
    'Add',
    'Where',
    'Gather',
    'Range',
    'Concat',
    'Max',
    'Equal',
    'Tile',
    'CastLike',
    'GatherND',
    'GatherElements',
  ])('with constants that lack an input are refused: %s', async (opType) => {
    const node = [{ opType, name: 'lacks', input: ['w', ''], output: ['v'] }, conv('x', 'y', 'v')];
    expect(await refusal(bytesOf({ node }))).toMatch('Node `lacks`');
  });

  it('with more inputs than the operator has are refused', async () => {
    for (const opType of ['Add', 'Where', 'Greater']) {
      const input = [...(opType === 'Where' ? ['c'] : []), 'c', 'c', 'x'];
      const node = [{ opType, name: 'surplus', input, output: ['v'] }, conv('v', 'y')];
      const initializer = [weight(), { name: 'c', dataType: 1, floatData: [2] }];
      expect(await refusal(bytesOf({ node, initializer }))).toMatch('Node `surplus`');
    }
  });

  it('are read where an operator of any number of inputs has several constants', async () => {
    const node = [{ opType: 'Sum', name: 's', input: ['c', 'c', 'x'], output: ['v'] }, conv('v', 'y')];
    const initializer = [weight(), { name: 'c', dataType: 1, floatData: [2] }];
    const source = await openOnnx(put(folder, 'several.onnx', bytesOf({ node, initializer })));
    expect(source.layers.map(({ type }) => type)).toEqual(['InputLayer', 'Add', 'Add', 'Conv2D']);
  });

  it('standardize kernels by batch normalization, in training mode by their own statistics', async () => {
    const values = Float32Array.from({ length: 54 }, (_, i) => Math.sin(i) + i / 20);
    const three = (name: string, floatData: number[]): Tensor => ({
      ...{ name, dataType: 1 },
      dims: [3n],
      floatData,
    });
    const initializer = [
      weight({ rawData: new Uint8Array(values.buffer) }),
      ...[three('scale', [1, 2, 3]), three('bias', [0, 0.5, 1])],
      ...[three('mean', [0.1, 0.2, 0.3]), three('variance', [1, 4, 9])],
    ];
    for (const training of [0n, 1n]) {
      const attribute = [
        { name: 'training_mode', type: 2, i: training },
        { name: 'epsilon', type: 1, f: 1e-3 },
      ];
      const input = ['w', 'scale', 'bias', 'mean', 'variance'];
      const node = [{ opType: 'BatchNormalization', input, output: ['k'], attribute }, conv('x', 'y', 'k')];
      const source = await openOnnx(put(folder, `norm${training}.onnx`, bytesOf({ node, initializer })));
      const kernel = (await source.loadWeights()).get('y')!.get('kernel')!;
      // [filter, channel, row, column] in the file, [row, column, channel, filter] here.
      for (let channel = 0; channel < 3; channel++) {
        const own = [0, 1].flatMap((filter) => [
          ...values.slice((filter * 3 + channel) * 9, (filter * 3 + channel + 1) * 9),
        ]);
        const average = own.reduce((a, b) => a + b, 0) / 18;
        const spread = own.reduce((sum, value) => sum + (value - average) ** 2, 0) / 18;
        const [mean, variance] = training
          ? [average, spread]
          : [[0.1, 0.2, 0.3][channel]!, [1, 4, 9][channel]!];
        own.forEach((value, i) => {
          const expected = ((value - mean) / Math.sqrt(variance + 1e-3)) * (channel + 1) + channel / 2;
          const [filter, place] = [Math.floor(i / 9), i % 9];
          expect(kernel.data[(place * 3 + channel) * 2 + filter]).toBeCloseTo(expected, 5);
        });
      }
    }
  });

  it('pick values of constants by lists of indices', async () => {
    const whole = (name: string, dims: bigint[], int64Data: bigint[]): Tensor => ({
      name,
      dataType: 7,
      dims,
      int64Data,
    });
    const table = { name: 't', dataType: 1, dims: [3n, 2n], floatData: [1, 2, 3, 4, 5, 6] };
    const kernels: Readonly<Record<string, readonly [Tensor, number[]]>> = {
      // Rows 2, 0 and -1, and then single values.
      GatherND: [whole('i', [3n, 1n], [2n, 0n, -1n]), [5, 6, 1, 2, 5, 6]],
      GatherElements: [whole('i', [3n, 2n], [2n, 0n, 1n, 1n, -3n, -1n]), [5, 2, 3, 4, 1, 6]],
    };
    for (const [opType, [indices, expected]] of Object.entries(kernels)) {
      const node = [
        { opType, input: ['t', 'i'], output: ['picked'] },
        { opType: 'Reshape', input: ['picked', 's'], output: ['k'] },
        conv('x', 'y', 'k'),
      ];
      const initializer = [table, indices, whole('s', [4n], [2n, 3n, 1n, 1n])];
      const source = await openOnnx(put(folder, `${opType}.onnx`, bytesOf({ node, initializer })));
      const { data } = (await source.loadWeights()).get('y')!.get('kernel')!;
      // [filter, channel] in the file, [channel, filter] here.
      expect([0, 2, 4, 1, 3, 5].map((at) => data[at])).toEqual(expected);
    }
  });

  it('with two makers of one value are refused', async () => {
    expect(await refusal(bytesOf({ node: [conv('x', 'y'), conv('x', 'y')] }))).toMatch(
      'two nodes make the value `y`',
    );
  });

  it('of a hundred thousand nodes are refused', async () => {
    const chain = Array.from({ length: 100_000 }, (_, i) => ({
      ...{
        opType: 'Relu',
        name: `r${i}`,
        input: [i ? `v${i - 1}` : 'x'],
        output: [i === 99_999 ? 'y' : `v${i}`],
      },
    }));
    expect(await refusal(bytesOf({ node: chain }))).toMatch('more than 50,000 nodes');
  });

  it('nested in attributes are refused from a depth on', async () => {
    let inner: Graph = { node: [conv('x', 'deep')], output: [{ name: 'deep' }] };
    for (let depth = 0; depth < 40; depth++) {
      const branch = { name: 'then_branch', type: 5, g: inner };
      const node = { opType: 'If', name: `if${depth}`, input: ['yes'], output: [`o${depth}`] };
      inner = {
        node: [{ ...node, attribute: [branch, { ...branch, name: 'else_branch' }] }],
        output: [{ name: `o${depth}` }],
      };
      // Both branches share what they hold in memory, but a file writes it twice.
      if (depth > 10) inner = { ...inner, node: [{ ...node, attribute: [branch] }] };
    }
    expect(await refusal(bytesOf({ ...inner, initializer: [weight()] }))).toMatch(
      /nested too deeply|recursion|is not an ONNX model/,
    );
  });

  it('of functions that call themselves are refused', async () => {
    const self = { opType: 'F', domain: 'own', name: 'again', input: ['a'], output: ['b'] };
    const functions = [
      create(FunctionProtoSchema, { domain: 'own', name: 'F', input: ['a'], output: ['b'], node: [self] }),
    ];
    const node = [{ ...self, name: 'call', input: ['x'], output: ['y'] }];
    expect(await refusal(bytesOf({ node }, { functions }))).toMatch('functions nested too deeply');
  });

  it('of functions that double at each call are refused', async () => {
    const functions = Array.from({ length: 15 }, (_, i) => {
      const call = (input: string, output: string) => ({
        ...{ opType: i ? `F${i - 1}` : 'Relu', domain: i ? 'own' : '', input: [input], output: [output] },
      });
      const node = Array.from({ length: 8 }, (__, k) => call(k ? `v${k - 1}` : 'a', k === 7 ? 'b' : `v${k}`));
      return create(FunctionProtoSchema, { domain: 'own', name: `F${i}`, input: ['a'], output: ['b'], node });
    });
    const node = [{ opType: 'F14', domain: 'own', name: 'call', input: ['x'], output: ['y'] }];
    expect(await refusal(bytesOf({ node }, { functions }))).toMatch('more than 50,000 nodes');
  });
});

describe('attributes of a wrong type', () => {
  it.each<[string, Node['attribute']]>([
    ['strides of text', [{ name: 'strides', type: 3, s: new Uint8Array([50]) }]],
    ['strides of zero', [{ name: 'strides', type: 7, ints: [0n, 0n] }]],
    ['strides beyond 2^53', [{ name: 'strides', type: 7, ints: [2n ** 62n, 1n] }]],
    ['three strides', [{ name: 'strides', type: 7, ints: [1n, 1n, 1n] }]],
    ['pads of a huge size', [{ name: 'pads', type: 7, ints: [2n ** 40n, 0n, 0n, 0n] }]],
    ['a group that divides nothing', [{ name: 'group', type: 2, i: 7n }]],
    ['a kernel of another size', [{ name: 'kernel_shape', type: 7, ints: [5n, 5n] }]],
    ['an attribute of no operator', [{ name: 'backdoor', type: 2, i: 1n }]],
  ])('%s', async (_, attribute) => {
    const message = await refusal(bytesOf({ node: [{ ...conv('x', 'y'), attribute: attribute ?? [] }] }));
    expect(message).toMatch(/`y`/);
  });
});

describe('external data', () => {
  const external = (entries: Readonly<Record<string, string>>): Uint8Array => {
    const externalData = Object.entries(entries).map(([key, value]) => ({ key, value }));
    return bytesOf({
      initializer: [{ name: 'w', dataType: 1, dims: [2n, 3n, 3n, 3n], dataLocation: 1, externalData }],
    });
  };
  const outside = put(folder, 'secret.bin', new Uint8Array(216));

  it.each(['../secret.bin', 'a/../../secret.bin', outside, '', 'c:\\secret.bin', 'w\0.bin'])(
    'at `%s` is outside the folder of the model',
    async (location) => {
      expect(await refusal(external({ location }))).toMatch("outside the model's folder");
    },
  );

  it('behind a link out of the folder is refused', async () => {
    const path = put(folder, 'link/m.onnx', external({ location: 'w.bin' }));
    symlinkSync(outside, join(folder, 'link/w.bin'));
    expect(await messageOf(openOnnx(path), folder)).toMatch("outside the model's folder");
  });

  it.each<[string, Readonly<Record<string, string>>, RegExp]>([
    ['that is missing', { location: 'none.bin' }, /which cannot be read/],
    ['that is a folder', { location: 'sub' }, /is not a file/],
    ['that is too short', { location: 'short.bin' }, /needs 216 bytes at 0 of `short.bin`, which has 100/],
    ['from beyond its end', { location: 'w.bin', offset: '1' }, /needs 216 bytes at 1/],
    ['from a negative place', { location: 'w.bin', offset: '-1' }, /needs 216 bytes at NaN/],
    ['of another length', { location: 'w.bin', length: '8' }, /needs 216 bytes/],
  ])('%s is refused', async (_, entries, message) => {
    const path = put(folder, 'beside/m.onnx', external(entries));
    put(folder, 'beside/sub/other', 'x');
    writeFileSync(join(folder, 'beside/short.bin'), new Uint8Array(100));
    writeFileSync(join(folder, 'beside/w.bin'), new Uint8Array(216));
    expect(await messageOf(openOnnx(path), folder)).toMatch(message);
  });

  it('beside the model is read', async () => {
    const path = put(folder, 'sound/m.onnx', external({ location: 'w.bin', offset: '4' }));
    const floats = Float32Array.from({ length: 55 }, (_, i) => i);
    writeFileSync(join(folder, 'sound/w.bin'), new Uint8Array(floats.buffer));
    const source = await openOnnx(path);
    const { data } = (await source.loadWeights()).get('y')!.get('kernel')!;
    expect([...data].sort((a, b) => a - b)).toEqual([...floats.subarray(1)]);
  });
});
