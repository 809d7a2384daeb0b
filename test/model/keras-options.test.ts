import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../../src/backend/tf.ts';
import { UserError } from '../../src/errors.ts';
import { kerasDialect } from '../../src/model/formats/keras-config.ts';
import { createModel } from '../../src/model/executor.ts';
import { layerTypes } from '../../src/model/layer-types.ts';
import { reasonWithoutEffect } from '../../src/model/layers/no-effect.ts';
import type { Network, NodeWeights } from '../../src/model/network.ts';
import { packageRoot } from '../../src/package-root.ts';
import { useBackend } from '../backend/with-backend.ts';
import { sourceOf } from './source-of.ts';

/** A layer as Keras saved it, and its output. make_options.py says how they were made. */
interface Case {
  readonly type: string;
  readonly option: string | null;
  readonly config: Readonly<Record<string, unknown>>;
  readonly weights: readonly (readonly number[])[];
  readonly shape: readonly number[];
  readonly output: string;
}

interface Options {
  readonly keras: string;
  readonly signatures: Readonly<Record<string, readonly string[]>>;
  readonly cases: readonly (Pick<Case, 'type' | 'option' | 'config'> & Partial<Case>)[];
}

const SHAPE = [5, 4, 4] as const;
const folder = join(packageRoot, 'test', 'fixtures', 'keras-options');
const read = (file: string): Options =>
  JSON.parse(gunzipSync(readFileSync(join(folder, file))).toString()) as Options;

/** Options that only bases of a layer take, which Keras refuses for the layer itself. */
const NOT_ACCEPTED = ['rank', 'conv_op', 'pool_function', 'pool_mode', 'pool_dimensions'];
/** Options that have no value but their default where Keras runs on TensorFlow, or none that a file can hold. */
const NO_OTHER_VALUE: Readonly<Record<string, string>> = {
  autocast: 'is not saved',
  dynamic: 'refused for these layers',
  bounding_box_format: 'of training data',
  adjustment: 'a function',
  renorm_clipping: 'a dictionary of training',
  quantization_config: 'saved as a dtype policy',
  transpose_axes: 'of no saved layer',
};

const float32 = (text: string): Float32Array =>
  new Float32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer);
const count = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

function networkOf({ type, config }: Case, version: string): Network {
  const merges = layerTypes.get(type)?.kind === 'merging';
  return {
    name: 'test',
    format: 'test',
    // Two inputs side by side: the second of the merged ones is cut out of it.
    inputShape: merges ? [SHAPE[0] * 2, SHAPE[1], SHAPE[2]] : SHAPE,
    preprocess: 'none',
    nodes: [
      { name: 'in', type: 'InputLayer', config: {}, inputs: [] },
      ...(merges
        ? [
            {
              name: 'first',
              type: 'Cropping2D',
              config: {
                cropping: [
                  [0, SHAPE[0]],
                  [0, 0],
                ],
              },
              inputs: ['in'],
            },
            {
              name: 'second',
              type: 'Cropping2D',
              config: {
                cropping: [
                  [SHAPE[0], 0],
                  [0, 0],
                ],
              },
              inputs: ['in'],
            },
          ]
        : []),
      {
        name: 'tested',
        type,
        config,
        dialect: kerasDialect(version),
        inputs: merges ? ['first', 'second'] : ['in'],
      },
    ],
  };
}

/** Keras' formula for weights, by their position among the layer's. */
function weightsFor(shapes: Case['weights'], names: readonly string[]): NodeWeights {
  return new Map(
    shapes.map((shape, j) => {
      const name = names[j]!;
      const data = Float32Array.from(
        { length: count(shape) },
        (_, k) => Math.cos(0.9 * k + j) * 0.5 + (name.includes('variance') ? 1 : 0),
      );
      return [name, { shape, data }];
    }),
  );
}

async function run(one: Case, version: string): Promise<Float32Array> {
  const network = networkOf(one, version);
  const source = sourceOf(network, () => 0);
  const specs = source.graph.at(-1)!.layer.weights;
  expect(specs.map(({ shape }) => shape)).toEqual(one.weights);
  const weights = new Map([
    [
      'tested',
      weightsFor(
        one.weights,
        specs.map(({ name }) => name),
      ),
    ],
  ]);
  const model = await createModel({ ...source, loadWeights: () => Promise.resolve(weights) });
  const inputs = network.inputShape[0] === SHAPE[0] ? 1 : 2;
  const values = Float32Array.from({ length: inputs * count(SHAPE) }, (_, k) => {
    const i = Math.floor(k / count(SHAPE));
    return Math.sin(1.7 * (k % count(SHAPE)) + i) * 1.5;
  });
  const input = tf.tensor4d(values, [1, ...network.inputShape]);
  const [output] = model.forward(input, [model.layers.length - 1]);
  expect(output!.shape.slice(1)).toEqual(one.shape);
  const found = (await output!.data()) as Float32Array;
  tf.dispose([output!, input]);
  model.dispose();
  return found;
}

function difference(a: Float32Array, b: Float32Array): number {
  const scale = b.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0) / scale;
}

describe.each(['keras-2.json.gz', 'keras-3.json.gz'])('%s', (file) => {
  const { keras, signatures, cases } = read(file);
  beforeAll(() => useBackend('wasm'));

  const bases = new Map(cases.filter(({ option }) => option === null).map((one) => [one.type, one as Case]));
  const whole = cases.map((one): Case => {
    const base = bases.get(one.type)!;
    return { ...base, ...one, config: { ...base.config, ...one.config } };
  });

  it('has a value beside the default for every option', () => {
    const tried = new Set(whole.map(({ type, option }) => `${type}.${option}`));
    const untried = Object.entries(signatures).flatMap(([type, options]) =>
      options
        .filter((option) => !NOT_ACCEPTED.includes(option) && !Object.hasOwn(NO_OTHER_VALUE, option))
        .map((option) => `${type}.${option}`)
        .filter((one) => !tried.has(one)),
    );
    expect(untried).toMatchSnapshot();
  });

  describe.each([...bases.keys()])('%s', (type) => {
    const identity = layerTypes.get(type)?.identity === true;

    it('equals Keras with every option, or refuses it by name', async () => {
      const messages: string[] = [];
      for (const one of whole.filter((each) => each.type === type)) {
        const label = `${one.option} ${JSON.stringify(one.option === null ? null : one.config[one.option])}`;
        try {
          const found = await run(one, keras);
          expect(difference(found, float32(one.output)), label).toBeLessThan(2e-6);
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          expect(error.message).toContain(`Layer \`tested\` (${type}`);
          expect(error.message, label).toContain(one.option);
          expect(reasonWithoutEffect(one.option!, identity), label).toBeUndefined();
          messages.push(error.message.split('\n')[0]!.replace(/^.*?\): /, ''));
        }
      }
      expect(messages).toMatchSnapshot();
    });

    it('refuses maps with channels first, or has been tried on them', () => {
      const asks = signatures[type]!.includes('data_format') && !identity;
      if (!asks || whole.some((one) => one.type === type && one.option === 'data_format')) return;
      const base = bases.get(type)!;
      const config = { ...base.config, data_format: 'channels_first' };
      expect(() => sourceOf(networkOf({ ...base, config }, keras), () => 0)).toThrow(
        '`data_format` "channels_first" is not supported',
      );
    });

    it('lists no option as being without effect that has one', () => {
      const effective = whole.filter(
        (one) =>
          one.type === type &&
          one.option !== null &&
          (one.shape.join() !== bases.get(type)!.shape.join() ||
            difference(float32(one.output), float32(bases.get(type)!.output)) > 1e-4),
      );
      const wrong = effective.filter(({ option }) => reasonWithoutEffect(option!, identity) !== undefined);
      expect(wrong.map(({ option }) => option)).toEqual([]);
    });
  });
});
