import type { Tensor } from '@tensorflow/tfjs-core';
import type { Shape, Tf } from './basic-types.ts';
import type { ConfigReader } from './config-reader.ts';
import { show } from './config-reader.ts';
import type { LayerTensors, WeightSpec } from './layer-type.ts';

/** An operand that is no layer's output. */
export interface Constant {
  /** Without a batch axis. */
  readonly shape: Shape;
  /** Whether it is the first operand, as in `1 - x`. */
  readonly first: boolean;
  /** Where it is stored with the weights. */
  readonly weights: readonly WeightSpec[];
  /** Of `shape`, with a batch axis of 1 in front. */
  tensor(tf: Tf, weights: LayerTensors): Tensor;
}

/**
 * The operand in a layer's options: `constant`, a number or nested lists of numbers; or `constant_shape`, of an array stored with
 * the weights. `constant_side: left` puts it before the layer's input. Its axes are counted from the last, as NumPy counts; a batch
 * axis must be 1.
 *
 * @param rank axes of the layer's input, without the batch axis
 * @returns undefined where the layer has none
 */
export function readConstant(config: ConfigReader, rank: number): Constant | undefined {
  const value = config.raw('constant') ?? undefined;
  const stored = config.raw('constant_shape') ?? undefined;
  const first = config.choice('constant_side', ['left', 'right'], 'right') === 'left';
  if (value === undefined && stored === undefined) return undefined;
  const found = stored === undefined ? regularList(value) : undefined;
  const shape = stored === undefined ? found?.shape : sizesOf(stored);
  const numbers = found?.numbers;
  if (!shape || numbers?.some((n) => typeof n !== 'number')) {
    return config.fail(
      `\`${stored === undefined ? 'constant' : 'constant_shape'}\` is ${show(stored ?? value)}`,
      {
        why:
          stored === undefined
            ? 'It must be a number, or nested lists of numbers of one length.'
            : 'It must be a list of positive whole numbers.',
      },
    );
  }
  if (shape.length > rank && shape[0] !== 1) {
    return config.fail(`its constant has the shape [${shape.join(', ')}]`, {
      why: `The input has ${rank} axes after the batch axis, along which a constant may not vary.`,
    });
  }
  const own = shape.length > rank ? shape.slice(1) : shape;
  const data = numbers && Float32Array.from(numbers as number[]);
  return {
    shape: own,
    first,
    weights: data ? [] : [{ name: 'constant', shape, initializer: 'ones' }],
    tensor: (tf, weights) =>
      data ? tf.tensor(data, [1, ...own]) : tf.reshape(weights['constant']!, [1, ...own]),
  };
}

function sizesOf(value: unknown): Shape | undefined {
  if (!Array.isArray(value)) return undefined;
  const sizes = value as unknown[];
  return sizes.every((n): n is number => Number.isSafeInteger(n) && (n as number) > 0) ? sizes : undefined;
}

/** A nested list's values, row-major, and its shape; undefined where its lists have different lengths. A single value has no axes. */
export function regularList(
  value: unknown,
): { readonly shape: Shape; readonly numbers: readonly unknown[] } | undefined {
  if (!Array.isArray(value)) return { shape: [], numbers: [value] };
  const parts = (value as unknown[]).map(regularList);
  const [first] = parts;
  if (!first || parts.some((part) => part?.shape.join() !== first.shape.join())) return undefined;
  return { shape: [parts.length, ...first.shape], numbers: parts.flatMap((part) => part!.numbers) };
}
