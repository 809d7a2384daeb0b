import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { tf } from '../tf.ts';
import { execute, type NativeKernel, nativeKernel, registerNativeKernel } from './backend.ts';

const ACTIVATIONS: Readonly<Record<string, string>> = { relu: 'Relu', relu6: 'Relu6' };

export function registerNativeConvolution(): void {
  registerNativeKernel('Conv2D', samplesApart(published('Conv2D'), 'x'));
  registerNativeKernel('Conv2DBackpropInput', samplesApart(published('Conv2DBackpropInput'), 'dy'));
  registerNativeKernel(
    'FusedConv2D',
    inSteps(samplesApart(published('FusedConv2D'), 'x'), published('Conv2D')),
  );
  registerNativeKernel(
    'FusedDepthwiseConv2D',
    inSteps(published('FusedDepthwiseConv2D'), published('DepthwiseConv2dNative')),
  );
}

function published(name: string): NativeKernel {
  const kernel = nativeKernel(name);
  if (!kernel) throw new Error(`The native backend has no kernel ${name}`);
  return kernel;
}

/**
 * How Eigen and oneDNN split a product over threads and blocks, and so its last bits, depends on how many samples are with
 * one, on the processor and on the sizes of its caches. Samples therefore go one by one. That costs little: for maps worth
 * batching, one sample keeps all threads busy.
 */
function samplesApart(kernel: NativeKernel, name: 'x' | 'dy'): NativeKernel {
  return (call) => {
    const { inputs, attrs, backend } = call;
    const samples = inputs[name] as Tensor;
    const batch = samples.shape[0]!;
    if (batch === 1) return kernel(call);
    const inputShape = attrs['inputShape'] as unknown as number[] | undefined;
    const one = inputShape ? { ...attrs, inputShape: [1, ...inputShape.slice(1)] } : attrs;
    return tf.tidy(() =>
      tf.concat(
        tf
          .split(samples, batch)
          .map((sample) => kernel({ inputs: { ...inputs, [name]: sample }, attrs: one, backend }) as Tensor),
      ),
    );
  };
}

/**
 * As published the sums with the bias are formed by broadcasting, and all three maps are there at a time: here each goes
 * when the next is made. TensorFlow's own fused operation needs a list of texts, which the addon cannot hand over.
 */
function inSteps(fused: NativeKernel, convolution: NativeKernel): NativeKernel {
  return (call) => {
    const { attrs, backend } = call;
    const { x, filter, bias } = call.inputs as { x: TensorInfo; filter: TensorInfo; bias?: TensorInfo };
    const activation = attrs['activation'] as unknown as string;
    const operation = ACTIVATIONS[activation];
    if (bias?.shape.length !== 1 || (activation !== 'linear' && !operation)) return fused(call);
    const sums = convolution({ inputs: { x, filter }, attrs, backend }) as Tensor;
    const biased = execute(backend, 'BiasAdd', [sums, bias], { data_format: 'NHWC' });
    sums.dispose();
    if (!operation) return biased;
    const result = execute(backend, operation, [biased]);
    biased.dispose();
    return result;
  };
}
