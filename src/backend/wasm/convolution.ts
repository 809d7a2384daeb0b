import type { backend_util, NamedAttrMap, Tensor4D, TensorInfo } from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm/dist/backend_wasm.js';
import { tf } from '../tf.ts';
import { composed, heap, publishedKernel, wasmKernel, zeros } from './kernel.ts';
import { turned } from './turned.ts';

interface ConvAttrs {
  readonly strides: [number, number] | number;
  readonly pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dilations?: [number, number] | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

type Shape4 = [number, number, number, number];
type ConvInfo = backend_util.Conv2DInfo;

function convInfo(input: Shape4, filter: Shape4, attrs: ConvAttrs, depthwise = false): ConvInfo {
  if (attrs.dataFormat && attrs.dataFormat !== 'NHWC') {
    throw new Error(`The wasm backend's convolution gradients take NHWC only, not ${attrs.dataFormat}`);
  }
  const { strides, dilations = 1, pad, dimRoundingMode } = attrs;
  return tf.backend_util.computeConv2DInfo(
    input,
    filter,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    depthwise,
  );
}

/**
 * d loss / d input of conv2d. As published it is a plain loop. Here stride 1 is a forward convolution with the
 * turned filter, any other a matrix product whose columns are added where they came from.
 */
export const conv2dBackpropInput = wasmKernel<
  { dy: Tensor4D; filter: Tensor4D },
  ConvAttrs & { readonly inputShape: Shape4 }
>('Conv2DBackpropInput', ({ inputs: { dy, filter }, attrs, backend }) => {
  const info = convInfo(attrs.inputShape, filter.shape, attrs);
  if (info.strideHeight === 1 && info.strideWidth === 1) {
    const padding = turnedPadding(info);
    if (Math.min(...padding.flat()) >= 0) {
      const pad: backend_util.ExplicitPadding = [[0, 0], ...padding, [0, 0]];
      const attributes = { strides: [1, 1], pad, dataFormat: 'NHWC', dilations: [1, 1] };
      return publishedKernel('Conv2D')!({
        inputs: { x: dy, filter: turned(filter, backend) },
        attrs: attributes as unknown as NamedAttrMap,
        backend,
      });
    }
  }
  const { filterHeight, filterWidth, inChannels, outChannels } = info;
  const rows = info.batchSize * info.outHeight * info.outWidth;
  const patchSize = filterHeight * filterWidth * inChannels;
  const columns = tf.tidy(() =>
    tf.matMul(
      tf.reshape(dy, [rows, outChannels]),
      tf.transpose(tf.reshape(filter, [patchSize, outChannels])),
    ),
  );
  const out = zeros(backend, info.inShape);
  addPatches(heap(backend, columns), heap(backend, out), info);
  columns.dispose();
  return out;
});

/** Rows and columns of zeros around `dy`, so that a VALID convolution gives the input's size; may be negative. */
function turnedPadding(info: ConvInfo): [[number, number], [number, number]] {
  const along = (size: number, out: number, filter: number, before: number): [number, number] => {
    const first = filter - 1 - before;
    return [first, size - (out + first - filter + 1)];
  };
  return [
    along(info.inHeight, info.outHeight, info.filterHeight, info.padInfo.top),
    along(info.inWidth, info.outWidth, info.filterWidth, info.padInfo.left),
  ];
}

/** Adds patches [batch, outHeight, outWidth, filterHeight, filterWidth, channels] to where the windows lie. */
function addPatches(patches: Float32Array, image: Float32Array, info: ConvInfo): void {
  const { inChannels: channels } = info;
  const windowSize = info.filterHeight * info.filterWidth * channels;
  forEachTap(info, (input, output, tap) => {
    const from = output * windowSize + tap * channels;
    const to = input * channels;
    for (let c = 0; c < channels; c++) image[to + c]! += patches[from + c]!;
  });
}

/**
 * Visits every pair of an output pixel and a pixel of its window that lies in the image: their positions, counted in
 * pixels over the batch, and which of the filter's taps joins them.
 */
function forEachTap(info: ConvInfo, visit: (input: number, output: number, tap: number) => void): void {
  const { inHeight, inWidth, outHeight, outWidth, filterHeight, filterWidth } = info;
  for (let n = 0; n < info.batchSize; n++) {
    for (let row = 0; row < outHeight; row++) {
      for (let column = 0; column < outWidth; column++) {
        const output = (n * outHeight + row) * outWidth + column;
        for (let i = 0; i < filterHeight; i++) {
          const y = row * info.strideHeight - info.padInfo.top + i * info.dilationHeight;
          if (y < 0 || y >= inHeight) continue;
          for (let j = 0; j < filterWidth; j++) {
            const x = column * info.strideWidth - info.padInfo.left + j * info.dilationWidth;
            if (x < 0 || x >= inWidth) continue;
            visit((n * inHeight + y) * inWidth + x, output, i * filterWidth + j);
          }
        }
      }
    }
  }
}

/** d loss / d filter of conv2d; missing as published. One matrix product for each of the filter's taps. */
export const conv2dBackpropFilter = wasmKernel<
  { x: Tensor4D; dy: Tensor4D },
  ConvAttrs & { readonly filterShape: Shape4 }
>('Conv2DBackpropFilter', ({ inputs: { x, dy }, attrs, backend }) => {
  const info = convInfo(x.shape, attrs.filterShape, attrs);
  const { batchSize, outHeight, outWidth, strideHeight, strideWidth, inChannels, outChannels } = info;
  const { top, left } = info.padInfo;
  const spanHeight = (outHeight - 1) * strideHeight + 1;
  const spanWidth = (outWidth - 1) * strideWidth + 1;
  const below = Math.max(0, spanHeight + info.filterHeight - 1 - top - info.inHeight);
  const right = Math.max(0, spanWidth + info.filterWidth - 1 - left - info.inWidth);
  return composed(backend, () => {
    const padded = tf.pad(x, [
      [0, 0],
      [top, below],
      [left, right],
      [0, 0],
    ]);
    const upstream = tf.reshape(dy, [batchSize * outHeight * outWidth, outChannels]);
    const taps = [];
    for (let i = 0; i < info.filterHeight; i++) {
      for (let j = 0; j < info.filterWidth; j++) {
        const seen = tf.stridedSlice(
          padded,
          [0, i, j, 0],
          [batchSize, i + spanHeight, j + spanWidth, inChannels],
          [1, strideHeight, strideWidth, 1],
        );
        const columns = tf.transpose(tf.reshape(seen, [-1, inChannels]));
        taps.push(tf.matMul(columns, upstream));
      }
    }
    return tf.reshape(tf.stack(taps), [...attrs.filterShape]);
  });
});

/**
 * d loss / d input of depthwiseConv2d, whose filter is [height, width, channels, multiplier]; missing as published. With a multiplier of 1 a
 * forward convolution with the turned filter, of `dy` with zeros between its values where windows are more than one pixel apart.
 */
export const depthwiseBackpropInput = wasmKernel<
  { dy: Tensor4D; filter: Tensor4D },
  ConvAttrs & { readonly inputShape: Shape4 }
>('DepthwiseConv2dNativeBackpropInput', ({ inputs: { dy, filter }, attrs, backend }) => {
  const info = convInfo(attrs.inputShape, filter.shape, attrs, true);
  const { inChannels: channels, outChannels, strideHeight, strideWidth } = info;
  const isPlain = outChannels === channels && info.dilationHeight === 1 && info.dilationWidth === 1;
  const [outHeight, outWidth] = [
    (info.outHeight - 1) * strideHeight + 1,
    (info.outWidth - 1) * strideWidth + 1,
  ];
  const padding = turnedPadding({ ...info, outHeight, outWidth });
  if (isPlain && Math.min(...padding.flat()) >= 0) {
    const isSpread = strideHeight > 1 || strideWidth > 1;
    const x = isSpread ? spread(dy, [outHeight, outWidth], [strideHeight, strideWidth], backend) : dy;
    const pad: backend_util.ExplicitPadding = [[0, 0], ...padding, [0, 0]];
    const attributes = { strides: [1, 1], pad, dataFormat: 'NHWC', dilations: [1, 1] };
    const result = publishedKernel('DepthwiseConv2dNative')!({
      inputs: { x, filter: turned(filter, backend, 'depthwise') },
      attrs: attributes as unknown as NamedAttrMap,
      backend,
    });
    if (isSpread) backend.disposeData(x.dataId);
    return result;
  }
  const out = zeros(backend, info.inShape);
  const [upstream, weights, gradient] = [heap(backend, dy), heap(backend, filter), heap(backend, out)];
  const multiplier = outChannels / channels;
  forEachTap(info, (input, output, tap) => {
    const to = input * channels;
    const from = output * outChannels;
    const weight = tap * outChannels;
    for (let m = 0; m < multiplier; m++) {
      for (let c = 0, k = m; c < channels; c++, k += multiplier) {
        gradient[to + c]! += upstream[from + k]! * weights[weight + k]!;
      }
    }
  });
  return out;
});

/** Maps [batch, height, width, channels] with zeros between their values. */
function spread(
  maps: Tensor4D,
  [tall, wide]: readonly [number, number],
  [vertical, horizontal]: readonly [number, number],
  backend: BackendWasm,
): TensorInfo {
  const [batch, height, width, channels] = maps.shape;
  const result = zeros(backend, [batch, tall, wide, channels]);
  const [from, to] = [heap(backend, maps), heap(backend, result)];
  let source = 0;
  for (let n = 0; n < batch; n++) {
    for (let row = 0; row < height; row++) {
      const line = (n * tall + row * vertical) * wide;
      for (let column = 0; column < width; column++, source += channels)
        to.set(from.subarray(source, source + channels), (line + column * horizontal) * channels);
    }
  }
  return result;
}

/** d loss / d filter of depthwiseConv2d; missing as published. */
export const depthwiseBackpropFilter = wasmKernel<
  { x: Tensor4D; dy: Tensor4D },
  ConvAttrs & { readonly filterShape: Shape4 }
>('DepthwiseConv2dNativeBackpropFilter', ({ inputs: { x, dy }, attrs, backend }) => {
  const info = convInfo(x.shape, attrs.filterShape, attrs, true);
  const out = zeros(backend, attrs.filterShape);
  const [values, upstream, gradient] = [heap(backend, x), heap(backend, dy), heap(backend, out)];
  const { inChannels: channels, outChannels } = info;
  const multiplier = outChannels / channels;
  // Summed in double precision: thousands of terms fall on each weight.
  const sums = new Float64Array(gradient.length);
  forEachTap(info, (input, output, tap) => {
    const from = input * channels;
    const by = output * outChannels;
    const to = tap * outChannels;
    for (let m = 0; m < multiplier; m++) {
      for (let c = 0, k = m; c < channels; c++, k += multiplier) {
        sums[to + k]! += values[from + c]! * upstream[by + k]!;
      }
    }
  });
  gradient.set(sums);
  return out;
});
