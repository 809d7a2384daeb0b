import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { ReceptiveFieldCrop } from './receptive-field-crop.ts';
import type { PoolingSwitches } from './pooling-switches.ts';
import type { LayerFormula } from './layers/layer-type.ts';
import type { BackwardRule } from './layers/rules.ts';
import type { LayerInfo, Network } from './network.ts';

export type { LayerFormula } from './layers/layer-type.ts';
export type { BackwardRule } from './layers/rules.ts';

/** An image as decoded: uint8 [height, width, channels] row-major, 0..255. */
export interface ImagePixels {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array;
}

export interface TraceOptions {
  /** The output before the layer's own activation, where it has one: it rises and falls where a ReLU is dead. */
  readonly preactivation?: boolean;
  /** The rules that signals will be sent back by; all unless named. Naming them records less. */
  readonly rules?: readonly BackwardRule[];
  /** Of that layer: only so much of each map is computed. The input is then that of the crop, the output its window. */
  readonly crop?: ReceptiveFieldCrop;
  /** Indices of layers on the way to the traced one whose maps `map` gives. Each takes memory until the trace is disposed. */
  readonly maps?: readonly number[];
}

/** How a signal is sent back. */
export interface BackwardOptions {
  /** What becomes of the signal at nonlinearities; `gradient` unless named. */
  readonly rule?: BackwardRule;
  /** Keeps what was recorded for another signal; else it is freed on the way, and this was the last. */
  readonly keep?: boolean;
  /** The signal is for its window only, and the result for its part of the input; it lies within the crop of the trace. */
  readonly crop?: ReceptiveFieldCrop;
}

/** A pass through the network that signals can be sent back along. */
export interface Trace {
  /** Output of the traced layer, batch axis first. Belongs to the trace. */
  readonly output: Tensor;

  /**
   * Map of a layer that `maps` names: float32, batch axis first, after the layer's own activation (but that of the traced layer
   * as `output`). Belongs to the trace.
   */
  map(layer: number): Tensor;

  /**
   * Sends a signal of the output's shape back to the pixels: float32 [batch, height, width, channels], as the input was.
   * No sample's result depends on another's. The caller disposes it, and the signal.
   */
  backward(signal: Tensor, options?: BackwardOptions & { readonly to?: undefined }): Tensor4D;

  /**
   * The same, back to the output of a layer that the traced one is made from: float32, of the shape of that layer's map. Where
   * branches part, the sum over all paths; with `rule: gradient`, the derivative of sum(signal · output) with respect to that
   * map. Layers that do not lead there are not passed.
   *
   * @param options.to index of the layer; several give a signal each, in one pass
   * @throws Error where the traced layer is not made from it
   */
  backward(signal: Tensor, options: BackwardOptions & { readonly to: number }): Tensor;
  backward(signal: Tensor, options: BackwardOptions & { readonly to: readonly number[] }): Tensor[];

  dispose(): void;
}

/** A network with weights on a backend. What a technique may use of a model. */
export interface Model {
  readonly network: Network;
  /** In the order of their index. */
  readonly layers: readonly LayerInfo[];
  /** Least and greatest value an input pixel can take after preprocessing, over all channels. */
  readonly valueRange: readonly [number, number];
  /** Layers whose weights hold NaN or infinities, with how many. */
  readonly badWeights: readonly { readonly layer: string; readonly count: number }[];

  /** float32 [1, height, width, channels], preprocessed for the network. The caller disposes. */
  input(pixels: ImagePixels): Tensor4D;

  /**
   * Outputs of the given layers (indices), batch axis first, in the order asked for. Runs no layer that none of them
   * needs and frees every other map as soon as it is used; differentiable with respect to `input`. The caller disposes.
   *
   * @param switches takes what it needs of the layers that are run; the input is one image then
   */
  forward(input: Tensor4D, layers: readonly number[], switches?: PoolingSwitches): Tensor[];

  /**
   * The same, but hands over the values of each of the layers as soon as it has been run, one after the other, and then frees
   * its map.
   *
   * @param layers each once
   */
  read(
    input: Tensor4D,
    layers: readonly number[],
    take: (layer: number, values: Float32Array) => Promise<void>,
    switches?: PoolingSwitches,
  ): Promise<void>;

  /** Bytes of the switches of a pass up to the layer; undefined where the backward pass from there needs more than that. */
  switchesSize(layer: number): number | undefined;

  /**
   * Sends a signal for the window of a crop back by `deconvnet`, without another pass there: float32 [1, height, width, channels],
   * as the crop's part of the input. The caller disposes it, and the signal.
   *
   * @param switches of the image; reaches the crop's layer
   */
  backwardFromSwitches(switches: PoolingSwitches, signal: Tensor, crop: ReceptiveFieldCrop): Tensor4D;

  /**
   * Forward to one layer, recording only what the backward pass needs. Any batch size, and any height and width that the
   * layers up to there can take. Inside a tidy, the trace ends with it.
   *
   * @throws UserError naming the layer that can't take images of that size
   */
  trace(input: Tensor4D, layer: number, options?: TraceOptions): Trace;

  /**
   * What is computed for batch after batch by passes of this network and operations of TensorFlow.js, sample by sample. From the fourth time on
   * native TensorFlow runs it as one graph, in which nothing is kept but the results.
   *
   * @param key what is computed, but for the shapes of the inputs
   * @param inputs all that differs from one time to the next, of as many samples each; stay the caller's
   * @param run for some of the samples, which do not depend on each other; must not read values that depend on the inputs
   * @returns what `run` does, for all samples; the caller disposes
   */
  repeat(
    key: string,
    inputs: readonly Tensor[],
    run: (inputs: readonly Tensor[]) => readonly Tensor[],
  ): readonly Tensor[];

  /**
   * The batch normalization that is all that takes a layer's output, and what it does to each channel (float32 [channels], the model's own):
   * its output is scale · that of the layer + offset, and a derivative at its output times the scale is the derivative at the layer's.
   */
  scaledBy(
    layer: number,
  ): { readonly layer: number; readonly scale: Tensor; readonly offset: Tensor } | undefined;

  /** Indices of the layers with trained weights that the layer is made from, itself included, in the order of the network. */
  trainedLayers(layer: number): readonly number[];

  /**
   * The same network without what some layers have learnt: their weights stand in random order, and the statistics of their batch
   * normalizations are the mean over channels (randomization of parameters, Adebayo et al. 2018; random order keeps the scale of the
   * values). The other layers share this model's weights. The caller disposes it.
   *
   * @param layers indices
   * @param seed the same weights for the same one
   */
  shuffled(layers: readonly number[], seed: number): Promise<Model>;

  /** How a value of the layer's output is made; undefined where it is not in a way that can be written out. */
  formula(layer: number): LayerFormula | undefined;

  /** float32 [filters]; undefined for a layer without a bias. Not to be disposed. */
  bias(layer: number): Tensor | undefined;

  /** float32 [inputs, units]; undefined for a layer that is not dense. Not to be disposed. */
  denseKernel(layer: number): Tensor | undefined;

  /** float32 [height, width, inputChannels, filters]; undefined for a layer without a spatial kernel. Not to be disposed. */
  kernel(layer: number): Tensor4D | undefined;

  dispose(): void;
}
