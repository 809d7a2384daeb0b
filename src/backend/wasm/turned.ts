import type { Tensor4D, TensorInfo } from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm/dist/backend_wasm.js';
import { tf } from '../tf.ts';
import { heap } from './kernel.ts';

/** Of each backend, by the data of the filter they were made from. Nothing changes the data of a tensor in place. */
const known = new WeakMap<BackendWasm, WeakMap<object, Map<Layout, TensorInfo>>>();

/** `full`: input and output channels are exchanged; `depthwise`: every channel has its own taps. */
type Layout = 'full' | 'depthwise';

/**
 * The filter turned by 180 degrees: float32 [height, width, out, in], or [height, width, channels, 1] of a depthwise one. Kept as
 * long as the filter is: an ascent asks for it at every step, and the backend prepares a convolution once for each filter.
 */
export function turned(filter: Tensor4D, backend: BackendWasm, layout: Layout = 'full'): TensorInfo {
  const kept = known.get(backend) ?? watch(backend);
  const layouts = kept.get(filter.dataId) ?? new Map<Layout, TensorInfo>();
  kept.set(filter.dataId, layouts);
  const made = layouts.get(layout) ?? turn(filter, backend, layout);
  layouts.set(layout, made);
  return made;
}

/** From now on what was made from a filter goes when the filter does. */
function watch(backend: BackendWasm): WeakMap<object, Map<Layout, TensorInfo>> {
  const kept = new WeakMap<object, Map<Layout, TensorInfo>>();
  known.set(backend, kept);
  const dispose = backend.disposeData.bind(backend);
  backend.disposeData = (data, force) => {
    const isDisposed = dispose(data, force);
    const layouts = kept.get(data);
    if (isDisposed && layouts) {
      kept.delete(data);
      for (const { dataId } of layouts.values()) dispose(dataId, true);
    }
    return isDisposed;
  };
  return kept;
}

/** Tap by tap, for the backend's own `reverse` takes longer than the convolution. */
function turn(filter: Tensor4D, backend: BackendWasm, layout: Layout): TensorInfo {
  const [height, width, inChannels, outChannels] = filter.shape;
  const isFull = layout === 'full';
  const source = isFull ? tf.transpose(filter, [0, 1, 3, 2]) : filter;
  const out = backend.makeOutput(isFull ? [height, width, outChannels, inChannels] : filter.shape, 'float32');
  const [from, to] = [heap(backend, source), heap(backend, out)];
  const size = inChannels * outChannels;
  const last = height * width - 1;
  for (let tap = 0; tap <= last; tap++) {
    to.set(from.subarray(tap * size, (tap + 1) * size), (last - tap) * size);
  }
  if (isFull) source.dispose();
  return out;
}
