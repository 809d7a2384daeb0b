import type * as TensorFlow from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';

/**
 * rows · matrix, each sample's rows by themselves where the backend's last bits would depend on how many there are (native
 * TensorFlow): what becomes of a sample never depends on what shares its batch.
 *
 * @param rows float32 [samples * n, features], sample by sample
 * @param matrix float32 [features, units], or [units, features] if it is to be transposed
 * @returns float32 [samples * n, units]
 */
export function multiplySamples(
  tf: typeof TensorFlow,
  rows: Tensor2D,
  matrix: Tensor2D,
  samples: number,
  transposed = false,
): Tensor2D {
  if (samples === 1 || tf.getBackend() !== 'tensorflow') return tf.matMul(rows, matrix, false, transposed);
  const parts = tf.split(rows, samples) as Tensor2D[];
  const products = parts.map((own): Tensor2D => tf.matMul(own, matrix, false, transposed));
  return tf.concat2d(products, 0);
}
