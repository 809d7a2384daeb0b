import type { TensorInfo } from '@tensorflow/tfjs-core';
import { tf } from '../tf.ts';
import { execute, nativeKernel, registerNativeKernel } from './backend.ts';

const ACTIVATIONS: Readonly<Record<string, string>> = { relu: 'Relu', relu6: 'Relu6' };

/**
 * As published the sums with the bias are formed by broadcasting, and all three maps are there at a time: here each goes
 * when the next is made. TensorFlow's own fused operation needs a list of texts, which the addon cannot hand over.
 */
export function registerNativeConvolution(): void {
  const published = nativeKernel('FusedConv2D');
  const convolution = nativeKernel('Conv2D');
  if (!published || !convolution) throw new Error('The native backend has no kernel FusedConv2D or Conv2D');
  registerNativeKernel('FusedConv2D', (call) => {
    const { attrs, backend } = call;
    const { x, filter, bias } = call.inputs as { x: TensorInfo; filter: TensorInfo; bias?: TensorInfo };
    const activation = attrs['activation'] as unknown as string;
    const operation = ACTIVATIONS[activation];
    if (!bias || bias.shape.length !== 1 || (activation !== 'linear' && !operation)) return published(call);
    const free = (tensor: TensorInfo): void => tf.dispose(tensor as never);
    const sums = convolution({ inputs: { x, filter }, attrs, backend });
    const biased = execute(backend, 'BiasAdd', [sums, bias], { data_format: 'NHWC' });
    free(sums);
    if (!operation) return biased;
    const result = execute(backend, operation, [biased]);
    free(biased);
    return result;
  });
}
