import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { parseJson } from '../../src/model/formats/json.ts';
import { readKerasConfig } from '../../src/model/formats/keras-config.ts';
import { buildGraph } from '../../src/model/graph.ts';
import { readActivation } from '../../src/model/layers/activation-config.ts';
import { ConfigReader } from '../../src/model/layers/config-reader.ts';
import { plainValue } from '../../src/model/layers/plain-value.ts';
import type { Dialect } from '../../src/model/network.ts';

const place = { file: 'm.keras' };

const read = (activation: unknown, dialect: Dialect = 'keras-3', rank = 4) =>
  readActivation(new ConfigReader({ activation }, { layer: 'a', type: 'Conv2D', dialect, place }), rank);

const messageOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  return 'nothing was wrong';
};

const layer = (class_name: string, config: object, more: object = {}) => ({
  module: 'keras.layers',
  class_name,
  config: { name: 'x', trainable: true, dtype: 'float32', ...config },
  registered_name: null,
  ...more,
});

describe('a serialized activation', () => {
  it.each<[string, unknown, string, Record<string, number>]>([
    ['nothing', null, 'linear', {}],
    ['a name', 'relu', 'relu', {}],
    ['a name of Keras', 'keras.activations>gelu', 'gelu', {}],
    ['a name of TensorFlow', 'tf.nn.relu6', 'relu6', {}],
    ['a name of TensorFlow.js', 'logSoftmax', 'log_softmax', {}],
    ['another name for one', 'silu', 'swish', {}],
    ['the approximate GELU of TensorFlow.js', 'gelu_new', 'gelu', { approximate: 1 }],
    ['a function', { class_name: 'function', config: 'relu6', registered_name: 'function' }, 'relu6', {}],
    [
      'LeakyReLU of Keras 3',
      layer('LeakyReLU', { negative_slope: 0.02 }),
      'leaky_relu',
      { negative_slope: 0.02 },
    ],
    ['LeakyReLU of Keras 2', layer('LeakyReLU', { alpha: 0.02 }), 'leaky_relu', { negative_slope: 0.02 }],
    ['LeakyReLU without a slope', layer('LeakyReLU', {}), 'leaky_relu', { negative_slope: 0.3 }],
    [
      'a slope as an array of NumPy',
      layer('LeakyReLU', { alpha: { type: 'ndarray', value: 0.1 } }),
      'leaky_relu',
      { negative_slope: 0.1 },
    ],
    [
      'ReLU with all it takes',
      layer('ReLU', { max_value: 4, negative_slope: 0.1, threshold: 0.5 }),
      'relu',
      { max_value: 4, negative_slope: 0.1, threshold: 0.5 },
    ],
    [
      'ReLU up to infinity',
      layer('ReLU', { max_value: Infinity }),
      'relu',
      { negative_slope: 0, threshold: 0 },
    ],
    ['ELU', layer('ELU', { alpha: 0.5 }), 'elu', { alpha: 0.5 }],
    ['ThresholdedReLU', layer('ThresholdedReLU', { theta: 2 }), 'relu', { threshold: 2 }],
    ['a softmax over the last axis', layer('Softmax', { axis: [3] }), 'softmax', {}],
    ['a layer in a layer', layer('Activation', { activation: 'tanh' }), 'tanh', {}],
  ])('%s', (_, value, name, parameters) => {
    expect(read(value)).toEqual({ name, parameters });
  });

  it.each<[Dialect, number | undefined]>([
    ['keras-1', 0.2],
    ['keras-2', 0.2],
    ['tfjs', 0.2],
    ['keras-3', undefined],
  ])('hard sigmoid of %s', (dialect, slope) => {
    const parameters = slope === undefined ? {} : { slope };
    for (const value of ['hard_sigmoid', 'hardSigmoid', layer('Activation', { activation: 'hard_sigmoid' })])
      expect(read(value, dialect)).toEqual({ name: 'hard_sigmoid', parameters });
    expect(read('hard_swish', dialect)).toEqual({ name: 'hard_swish', parameters: {} });
  });

  it('keeps the axes of a softmax that is not over the last', () => {
    expect(read(layer('Softmax', { axis: 1 }))).toEqual({ name: 'softmax', parameters: {}, axes: [1] });
    expect(read(layer('Softmax', { axis: [-3, 2] }))).toEqual({
      name: 'softmax',
      parameters: {},
      axes: [1, 2],
    });
  });

  it.each<[string, unknown]>([
    ['a custom function', 'Custom>relu'],
    ['a registered function', { class_name: 'function', config: 'mine>act', registered_name: 'mine>act' }],
    ['a lambda', { class_name: '__lambda__', config: { value: 'x' } }],
    ['a registered layer', layer('LeakyReLU', { alpha: 0.1 }, { registered_name: 'mine>LeakyReLU' })],
    ['a layer with weights', layer('PReLU', {})],
    ['a slope that is no number', layer('LeakyReLU', { alpha: 'NaN' })],
    ['an option that is not known', layer('LeakyReLU', { alpha: 0.1, beta: 2 })],
    ['a softmax over the batch', layer('Softmax', { axis: 0 })],
    ['a number', 3],
  ])('refuses %s', (_, value) => {
    expect(
      messageOf(() => read(value))
        .split('\n')
        .slice(0, 2),
    ).toMatchSnapshot();
  });
});

describe('a value', () => {
  it.each<[unknown, unknown]>([
    [{ type: 'ndarray', value: [1, 2] }, [1, 2]],
    [{ class_name: '__numpy__', config: { value: [[1], [2]], dtype: 'float32' } }, [[1], [2]]],
    [{ class_name: '__tensor__', config: { value: 0.5, dtype: 'float32' } }, 0.5],
    [{ class_name: '__tuple__', items: [2, { class_name: '__tuple__', items: [1, 3] }] }, [2, [1, 3]]],
    [{ class_name: 'TensorShape', items: [null, 3] }, [null, 3]],
    [
      { class_name: 'Zeros', config: {} },
      { class_name: 'Zeros', config: {} },
    ],
  ])('%j is %j', (value, plain) => {
    expect(plainValue(value)).toEqual(plain);
  });
});

describe('JSON of Python', () => {
  it('has infinities, and words that are none', () => {
    expect(
      parseJson('{"a": Infinity, "b": -Infinity, "c": ["NaN", "\\"Infinity"], "d": NaN}', 'x', place),
    ).toEqual({
      a: Infinity,
      b: -Infinity,
      c: ['NaN', '"Infinity'],
      d: 'NaN',
    });
  });

  it('is refused where it is damaged', () => {
    expect(messageOf(() => parseJson('{"a": Infinity', 'config.json', place))).toContain(
      'config.json is not valid JSON.',
    );
  });
});

/** A model of one layer, called in this way. */
function call(type: string, config: object, inbound: unknown) {
  const description = {
    class_name: 'Functional',
    config: {
      name: 'm',
      layers: [
        { class_name: 'InputLayer', name: 'in', config: { batch_shape: [null, 8, 8, 3] }, inbound_nodes: [] },
        { class_name: type, name: 'a', config: { name: 'a', ...config }, inbound_nodes: [inbound] },
      ],
      input_layers: [['in', 0, 0]],
      output_layers: [['a', 0, 0]],
    },
  };
  const options = { place, preprocess: 'unit', format: 'keras-v3', dialect: 'keras-3' } as const;
  const { network } = readKerasConfig(description, options);
  return buildGraph(network, place).at(-1)!.inputs.length;
}

const tensor = {
  class_name: '__keras_tensor__',
  config: { shape: [null, 8, 8, 3], keras_history: ['in', 0, 0] },
};

describe('a call of a layer', () => {
  it.each<[string, string, unknown, number]>([
    ['by position', 'ReLU', { args: [tensor], kwargs: {} }, 1],
    ['by keyword', 'ReLU', { args: [], kwargs: { inputs: tensor } }, 1],
    ['by keyword with a list', 'Add', { args: [], kwargs: { inputs: [tensor, tensor] } }, 2],
    ['for inference', 'BatchNormalization', { args: [tensor], kwargs: { training: false, mask: null } }, 1],
    ['of Keras 2', 'ReLU', [['in', 0, 0, {}]], 1],
    ['of Keras 2 for inference', 'BatchNormalization', [['in', 0, 0, { training: false }]], 1],
    [
      'of Keras 2 with a list',
      'Add',
      [
        ['in', 0, 0, {}],
        ['in', 0, 0],
      ],
      2,
    ],
  ])('%s', (_, type, inbound, inputs) => {
    expect(call(type, {}, inbound)).toBe(inputs);
  });

  it.each<[string, string, unknown]>([
    ['as in training', 'BatchNormalization', { args: [tensor], kwargs: { training: true } }],
    ['of Keras 2 as in training', 'Dropout', [['in', 0, 0, { training: true }]]],
    ['with a constant', 'Add', { args: [tensor, 3], kwargs: {} }],
    ['with a mask', 'ReLU', { args: [tensor], kwargs: { mask: tensor } }],
    ['of Keras 2 with another layer as an argument', 'ReLU', [['in', 0, 0, { y: ['in', 0, 0] }]]],
  ])('is refused %s', (_, type, inbound) => {
    expect(messageOf(() => call(type, {}, inbound))).toMatchSnapshot();
  });
});

describe('an option', () => {
  it.each<[string, string, object]>([
    ['that no version of Keras has', 'Conv2D', { filters: 3, kernel_size: 3, depth: 2 }],
    ['of another layer', 'Dropout', { rate: 0.5, kernel_size: [3, 3], units: 3 }],
    ['of whole numbers', 'Conv2D', { filters: 3, kernel_size: 3, dtype: 'int32' }],
    [
      'of quantized weights',
      'Dense',
      {
        units: 3,
        dtype: { class_name: 'QuantizedDTypePolicy', config: { mode: 'int8', source_name: 'float32' } },
      },
    ],
    ['that would need other arithmetic', 'BatchNormalization', { renorm: true }],
  ])('%s is refused by name', (_, type, config) => {
    expect(messageOf(() => call(type, config, [['in', 0, 0, {}]]))).toMatchSnapshot();
  });

  it('of half precision is computed in float32', () => {
    const policy = { class_name: 'DTypePolicy', config: { name: 'mixed_float16' } };
    expect(call('Conv2D', { filters: 3, kernel_size: 3, dtype: policy }, [['in', 0, 0, {}]])).toBe(1);
  });
});
