import type { Tensor, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import { readFused } from './activation-config.ts';
import type { ActivationFunction } from './activation-functions.ts';
import type { ConfigReader } from './config-reader.ts';
import type { BackRun, BackwardPass, LayerTensors, Pair, Passed, Run, Tf, WeightSpec } from './layer-type.ts';
import { readsOutput } from './rules.ts';
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
  const apply = (run: Run, x: Tensor, weights: Readonly<Record<string, Tensor>>): Tensor =>
    run.activate(activation, useBias ? run.tf.add(x, weights['bias']!) : x);
  /** The backward pass, of which `towardsInput` is the part behind the activation. */
  const back = (
    towardsInput: (run: BackRun, signal: Tensor4D, passed: Passed, weights: LayerTensors) => Tensor,
  ): BackwardPass | undefined =>
    readsOutput(activation, []) === undefined
      ? undefined
      : {
          reads: (rules) => ({ inputs: false, output: readsOutput(activation, rules)! }),
          signals(run, passed, weights) {
            const signal = run.through(activation, passed.signal, passed.output);
            return [towardsInput(run, signal as Tensor4D, passed, weights)];
          },
        };
  return { activation, bias, apply, back, fused: fusedName(activation) };
}

/** TensorFlow.js' name of an activation that it computes in one operation with a convolution, on every backend. */
function fusedName({ name, parameters }: ActivationFunction): 'linear' | 'relu' | 'relu6' | undefined {
  const plain = Object.values(parameters).every((value) => value === 0);
  return plain && (name === 'linear' || name === 'relu' || name === 'relu6') ? name : undefined;
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
