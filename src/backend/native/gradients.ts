import type { NamedAttrMap } from '@tensorflow/tfjs-core';
import { RELU6_GRADIENT, RELU_GRADIENT } from '../rectify.ts';
import { tf } from '../tf.ts';
import { execute, nativeKernel, registerNativeKernel } from './backend.ts';

/**
 * tfjs differentiates relu as dy * step(x), and TensorFlow's way to a step is about forty times slower than its own
 * gradient operation. The two agree everywhere, at 0 too: nothing passes.
 */
export function registerNativeGradients(): void {
  useOperation('Relu', RELU_GRADIENT);
  useOperation('Relu6', RELU6_GRADIENT);
}

/** Takes TensorFlow's operation of inputs (dy, x) for a kernel's gradient while the native backend is in use. */
function useOperation(kernelName: string, operation: string): void {
  if (nativeKernel(operation)) return;
  registerNativeKernel(operation, ({ inputs, backend }) =>
    execute(backend, operation, [inputs['dy']!, inputs['x']!]),
  );
  const published = tf.getGradient(kernelName);
  tf.unregisterGradient(kernelName);
  tf.registerGradient({
    kernelName,
    inputsToSave: ['x'],
    gradFunc: (dy, saved, attrs: NamedAttrMap) => {
      const x = saved[0]!;
      if (tf.getBackend() !== 'tensorflow' || x.dtype !== 'float32' || Array.isArray(dy))
        return published.gradFunc(dy, saved, attrs);
      return { x: () => tf.engine().runKernel(operation, { dy, x }) };
    },
  });
}
