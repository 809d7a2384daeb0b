import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../../src/backend/tf.ts';
import { createModel } from '../../src/model/executor.ts';
import { buildGraph } from '../../src/model/graph.ts';
import { isMerged, mergeLayers } from '../../src/model/merged-layers.ts';
import type { Network, NetworkNode } from '../../src/model/network.ts';
import { backwardRules } from '../../src/model/layers/rules.ts';
import { randomFrom } from '../../src/random.ts';
import { availableBackends, useBackend } from '../backend/with-backend.ts';
import { sourceOf } from './source-of.ts';

type Layer = readonly [type: string, config: Readonly<Record<string, unknown>>];

/** One after the other. */
function chain(layers: readonly Layer[], dialect?: NetworkNode['dialect']): Network {
  const nodes = layers.map(([type, config], i): NetworkNode => ({
    ...{ name: `${i + 1}`, type, config, inputs: [`${i}`] },
    ...(dialect ? { dialect } : {}),
  }));
  return {
    ...{ name: 'test', format: 'test', inputShape: [9, 8, 4], preprocess: 'none' },
    nodes: [{ name: '0', type: 'InputLayer', config: {}, inputs: [] }, ...nodes],
  };
}

const BATCH_NORMALIZATION: Layer = ['BatchNormalization', { epsilon: 1e-3 }];
const RELU6: Layer = ['ReLU', { max_value: 6 }];
const same = { kernel_size: [3, 2], padding: 'same' };

const cases: readonly { name: string; layers: readonly Layer[]; dialect?: NetworkNode['dialect'] }[] = [
  {
    name: 'a convolution',
    layers: [['Conv2D', { ...same, filters: 6, strides: 2 }], BATCH_NORMALIZATION, RELU6],
  },
  {
    name: 'a convolution without a bias',
    layers: [['Conv2D', { ...same, filters: 6, use_bias: false }], BATCH_NORMALIZATION, ['ReLU', {}]],
  },
  {
    name: 'a convolution of one place',
    layers: [['Conv2D', { kernel_size: 1, filters: 6 }], BATCH_NORMALIZATION, RELU6],
  },
  {
    name: 'a convolution in groups',
    layers: [['Conv2D', { ...same, filters: 6, groups: 2 }], BATCH_NORMALIZATION, RELU6],
  },
  {
    name: 'a convolution with gaps',
    layers: [
      ['Conv2D', { ...same, filters: 6, dilation_rate: 2 }],
      BATCH_NORMALIZATION,
      ['Activation', { activation: 'relu' }],
    ],
  },
  {
    name: 'a depthwise convolution',
    layers: [['DepthwiseConv2D', { ...same, strides: 2, use_bias: false }], BATCH_NORMALIZATION, RELU6],
  },
  {
    name: 'a depthwise convolution of several filters',
    layers: [['DepthwiseConv2D', { ...same, strides: 3, depth_multiplier: 2 }], BATCH_NORMALIZATION, RELU6],
  },
  {
    name: 'a separable convolution',
    layers: [
      ['SeparableConv2D', { ...same, filters: 6, depth_multiplier: 2 }],
      BATCH_NORMALIZATION,
      ['ReLU', {}],
    ],
  },
  {
    name: 'a transposed convolution',
    layers: [['Conv2DTranspose', { ...same, filters: 6, strides: 2 }], BATCH_NORMALIZATION, ['ReLU', {}]],
  },
  {
    name: 'a transposed convolution with cut borders',
    dialect: 'onnx',
    layers: [
      [
        'Conv2DTranspose',
        {
          kernel_size: [3, 3],
          strides: [2, 2],
          filters: 6,
          padding: [
            [1, 1],
            [1, 0],
          ],
        },
      ],
      BATCH_NORMALIZATION,
      RELU6,
    ],
  },
  {
    name: 'a convolution and an activation',
    layers: [
      ['Conv2D', { ...same, filters: 6 }],
      ['ReLU', {}],
    ],
  },
  {
    name: 'a convolution and a smooth activation',
    layers: [
      ['Conv2D', { ...same, filters: 6 }],
      BATCH_NORMALIZATION,
      ['Activation', { activation: 'swish' }],
    ],
  },
];

const randomInput = (): Tensor4D => {
  const random = randomFrom('input of merged layers');
  return tf.tensor4d(
    Float32Array.from({ length: 2 * 9 * 8 * 4 }, () => 2 * random() - 1),
    [2, 9, 8, 4],
  );
};

const deviation = (a: Tensor, b: Tensor): number =>
  tf.tidy(() => tf.div(tf.max(tf.abs(tf.sub(a, b))), tf.max(tf.abs(b))).dataSync()[0]!);

describe.each(availableBackends)('%s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each(cases)('gives what the layers of $name give one by one', async ({ layers, dialect }) => {
    const network = chain(layers, dialect);
    const model = await createModel(sourceOf(network, (random) => random() + 0.2));
    // The same layers, each with a use of its output of its own: nothing can be merged.
    const branches = layers.map((_, i): NetworkNode => ({
      ...{ name: `besides ${i}`, type: 'Rescaling', config: { scale: 1, offset: 0 }, inputs: [`${i + 1}`] },
    }));
    const apart = await createModel(
      sourceOf({ ...network, nodes: [...network.nodes, ...branches] }, (random) => random() + 0.2),
    );
    const input = randomInput();
    const last = layers.length;
    const all = layers.map((_, i) => i + 1);
    const expected = apart.forward(input, all);
    const together = model.forward(input, all);
    for (const [i, map] of together.entries()) {
      expect(deviation(map, expected[i]!)).toBeLessThan(1e-5);
      // Whichever others are asked for.
      const [alone] = model.forward(input, [i + 1]);
      expect(alone!.dataSync()).toEqual(map.dataSync());
    }
    const traced = model.trace(input, last);
    expect(traced.output.dataSync()).toEqual(together.at(-1)!.dataSync());
    traced.dispose();

    for (const rule of backwardRules) {
      const signal = tf.tidy(() =>
        tf.reshape(tf.sin(tf.range(0, expected.at(-1)!.size)), expected.at(-1)!.shape),
      );
      const inner = all.slice(0, -1);
      const [own, other] = [model, apart].map((one) => {
        const trace = one.trace(input, last, { rules: [rule], maps: inner });
        const maps = inner.map((layer) => trace.map(layer).clone());
        const signals = trace.backward(signal, { rule, keep: true, to: [...inner, 0] });
        return { maps, signals, image: trace.backward(signal, { rule }) };
      }) as [
        { maps: Tensor[]; signals: Tensor[]; image: Tensor4D },
        { maps: Tensor[]; signals: Tensor[]; image: Tensor4D },
      ];
      own.signals.forEach((one, i) => expect(deviation(one, other.signals[i]!), rule).toBeLessThan(1e-5));
      own.maps.forEach((one, i) => expect(deviation(one, other.maps[i]!)).toBeLessThan(1e-5));
      expect(deviation(own.image, other.image), rule).toBeLessThan(1e-5);
    }
    model.dispose();
    apart.dispose();
    tf.dispose([input, ...expected, ...together]);
  });
});

describe('layers', () => {
  const graphOf = (network: Network) => buildGraph(network, { file: 'test' });
  const merged = (network: Network, ends: readonly number[], starts: 'apart' | 'besides' = 'besides') =>
    mergeLayers(graphOf(network), new Set(ends), starts).map((layer) =>
      isMerged(layer) ? layer.merges.map(({ index }) => index).join('+') : String(layer.index),
    );

  it('are merged up to those whose outputs are needed', () => {
    const network = chain(cases[0]!.layers);
    expect(merged(network, [])).toEqual(['0', '1+2+3']);
    expect(merged(network, [3])).toEqual(['0', '1+2+3']);
    expect(merged(network, [2])).toEqual(['0', '1+2', '3']);
    expect(merged(network, [1])).toEqual(['0', '1', '1+2+3']);
    expect(merged(network, [1], 'apart')).toEqual(['0', '1', '2', '3']);
    expect(merged(network, [1, 2])).toEqual(['0', '1', '1+2', '3']);
  });

  it('are not merged where others take the same output, or after an activation of their own', () => {
    const convolution: Layer = ['Conv2D', { ...same, filters: 4 }];
    const branch = chain([convolution, BATCH_NORMALIZATION]);
    const add = { name: 'sum', type: 'Add', config: {}, inputs: ['1', '2'] };
    expect(merged({ ...branch, nodes: [...branch.nodes, add] }, [])).toEqual(['0', '1', '2', '3']);
    expect(
      merged(chain([['Conv2D', { ...same, filters: 4, activation: 'relu' }], BATCH_NORMALIZATION]), []),
    ).toEqual(['0', '1', '2']);
    expect(merged(chain(cases.at(-1)!.layers), [])).toEqual(['0', '1+2', '3']);
    // Slopes below 0 are not computed with a convolution.
    expect(merged(chain([convolution, ['LeakyReLU', {}]]), [])).toEqual(['0', '1', '2']);
  });
});
