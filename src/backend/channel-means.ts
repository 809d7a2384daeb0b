import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { execute, nativeBackend } from './native/backend.ts';
import { tf } from './tf.ts';

/**
 * The mean of each channel over all places, by the operation that is fastest at it: on native TensorFlow the one that training has for the
 * gradient of a bias.
 *
 * @param maps float32 [1, height, width, channels]
 * @returns float32 [1, 1, 1, channels]
 */
export function channelMeans(maps: Tensor4D): Tensor {
  const [, height, width, channels] = maps.shape;
  if (tf.getBackend() !== 'tensorflow') return tf.avgPool(maps, [height, width], 1, 'valid');
  return tf.tidy(() => {
    const sums = execute(nativeBackend(), 'BiasAddGrad', [maps], { data_format: 'NHWC' });
    return tf.reshape(tf.div(sums, height * width), [1, 1, 1, channels]);
  });
}
