import type {
  DataId,
  KernelFunc,
  NamedAttrMap,
  NamedTensorInfoMap,
  Tensor,
  TensorInfo,
} from '@tensorflow/tfjs-core';
import { tf } from '../tf.ts';

/** A tensor by its number in the addon. */
export type Handle = number;

export interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

interface TensorRecord {
  readonly id: Handle;
  readonly dtype: number;
}

export interface Addon {
  readonly TF_INT32: number;
  readonly TF_FLOAT: number;
  readonly TF_BOOL: number;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  createTensor(shape: readonly number[], type: number, values: Int32Array | Float32Array): Handle;
  deleteTensor(handle: Handle): void;
  tensorDataSync(handle: Handle): Float32Array | Int32Array | Uint8Array;
  executeOp(
    operation: string,
    attributes: readonly Attribute[],
    inputs: readonly Handle[],
    outputs: number,
  ): { readonly id: Handle; readonly dtype: number; readonly shape: number[] }[];
  isUsingGpuDevice(): boolean;
  /** Absent in an addon of an older setup. */
  addFunction?(
    name: string,
    graph: Uint8Array,
    inputs: readonly string[],
    outputs: readonly string[],
    indices: readonly number[],
  ): void;
  removeFunction?(name: string): void;
  /** Hands memory that was freed back to the system. */
  trimMemory?(): void;
}

/** What the native backend offers beside tfjs' own interface. */
export interface NativeBackend {
  binding: Addon;
  readonly tensorMap: { get(data: DataId): TensorRecord };
  getInputTensorIds(tensors: readonly TensorInfo[]): Handle[];
  createOutputTensor(made: { readonly id: Handle; readonly dtype: number; readonly shape: number[] }): Tensor;
  executeSingleOutput(
    operation: string,
    attributes: readonly Attribute[],
    inputs: readonly TensorInfo[],
  ): Tensor;
  executeMultipleOutputs(
    operation: string,
    attributes: readonly Attribute[],
    inputs: readonly TensorInfo[],
    outputs: number,
  ): Tensor[];
}

/** The current backend, where it is the native one. */
export const nativeBackend = (): NativeBackend => tf.backend() as unknown as NativeBackend;

export type NativeKernel = (call: {
  readonly inputs: NamedTensorInfoMap;
  readonly attrs: NamedAttrMap;
  readonly backend: NativeBackend;
}) => TensorInfo;

/** The kernel that is registered now. */
export function nativeKernel(name: string): NativeKernel | undefined {
  return tf.getKernel(name, 'tensorflow')?.kernelFunc as unknown as NativeKernel | undefined;
}

/** Replaces the backend's kernel of that name, or adds it. */
export function registerNativeKernel(kernelName: string, kernel: NativeKernel): void {
  if (nativeKernel(kernelName)) tf.unregisterKernel(kernelName, 'tensorflow');
  tf.registerKernel({ kernelName, backendName: 'tensorflow', kernelFunc: kernel as unknown as KernelFunc });
}

/** Runs one of TensorFlow's operations on float32 tensors. */
export function execute(
  backend: NativeBackend,
  operation: string,
  inputs: readonly TensorInfo[],
  strings: Readonly<Record<string, string>> = {},
): Tensor {
  const { TF_ATTR_TYPE, TF_ATTR_STRING, TF_FLOAT } = backend.binding;
  return backend.executeSingleOutput(
    operation,
    [
      { name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT },
      ...Object.entries(strings).map(([name, value]) => ({ name, type: TF_ATTR_STRING, value })),
    ],
    inputs,
  );
}
