import type { Tensor4D, TensorInfo } from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm/dist/backend_wasm.js';
import { tf } from '../tf.ts';
import { heap } from './kernel.ts';

/** Of each backend, by the data of the filter they were made from. Nothing changes the data of a tensor in place. */
const known = new WeakMap<BackendWasm, WeakMap<object, TensorInfo>>();

/**
 * The filter turned by 180 degrees, with input and output channels exchanged: float32 [height, width, out, in]. Kept as
 * long as the filter is: an ascent asks for it at every step, and the backend prepares a convolution once for each filter.
 */
export function turned(filter: Tensor4D, backend: BackendWasm): TensorInfo {
  const kept = known.get(backend) ?? watch(backend);
  const made = kept.get(filter.dataId) ?? turn(filter, backend);
  kept.set(filter.dataId, made);
  return made;
}

/** From now on what was made from a filter goes when the filter does. */
function watch(backend: BackendWasm): WeakMap<object, TensorInfo> {
  const kept = new WeakMap<object, TensorInfo>();
  known.set(backend, kept);
  const dispose = backend.disposeData.bind(backend);
  backend.disposeData = (data, force) => {
    const gone = dispose(data, force);
    const made = kept.get(data);
    if (gone && made) {
      kept.delete(data);
      dispose(made.dataId, true);
    }
    return gone;
  };
  return kept;
}

/** Tap by tap, for the backend's own `reverse` takes longer than the convolution. */
function turn(filter: Tensor4D, backend: BackendWasm): TensorInfo {
  const [height, width, inChannels, outChannels] = filter.shape;
  const exchanged = tf.transpose(filter, [0, 1, 3, 2]);
  const out = backend.makeOutput([height, width, outChannels, inChannels], 'float32');
  const [from, to] = [heap(backend, exchanged), heap(backend, out)];
  const size = inChannels * outChannels;
  const last = height * width - 1;
  for (let tap = 0; tap <= last; tap++) {
    to.set(from.subarray(tap * size, (tap + 1) * size), (last - tap) * size);
  }
  exchanged.dispose();
  return out;
}
