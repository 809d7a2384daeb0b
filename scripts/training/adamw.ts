import type { Parameters } from './parameters.ts';

/** Loshchilov and Hutter 2019: Adam whose weight decay is no part of the gradient. */
export interface AdamW {
  /** Changes the parameters in place. `gradients` has an array for each of them. */
  step(parameters: Parameters, gradients: ReadonlyMap<string, Float32Array>, learningRate: number): void;
  /** Steps so far and the two moments, flat in the parameters' order: what a checkpoint keeps. */
  readonly state: AdamState;
}

export interface AdamState {
  steps: number;
  readonly first: Map<string, Float32Array>;
  readonly second: Map<string, Float32Array>;
}

export interface AdamSettings {
  readonly weightDecay: number;
  /** Longer gradients, all parameters taken together, are shortened to this length. */
  readonly clip: number;
  readonly decays: (name: string) => boolean;
}

const [BETA_1, BETA_2, EPSILON] = [0.9, 0.999, 1e-7];

export function freshState(parameters: Parameters): AdamState {
  const zeros = (): Map<string, Float32Array> =>
    new Map([...parameters].map(([name, { data }]) => [name, new Float32Array(data.length)]));
  return { steps: 0, first: zeros(), second: zeros() };
}

export function createAdamW(state: AdamState, { weightDecay, clip, decays }: AdamSettings): AdamW {
  return {
    state,
    step(parameters, gradients, learningRate) {
      state.steps += 1;
      const shrink = Math.min(1, clip / lengthOf(gradients));
      const correction1 = 1 - BETA_1 ** state.steps;
      const correction2 = 1 - BETA_2 ** state.steps;
      for (const [name, { data }] of parameters) {
        const gradient = gradients.get(name)!;
        const [m, v] = [state.first.get(name)!, state.second.get(name)!];
        const kept = decays(name) ? 1 - learningRate * weightDecay : 1;
        for (let i = 0; i < data.length; i++) {
          const g = gradient[i]! * shrink;
          m[i] = BETA_1 * m[i]! + (1 - BETA_1) * g;
          v[i] = BETA_2 * v[i]! + (1 - BETA_2) * g * g;
          const change = m[i]! / correction1 / (Math.sqrt(v[i]! / correction2) + EPSILON);
          data[i] = data[i]! * kept - learningRate * change;
        }
      }
    },
  };
}

function lengthOf(gradients: ReadonlyMap<string, Float32Array>): number {
  let sum = 0;
  for (const gradient of gradients.values()) for (const g of gradient) sum += g * g;
  return Math.sqrt(sum) || 1;
}

/** Up over the first hundred steps, then down along half a cosine to nothing. */
export function cosineRate(step: number, steps: number, highest: number): number {
  const warm = Math.min(1, (step + 1) / 100);
  return highest * warm * (0.5 + 0.5 * Math.cos((Math.PI * step) / steps)) + 1e-5;
}
