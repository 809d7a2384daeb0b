import type { Method, MethodSettings } from '../../optim/method-settings.ts';

export const OBJECTIVES = ['channel', 'neuron', 'logit'] as const;
export type ObjectiveName = (typeof OBJECTIVES)[number];

/** Everything that a dream's numbers depend on, beside the layer. Jobs of a group differ in `target` only. */
export interface DreamPayload extends Record<string, unknown> {
  /** One channel, or several with their weights. */
  readonly target: { readonly filter: number } | { readonly direction: Readonly<Record<string, number>> };
  readonly objective: ObjectiveName;
  readonly negative: boolean;
  /** Variants of one target, kept apart from each other. */
  readonly diversity: number;
  readonly method: Method;
  readonly settings: MethodSettings;
  /** [height, width] */
  readonly size: readonly [number, number];
  readonly steps: number;
  readonly coarseToFine: boolean;
  readonly frames: number;
  readonly seed: number;
  readonly values: boolean;
}

/** Whether the objective is the layer's output before its own activation. */
export function isBeforeActivation({ objective, negative }: DreamPayload): boolean {
  return objective === 'logit' || negative;
}
