import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { tf } from '../backend/tf.ts';
import type { CropLayer, Window } from './receptive-field-crop.ts';

/**
 * Sends a signal from the last of some layers back to others of them.
 *
 * @param layers by ascending index, the last layer last
 * @param signal for the last layer's window; stays the caller's
 * @param targets indices of layers. No layer is passed that leads to none of them
 * @param through sends a signal for a layer's window through that layer: signals for what it needs of its inputs, of the
 * shapes given, in their order; the signal itself may be among them. Called inside a tidy
 * @returns for each target the signal for its window, batch axis first: the sum over all paths. The caller disposes them
 */
export function backwardPass(
  layers: readonly CropLayer[],
  signal: Tensor,
  targets: readonly number[],
  through: (
    layer: CropLayer,
    arrived: Tensor,
    inputShapes: readonly (readonly number[])[],
  ) => readonly Tensor[],
): Tensor[] {
  const byIndex = new Map(layers.map((layer) => [layer.index, layer]));
  const shapeOf = (index: number): readonly number[] => [
    signal.shape[0]!,
    ...byIndex.get(index)!.layer.outputShape,
  ];
  const needed = layersWithSignal(layers, targets);
  const signals: (Tensor | undefined)[] = [];
  signals[layers.at(-1)!.index] = signal.clone();
  try {
    for (const layer of [...layers].reverse()) {
      const { index, inputs, needs } = layer;
      if (!inputs.some((input) => needed.has(input))) continue;
      const arrived = signals[index]!;
      const shapes = inputs.map((i, k) => shapeWithin(shapeOf(i), needs[k]));
      const results = tf.tidy(() =>
        through(layer, arrived, shapes).map((result, k) =>
          spreadTo(result, needs[k], byIndex.get(inputs[k]!)!.window ?? wholeOf(shapeOf(inputs[k]!))),
        ),
      );
      // What a layer hands on unchanged is its inputs' from now on, unless it is asked for here.
      const isTarget = targets.includes(index);
      if (!isTarget) signals[index] = undefined;
      deliver(signals, inputs, results, isTarget ? arrived : undefined, needed);
      if (!isTarget && !results.includes(arrived)) arrived.dispose();
    }
    return targets.map((target, i) => {
      const found = signals[target]!;
      return targets.indexOf(target) === i ? found : found.clone();
    });
  } catch (error) {
    signals.forEach((left) => left?.dispose());
    throw error;
  }
}

/** Indices of the targets, and of all layers that signals pass on their way to them. */
function layersWithSignal(layers: readonly CropLayer[], targets: readonly number[]): ReadonlySet<number> {
  const needed = new Set(targets);
  for (const { index, inputs } of layers) {
    if (inputs.some((input) => needed.has(input))) needed.add(index);
  }
  return needed;
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

/** Adds each result to what its input has got already. @param kept a result that the caller disposes */
function deliver(
  signals: (Tensor | undefined)[],
  inputs: readonly number[],
  results: readonly Tensor[],
  kept: Tensor | undefined,
  needed: ReadonlySet<number>,
): void {
  const owned = results.map((result, i) =>
    results.indexOf(result) === i && result !== kept ? result : result.clone(),
  );
  owned.forEach((own, i) => {
    const input = inputs[i]!;
    if (!needed.has(input)) {
      own.dispose();
      return;
    }
    const before = signals[input];
    signals[input] = before ? tf.add(before, own) : own;
    if (before) tf.dispose([before, own]);
  });
}
