import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { BackwardRule, Model } from './model.ts';

export interface ThereAndBack {
  /** The layer's output: float32, batch axis first. */
  readonly output: Tensor;
  /** The signal at the input, of its shape. */
  readonly gradient: Tensor4D;
}

/**
 * Forward to a layer and back with a signal that is known before: as a trace does it, but as one computation, which takes less time.
 *
 * @param input float32 [batch, height, width, channels]; stays the caller's, as the signal does
 * @param signal for the layer's output
 * @returns the caller disposes both
 */
export function thereAndBack(
  model: Model,
  input: Tensor4D,
  signal: Tensor,
  { layer, preactivation, rule }: { layer: number; preactivation: boolean; rule: BackwardRule },
): ThereAndBack {
  const key = ['there and back', layer, preactivation, rule].join();
  const [output, gradient] = model.repeat(key, [input, signal], ([images, arriving]) => {
    const trace = model.trace(images as Tensor4D, layer, { preactivation, rules: [rule] });
    try {
      return [trace.output.clone(), trace.backward(arriving!, { rule })];
    } finally {
      trace.dispose();
    }
  });
  return { output: output!, gradient: gradient as Tensor4D };
}
