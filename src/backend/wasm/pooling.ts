import type { backend_util, TensorInfo } from '@tensorflow/tfjs-core';
import { tf } from '../tf.ts';
import { heap, wasmKernel, zeros } from './kernel.ts';

interface PoolAttrs {
  readonly filterSize: [number, number] | number;
  readonly strides: [number, number] | number;
  readonly pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

type PoolInfo = backend_util.Conv2DInfo;

/**
 * Visits every window of a max pooling. The arrays hold, for each channel, the window's maximum and its position in
 * `x`; the first of equal ones wins, as in TensorFlow, and -1 stands where no value is above -Infinity.
 * They are used again for the next window.
 */
function forEachMaximum(
  x: Float32Array,
  info: PoolInfo,
  visit: (output: number, maximum: Float32Array, position: Int32Array) => void,
): void {
  const { inHeight, inWidth, inChannels: channels, outHeight, outWidth } = info;
  const maximum = new Float32Array(channels);
  const position = new Int32Array(channels);
  let output = 0;
  for (let n = 0; n < info.batchSize; n++) {
    for (let row = 0; row < outHeight; row++) {
      const top = row * info.strideHeight - info.padInfo.top;
      const bottom = Math.min(inHeight, top + info.effectiveFilterHeight);
      for (let column = 0; column < outWidth; column++) {
        const left = column * info.strideWidth - info.padInfo.left;
        const right = Math.min(inWidth, left + info.effectiveFilterWidth);
        maximum.fill(-Infinity);
        position.fill(-1);
        for (let y = Math.max(0, top); y < bottom; y++) {
          for (let xs = Math.max(0, left); xs < right; xs++) {
            const at = ((n * inHeight + y) * inWidth + xs) * channels;
            for (let c = 0; c < channels; c++) {
              const value = x[at + c]!;
              if (value > maximum[c]!) {
                maximum[c] = value;
                position[c] = at + c;
              }
            }
          }
        }
        visit(output, maximum, position);
        output += channels;
      }
    }
  }
}

const poolInfo = (x: TensorInfo, { filterSize, strides, pad, dimRoundingMode }: PoolAttrs): PoolInfo =>
  tf.backend_util.computePool2DInfo(
    x.shape as PoolInfo['inShape'],
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );

/** As published it takes 0 for the least maximum, and so loses the gradient of windows without a positive value. */
export const maxPoolGrad = wasmKernel<{ dy: TensorInfo; input: TensorInfo }, PoolAttrs>(
  'MaxPoolGrad',
  ({ inputs: { dy, input }, attrs, backend }) => {
    const out = zeros(backend, input.shape);
    const [x, upstream, gradient] = [input, dy, out].map((tensor) => heap(backend, tensor)) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    forEachMaximum(x, poolInfo(input, attrs), (output, _, position) => {
      for (let c = 0; c < position.length; c++) {
        const at = position[c]!;
        if (at >= 0) gradient[at]! += upstream[output + c]!;
      }
    });
    return out;
  },
);

/** As published both outputs are wrong. Returns [maxima float32, positions int32]. */
export const maxPoolWithArgmax = wasmKernel<
  { x: TensorInfo },
  PoolAttrs & { readonly includeBatchInIndex: boolean }
>('MaxPoolWithArgmax', ({ inputs: { x }, attrs, backend }) => {
  const info = poolInfo(x, attrs);
  const maxima = zeros(backend, info.outShape);
  const positions = zeros(backend, info.outShape, 'int32');
  const values = heap(backend, maxima);
  const indices = backend.typedArrayFromHeap(positions) as Int32Array;
  const pictureSize = info.inHeight * info.inWidth * info.inChannels;
  forEachMaximum(heap(backend, x), info, (output, maximum, position) => {
    values.set(maximum, output);
    for (let c = 0; c < position.length; c++) {
      const at = position[c]!;
      indices[output + c] = attrs.includeBatchInIndex ? at : at % pictureSize;
    }
  });
  return [maxima, positions];
});
