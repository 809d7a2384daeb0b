import type { PackagedFile, Preprocess } from '../../schema/experiment.ts';
import type { Network } from '../network.ts';

/** A file of trained weights on the network, with what it must be. At least one of the two sums is known. */
export interface WebWeights {
  /** Name in the cache folder. */
  readonly file: string;
  readonly url: string;
  readonly bytes: number;
  readonly sha256?: string;
  readonly md5?: string;
}

/** A file of trained weights in a package of a registry. */
export interface PackagedWeights {
  readonly packaged: PackagedFile;
  readonly bytes: number;
}

export type WeightSource = WebWeights | PackagedWeights;

/** Trained weights that come with Filterscope: a TensorFlow.js layers model of the network. */
export interface BundledWeights {
  /** Of model.json, from the package's root. */
  readonly model: string;
  /** What the network tells apart with them, in the order of the classifier's units. */
  readonly classes: readonly string[];
}

export interface ZooOptions {
  /** [height, width] */
  readonly input: readonly [number, number];
  readonly includeTop: boolean;
  readonly preprocess: Preprocess;
}

/** How state dicts of PyTorch name a network's layers. */
export interface StateDictNames {
  /** The module of a layer, by the layer's name: its entries are `<module>.weight`, `<module>.bias`, … */
  moduleOf(layer: string): string;
  /** Another module name that older files have for the same layer; undefined where there is none. */
  olderModuleOf?(layer: string): string | undefined;
  /** Modules that a state dict may have and the network has no layers for, such as outputs for training only. */
  readonly others?: readonly string[];
  /** What weights in state dicts were trained with; absent: the same as the network's other weights. */
  readonly preprocess?: Preprocess;
  /** The network that such weights fit, where it differs from the network of other weights; the same layer names where it can. */
  network?(options: ZooOptions): Network;
}

/** A network that Filterscope knows by name. */
export interface ZooModel {
  readonly name: string;
  /** One sentence. */
  readonly description: string;
  /** Of the weights, or of the architecture where there are none. */
  readonly licence: string;
  readonly preprocess: Preprocess;
  readonly defaultInput: readonly [number, number];
  readonly channels: 1 | 3;
  /** Whether there are classifying layers to be left out. */
  readonly hasTop: boolean;
  network(options: ZooOptions): Network;
  /** Absent: modules are called as the layers are. */
  readonly stateDict?: StateDictNames;
  /** Where trained weights can be fetched from. */
  weights?(options: Pick<ZooOptions, 'includeTop'>): WeightSource;
  /** What the network tells apart with these weights, in the order of the classifier's units. */
  readonly classes?: readonly string[];
  /** By the names that `weights` of an experiment may say. */
  readonly bundled?: Readonly<Record<string, BundledWeights>>;
  /** What is taken where an experiment says nothing of weights and none are fetched; absent: random weights. */
  readonly bundledDefault?: string;
  /** Whether the classifier takes images of any size. */
  readonly anySize?: boolean;
}
