import type { Attributes } from './attributes.ts';
import type { Constant, FoldingBudget } from './constant.ts';

/** A node all of whose inputs are known. */
export interface FoldStep {
  readonly inputs: readonly (Constant | undefined)[];
  readonly attributes: Attributes;
  readonly outputs: number;
  readonly opset: number;
  readonly budget: FoldingBudget;
}

/** Computes a node's outputs from constants. @throws FoldError */
export type Fold = (step: FoldStep) => readonly Constant[];
