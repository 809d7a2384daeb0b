import type { TensorInfo } from '@tensorflow/tfjs-core';
import { RELU6_GRADIENT, RELU_GRADIENT } from '../rectify.ts';
import { heap, type WasmKernel, wasmKernel } from './kernel.ts';
import { loopsOf } from './simd-loops.ts';

/** dy where 0 < x < ceiling, zero elsewhere: in one pass, where comparisons and products take several. */
const rectifierGradient = (name: string, ceiling: number): WasmKernel =>
  wasmKernel<{ dy: TensorInfo; x: TensorInfo }, object>(name, ({ inputs: { dy, x }, backend }) => {
    const result = backend.makeOutput(x.shape, 'float32');
    const [out, signal, values] = [heap(backend, result), heap(backend, dy), heap(backend, x)];
    const whole = out.length - (out.length % 4);
    const [from, by, to] = [signal, values, out].map(({ byteOffset }) => byteOffset) as [
      number,
      number,
      number,
    ];
    loopsOf(backend).maskGradient(from, by, to, whole, ceiling);
    for (let i = whole; i < out.length; i++) {
      const value = values[i]!;
      out[i] = value > 0 && value < ceiling ? signal[i]! : 0;
    }
    return result;
  });

export const rectifierGradients: readonly WasmKernel[] = [
  rectifierGradient(RELU_GRADIENT, Infinity),
  rectifierGradient(RELU6_GRADIENT, 6),
];
