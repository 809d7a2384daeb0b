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

/** The part of a window that lies in the image: rows top..bottom-1 and columns left..right-1 of image `n`. */
interface Clipped {
  n: number;
  top: number;
  bottom: number;
  left: number;
  right: number;
}

/** Visits every window; `output` is the position of its first channel in the output. One object serves all visits. */
function forEachWindow(info: PoolInfo, visit: (output: number, window: Clipped) => void): void {
  const window: Clipped = { n: 0, top: 0, bottom: 0, left: 0, right: 0 };
  let output = 0;
  for (window.n = 0; window.n < info.batchSize; window.n++) {
    for (let row = 0; row < info.outHeight; row++) {
      const y = row * info.strideHeight - info.padInfo.top;
      window.top = Math.max(0, y);
      window.bottom = Math.min(info.inHeight, y + info.effectiveFilterHeight);
      for (let column = 0; column < info.outWidth; column++) {
        const x = column * info.strideWidth - info.padInfo.left;
        window.left = Math.max(0, x);
        window.right = Math.min(info.inWidth, x + info.effectiveFilterWidth);
        visit(output, window);
        output += info.inChannels;
      }
    }
  }
}

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
  const { inHeight, inWidth, inChannels: channels } = info;
  const maximum = new Float32Array(channels);
  const position = new Int32Array(channels);
  forEachWindow(info, (output, { n, top, bottom, left, right }) => {
    maximum.fill(-Infinity);
    position.fill(-1);
    for (let row = top; row < bottom; row++) {
      for (let column = left; column < right; column++) {
        const at = ((n * inHeight + row) * inWidth + column) * channels;
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
  });
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
    const [x, upstream, gradient] = [heap(backend, input), heap(backend, dy), heap(backend, out)];
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
  const imageSize = info.inHeight * info.inWidth * info.inChannels;
  forEachMaximum(heap(backend, x), info, (output, maximum, position) => {
    values.set(maximum, output);
    for (let c = 0; c < position.length; c++) {
      const at = position[c]!;
      indices[output + c] = attrs.includeBatchInIndex ? at : at % imageSize;
    }
  });
  return [maxima, positions];
});

/** As published it divides by the window's whole size, TensorFlow by the part of it that lies in the image. */
export const avgPoolGrad = wasmKernel<{ dy: TensorInfo; input: TensorInfo }, PoolAttrs>(
  'AvgPoolGrad',
  ({ inputs: { dy, input }, attrs, backend }) => {
    const info = poolInfo(input, attrs);
    const { inHeight, inWidth, inChannels: channels } = info;
    const out = zeros(backend, input.shape);
    const [upstream, gradient] = [heap(backend, dy), heap(backend, out)];
    forEachWindow(info, (output, { n, top, bottom, left, right }) => {
      const share = 1 / ((bottom - top) * (right - left));
      for (let row = top; row < bottom; row++) {
        for (let column = left; column < right; column++) {
          const at = ((n * inHeight + row) * inWidth + column) * channels;
          for (let c = 0; c < channels; c++) gradient[at + c]! += upstream[output + c]! * share;
        }
      }
    });
    return out;
  },
);
