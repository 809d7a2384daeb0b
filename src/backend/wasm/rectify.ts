import type { TensorInfo } from '@tensorflow/tfjs-core';
import { RELU6_GRADIENT } from '../rectify.ts';
import { heap, wasmKernel } from './kernel.ts';

/** Values at a time: 256 kB, which stay in a core's own cache. */
const CHUNK = 2 ** 16;

/**
 * dy where 0 < x < 6, zero elsewhere: in one pass, where comparisons and products take several. In chunks that are copied out of the heap, since
 * JavaScript is several times slower on memory that threads share.
 */
export const relu6Gradient = wasmKernel<{ dy: TensorInfo; x: TensorInfo }, object>(
  RELU6_GRADIENT,
  ({ inputs: { dy, x }, backend }) => {
    const result = backend.makeOutput(x.shape, 'float32');
    const [out, signal, values] = [heap(backend, result), heap(backend, dy), heap(backend, x)];
    const size = Math.min(CHUNK, out.length);
    const [mask, passed] = [new Float32Array(size), new Float32Array(size)];
    for (let from = 0; from < out.length; from += CHUNK) {
      const to = Math.min(from + CHUNK, out.length);
      mask.set(values.subarray(from, to));
      passed.set(signal.subarray(from, to));
      for (let i = 0; i < to - from; i++) {
        const value = mask[i]!;
        if (!(value > 0 && value < 6)) passed[i] = 0;
      }
      out.set(passed.subarray(0, to - from), from);
    }
    return result;
  },
);
