import type { KernelFunc, NamedAttrMap, NamedTensorInfoMap, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { tf } from '../tf.ts';

/** What the native backend offers beside tfjs' own interface. */
interface NativeBackend {
  readonly binding: { readonly TF_ATTR_TYPE: number; readonly TF_FLOAT: number };
  executeSingleOutput(
    operation: string,
    attributes: readonly { name: string; type: number; value: unknown }[],
    inputs: readonly TensorInfo[],
  ): Tensor;
}

/**
 * tfjs differentiates relu as dy * step(x), and TensorFlow's way to a step is about forty times slower than its own
 * gradient operation. The two agree everywhere, at 0 too: nothing passes.
 */
export function registerNativeGradients(): void {
  useOperation('Relu', 'ReluGrad');
  useOperation('Relu6', 'Relu6Grad');
}

/** Takes TensorFlow's operation of inputs (dy, x) for a kernel's gradient while the native backend is in use. */
function useOperation(kernelName: string, operation: string): void {
  const runKernel = `${operation}Native`;
  if (tf.getKernel(runKernel, 'tensorflow')) return;
  const run = ({ inputs, backend }: { inputs: NamedTensorInfoMap; backend: unknown }): TensorInfo => {
    const { binding, executeSingleOutput } = backend as NativeBackend;
    const type = { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT };
    return executeSingleOutput.call(backend, operation, [type], [inputs['dy']!, inputs['x']!]);
  };
  tf.registerKernel({
    kernelName: runKernel,
    backendName: 'tensorflow',
    kernelFunc: run as unknown as KernelFunc,
  });

  const published = tf.getGradient(kernelName);
  tf.unregisterGradient(kernelName);
  tf.registerGradient({
    kernelName,
    inputsToSave: ['x'],
    gradFunc: (dy, saved, attrs: NamedAttrMap) => {
      const x = saved[0]!;
      if (tf.getBackend() !== 'tensorflow' || x.dtype !== 'float32')
        return published.gradFunc(dy, saved, attrs);
      return { x: () => tf.engine().runKernel(runKernel, { dy: dy as Tensor, x }) as Tensor };
    },
  });
}
