import type { KernelFunc, NamedAttrMap, NamedTensorInfoMap, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { tf } from '../tf.ts';

/** What the native backend offers beside tfjs' own interface. */
interface NativeBackend {
  readonly binding: {
    readonly TF_ATTR_TYPE: number;
    readonly TF_ATTR_STRING: number;
    readonly TF_FLOAT: number;
  };
  executeSingleOutput(
    operation: string,
    attributes: readonly { name: string; type: number; value: unknown }[],
    inputs: readonly TensorInfo[],
  ): Tensor;
}

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
