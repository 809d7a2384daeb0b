import { beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../../src/backend/tf.ts';
import { UserError } from '../../src/errors.ts';
import { sendBack, WHOLE } from '../../src/model/backward.ts';
import { createModel } from '../../src/model/executor.ts';
import type { Layer } from '../../src/model/layers/layer-type.ts';
import type { BackwardRule, Model } from '../../src/model/model.ts';
import type { Network } from '../../src/model/network.ts';
import { availableBackends, useBackend } from '../backend/with-backend.ts';
import { sourceOf } from './source-of.ts';

type Config = Readonly<Record<string, unknown>>;
type Row = readonly [number, number, number];

/** Three values side by side, through one layer whose kernel, if it has one, is the number 1. */
function throughLayer(type: string, config: Config): Promise<Model> {
  const network: Network = {
    name: 'test',
    format: 'test',
    inputShape: [1, 3, 1],
    preprocess: 'none',
    nodes: [
      { name: 'in', type: 'InputLayer', config: {}, inputs: [] },
      { name: 'tested', type, config, inputs: ['in'] },
    ],
  };
  return createModel(sourceOf(network, () => 1));
}

async function signalsOf(
  model: Model,
  rule: BackwardRule,
  x: readonly Row[],
  g: readonly Row[],
): Promise<number[][]> {
  const shape: [number, number, number, number] = [x.length, 1, 3, 1];
  const [input, signal] = [x, g].map((rows) => tf.tensor4d(rows.flat(), shape)) as [
    ReturnType<typeof tf.tensor4d>,
    ReturnType<typeof tf.tensor4d>,
  ];
  const trace = model.trace(input, 1, { rules: [rule] });
  const result = trace.backward(signal, { rule });
  const values = [...(await result.data())];
  trace.dispose();
  tf.dispose([input, signal, result]);
  return x.map((_, i) => values.slice(3 * i, 3 * i + 3));
}

const one = { filters: 1, kernel_size: 1, use_bias: false };
const E = Math.exp(-1);
const S = 1 / (1 + Math.exp(-1));

/** Layer, its input x, the signal g; then what each rule makes of it, by hand. */
const cases: readonly [string, Config, Row, Row, Readonly<Record<BackwardRule, Row>>][] = [
  ...(
    [
      ['ReLU', {}],
      ['Activation', { activation: 'relu' }],
      ['Conv2D', { ...one, activation: 'relu' }],
      ['Conv2DTranspose', { ...one, activation: 'relu' }],
      ['DepthwiseConv2D', { kernel_size: 1, use_bias: false, activation: 'relu' }],
      ['SeparableConv2D', { ...one, activation: 'relu' }],
      ['Dense', { units: 1, use_bias: false, activation: 'relu' }],
    ] as const
  ).map(([type, config]): (typeof cases)[number] => [
    type,
    config,
    [1, -2, 3],
    [-5, 6, 7],
    { gradient: [-5, 0, 7], deconvnet: [0, 6, 7], guided: [0, 0, 7], redirected: [-5, 0, 7] },
  ]),
  [
    'ReLU',
    { max_value: 6 },
    [1, -2, 8],
    [-5, 6, 7],
    { gradient: [-5, 0, 0], deconvnet: [0, 6, 7], guided: [0, 0, 0], redirected: [-5, 0, 0] },
  ],
  [
    'Activation',
    { activation: 'relu6' },
    [1, -2, 8],
    [5, 6, 7],
    { gradient: [5, 0, 0], deconvnet: [5, 6, 7], guided: [5, 0, 0], redirected: [5, 0, 0] },
  ],
  [
    'ReLU',
    { threshold: 2 },
    [1, -2, 3],
    [-5, 6, 7],
    { gradient: [0, 0, 7], deconvnet: [0, 6, 7], guided: [0, 0, 7], redirected: [0, 0, 7] },
  ],
  [
    'ReLU',
    { threshold: -2 },
    [-1, -3, 3],
    [-5, 6, 7],
    { gradient: [-5, 0, 7], deconvnet: [0, 6, 7], guided: [0, 0, 7], redirected: [-5, 0, 7] },
  ],
  [
    'ReLU',
    { negative_slope: 0.5, max_value: 2 },
    [1, -2, 3],
    [-5, 6, 7],
    { gradient: [-5, 3, 0], deconvnet: [0, 6, 7], guided: [0, 3, 0], redirected: [-5, 3, 0] },
  ],
  [
    'LeakyReLU',
    { negative_slope: 0.5 },
    [1, -2, -3],
    [-5, 6, -7],
    { gradient: [-5, 3, -3.5], deconvnet: [0, 6, 0], guided: [0, 3, 0], redirected: [-5, 3, -3.5] },
  ],
  [
    'PReLU', // its slope, a weight, is 1
    {},
    [1, -2, -3],
    [-5, 6, -7],
    { gradient: [-5, 6, -7], deconvnet: [0, 6, 0], guided: [0, 6, 0], redirected: [-5, 6, -7] },
  ],
  ...(
    [
      ['ELU', { alpha: 1 }],
      ['Conv2D', { ...one, activation: 'elu' }],
    ] as const
  ).map(([type, config]): (typeof cases)[number] => [
    type,
    config,
    [1, -1, 2],
    [-5, 6, 7],
    {
      gradient: [-5, 6 * E, 7],
      deconvnet: [0, 6, 7],
      guided: [0, 6 * E, 7],
      redirected: [-5, 6 * E, 7],
    },
  ]),
  // What squashes is no rectifier: its gradient always.
  [
    'Activation',
    { activation: 'sigmoid' },
    [0, 1, 1],
    [-8, 4, -4],
    {
      gradient: [-2, 4 * S * (1 - S), -4 * S * (1 - S)],
      deconvnet: [-2, 4 * S * (1 - S), -4 * S * (1 - S)],
      guided: [-2, 4 * S * (1 - S), -4 * S * (1 - S)],
      redirected: [-2, 4 * S * (1 - S), -4 * S * (1 - S)],
    },
  ],
  [
    'Conv2D',
    one,
    [1, -2, 3],
    [-5, 6, 7],
    { gradient: [-5, 6, 7], deconvnet: [-5, 6, 7], guided: [-5, 6, 7], redirected: [-5, 6, 7] },
  ],
];

describe.each(availableBackends)('%s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each(cases)('%s %j: x %j, signal %j', async (type, config, x, g, expected) => {
    const model = await throughLayer(type, config);
    for (const [rule, row] of Object.entries(expected)) {
      const [signal] = await signalsOf(model, rule as BackwardRule, [x], [g]);
      signal!.forEach((value, i) => expect(value, rule).toBeCloseTo(row[i]!, 5));
    }
    model.dispose();
  });

  // A step along the signal is to wake a sample up; its neighbours are awake and have their gradient.
  it.each([
    ['relu', [-1, -2, -3], [-5, 6, 7], [0, 6, 7]],
    ['relu', [-1, -2, 3], [-5, 6, 0], [0, 6, 0]],
    ['relu', [-1, -2, -3], [-5, -6, -7], [0, 0, 0]],
    ['relu6', [-1, 8, 9], [5, 6, -7], [5, 0, -7]],
    ['relu6', [-1, 8, 9], [-5, 6, 7], [0, 0, 0]],
  ] as [string, Row, Row, Row][])(
    'redirects %s only where the whole of a sample is blocked: x %j, signal %j',
    async (activation, x, g, expected) => {
      const model = await throughLayer('Activation', { activation });
      const awake: Row = [1, -2, 3];
      const signals = await signalsOf(model, 'redirected', [awake, x, awake], [g, g, [7, 7, 7]]);
      expect(signals.map((row) => row.map((value) => value || 0))).toEqual([
        [g[0], 0, g[2]],
        expected,
        [7, 0, 7],
      ]);
      model.dispose();
    },
  );
});

it('says through which layer it cannot backpropagate', () => {
  const node = { name: 'sorted', type: 'Sort', config: {}, inputs: ['in'] };
  const layer: Layer = {
    ...{ outputShape: [4], weights: [], field: { kind: 'identity' } },
    forward: (run, [x]) => run.tf.topk(x!, 4).values,
  };
  const x = tf.tensor2d([[1, 3, 2, 4]]);
  const passed = { signal: x, inputShapes: [x.shape], inputs: [x], output: undefined };
  const send = (): unknown => sendBack({ index: 1, node, inputs: [0], layer }, 'guided', WHOLE, passed, {});
  expect(send).toThrow(UserError);
  expect(send).toThrow(/`sorted` \(Sort\) with the rule `guided`[^]*`projection: none`/);
  x.dispose();
});
