import type { TensorInfo } from '@tensorflow/tfjs-core';
import { tf } from '../tf.ts';
import { publishedKernel, type WasmKernel, wasmKernel } from './kernel.ts';

interface ConvAttrs {
  readonly strides: [number, number] | number;
  readonly pad: unknown;
  readonly dilations?: [number, number] | number;
}

type Shape4 = [number, number, number, number];

/**
 * The published convolution, but right where the last window of a SAME convolution ends before the image does, as
 * when strides are larger than the kernel: XNNPACK takes the negative padding for a huge one and sees only zeros.
 * There is no padding to be had then on that axis, which the kernel takes as numbers.
 */
export function withRightSamePadding(name: string): WasmKernel {
  const published = publishedKernel(name);
  if (!published) throw new Error(`The wasm backend has no kernel ${name}`);
  const depthwise = name.includes('Depthwise');
  return wasmKernel<{ x: TensorInfo; filter: TensorInfo }, ConvAttrs>(name, (call) => {
    const { inputs, attrs } = call;
    if (attrs.pad === 'same') {
      const { strides, dilations = 1 } = attrs;
      const shapes = [inputs.x.shape as Shape4, inputs.filter.shape as Shape4] as const;
      const info = tf.backend_util.computeConv2DInfo(
        ...shapes,
        strides,
        dilations,
        'same',
        undefined,
        depthwise,
      );
      const short =
        (info.outHeight - 1) * info.strideHeight + info.effectiveFilterHeight < info.inHeight ||
        (info.outWidth - 1) * info.strideWidth + info.effectiveFilterWidth < info.inWidth;
      if (short) {
        const { top, bottom, left, right } = info.padInfo;
        const pad = [
          [0, 0],
          [top, bottom],
          [left, right],
          [0, 0],
        ];
        return published({ ...call, attrs: { ...attrs, pad } } as never);
      }
    }
    return published(call as never);
  });
}
