import type { Tensor } from '@tensorflow/tfjs-core';
import { tf } from './tf.ts';

/** What a backend registers that has a relu gradient of its own: inputs `dy` and `x`, which may be relu's output too. */
export const RELU_GRADIENT = 'ReluGrad';
/** The same for relu6. */
export const RELU6_GRADIENT = 'Relu6Grad';

const gradientOf = (kernel: string, dy: Tensor, y: Tensor): Tensor | undefined =>
  tf.getKernel(kernel, tf.getBackend()) ? (tf.engine().runKernel(kernel, { dy, x: y }) as Tensor) : undefined;

/**
 * dy where 0 < y < ceiling and zero elsewhere, in one pass where the backend knows how. All are float32 of one shape.
 * @param ceiling Infinity for relu
 */
export function reluGradient(dy: Tensor, y: Tensor, ceiling = Infinity): Tensor {
  const whole = ceiling === 6 ? gradientOf(RELU6_GRADIENT, dy, y) : undefined;
  if (whole) return whole;
  const below = gradientOf(RELU_GRADIENT, dy, y) ?? tf.mul(dy, tf.step(y));
  return ceiling === Infinity ? below : tf.mul(below, tf.cast(tf.less(y, ceiling), 'float32'));
}
