import type * as TensorFlow from '@tensorflow/tfjs-core';

/** The ops, handed in: describing a network needs no backend, so nothing here may import one. */
export type Tf = typeof TensorFlow;

/** Without the batch axis: [height, width, channels], [units] and so on. */
export type Shape = readonly number[];

/** Vertical, then horizontal. */
export type Pair = readonly [number, number];

/** Which of its maps a layer's backward pass looks at again; they are kept until then. */
export interface Reads {
  readonly inputs: boolean;
  readonly output: boolean;
}

export const READS_NOTHING: Reads = { inputs: false, output: false };
