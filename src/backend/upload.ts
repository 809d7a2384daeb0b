import type { Tensor } from '@tensorflow/tfjs-core';
import { tf } from './tf.ts';

/** TensorFlow's own memory is filled when a tensor is first used, unless it is asked for the tensor's handle before. */
interface LateBackend {
  getInputTensorIds(tensors: readonly Tensor[]): unknown;
}

/**
 * Whether `copyToBackend` is known to copy the values at once, so that their memory is free again. WebAssembly has memory of its own.
 * TensorFlow uses JavaScript's where it begins at a multiple of 64 bytes, which cannot be seen from here; memory as such begins at a multiple
 * of 16.
 */
export function isCopied({ byteOffset }: Float32Array): boolean {
  if (tf.getBackend() === 'wasm') return true;
  return tf.getBackend() === 'tensorflow' && byteOffset % 16 !== 0 && (copiesUnaligned ??= findCopying());
}

let copiesUnaligned: boolean | undefined;

function findCopying(): boolean {
  const values = new Float32Array(new ArrayBuffer(72), 8, 16);
  const tensor = copyToBackend(values, [16]);
  values.fill(1);
  const [first] = tensor.dataSync();
  tensor.dispose();
  return first === 0;
}

/** A float32 tensor whose values the backend has taken over; the array is not to be changed unless `isCopied`. */
export function copyToBackend(values: Float32Array, shape: readonly number[]): Tensor {
  const tensor = tf.tensor(values, [...shape], 'float32');
  const backend = tf.backend() as Partial<LateBackend>;
  backend.getInputTensorIds?.([tensor]);
  return tensor;
}
