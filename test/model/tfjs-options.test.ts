import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { layers as Layers } from '@tensorflow/tfjs-layers';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../../src/backend/tf.ts';
import { UserError } from '../../src/errors.ts';
import { createModel } from '../../src/model/executor.ts';
import { readKerasConfig } from '../../src/model/formats/keras-config.ts';
import { reasonWithoutEffect } from '../../src/model/layers/no-effect.ts';
import type { NodeWeights } from '../../src/model/network.ts';
import { packageRoot } from '../../src/package-root.ts';
import { useBackend } from '../backend/with-backend.ts';
import { sourceOf } from './source-of.ts';

type Layer = InstanceType<typeof Layers.Layer>;
type Options = Readonly<Record<string, unknown>>;

interface Kind {
  /** The type of its options in TensorFlow.js' declarations. */
  readonly args: string;
  readonly make: (options: never) => Layer;
  /** What it cannot do without. */
  readonly base?: Options;
  /** Values that are not the default, by option. */
  readonly values?: Readonly<Record<string, readonly unknown[]>>;
  /** Whether it hands its input on in inference. */
  readonly identity?: boolean;
}

const activations =
  `elu gelu gelu_new hardSigmoid linear logSoftmax mish relu relu6 selu sigmoid softmax softplus softsign swish
  tanh`.split(/\s+/);
const windowed = {
  kernelSize: [[2, 3]],
  strides: [[2, 2]],
  padding: ['same'],
  dataFormat: ['channelsFirst'],
  dilationRate: [[2, 2]],
  activation: ['hardSigmoid', 'relu'],
  useBias: [false],
};
const pool = { poolSize: [[3, 2]], strides: [[1, 2]], padding: ['same'], dataFormat: ['channelsFirst'] };
const whole = { dataFormat: ['channelsFirst'] };

const kinds = (): Readonly<Record<string, Kind>> => ({
  Conv2D: {
    args: 'ConvLayerArgs',
    make: tf.layers.conv2d,
    base: { filters: 4, kernelSize: 3 },
    values: { ...windowed, filters: [5] },
  },
  Conv2DTranspose: {
    args: 'ConvLayerArgs',
    make: tf.layers.conv2dTranspose,
    base: { filters: 4, kernelSize: 3 },
    values: { ...windowed, filters: [5], dilationRate: [] },
  },
  DepthwiseConv2D: {
    args: 'DepthwiseConv2DLayerArgs',
    make: tf.layers.depthwiseConv2d,
    base: { kernelSize: 3 },
    values: { ...windowed, depthMultiplier: [2] },
  },
  // TensorFlow.js leaves the depth multiplier out of what it saves, and cannot read such a model itself.
  SeparableConv2D: {
    args: 'SeparableConvLayerArgs',
    make: tf.layers.separableConv2d,
    base: { filters: 4, kernelSize: 3 },
    values: {
      ...windowed,
      filters: [5],
      depthMultiplier: [],
      kernelInitializer: [],
      kernelRegularizer: [],
      kernelConstraint: [],
    },
  },
  Dense: {
    args: 'DenseLayerArgs',
    make: tf.layers.dense,
    base: { units: 3 },
    values: { units: [5], activation: ['hardSigmoid'], useBias: [false] },
  },
  Activation: {
    args: 'ActivationLayerArgs',
    make: tf.layers.activation,
    base: { activation: 'relu' },
    values: { activation: activations },
  },
  ReLU: { args: 'ReLULayerArgs', make: tf.layers.reLU, values: { maxValue: [0.7] } },
  LeakyReLU: { args: 'LeakyReLULayerArgs', make: tf.layers.leakyReLU, values: { alpha: [0.1] } },
  PReLU: { args: 'PReLULayerArgs', make: tf.layers.prelu, values: { sharedAxes: [[1, 2]] } },
  ELU: { args: 'ELULayerArgs', make: tf.layers.elu, values: { alpha: [1] } },
  ThresholdedReLU: {
    args: 'ThresholdedReLULayerArgs',
    make: tf.layers.thresholdedReLU,
    values: { theta: [0.4] },
  },
  Softmax: { args: 'SoftmaxLayerArgs', make: tf.layers.softmax, base: { axis: -1 }, values: { axis: [3] } },
  MaxPooling2D: {
    args: 'Pooling2DLayerArgs',
    make: tf.layers.maxPooling2d,
    base: { poolSize: 2 },
    values: pool,
  },
  AveragePooling2D: {
    args: 'Pooling2DLayerArgs',
    make: tf.layers.averagePooling2d,
    base: { poolSize: 2 },
    values: pool,
  },
  GlobalMaxPooling2D: {
    args: 'GlobalPooling2DLayerArgs',
    make: tf.layers.globalMaxPooling2d,
    base: {},
    values: whole,
  },
  GlobalAveragePooling2D: {
    args: 'GlobalPooling2DLayerArgs',
    make: tf.layers.globalAveragePooling2d,
    base: {},
    values: whole,
  },
  BatchNormalization: {
    args: 'BatchNormalizationLayerArgs',
    make: tf.layers.batchNormalization,
    values: { axis: [1], momentum: [0.3], epsilon: [0.2], center: [false], scale: [false] },
  },
  LayerNormalization: {
    args: 'LayerNormalizationLayerArgs',
    make: tf.layers.layerNormalization,
    values: { axis: [3, [2, 3]], epsilon: [0.2], center: [false], scale: [false] },
  },
  ZeroPadding2D: {
    args: 'ZeroPadding2DLayerArgs',
    make: tf.layers.zeroPadding2d,
    values: {
      padding: [
        2,
        [
          [1, 2],
          [0, 3],
        ],
      ],
      dataFormat: ['channelsFirst'],
    },
  },
  Cropping2D: {
    args: 'Cropping2DLayerArgs',
    make: tf.layers.cropping2D,
    base: { cropping: 1 },
    values: {
      cropping: [
        [
          [1, 2],
          [0, 1],
        ],
      ],
      dataFormat: ['channelsFirst'],
    },
  },
  UpSampling2D: {
    args: 'UpSampling2DLayerArgs',
    make: tf.layers.upSampling2d,
    base: {},
    values: { size: [[3, 2]], interpolation: ['bilinear'], dataFormat: ['channelsFirst'] },
  },
  Resizing: {
    args: 'ResizingArgs',
    make: tf.layers.resizing,
    base: { height: 4, width: 7 },
    values: { height: [2], width: [9], interpolation: ['nearest'], cropToAspectRatio: [true] },
  },
  Rescaling: {
    args: 'RescalingArgs',
    make: tf.layers.rescaling,
    base: { scale: 0.5 },
    values: { scale: [0.25], offset: [-1] },
  },
  Flatten: { args: 'FlattenLayerArgs', make: tf.layers.flatten, values: whole },
  Reshape: {
    args: 'ReshapeLayerArgs',
    make: tf.layers.reshape,
    base: { targetShape: [8, 10] },
    values: { targetShape: [[-1, 5]] },
  },
  Permute: {
    args: 'PermuteLayerArgs',
    make: tf.layers.permute,
    base: { dims: [2, 1, 3] },
    values: { dims: [[3, 1, 2]] },
  },
  Dropout: {
    args: 'DropoutLayerArgs',
    make: tf.layers.dropout,
    base: { rate: 0.5 },
    values: { rate: [0.2], noiseShape: [[1, 1, 1, 4]], seed: [3] },
    identity: true,
  },
  GaussianNoise: {
    args: 'GaussianNoiseArgs',
    make: tf.layers.gaussianNoise,
    base: { stddev: 0.5 },
    values: { stddev: [0.1] },
    identity: true,
  },
  GaussianDropout: {
    args: 'GaussianDropoutArgs',
    make: tf.layers.gaussianDropout,
    base: { rate: 0.5 },
    values: { rate: [0.2] },
    identity: true,
  },
  AlphaDropout: {
    args: 'AlphaDropoutArgs',
    make: tf.layers.alphaDropout,
    base: { rate: 0.5 },
    values: { rate: [0.2], noiseShape: [[1, 1, 1, 4]] },
    identity: true,
  },
});

const endings: Readonly<Record<string, unknown>> = {
  Initializer: 'heNormal',
  Regularizer: 'l1l2',
  Constraint: 'nonNeg',
};
/** Options of every layer, that no model.json keeps or that hold for its input only. */
const OF_ALL = [
  'inputShape',
  'batchInputShape',
  'batchSize',
  'dtype',
  'name',
  'trainable',
  'weights',
  'inputDType',
  'inputDim',
  // It refuses to run layers with one.
  'activityRegularizer',
];

/** The options that an interface of TensorFlow.js' declarations takes, its bases included. */
function optionsOf(): (name: string) => readonly string[] {
  const found = new Map<string, { own: string[]; bases: string[] }>();
  const visit = (node: ts.Node): void => {
    if (ts.isInterfaceDeclaration(node)) {
      const own = node.members.flatMap((member) => (member.name ? [member.name.getText()] : []));
      const bases = (node.heritageClauses ?? []).flatMap(({ types }) =>
        types.map((type) => type.expression.getText()),
      );
      found.set(node.name.text, { own, bases });
    }
    ts.forEachChild(node, visit);
  };
  const walk = (folder: string): void => {
    for (const entry of readdirSync(folder)) {
      const path = join(folder, entry);
      if (statSync(path).isDirectory()) walk(path);
      else if (entry.endsWith('.d.ts'))
        visit(ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true));
    }
  };
  walk(join(packageRoot, 'node_modules', '@tensorflow', 'tfjs-layers', 'dist', 'layers'));
  const all = (name: string): readonly string[] => {
    const { own, bases } = found.get(name) ?? { own: [], bases: [] };
    return [...own, ...bases.flatMap(all)];
  };
  return (name) => [...new Set(all(name))].filter((option) => !OF_ALL.includes(option));
}

const SHAPE = [5, 4, 4] as const;
const place = { file: 'model.json' };

/** The layer alone in a model as TensorFlow.js saves it, run by both. */
async function difference(layer: Layer): Promise<number> {
  const peer = tf.sequential({ layers: [tf.layers.inputLayer({ inputShape: [...SHAPE] }), layer] });
  const description = JSON.parse(JSON.stringify(peer.toJSON(null, false))) as { config: object };
  const config: unknown = peer.toJSON(null, true);
  expect(description.config).toBeDefined();
  // Only a small model's input may have other than 1 or 3 channels: it is read from where the file is known to be an image's.
  const text = JSON.stringify(typeof config === 'string' ? JSON.parse(config) : config);
  const parsed = readKerasConfig(JSON.parse(text.replace('[null,5,4,4]', '[null,5,4,3]')), {
    place,
    preprocess: 'none',
    format: 'tfjs-layers',
    dialect: 'tfjs',
  });
  const source = sourceOf({ ...parsed.network, inputShape: SHAPE }, () => 0);
  const tested = source.graph.at(-1)!;
  const ramp = (length: number, start: number, more = 0): Float32Array =>
    Float32Array.from({ length }, (_, k) => Math.cos(0.9 * k + start) * 0.5 + more);
  const arrays = layer.weights.map(({ shape, name }, j) => {
    const length = shape.reduce<number>((product, n) => product * (n ?? 1), 1);
    return { shape: shape as number[], data: ramp(length, j, name.includes('variance') ? 1 : 0) };
  });
  layer.setWeights(arrays.map(({ shape, data }) => tf.tensor(data, shape)));
  // A constraint of the layer has changed them.
  const kept = layer.getWeights().map((weight) => ({
    shape: weight.shape,
    data: Float32Array.from(weight.dataSync()),
  }));
  expect(tested.layer.weights.map(({ shape }) => shape)).toEqual(kept.map(({ shape }) => shape));
  const own: NodeWeights = new Map(tested.layer.weights.map(({ name }, j) => [name, kept[j]!]));
  const weights = new Map([[tested.node.name, own]]);
  const model = await createModel({ ...source, loadWeights: () => Promise.resolve(weights) });
  const input = tf.tensor4d(
    ramp(80, 0.3).map((value) => value * 3),
    [1, ...SHAPE],
  );
  const [output] = model.forward(input, [tested.index]) as [Tensor];
  const expected = layer.apply(input) as Tensor;
  expect(output.shape).toEqual(expected.shape);
  const [found, reference] = [await output.data(), await expected.data()] as [Float32Array, Float32Array];
  model.dispose();
  const scale = reference.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  return found.reduce((most, value, i) => Math.max(most, Math.abs(value - reference[i]!)), 0) / scale;
}

describe('a layer of TensorFlow.js', () => {
  let all: Readonly<Record<string, Kind>>;
  beforeAll(async () => {
    // The reference of all backends as far as these layers go: WebAssembly's operations do not spread weights over any axis.
    await useBackend('cpu');
    all = kinds();
  });
  const declared = optionsOf();

  it.each(Object.keys(kinds()))(
    '%s gives what TensorFlow.js gives, or refuses an option by name',
    async (type) => {
      const { args, make, base = {}, values = {}, identity = false } = all[type]!;
      const options = declared(args);
      const messages: string[] = [];
      const tried = new Set<string>();
      const attempt = async (option: string | undefined, given: Options): Promise<void> => {
        try {
          expect(await difference(make({ ...base, ...given } as never)), JSON.stringify(given)).toBeLessThan(
            1e-5,
          );
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          expect(error.message).toMatch(new RegExp(`\\(${type}|channels_first`));
          messages.push(error.message.split('\n')[0]!.replace(/^.*?\): /, ''));
        }
        if (option !== undefined) tried.add(option);
      };
      await attempt(undefined, {});
      for (const option of options) {
        const ending = Object.keys(endings).find((each) => option.endsWith(each));
        for (const value of values[option] ?? (ending ? [endings[ending]] : [])) {
          await attempt(option, { [option]: value });
        }
        if (ending)
          expect(
            reasonWithoutEffect(
              option.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`),
              identity,
            ),
          ).toBeDefined();
      }
      const untried = options.filter((option) => !tried.has(option));
      expect({ messages, untried }).toMatchSnapshot();
    },
  );
});
