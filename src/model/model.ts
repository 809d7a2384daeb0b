import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { LayerInfo, Network } from './network.ts';

/** A picture as decoded: uint8 [height, width, channels] row-major, 0..255. */
export interface ImagePixels {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array;
}

/** A network with weights on a backend. All that a technique knows of a model. */
export interface Model {
  readonly network: Network;
  /** In the order of their index. */
  readonly layers: readonly LayerInfo[];
  /** Least and greatest value an input pixel can take after preprocessing, over all channels. */
  readonly valueRange: readonly [number, number];
  /** Layers whose weights hold NaN or infinities, with how many. */
  readonly badWeights: readonly { readonly layer: string; readonly count: number }[];

  /** float32 [1, height, width, channels], preprocessed as the network wants it. The caller disposes. */
  input(pixels: ImagePixels): Tensor4D;

  /**
   * Outputs of the given layers (indices), batch axis first, in the order asked for. Runs no layer that none of them
   * needs and frees every other map as soon as it is used; differentiable with respect to `input`. The caller disposes.
   */
  forward(input: Tensor4D, layers: readonly number[]): Tensor[];

  /** float32 [height, width, inputChannels, filters]; undefined for a layer without a spatial kernel. Not to be disposed. */
  kernel(layer: number): Tensor4D | undefined;

  dispose(): void;
}
