import type { DataId, KernelFunc, NamedTensorInfoMap, TensorInfo, TypedArray } from '@tensorflow/tfjs-core';
import { tf } from '../tf.ts';
import { type WasmKernel, wasmKernel } from './kernel.ts';

interface JavaScriptBackend {
  makeTensorInfo(shape: number[], dtype: string, values: TypedArray): TensorInfo;
  disposeData(id: DataId, force?: boolean): void;
  readonly data: { get(id: DataId): { values: TypedArray } };
}

/** The JavaScript backend's kernel of that name, on copies: for kernels too rare to be written again. */
export function throughCpu(name: string): WasmKernel {
  return wasmKernel<NamedTensorInfoMap, object>(name, ({ inputs, attrs, backend }) => {
    const cpu = tf.engine().findBackend('cpu') as unknown as JavaScriptBackend;
    const copies: NamedTensorInfoMap = {};
    for (const [key, tensor] of Object.entries(inputs)) {
      if (tensor) {
        copies[key] = cpu.makeTensorInfo(
          tensor.shape,
          tensor.dtype,
          backend.typedArrayFromHeap(tensor).slice(),
        );
      }
    }
    const kernel = tf.getKernel(name, 'cpu')?.kernelFunc as unknown as
      | ((call: { inputs: NamedTensorInfoMap; attrs: object; backend: unknown }) => ReturnType<KernelFunc>)
      | undefined;
    if (!kernel) throw new Error(`The JavaScript backend has no kernel ${name}`);
    const results = kernel({ inputs: copies, attrs, backend: cpu });
    const moved = [results].flat().map((result) => {
      const values = cpu.data.get(result.dataId).values;
      cpu.disposeData(result.dataId);
      return backend.makeOutput(result.shape, result.dtype, undefined, values);
    });
    for (const copy of Object.values(copies)) if (copy) cpu.disposeData(copy.dataId, true);
    return Array.isArray(results) ? moved : moved[0]!;
  });
}
