import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../../src/backend/tf.ts';
import { createModel } from '../../src/model/executor.ts';
import { cropFinder } from '../../src/model/receptive-field-crop.ts';
import { packageRoot } from '../../src/package-root.ts';
import { availableBackends, useBackend } from '../backend/with-backend.ts';
import { readNpz } from '../npz.ts';
import { fileSpec, messageOf, open, temporaryFolder } from './opening.ts';

/** make.py says how they were made. */
const fixtures = join(packageRoot, 'test', 'fixtures', 'tfjs-graph');

interface GraphJson {
  modelTopology: { node: { name: string; op: string; input?: string[]; attr?: Record<string, unknown> }[] };
  weightsManifest: { paths: string[]; weights: unknown[] }[];
}

const jsonOf = (path: string): GraphJson => JSON.parse(readFileSync(path, 'utf8')) as GraphJson;

const worst = (actual: ArrayLike<number>, expected: ArrayLike<number>): number => {
  expect(actual.length).toBe(expected.length);
  const values = Array.from(expected);
  const scale = Math.max(...values.map(Math.abs));
  return Math.max(...values.map((value, i) => Math.abs(value - actual[i]!))) / scale;
};

describe.each(availableBackends)('%s', (backend) => {
  beforeAll(() => useBackend(backend));

  it('computes some units of a map alone as with all others, behind slices of channels', async () => {
    const path = join(fixtures, 'mobile', 'model.json');
    const model = await createModel(await open(fileSpec(path, { preprocess: 'none' })));
    const { index } = model.layers.find(({ name }) => name.endsWith('conv2d_4/BiasAdd'))!;
    const crop = cropFinder(model.network, index)({ x: 1, y: 2, width: 1, height: 1 });
    // What is sliced and pooled is needed in part, behind which gates need all.
    expect(crop.layers.find(({ node }) => node.name.endsWith('split:0'))!.window).toMatchObject({ width: 6 });
    const image = tf.randomUniform([1, 21, 20, 3], 0, 255, 'float32', 3) as Tensor4D;
    const whole = model.trace(image, index, { rules: ['gradient'] });
    const part = model.trace(image, index, { rules: ['gradient'], crop });
    const unit = tf.slice(whole.output as Tensor4D, [0, 2, 1, 0], [1, 1, 1, -1]);
    expect(worst(await part.output.data(), await unit.data())).toBeLessThan(1e-5);
    const signal = tf.ones([1, 1, 1, unit.size]);
    const placed = tf.pad(signal as Tensor4D, [
      [0, 0],
      [2, whole.output.shape[1]! - 3],
      [1, whole.output.shape[2]! - 2],
      [0, 0],
    ]);
    const expected = await whole.backward(placed, { keep: true }).data();
    expect(worst(await part.backward(signal).data(), expected)).toBeLessThan(1e-5);
    expect(worst(await whole.backward(signal, { crop }).data(), expected)).toBeLessThan(1e-5);
    model.dispose();
  });

  it.each(['mobile', 'decode', 'mobile-uint8', 'mobile-uint16', 'mobile-float16'])(
    '%s equals TensorFlow.js at every node, and Keras at the last',
    async (name) => {
      const folder = join(fixtures, name);
      const { input, output } = Object.fromEntries(readNpz(join(fixtures, name.split('-')[0]!, 'keras.npz')));
      const model = await createModel(
        await open(fileSpec(join(folder, 'model.json'), { preprocess: 'none' })),
      );
      expect(model.network.format).toBe('tfjs-graph');
      const pixels = tf.tensor4d(input!.data, [1, input!.shape[0]!, input!.shape[1]!, 3]);
      const outputs = model.forward(
        pixels,
        model.layers.map(({ index }) => index),
      );

      const json = jsonOf(join(folder, 'model.json')) as unknown as Record<string, unknown>;
      const [group] = json['weightsManifest'] as GraphJson['weightsManifest'];
      const bytes = readFileSync(join(folder, group!.paths[0]!));
      const peer = await tf.loadGraphModel({
        load: () =>
          Promise.resolve({
            modelTopology: json['modelTopology'] as object,
            signature: json['signature'] as object,
            weightSpecs: group!.weights as never,
            weightData: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer,
          }),
      });
      const known = new Map(
        (json['modelTopology'] as GraphJson['modelTopology']).node.map((node) => [node.name, node.op]),
      );
      let compared = 0;
      for (const { index, name: layer } of model.layers.slice(1)) {
        // Dilated convolutions stand for what the peer computes in blocks.
        if (!known.has(layer)) continue;
        const expected = peer.execute(pixels, layer) as Tensor;
        if (expected.size !== outputs[index]!.size || expected.shape[0] !== 1) continue;
        compared++;
        expect(worst(await outputs[index]!.data(), await expected.data()), layer).toBeLessThan(2e-5);
      }
      expect(compared).toBeGreaterThan(8);
      const last = await outputs.at(-1)!.data();
      expect(worst(last, await (peer.predict(pixels) as Tensor).data())).toBeLessThan(2e-5);
      expect(worst(last, output!.data)).toBeLessThan(name.includes('uint8') ? 0.2 : 1e-3);

      const index = model.layers.length - 1;
      const trace = model.trace(pixels, index);
      const gradient = await trace
        .backward(tf.ones(trace.output.shape).mul(tf.range(0, trace.output.size)))
        .data();
      expect(Math.max(...gradient.map(Math.abs))).toBeGreaterThan(0);
      trace.dispose();
      model.dispose();
    },
  );
});

describe('layers of a graph', () => {
  it('are named after their nodes, dilated convolutions whole', async () => {
    const { layers } = await open(fileSpec(join(fixtures, 'mobile', 'model.json')));
    const dilated = layers.filter(({ name }) =>
      /depthwise_conv2d_1\/depthwise$|conv2d_3\/Conv2D$/.test(name),
    );
    expect(dilated.map(({ type }) => type)).toEqual(['DepthwiseConv2D', 'Conv2D']);
    expect(layers.map(({ type }) => type)).not.toContain('Shape');
  });
});

describe('refused graphs', () => {
  const folder = temporaryFolder();
  let count = 0;
  const changed = (change: (model: GraphJson) => void): string => {
    const copy = join(folder, `copy-${count++}`);
    cpSync(join(fixtures, 'mobile'), copy, { recursive: true });
    const path = join(copy, 'model.json');
    const model = jsonOf(path);
    change(model);
    writeFileSync(path, JSON.stringify(model));
    return path;
  };
  const nodeOf = (model: GraphJson, op: string) => model.modelTopology.node.find((node) => node.op === op)!;

  it.each<[string, (model: GraphJson) => void, string]>([
    ['an operation', (m) => (nodeOf(m, 'Elu').op = 'Whirl'), '(Whirl): this operation is not supported'],
    [
      'a loop',
      (m) => (nodeOf(m, 'Mul').input = [nodeOf(m, 'Softmax').name, nodeOf(m, 'Softmax').name]),
      'is made from itself',
    ],
    ['a node that is missing', (m) => (nodeOf(m, 'Elu').input = ['nowhere']), 'there is no node `nowhere`'],
    [
      'a constant without a value',
      (m) => (m.modelTopology.node.find(({ op }) => op === 'Const')!.name += 'x'),
      'there is no node',
    ],
    [
      'another order of axes',
      (m) => (nodeOf(m, '_FusedConv2D').attr!['data_format'] = { s: 'NCHW' }),
      '`data_format` "NCHW"',
    ],
    [
      'a weight that is worked out',
      (m) => (nodeOf(m, '_FusedConv2D').input![1] = nodeOf(m, 'Sub').name),
      'its filter is not a constant',
    ],
    ['no nodes', (m) => (m.modelTopology.node = []), 'it has no nodes'],
    [
      'a node without a name',
      (m) => delete (m.modelTopology.node[0] as Partial<{ name: string }>).name,
      'has no `name` or no `op`',
    ],
  ])('%s', async (_, change, message) => {
    const found = await messageOf(open(fileSpec(changed(change))), folder);
    expect(found).toContain(message);
    expect(found).toContain('model.json');
  });
});
