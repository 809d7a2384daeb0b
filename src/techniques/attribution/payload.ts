import type { Method, MethodSettings } from './attribution-types.ts';

/** A score to explain. */
export type Target =
  | { readonly kind: 'predicted' }
  /** `unit`: of the image's class. */
  | { readonly kind: 'expected' | 'difference' | 'class'; readonly unit: number }
  | { readonly kind: 'unit'; readonly layer: number; readonly filter: number };

export interface AttributionPayload extends Record<string, unknown> {
  readonly method: Method;
  readonly settings: MethodSettings;
  /** A panel of each, in this order. */
  readonly targets: readonly Target[];
  /** The layer of the classes: that of its logits; -1 where no target is a class. */
  readonly head: number;
  readonly activation: 'softmax' | 'sigmoid' | null;
  /** Of methods that look at a layer: its index. */
  readonly layer: number | null;
  readonly controls: boolean;
  /** Deletion and insertion, too. */
  readonly curves: boolean;
  readonly values: boolean;
}
