import type * as TensorFlow from '@tensorflow/tfjs-core';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { ActivationFunction } from './activation-functions.ts';
import type { ConfigReader } from './config-reader.ts';

/** The ops, handed in: describing a network needs no backend, so nothing here may import one. */
export type Tf = typeof TensorFlow;

/** Without the batch axis: [height, width, channels], [units] and so on. */
export type Shape = readonly number[];

/** Vertical, then horizontal. */
export type Pair = readonly [number, number];

export interface WeightSpec {
  /** Keras' own short name: kernel, bias, gamma, … */
  readonly name: string;
  readonly shape: Shape;
  /** Keras' snake_case name of the initializer that a random network uses. */
  readonly initializer: string;
}

/**
 * What one output unit sees of the layer's input. `window`: unit y sees rows
 * [y·stride - before, y·stride - before + size - 1]; fractions occur where a layer enlarges its input.
 * `global`: the whole input, or no place in it can be told.
 */
export type FieldStep =
  | { readonly kind: 'window'; readonly size: Pair; readonly stride: Pair; readonly before: Pair }
  | { readonly kind: 'identity' }
  | { readonly kind: 'global' };

/** What a forward pass runs with. */
export interface Run {
  readonly tf: Tf;
  /** Applies a nonlinearity, wherever it stands: its own layer or fused into another. The one place where a rule
   * for the way back (guided, deconvnet) can be put in. */
  readonly activate: (activation: ActivationFunction, x: Tensor) => Tensor;
}

/** Weights on the backend by their short names. */
export type LayerTensors = Readonly<Record<string, Tensor>>;

/** A layer of a network: its options checked, its shapes known. */
export interface Layer {
  readonly outputShape: Shape;
  /** In the order in which Keras stores them. */
  readonly weights: readonly WeightSpec[];
  readonly field: FieldStep;
  /** Inputs and result have the batch axis first. Called inside a tidy: needs not free what lies between. */
  forward(run: Run, inputs: readonly Tensor[], weights: LayerTensors): Tensor;
  /** float32 [height, width, inputChannels, filters]; absent on layers without a spatial kernel. */
  kernel?(tf: Tf, weights: LayerTensors): Tensor4D;
}

/** Checks a layer's options against its inputs' shapes. @throws UserError naming layer and option */
export type LayerType = (config: ConfigReader, inputs: readonly Shape[]) => Layer;

export const IDENTITY: FieldStep = { kind: 'identity' };
export const GLOBAL: FieldStep = { kind: 'global' };
