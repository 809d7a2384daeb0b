import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../../src/backend/tf.ts';
import { createModel } from '../../src/model/executor.ts';
import { readKerasConfig } from '../../src/model/formats/keras-config.ts';
import { packageRoot } from '../../src/package-root.ts';
import { availableBackends, useBackend } from '../backend/with-backend.ts';
import { readNpz } from '../npz.ts';
import { fileSpec, open } from './opening.ts';

/** make.py says how they were made. */
const folder = join(packageRoot, 'test', 'fixtures', 'keras-operations');

describe.each(availableBackends)('%s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each([
    ['keras-3.keras', 50],
    ['keras-2.keras', 50],
    ['keras-2.h5', 50],
    ['op-layer.h5', 3],
  ])('%s equals Keras in every layer, and lets signals through', async (file, least) => {
    const values = readNpz(join(folder, file.replace(/\.\w+$/, '.npz')));
    const model = await createModel(await open(fileSpec(join(folder, file), { preprocess: 'none' })));
    const { shape, data } = values.get('input')!;
    const input = tf.tensor4d(data, [1, shape[0]!, shape[1]!, shape[2]!]);
    expect(model.layers.length).toBeGreaterThanOrEqual(least);
    const outputs = model.forward(
      input,
      model.layers.map(({ index }) => index),
    );
    for (const { index, name } of model.layers.slice(1)) {
      const expected = values.get(name)!;
      const actual = await outputs[index]!.data();
      expect(outputs[index]!.shape.slice(1), name).toEqual(expected.shape);
      const scale = expected.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const worst = expected.data.reduce((most, value, i) => Math.max(most, Math.abs(value - actual[i]!)), 0);
      expect(worst / scale, name).toBeLessThan(2e-5);
    }

    // Back by hand-written passes, and by TensorFlow.js' tape.
    const last = model.layers.length - 1;
    const trace = model.trace(input, last);
    const signal = tf.onesLike(trace.output);
    const back = (await trace.backward(signal).data()) as Float32Array;
    const gradient = tf.grad((x) => tf.sum(model.forward(x as typeof input, [last])[0]!))(input);
    const taped = (await gradient.data()) as Float32Array;
    const most = taped.reduce((a, value) => Math.max(a, Math.abs(value)), 0);
    expect(most).toBeGreaterThan(0);
    expect(back.reduce((a, value, i) => Math.max(a, Math.abs(value - taped[i]!)), 0) / most).toBeLessThan(
      1e-4,
    );
    trace.dispose();
    model.dispose();
  });
});

describe('refused operations', () => {
  const place = { file: 'm.keras' };
  const input = {
    class_name: 'InputLayer',
    name: 'in',
    config: { name: 'in', batch_shape: [null, 8, 8, 3] },
    inbound_nodes: [],
  };
  const tensor = { class_name: '__keras_tensor__', config: { keras_history: ['in', 0, 0] } };
  const read = (layer: Record<string, unknown>) =>
    readKerasConfig(
      {
        class_name: 'Functional',
        config: {
          name: 'm',
          layers: [input, layer],
          input_layers: [['in', 0, 0]],
          output_layers: [['op', 0, 0]],
        },
      },
      { place, format: 'test', preprocess: 'none', dialect: 'module' in layer ? 'keras-3' : 'keras-2' },
    );
  const three = (name: string, args: unknown[], kwargs: unknown = {}, config: unknown = {}) => ({
    module: 'keras.src.ops.numpy',
    class_name: name,
    name: 'op',
    config,
    inbound_nodes: [{ args, kwargs }],
  });
  const two = (name: string, kwargs: unknown) => ({
    class_name: 'TFOpLambda',
    name: 'op',
    config: { name: 'op', function: name },
    inbound_nodes: [['in', 0, 0, kwargs]],
  });

  it.each([
    [three('Cumsum', [tensor]), 'Layer `op` (keras.src.ops.numpy.Cumsum): this operation is not supported'],
    [two('math.cumsum', {}), 'Layer `op` (TFOpLambda math.cumsum): this operation is not supported'],
    [three('Reshape', [tensor], {}, { newshape: [4, 48] }), 'a new shape that begins with the batch axis'],
    [three('Transpose', [tensor], {}, { axes: [1, 0, 2, 3] }), 'an order of axes that begins with 0'],
    [two('cast', { dtype: 'int32' }), 'a cast to a floating-point type: "int32"'],
    [three('Add', [tensor, 1], { where: [1] }), 'no `where`: it is [1]'],
    [three('Sqrt', [1]), 'the output of a layer as its input: 1'],
    [three('Celu', [tensor], {}, { alpha: 2 }), '`alpha` 1: it is 2'],
  ])('%j', (layer, message) => {
    expect(() => read(layer)).toThrow(message);
  });

  it('are listed with those that are read', () => {
    expect(() => read(two('math.cumsum', {}))).toThrow(/Valid: add, subtract, multiply/);
  });

  it('are named in the documentation', () => {
    const docs = readFileSync(join(packageRoot, 'docs', 'models.md'), 'utf8');
    for (const name of ['TFOpLambda', 'keras.ops']) expect(docs).toContain(name);
  });
});
