import type { Tensor } from '@tensorflow/tfjs-core';
import { tf } from '../tf.ts';
import { registerNativeKernel } from './backend.ts';

/**
 * exp(x - max) / sum along the last axis, in steps. TensorFlow takes one of two kernels for its own operation, another one in a graph
 * than outside, and the last bits of their exponentials differ.
 */
export function registerNativeSoftmax(): void {
  registerNativeKernel('Softmax', ({ inputs }) => {
    const logits = inputs['logits'] as Tensor;
    return tf.tidy(() => {
      const powers = tf.exp(tf.sub(logits, tf.max(logits, -1, true)));
      return tf.div(powers, tf.sum(powers, -1, true));
    });
  });
}
