import type {
  DataType,
  KernelFunc,
  NamedAttrMap,
  NamedTensorInfoMap,
  Rank,
  Tensor,
  TensorInfo,
} from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm/dist/backend_wasm.js';
import { tf } from '../tf.ts';

export interface KernelCall<Inputs, Attrs> {
  readonly inputs: Inputs;
  readonly attrs: Attrs;
  readonly backend: BackendWasm;
}

/** One kernel of the WebAssembly backend, as tfjs' operations call it. */
export interface WasmKernel {
  readonly name: string;
  readonly run: (call: KernelCall<NamedTensorInfoMap, NamedAttrMap>) => TensorInfo | TensorInfo[];
}

/** Names the inputs and attributes that tfjs hands to this kernel; it does so without types. */
export function wasmKernel<Inputs, Attrs>(
  name: string,
  run: (call: KernelCall<Inputs, Attrs>) => TensorInfo | TensorInfo[],
): WasmKernel {
  return { name, run: run as unknown as WasmKernel['run'] };
}

/** Replaces the backend's kernel of that name, or adds it. */
export function registerWasmKernel({ name, run }: WasmKernel): void {
  if (publishedKernel(name)) tf.unregisterKernel(name, 'wasm');
  tf.registerKernel({ kernelName: name, backendName: 'wasm', kernelFunc: run as unknown as KernelFunc });
}

/** The kernel that is registered now. */
export function publishedKernel(name: string): WasmKernel['run'] | undefined {
  return tf.getKernel(name, 'wasm')?.kernelFunc as unknown as WasmKernel['run'] | undefined;
}

/**
 * The tensor's values where they lie on the heap. Valid until the next allocation, which may replace the heap's buffer:
 * make outputs first, then take views.
 */
export function heap(backend: BackendWasm, tensor: TensorInfo): Float32Array {
  return backend.typedArrayFromHeap(tensor) as Float32Array;
}

/** A new float32 tensor of zeros (or of another type) on the heap. */
export function zeros(
  backend: BackendWasm,
  shape: readonly number[],
  dtype: DataType = 'float32',
): TensorInfo {
  const out = backend.makeOutput([...shape], dtype);
  heap(backend, out).fill(0);
  return out;
}

/** The result of `compose`, made of tfjs operations, as a kernel has to hand it over: with a reference of its own. */
export function composed(backend: BackendWasm, compose: () => Tensor<Rank>): TensorInfo {
  const result = tf.tidy(compose);
  backend.incRef(result.dataId);
  result.dispose();
  return { dataId: result.dataId, shape: result.shape, dtype: result.dtype };
}
