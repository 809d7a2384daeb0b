import type { Tensor, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import { readFused } from './activation-config.ts';
import type { ActivationFunction } from './activation-functions.ts';
import type { ConfigReader } from './config-reader.ts';
import type {
  BackRun,
  BackwardPass,
  Layer,
  LayerTensors,
  Operation,
  Pair,
  Passed,
  Run,
  Tf,
  WeightSpec,
} from './layer-type.ts';
import { activationReads } from './rules.ts';
import type { Placement } from './windows.ts';
import { readPlacement } from './windows.ts';

/** What all convolutions have in common: bias and activation, and how their windows lie. */

/** A convolution's bias, if it has one, and its activation. */
export function finish(config: ConfigReader, channels: number) {
  const useBias = config.boolean('use_bias', true);
  const activation = readFused(config, 4);
  const bias: WeightSpec[] = useBias
    ? [{ name: 'bias', shape: [channels], initializer: config.initializer('bias_initializer', 'zeros') }]
    : [];
  return { activation, bias, ending: endingWith(activation) };
}

/** What follows the sums of a convolution, in both directions. */
export interface Ending {
  /** Adds the bias, where there is one among the weights, and applies the activation. */
  readonly apply: (run: Run, x: Tensor, weights: LayerTensors) => Tensor;
  /** The backward pass, of which `towardsInput` is the part behind the activation. */
  readonly back: (
    towardsInput: (run: BackRun, signal: Tensor4D, passed: Passed, weights: LayerTensors) => Tensor,
  ) => BackwardPass;
  /** TensorFlow.js' name of the activation, where it is computed in one operation with the sums. */
  readonly fused: FusedName | undefined;
}

export function endingWith(activation: ActivationFunction): Ending {
  return {
    apply: (run, x, weights) =>
      run.activate(activation, weights['bias'] ? run.tf.add(x, weights['bias']) : x),
    back: (towardsInput) => ({
      reads: (rules) => activationReads(activation, rules),
      signals(run, passed, weights) {
        const signal = run.through(activation, passed.signal, passed.output);
        return [towardsInput(run, signal as Tensor4D, passed, weights)];
      },
    }),
    fused: fusedName(activation),
  };
}

type FusedName = 'linear' | 'relu' | 'relu6';

/** TensorFlow.js' name of an activation that it computes in one operation with a convolution, on every backend. */
export function fusedName({ name, parameters }: ActivationFunction): FusedName | undefined {
  const { max_value: ceiling, ...others } = parameters;
  const plain = Object.values(others).every((value) => value === 0);
  if (name === 'relu' && ceiling === 6 && plain) return 'relu6';
  const known = name === 'linear' || name === 'relu' || name === 'relu6';
  return known && plain && ceiling === undefined ? name : undefined;
}

/**
 * Of a convolution whose own activation is linear: how what follows it is computed with it.
 *
 * @param operation of the convolution with an ending
 * @param kernel name of the weights whose last axes are the filters
 */
export function mergeable(
  activation: ActivationFunction,
  kernel: string,
  operation: (ending: Ending) => Operation,
  scale: (tf: Tf, kernel: Tensor, by: Tensor) => Tensor = (tf, weights, by) => tf.mul(weights, by),
): Pick<Layer, 'merge'> {
  if (activation.name !== 'linear') return {};
  return {
    merge: {
      operation: (followed) => operation(endingWith(followed)),
      scale: (tf, weights, by) => ({ ...weights, [kernel]: scale(tf, weights[kernel]!, by) }),
    },
  };
}

/** Each group of channels by its own part of the kernel, whose last axis is cut into as many parts. */
export function inGroups(
  tf: Tf,
  groups: number,
  maps: Tensor4D,
  kernel: Tensor4D,
  of: (maps: Tensor4D, kernel: Tensor4D) => Tensor4D,
): Tensor4D {
  if (groups === 1) return of(maps, kernel);
  const kernels = tf.split(kernel, groups, 3);
  const parts = tf.split(maps, groups, 3).map((part, g) => of(part as Tensor4D, kernels[g] as Tensor4D));
  return tf.concat(parts, 3);
}

/** A kernel with dilation-1 zeros between its taps: the same sums, with a gradient, which dilated ops lack. */
export function dilate(tf: Tf, kernel: Tensor4D, [vertical, horizontal]: Pair): Tensor4D {
  if (vertical === 1 && horizontal === 1) return kernel;
  const [height, width, inputs, outputs] = kernel.shape;
  const spread = (x: Tensor3D, by: number): Tensor3D =>
    tf.pad(x, [
      [0, 0],
      [0, by - 1],
      [0, 0],
    ]);
  const rows = spread(tf.reshape(kernel, [height, 1, width * inputs * outputs]), vertical);
  const columns = spread(tf.reshape(rows, [height * vertical * width, 1, inputs * outputs]), horizontal);
  const full: Tensor4D = tf.reshape(columns, [height * vertical, width * horizontal, inputs, outputs]);
  return tf.slice(
    full,
    [0, 0, 0, 0],
    [(height - 1) * vertical + 1, (width - 1) * horizontal + 1, inputs, outputs],
  );
}

/** What sends a signal back to the input of a depthwise convolution. @param kernel dilated @param wide the input's shape, with its margins */
export function throughDepthwise(
  tf: Tf,
  signal: Tensor4D,
  kernel: Tensor4D,
  wide: Tensor4D['shape'],
  strides: Pair,
  pad: 'same' | 'valid',
): Tensor4D {
  // TensorFlow.js has it as a kernel only, of the gradient of its operation.
  const attributes = { strides: [...strides], pad, dilations: [1, 1], inputShape: [...wide] };
  return tf
    .engine()
    .runKernel('DepthwiseConv2dNativeBackpropInput', { dy: signal, filter: kernel }, attributes);
}

export interface Geometry {
  readonly size: Pair;
  readonly strides: Pair;
  readonly dilation: Pair;
  readonly padding: Placement;
  /** What the kernel spans with its gaps. */
  readonly span: Pair;
}

export function geometry(config: ConfigReader): Geometry {
  config.channelsLast();
  const size = config.pair('kernel_size');
  const strides = config.pair('strides', [1, 1]);
  const dilation = config.pair('dilation_rate', [1, 1]);
  const padding = readPlacement(config);
  return {
    size,
    strides,
    dilation,
    padding,
    span: [(size[0] - 1) * dilation[0] + 1, (size[1] - 1) * dilation[1] + 1],
  };
}
