import type { Scalar, Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { Network } from '../../src/model/network.ts';
import type { Variation } from './batches.ts';
import type { Parameter } from './parameters.ts';

/** How a network of the zoo is trained. */
export interface Recipe {
  /** Of the folder with the weights, and of everything kept on the way. */
  readonly name: string;
  readonly network: Network;
  readonly classes: readonly string[];
  readonly variation: Variation;
  /** Pixels of the images as drawn; crops are taken from them. */
  readonly drawn: number;
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly clip: number;
  /** Share of the target that is spread evenly over all classes. */
  readonly labelSmoothing: number;
  /** Share of the values that are dropped in front of the classifier's last layer. */
  readonly dropout: number;
  /** By layer: factor on the mean of its activations that is added to the loss. */
  readonly activityCost: Readonly<Record<string, number>>;
  /** By layer: kernels that are made from other numbers, which are what is trained. */
  readonly kernelForms: Readonly<Record<string, KernelForm>>;
}

/** Kernels made from free numbers, so that they can take certain shapes only. */
export interface KernelForm {
  /** All that kernels depend on but the free numbers: plain data, to tell one form from another. */
  readonly settings: unknown;
  /** @param shape [height, width, channels, filters] of the kernels */
  initial(name: string, shape: readonly number[], seed: number): Parameter;
  /** float32 [height, width, channels, filters]; differentiable. */
  kernel(free: Tensor): Tensor4D;
  /** Added to the loss. */
  cost(kernel: Tensor4D): Scalar;
}
