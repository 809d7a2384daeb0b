import type { UniformColorStep } from './uniform-color.ts';

/** The moments of Adam: float32, one number for each parameter. */
export interface OptimizerMemory {
  readonly mean: Float32Array;
  readonly square: Float32Array;
  readonly steps: number;
}

/** How one step is made from one gradient. Works on the numbers of a single image. */
export interface Optimizer {
  /**
   * Changes `parameters` in place, upwards along `gradient`.
   * @param share of the full length of a step
   */
  step(parameters: Float32Array, gradient: Float32Array, share: number): void;
  /** The same optimizer where the parameters have been rearranged: its moments are rearranged with them. */
  rearranged(by: (values: Float32Array) => Float32Array): Optimizer;
  /** What the next steps depend on, as it lies in memory; undefined where they depend on nothing. */
  memory(): OptimizerMemory | undefined;
}

export interface AdamOptions {
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  /** From the mean gradient: which numbers take larger steps than the others. */
  readonly uniformColor?: (mean: Float32Array) => UniformColorStep | undefined;
}

/** Kingma and Ba (2015), with their bias correction. */
export function adam(
  rate: number,
  options: AdamOptions = {},
  memory: OptimizerMemory | undefined = undefined,
): Optimizer {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, uniformColor } = options;
  let state = memory;
  return {
    step(parameters, gradient, share) {
      const { mean, square } = (state ??= {
        mean: new Float32Array(gradient.length),
        square: new Float32Array(gradient.length),
        steps: 0,
      });
      const steps = state.steps + 1;
      state = { mean, square, steps };
      const meanScale = 1 / (1 - beta1 ** steps);
      const squareScale = 1 / (1 - beta2 ** steps);
      for (let i = 0; i < parameters.length; i++) {
        const g = gradient[i]!;
        mean[i] = beta1 * mean[i]! + (1 - beta1) * g;
        square[i] = beta2 * square[i]! + (1 - beta2) * g * g;
      }
      const { floor = 0, places = [], factor = 1 } = uniformColor?.(mean) ?? {};
      const least = floor * meanScale + epsilon;
      const stepOf = (i: number): number =>
        (share * rate * mean[i]! * meanScale) / (Math.sqrt(square[i]! * squareScale) + least);
      for (let i = 0; i < parameters.length; i++) parameters[i]! += stepOf(i);
      for (const place of places) parameters[place]! += (factor - 1) * stepOf(place);
    },
    rearranged: (by) =>
      adam(rate, options, state && { mean: by(state.mean), square: by(state.square), steps: state.steps }),
    memory: () => state,
  };
}

/** Plain gradient ascent. */
export function ascent(rate: number): Optimizer {
  const self: Optimizer = {
    step(parameters, gradient, share) {
      for (let i = 0; i < parameters.length; i++) parameters[i]! += share * rate * gradient[i]!;
    },
    rearranged: () => self,
    memory: () => undefined,
  };
  return self;
}

/** From here on, as a share of all steps, steps become shorter, */
const SETTLING = 0.5;
/** down to this share of their length. */
const LAST_SHARE = 0.1;

/**
 * How long a step is, as a share of the full length: full for the first half of the way, then ever shorter in equal measure, so
 * that an image settles.
 * @param step counted from 0
 */
export function shareOf(step: number, steps: number): number {
  const done = steps > 1 ? step / (steps - 1) : 0;
  if (done <= SETTLING) return 1;
  return 1 - ((1 - LAST_SHARE) * (done - SETTLING)) / (1 - SETTLING);
}
