/** Batch normalization as it is in training, by TensorFlow's own operations: tfjs has none, and composing one is ten times slower. */
import type { GradSaveFunc, Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import { tf } from '../tf.ts';
import { nativeBackend } from './backend.ts';

export interface BatchStatistics {
  /** float32 [channels] */
  readonly mean: Float32Array;
  /** float32 [channels], of all channels' values with Bessel's correction: what a moving average is made of. */
  readonly variance: Float32Array;
}

/**
 * gamma (x - mean) / sqrt(variance + epsilon) + beta, with mean and variance of this batch and differentiable through
 * them. Only while the native backend is in use.
 *
 * @param x float32 [batch, height, width, channels]
 * @param gamma float32 [channels]
 * @param beta float32 [channels]
 * @param tell is given the batch's statistics
 */
export function normalizeBatch(
  x: Tensor4D,
  gamma: Tensor1D,
  beta: Tensor1D,
  epsilon: number,
  tell: (statistics: BatchStatistics) => void,
): Tensor4D {
  const normalize = tf.customGrad((...all: (Tensor | GradSaveFunc)[]) => {
    const [values, scale, offset] = all as Tensor[];
    const save = all[3] as GradSaveFunc;
    const none = tf.tensor1d([]);
    const [y, mean, variance, savedMean, savedVariance] = execute('FusedBatchNorm', epsilon, [
      values!,
      scale!,
      offset!,
      none,
      none,
    ]);
    tell({
      mean: mean!.dataSync<'float32'>().slice(),
      variance: variance!.dataSync<'float32'>().slice(),
    });
    save([values!, scale!, savedMean!, savedVariance!]);
    return {
      value: y!,
      gradFunc: (dy: Tensor, saved: Tensor[]) =>
        execute('FusedBatchNormGrad', epsilon, [dy, ...saved]).slice(0, 3),
    };
  });
  return normalize(x, gamma, beta) as Tensor4D;
}

function execute(operation: string, epsilon: number, inputs: readonly Tensor[]): Tensor[] {
  const backend = nativeBackend();
  const { binding } = backend;
  const attributes = [
    { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
    { name: 'epsilon', type: binding.TF_ATTR_FLOAT, value: epsilon },
    { name: 'data_format', type: binding.TF_ATTR_STRING, value: 'NHWC' },
    { name: 'is_training', type: binding.TF_ATTR_BOOL, value: true },
  ];
  return backend.executeMultipleOutputs(operation, attributes, inputs, 5);
}
