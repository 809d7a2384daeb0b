import type * as TensorFlow from '@tensorflow/tfjs-core';

/** The ops, handed in: describing a network needs no backend, so nothing here may import one. */
export type Tf = typeof TensorFlow;

/** Without the batch axis: [height, width, channels], [units] and so on. */
export type Shape = readonly number[];

/** Vertical, then horizontal. */
export type Pair = readonly [number, number];
