import type { ActivationFunction, ActivationName } from './activation-functions.ts';
import { activationNames } from './activation-functions.ts';
import type { ConfigReader } from './config-reader.ts';
import { show, snakeCase } from './config-reader.ts';
import { isRecord } from './plain-value.ts';

/** Names that mean another function's, some with a parameter of it. */
const aliases: Readonly<Record<string, ActivationFunction>> = {
  silu: { name: 'swish', parameters: {} },
  hard_silu: { name: 'hard_swish', parameters: {} },
  gelu_new: { name: 'gelu', parameters: { approximate: 1 } },
};

/** Where Keras' versions and TensorFlow say that a function is their own: `keras.activations>gelu`, `tf.nn.relu`. */
const OWN_PREFIX = /^(?:(?:tf|tensorflow|tf_keras|keras|src|activations|nn|builtins)[.>])+/;

/**
 * The nonlinearity under `key`, in any of the forms in which Keras and TensorFlow.js write it: a name, a serialized function, a
 * serialized activation layer with its options. `rank` counts the axes of what it is applied to, the batch among them.
 *
 * @throws UserError naming the layer, `key` and the function or the option that cannot be carried out
 */
export function readActivation(config: ConfigReader, rank: number, key = 'activation'): ActivationFunction {
  const value = config.raw(key) ?? 'linear';
  if (typeof value === 'string') return activationByName(config, key, value);
  if (!isRecord(value) || typeof value['class_name'] !== 'string')
    return config.fail(`\`${key}\` is ${show(value)}`, { choices: activationNames });
  const { class_name: type, config: inner, registered_name: registered } = value;
  const own = typeof registered === 'string' && registered.includes('>') ? registered : type;
  if (type === 'function')
    return activationByName(config, key, typeof inner === 'string' ? inner : show(inner));
  const plainType = own.replace(OWN_PREFIX, '');
  if (plainType === 'PReLU') {
    return config.fail(`\`${key}\` PReLU is not supported`, {
      why: 'PReLU has weights, which an activation option cannot hold.',
      hint: 'Use a separate layer after this one, and save the model again.',
    });
  }
  if (Object.hasOwn(activationLayers, plainType)) {
    const reader = config.inner(`${key} ${plainType}`, isRecord(inner) ? inner : {});
    const activation = activationLayers[plainType]!(reader, rank);
    reader.finish();
    return activation;
  }
  return activationByName(config, key, own);
}

function activationByName(config: ConfigReader, key: string, name: string): ActivationFunction {
  const plain = name.replace(OWN_PREFIX, '');
  const known = knownFunction(plain) ?? knownFunction(snakeCase(plain));
  if (!known) {
    return config.fail(`\`${key}\` ${show(name)} is not supported`, {
      why: 'Code in model files is never run, so custom activation functions cannot be used.',
      choices: activationNames,
    });
  }
  // Keras 3 made the hard sigmoid less steep than Keras 1, Keras 2 and TensorFlow.js have it.
  return known.name === 'hard_sigmoid' && config.dialect !== 'keras-3'
    ? { name: known.name, parameters: { slope: 0.2 } }
    : known;
}

function knownFunction(name: string): ActivationFunction | undefined {
  if (Object.hasOwn(aliases, name)) return aliases[name];
  const found = activationNames.find((one) => one === name);
  return found && { name: found, parameters: {} };
}

type FromLayer = (config: ConfigReader, rank: number) => ActivationFunction;

const of = (name: ActivationName, parameters: Readonly<Record<string, number>>): ActivationFunction => ({
  name,
  parameters,
});

/** A function of all values along some axes; the last one where it is the only one. */
function overAxes(config: ConfigReader, rank: number, name: ActivationName): ActivationFunction {
  const axes = config.axes('axis', -1, rank);
  if (axes.includes(0) || !axes.length)
    config.fail(`\`axis\` is ${show(config.raw('axis'))}`, { why: 'Axis 0 is the batch axis.' });
  return axes.join() === String(rank - 1) ? of(name, {}) : { ...of(name, {}), axes };
}

/** Layers that are nothing but a nonlinearity, by Keras' class names: as layers and as activations of others. */
export const activationLayers = {
  Activation: (config, rank) => readActivation(config, rank),
  ReLU: (config) => {
    const max = config.raw('max_value') ?? undefined;
    return of('relu', {
      ...(max === undefined || max === Infinity ? {} : { max_value: config.number('max_value', 0) }),
      negative_slope: config.number('negative_slope', 0),
      threshold: config.number('threshold', 0),
    });
  },
  /** Keras 2 and TensorFlow.js call the slope alpha; its default, unlike the function's, is 0.3. */
  LeakyReLU: (config) =>
    of('leaky_relu', { negative_slope: config.number('negative_slope', config.number('alpha', 0.3)) }),
  ELU: (config) => of('elu', { alpha: config.number('alpha', 1) }),
  ThresholdedReLU: (config) => of('relu', { threshold: config.number('theta', 1) }),
  Softmax: (config, rank) => overAxes(config, rank, 'softmax'),
  LogSoftmax: (config, rank) => overAxes(config, rank, 'log_softmax'),
  CELU: (config) => of('celu', { alpha: config.number('alpha', 1) }),
  SELU: (config) =>
    of('selu', {
      alpha: config.number('alpha', 1.6732632423543772),
      gamma: config.number('gamma', 1.0507009873554805),
    }),
  GELU: (config) => of('gelu', { approximate: config.boolean('approximate', false) ? 1 : 0 }),
  Swish: (config) => of('swish', { alpha: config.number('alpha', 1) }),
  HardSigmoid: (config) =>
    of('hard_sigmoid', { slope: config.number('alpha', 0.2), offset: config.number('beta', 0.5) }),
  Shrink: (config) =>
    of('shrink', { threshold: config.number('lambda', 0.5), bias: config.number('bias', 0) }),
} satisfies Record<string, FromLayer> as Readonly<Record<string, FromLayer>>;

/** The nonlinearity in a layer that does more: it may only look at the channels of one place. */
export function readFused(config: ConfigReader, rank: number): ActivationFunction {
  const activation = readActivation(config, rank);
  if (!activation.axes) return activation;
  return config.fail(`\`activation\` softmax over the axes ${activation.axes.join(', ')} is not supported`, {
    hint: 'Use a separate layer after this one, and save the model again.',
  });
}
