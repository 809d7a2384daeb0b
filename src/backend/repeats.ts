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
    if (!canMakeFunctions() || tf.engine().state.gradientDepth > 0) return run();
    const known = this.#find([key, ...inputs.map(({ shape }) => shape.join())].join(' '));
    if (known.made) return known.made.run(inputs);
    if (known.made === null || known.runs++ < RUNS_BEFORE) return run();
    const { results, made } = NativeFunction.make(inputs, run);
    known.made = made ?? null;
    return results;
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
