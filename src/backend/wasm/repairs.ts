/**
 * Kernels of tfjs-backend-wasm 4.22.0 that are missing, silently wrong, or needlessly slow, made good. Whoever raises
 * that version runs the tests of this folder against the published kernels first: some may have become superfluous.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { broadcasts } from './broadcast.ts';
import {
  conv2dBackpropFilter,
  conv2dBackpropInput,
  depthwiseBackpropFilter,
  depthwiseBackpropInput,
} from './convolution.ts';
import { heap, registerWasmKernel, wasmKernel, zeros } from './kernel.ts';
import { avgPoolGrad, maxPoolGrad, maxPoolWithArgmax } from './pooling.ts';
import { rectifierGradients } from './rectify.ts';
import { withRightSamePadding } from './same-padding.ts';
import { throughCpu } from './through-cpu.ts';

/** Sums of the rows of `x` that have one segment id; missing as published. The gradient of `gather` is made of it. */
const unsortedSegmentSum = wasmKernel<
  { x: TensorInfo; segmentIds: TensorInfo },
  { readonly numSegments: number }
>('UnsortedSegmentSum', ({ inputs: { x, segmentIds }, attrs: { numSegments }, backend }) => {
  const rowShape = x.shape.slice(segmentIds.shape.length);
  const rowSize = rowShape.reduce((a, b) => a * b, 1);
  const out = zeros(backend, [numSegments, ...rowShape], x.dtype);
  const [values, ids, sums] = [heap(backend, x), heap(backend, segmentIds), heap(backend, out)];
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    if (id < 0 || id >= numSegments) continue;
    for (let j = 0; j < rowSize; j++) sums[id * rowSize + j]! += values[i * rowSize + j]!;
  }
  return out;
});

const REPLACED = [
  conv2dBackpropInput,
  conv2dBackpropFilter,
  depthwiseBackpropInput,
  depthwiseBackpropFilter,
  avgPoolGrad,
  maxPoolGrad,
  maxPoolWithArgmax,
  unsortedSegmentSum,
  ...rectifierGradients,
  throughCpu('Conv3DBackpropInputV2'),
  throughCpu('RotateWithOffset'),
];

/** Convolutions whose published kernels are kept, but for their reading of SAME. */
const FORWARD = ['Conv2D', 'FusedConv2D', 'DepthwiseConv2dNative', 'FusedDepthwiseConv2D'];

/** To be called once the backend `wasm` is made: its own kernels are set up by then, and these need no setting up. */
export function registerWasmRepairs(): void {
  FORWARD.map(withRightSamePadding).forEach(registerWasmKernel);
  broadcasts().forEach(registerWasmKernel);
  REPLACED.forEach(registerWasmKernel);
}
