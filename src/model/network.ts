/**
 * A network as plain data: what a model file says, before any weight is read and without a backend. Formats and the
 * zoo produce it; shapes, receptive fields, the layer list and the executor are derived from it.
 */
import type { Preprocess } from '../schema/experiment.ts';
import type { LayerInfo as ReportedLayer, LayerKind } from '../schema/report.ts';

export type { ReceptiveField } from '../schema/report.ts';

/** What a report and the layer list say of a layer. */
export type LayerInfo = ReportedLayer & { readonly kind: LayerKind };

/** Whose meaning a layer's options have: the libraries agree on most of them, not on all. */
export type Dialect = 'keras-1' | 'keras-2' | 'keras-3' | 'tfjs' | 'onnx';

export interface NetworkNode {
  /** Unique in the network. */
  readonly name: string;
  /** Keras' class name, which is also the key of the table of layer types (layer-types.ts). */
  readonly type: string;
  /** Keras' configuration keys in snake_case (`kernel_size`, `strides`, `padding`, …), checked by the layer type. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Absent: keras-3. */
  readonly dialect?: Dialect;
  /** Names of the nodes whose outputs this one takes, in order; empty for the input. */
  readonly inputs: readonly string[];
  /** The node whose weights this one uses: a layer that the model calls more than once has a node for each call. */
  readonly sharesWeightsOf?: string;
}

export interface Network {
  readonly name: string;
  /** keras-v3 | keras-h5 | tfjs-layers | tfjs-graph | onnx | inline | zoo */
  readonly format: string;
  /** [height, width, channels]; channels is 1 or 3 where images can be shown to it. */
  readonly inputShape: readonly [number, number, number];
  /** In the order of the model file; an index is a position in this list. Inputs stand before what uses them. */
  readonly nodes: readonly NetworkNode[];
  readonly preprocess: Preprocess;
  /** The last node, where the experiment chose it from several outputs. */
  readonly output?: string;
  /** What readers of results should know: sentences, as that the file's weights are computed in another precision. */
  readonly notices?: readonly string[];
}

/** float32 weights of one node by Keras' short names (kernel, bias, gamma, …), row-major. */
export type NodeWeights = ReadonlyMap<
  string,
  { readonly shape: readonly number[]; readonly data: Float32Array }
>;
export type Weights = ReadonlyMap<string, NodeWeights>;

/**
 * Takes over the weights of one node as soon as they have been read.
 *
 * @param release absent where their memory is theirs alone; else to be called as soon as their values have been used or copied: others may
 *   be there from then on
 */
export type TakeWeights = (node: string, weights: NodeWeights, release?: () => void) => void;
