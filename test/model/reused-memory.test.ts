import { beforeAll, describe, expect, it } from 'vitest';
import { createModel } from '../../src/model/executor.ts';
import { openToLoad } from '../../src/model/open.ts';
import { availableBackends, useBackend } from '../backend/with-backend.ts';
import { fileSpec, open, put, temporaryFolder } from './opening.ts';

/** Weights of several times the memory that they are read into, of layers of all sizes. */

const SIZES = [8, 1024, 1024, 1023, 64, 64, 2400, 1024, 1024, 3, 3, 1500, 1500, 4];

const folder = temporaryFolder();
const layers = SIZES.slice(1).map((units, i) => ({ name: `d${i}`, inputs: i ? SIZES[i]! : 48, units }));

function saveModel(): { path: string; values: Float32Array } {
  const weights = layers.flatMap(({ name, inputs, units }) => [
    { name: `${name}/kernel`, shape: [inputs, units], dtype: 'float32' },
    { name: `${name}/bias`, shape: [units], dtype: 'float32' },
  ]);
  const count = weights.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const values = Float32Array.from({ length: count }, (_, i) => (i % 1_000_003) / 16);
  put(folder, 'weights.bin', new Uint8Array(values.buffer));
  const sequence = [
    { class_name: 'InputLayer', config: { batch_input_shape: [null, 4, 4, 3], name: 'in' } },
    { class_name: 'Flatten', config: { name: 'flat' } },
    ...layers.map(({ name, units }) => ({
      class_name: 'Dense',
      config: { name, units, activation: 'linear', use_bias: true },
    })),
  ];
  const model = {
    modelTopology: { class_name: 'Sequential', config: { name: 'large', layers: sequence } },
    weightsManifest: [{ paths: ['weights.bin'], weights }],
  };
  return { path: put(folder, 'model.json', JSON.stringify(model)), values };
}

let saved: ReturnType<typeof saveModel>;
beforeAll(() => {
  saved = saveModel();
});

/** The arrays of each layer, one after the other. */
function* expected(): Generator<readonly [name: string, kernel: Float32Array, bias: Float32Array]> {
  let at = 0;
  const next = (length: number): Float32Array => saved.values.subarray(at, (at += length));
  for (const { name, inputs, units } of layers) yield [name, next(inputs * units), next(units)];
}

const isEqual = (a: ArrayLike<number>, b: Float32Array): boolean =>
  a.length === b.length && b.every((value, i) => value === a[i]);

describe.each([...availableBackends, 'cpu' as const])('on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it('all values arrive, each time that they are loaded', async () => {
    const options = { cacheDir: folder, seed: 1, place: () => ({ file: 'x.yaml' }) };
    for (let round = 0; round < 2; round++) {
      const model = await createModel(await openToLoad(fileSpec(saved.path), options));
      expect(model.badWeights).toEqual([]);
      for (const [name, kernel, bias] of expected()) {
        const index = model.layers.findIndex((layer) => layer.name === name);
        expect(isEqual(model.denseKernel(index)!.dataSync(), kernel)).toBe(true);
        expect(isEqual(model.bias(index)!.dataSync(), bias)).toBe(true);
      }
      model.dispose();
    }
  });
});

it('all values are there where they are read without a backend', async () => {
  const weights = await (await open(fileSpec(saved.path))).loadWeights();
  for (const [name, kernel, bias] of expected()) {
    expect(isEqual(weights.get(name)!.get('kernel')!.data, kernel)).toBe(true);
    expect(isEqual(weights.get(name)!.get('bias')!.data, bias)).toBe(true);
  }
});
