import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { tf } from '../backend/tf.ts';
import type { ConeLayer, Window } from './cone.ts';

/**
 * Sends a signal from the last of some layers back to the first.
 *
 * @param signal for that layer's window; stays the caller's
 * @param through sends a signal for a layer's window through that layer: signals for what it needs of its inputs, of the
 * shapes given, in their order; the signal itself may be among them. Called inside a tidy
 * @returns float32 [batch, height, width, channels] for the input's window
 */
export function wayBack(
  way: readonly ConeLayer[],
  signal: Tensor,
  through: (
    layer: ConeLayer,
    arrived: Tensor,
    inputShapes: readonly (readonly number[])[],
  ) => readonly Tensor[],
): Tensor4D {
  const shapeOf = (index: number): readonly number[] => [signal.shape[0]!, ...way[index]!.layer.outputShape];
  const signals: (Tensor | undefined)[] = [];
  signals[way.length - 1] = signal.clone();
  try {
    for (const layer of [...way].reverse()) {
      const { index, inputs, needs } = layer;
      if (!inputs.length) continue;
      const arrived = signals[index]!;
      const shapes = inputs.map((i, k) => shapeWithin(shapeOf(i), needs[k]));
      const results = tf.tidy(() =>
        through(layer, arrived, shapes).map((result, k) =>
          spreadTo(result, needs[k], way[inputs[k]!]!.window ?? wholeOf(shapeOf(inputs[k]!))),
        ),
      );
      signals[index] = undefined;
      deliver(signals, inputs, results);
      if (!results.includes(arrived)) arrived.dispose();
    }
    return signals[0] as Tensor4D;
  } catch (error) {
    signals.forEach((left) => left?.dispose());
    throw error;
  }
}

/** What a window holds of a map of which there is another, larger one; the map itself where they are the same. */
export function cutTo(map: Tensor, from: Window | undefined, to: Window | undefined): Tensor {
  if (!to || isSame(from, to)) return map;
  const start = [0, to.y - (from?.y ?? 0), to.x - (from?.x ?? 0), 0];
  const size = [map.shape[0]!, to.height, to.width, map.shape[3]!];
  return size.join() === map.shape.join()
    ? map
    : tf.slice(map as Tensor4D, start as [number], size as [number]);
}

/** A signal for a window, as one for a larger window: nothing arrives at the rest. */
function spreadTo(signal: Tensor, from: Window | undefined, to: Window): Tensor {
  if (!from || isSame(from, to)) return signal;
  const [top, left] = [from.y - to.y, from.x - to.x];
  return tf.pad(signal as Tensor4D, [
    [0, 0],
    [top, to.height - from.height - top],
    [left, to.width - from.width - left],
    [0, 0],
  ]);
}

function isSame(a: Window | undefined, b: Window | undefined): boolean {
  return a?.x === b?.x && a?.y === b?.y && a?.width === b?.width && a?.height === b?.height;
}

const wholeOf = ([, height = 1, width = 1]: readonly number[]): Window => ({ x: 0, y: 0, width, height });

export function shapeWithin(shape: readonly number[], window: Window | undefined): readonly number[] {
  return window ? [shape[0]!, window.height, window.width, shape[3]!] : shape;
}

/** Adds each result to what its input has got already. */
function deliver(
  signals: (Tensor | undefined)[],
  inputs: readonly number[],
  results: readonly Tensor[],
): void {
  results.forEach((result, i) => {
    const own = results.indexOf(result) === i ? result : result.clone();
    const before = signals[inputs[i]!];
    signals[inputs[i]!] = before ? tf.add(before, own) : own;
    if (before) tf.dispose([before, own]);
  });
}
