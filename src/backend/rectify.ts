import type { Tensor } from '@tensorflow/tfjs-core';
import { tf } from './tf.ts';

/** What a backend registers that has a relu gradient of its own: inputs `dy` and `x`, which may be relu's output too. */
export const RELU_GRADIENT = 'ReluGrad';

/** dy where y > 0 and zero elsewhere, in one pass where the backend knows how. All are float32 of one shape. */
export function reluGradient(dy: Tensor, y: Tensor): Tensor {
  return tf.getKernel(RELU_GRADIENT, tf.getBackend())
    ? tf.engine().runKernel(RELU_GRADIENT, { dy, x: y })
    : tf.mul(dy, tf.step(y));
}
