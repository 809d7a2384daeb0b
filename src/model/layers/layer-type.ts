import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { LayerKind } from '../../schema/report.ts';
import type { Pair, Reads, Shape, Tf } from './basic-types.ts';
import type { ActivationFunction } from './activation-functions.ts';
import type { ConfigReader } from './config-reader.ts';
import type { BackwardRule } from './rules.ts';

export type { Pair, Reads, Shape, Tf } from './basic-types.ts';
export { READS_NOTHING } from './basic-types.ts';

export interface WeightSpec {
  /** Keras' own short name: kernel, bias, gamma, … */
  readonly name: string;
  readonly shape: Shape;
  /** Keras' snake_case name of the initializer that a random network uses. */
  readonly initializer: string;
  /** Training never changes it (statistics): older files list it behind what is trained. */
  readonly fixed?: true;
}

/**
 * What one output unit sees of the layer's input. `window`: unit y sees rows
 * [y·stride - before, y·stride - before + size - 1]; fractions occur where a layer enlarges its input.
 * `global`: the whole input, or no position in it is known.
 */
export type FieldStep =
  | { readonly kind: 'window'; readonly size: Pair; readonly stride: Pair; readonly before: Pair }
  | { readonly kind: 'identity' }
  | { readonly kind: 'global' };

/** What a forward pass runs with. */
export interface Run {
  readonly tf: Tf;
  /** Applies a nonlinearity, wherever it stands: its own layer or fused into another. The one place where a rule
   * for the backward pass (guided, deconvnet) can be put in. */
  readonly activate: (activation: ActivationFunction, x: Tensor) => Tensor;
  /** Whether a layer may have its activation computed in one operation with the rest: not where a gradient is asked for. */
  readonly fuses?: boolean;
}

/** Weights on the backend by their short names. */
export type LayerTensors = Readonly<Record<string, Tensor>>;

/** What a signal is sent back with. */
export interface BackRun {
  readonly tf: Tf;
  readonly rule: BackwardRule;
  /** Sends a signal back through a nonlinearity, wherever it stands, by the rule that holds. */
  readonly through: (activation: ActivationFunction, signal: Tensor, output: Tensor | undefined) => Tensor;
  /**
   * A kernel turned upside down and back to front, inputs and outputs exchanged: a convolution with it does what a transposed
   * one does with the kernel. Absent where that is no faster.
   */
  readonly turned?: ((kernel: Tensor4D) => Tensor4D) | undefined;
}

/** What reached a layer on the way there, and the signal that has come back to its output. */
export interface Passed {
  readonly signal: Tensor;
  /** With the batch axis. */
  readonly inputShapes: readonly (readonly number[])[];
  /** Those that `reads` asked for. */
  readonly inputs: readonly Tensor[];
  readonly output: Tensor | undefined;
}

/**
 * A layer's backward pass, written by hand: TensorFlow.js' own gradient of the layer computes it once more and keeps all
 * its inputs.
 */
export interface BackwardPass {
  reads(rules: readonly BackwardRule[]): Reads;
  /** Signals for the inputs, in their order; called inside a tidy. `passed.signal` itself may be among them. */
  signals(run: BackRun, passed: Passed, weights: LayerTensors): readonly Tensor[];
  /** Where maps are read for the rule `deconvnet`, too, but less is enough. */
  readonly switches?: SwitchRecording | undefined;
}

/** What is kept of a layer's one input in its stead: a small number for each value of the output. */
export interface SwitchRecording {
  /** How many different numbers there are, 0 being the first: 256 at most. */
  readonly taps: number;
  /** @param input float32 [height, width, channels], whole */
  take(input: Float32Array): Uint8Array;
  /**
   * The signal for the input, of the shape that `passed` says.
   *
   * @param passed with a batch of 1
   * @param switches a number for each value of the signal that has come back
   */
  signal(run: BackRun, passed: Passed, switches: Uint8Array): Tensor;
}

/** Rows and columns beyond the sides of a map. */
export interface Margins {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

export const NO_MARGINS: Margins = { top: 0, bottom: 0, left: 0, right: 0 };

/** What a layer does. */
export interface Operation {
  /** Inputs and result have the batch axis first. Called inside a tidy: needs not free what lies between. */
  forward(run: Run, inputs: readonly Tensor[], weights: LayerTensors): Tensor;
  /** Every built-in layer has one; without, TensorFlow.js' gradient of the layer is taken. */
  readonly back?: BackwardPass | undefined;
}

/**
 * What one value of a layer's output is made of, so that it can be written out: with the layer's field and weights, all there is to know.
 *
 * - sum: the products of a window with the filter's kernel, over `kernel.depth` input channels from `firstChannel` on
 * - max, mean: of a window in the channel of the same number; what lies outside the input does not count
 * - dense: the products of a vector with the unit's weights, `[inputs, units]`
 * - function: of the value at the same place (of all values along the last axis where it is a softmax)
 */
export type Formula =
  | {
      readonly kind: 'sum';
      readonly dilation: Pair;
      readonly firstChannel: (filter: number) => number;
      readonly activation: ActivationFunction;
    }
  | { readonly kind: 'max' | 'mean' }
  | { readonly kind: 'dense'; readonly activation: ActivationFunction }
  | { readonly kind: 'function'; readonly activation: ActivationFunction };

/** How a value of a layer is made of its input. */
export interface LayerFormula {
  readonly formula: Formula;
  /** Of the layer alone. */
  readonly field: FieldStep;
  /** Index of the layer whose output it takes. */
  readonly input: number;
  /** Of that output, without the batch axis. */
  readonly inputShape: Shape;
}

/** A layer of a network: its options checked, its shapes known. */
export interface Layer extends Operation {
  readonly outputShape: Shape;
  /** In the order in which Keras stores them. */
  readonly weights: readonly WeightSpec[];
  readonly field: FieldStep;
  /** Further tensors made of the weights once, which every pass gets with them; called inside a tidy. */
  readonly derive?: (tf: Tf, weights: LayerTensors) => LayerTensors;
  /**
   * How a part of the output is computed from the part of the input that its windows see. `alike`: by the layer itself, for
   * every place has only itself to do with. Else by an operation for windows that reach `beyond` the input; sizes fit exactly.
   * Absent where the layer can only be computed whole.
   */
  readonly part?: 'alike' | ((beyond: Margins) => Operation);
  /** How what follows the layer is computed with it; absent where that is not known. */
  readonly merge?: Merge;
  /** The output is x · scale + offset by channels, the last axis; `derive` makes tensors of these names. */
  readonly scalesChannels?: true;
  /** Absent on layers without a spatial kernel. */
  readonly kernel?: Kernel;
  /** Absent where a value is not made in one of these ways. */
  readonly formula?: Formula;
}

/** A layer of sums with what follows it: a scale and an offset of each channel, and an activation. */
export interface Merge {
  /** The layer with a bias, where there is one among its weights, and this activation. */
  operation(activation: ActivationFunction): Operation;
  /** Weights whose sums, without the bias, are `by` times as large. @param by float32 [channels] */
  scale(tf: Tf, weights: LayerTensors, by: Tensor): LayerTensors;
}

/** A layer's weights as one kernel for each filter. */
export interface Kernel {
  /** Input channels that each filter's kernel spans. */
  readonly depth: number;
  /** float32 [height, width, depth, filters] */
  read(tf: Tf, weights: LayerTensors): Tensor4D;
}

/** What is known of a layer by its type alone. */
export interface LayerTraits {
  readonly kind: LayerKind;
  /** Passes an image on as an image, at most moved, resized or rescaled: red, green and blue keep their places. */
  readonly keepsChannels?: true;
  /** Gives the values of maps another order: the units of a vector made so are no filters. */
  readonly rearranges?: true;
  /** Brings pixels into the range of the network: images need no other preprocessing. */
  readonly scalesPixels?: true;
  /** Hands its input on in inference, whatever its options say: those it draws at random by are not checked. */
  readonly identity?: true;
}

/** One entry of the table in layer-types.ts. */
export interface LayerType extends LayerTraits {
  /** Keras' class name: the `type` of a network's nodes. */
  readonly name: string;
  /** Class names of the same layer in other versions of Keras. */
  readonly aliases?: readonly string[];
  readonly build: LayerBuilder;
}

/** Checks a layer's options against its inputs' shapes. @throws UserError naming layer and option */
export type LayerBuilder = (config: ConfigReader, inputs: readonly Shape[]) => Layer;

export const IDENTITY: FieldStep = { kind: 'identity' };
export const GLOBAL: FieldStep = { kind: 'global' };
