import type { WeightSpec } from '../layers/layer-type.ts';

/** An array in a weight file, not yet read. */
export interface StoredArray {
  /** As the file has it: `conv/kernel:0`, `0`, … */
  readonly name: string;
  readonly shape: readonly number[];
  /** @throws UserError where it cannot be read; reads no values */
  check?(): void;
  /** float32, row-major */
  read(): Float32Array;
}

/** A node of the network with the arrays that a file holds for it, in Keras' order. */
export interface Assignment {
  readonly node: string;
  readonly arrays: readonly StoredArray[];
}

/** What every node with weights of its own needs. */
export type Needs = ReadonlyMap<string, readonly WeightSpec[]>;
