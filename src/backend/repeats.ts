import type { Tensor } from '@tensorflow/tfjs-core';
import { nativeThreads } from './predict.ts';
import { tf } from './tf.ts';
import { canMakeFunctions, NativeFunction } from './native/function.ts';

/** Recording, and what TensorFlow does to a graph when it first runs, take as long as a few runs. */
const RUNS_BEFORE = 3;

/**
 * How many samples a pass that is repeated should have: twice as many as there are threads, which take each sample's operations as they
 * come. More only take more memory, and more time to become a graph. Undefined where a pass is not run as a graph.
 */
export function samplesAtOnce(): number | undefined {
  return canMakeFunctions() ? 2 * nativeThreads(undefined) : undefined;
}

/** What is repeated within something repeated is part of its graph. */
let isInside = false;

/**
 * Runs each sample of a batch by itself where that becomes one graph: native TensorFlow then shares out samples among threads, which takes
 * less time than sharing out every operation. Elsewhere all of them go at once.
 *
 * @param inputs of as many samples each, on the first axis
 * @param run for any number of samples, which do not depend on each other; what it gives has them on the first axis, too
 * @returns what `run` gives for all samples; new tensors
 */
export function eachSample(
  inputs: readonly Tensor[],
  run: (inputs: readonly Tensor[]) => readonly Tensor[],
): readonly Tensor[] {
  const batch = inputs[0]!.shape[0]!;
  if (batch === 1 || !canMakeFunctions() || tf.engine().state.gradientDepth > 0) return run(inputs);
  return tf.tidy(() => {
    const parts = inputs.map((input) => tf.split(input, batch));
    const results = Array.from({ length: batch }, (_, i) => run(parts.map((part) => part[i]!)));
    return results[0]!.map((_, k) => tf.concat(results.map((result) => result[k]!)));
  });
}

interface Repeated {
  runs: number;
  /** Undefined while it is not known to be worth one; null where there can be none. */
  made: NativeFunction | null | undefined;
}

/**
 * What is computed again and again with other numbers of the same shapes. From the fourth time on native TensorFlow runs it as one
 * graph, which takes about half the time and gives the same bits; elsewhere it runs as it is.
 */
export class Repeats {
  readonly #known = new Map<string, Repeated>();
  readonly #limit: number;

  /** @param limit of what is kept; what has not been asked for the longest goes first */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * @param key what is computed, but for the shapes of the inputs
   * @param inputs all that is different from one time to the next
   * @param run must not read numbers that depend on the inputs, and may dispose them
   */
  run(key: string, inputs: readonly Tensor[], run: () => readonly Tensor[]): readonly Tensor[] {
    // TensorFlow.js' own gradients need to see each operation.
    if (isInside || !canMakeFunctions() || tf.engine().state.gradientDepth > 0) return run();
    const known = this.#find([key, ...inputs.map(({ shape }) => shape.join())].join(' '));
    if (known.made) return known.made.run(inputs);
    isInside = true;
    try {
      if (known.made === null || known.runs++ < RUNS_BEFORE) return run();
      const { results, made } = NativeFunction.make(inputs, run);
      known.made = made ?? null;
      return results;
    } finally {
      isInside = false;
    }
  }

  #find(key: string): Repeated {
    const known = this.#known.get(key) ?? { runs: 0, made: undefined };
    this.#known.delete(key);
    this.#known.set(key, known);
    if (this.#known.size > this.#limit) {
      const [oldest, { made }] = [...this.#known][0]!;
      made?.dispose();
      this.#known.delete(oldest);
    }
    return known;
  }

  dispose(): void {
    for (const { made } of this.#known.values()) made?.dispose();
    this.#known.clear();
  }
}
