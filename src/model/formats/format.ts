import type { Place } from '../../errors.ts';
import type { Preprocess } from '../../schema/experiment.ts';
import type { Network, TakeWeights, Weights } from '../network.ts';
import type { ModuleNames } from '../state-dict/modules.ts';
import type { Needs } from './stored-array.ts';

/** What stands in a container, in its order: the layers as the model file counts them, before models are unfolded. */
export interface LayerTree {
  readonly name: string;
  /** The class name as the file has it: Keras makes group names from it. */
  readonly type: string;
  /** The node that carries this layer's weights. */
  readonly node?: string;
  /** As the file has it; absent where it does not say. */
  readonly trainable?: boolean;
  /** Of a model used as a layer. */
  readonly children?: readonly LayerTree[];
}

/** A network with the order in which its file's weights stand. */
export interface ParsedNetwork {
  readonly network: Network;
  readonly tree: readonly LayerTree[];
}

/** What the experiment file says of a model file. */
export interface ReadOptions {
  /** Names the model file in errors. */
  readonly place: Place;
  /** [height, width] in place of the file's own. */
  readonly input?: readonly [number, number];
  readonly preprocess: Preprocess;
}

/** A model file read as far as its architecture. */
export interface ModelFile extends ParsedNetwork {
  /** Absolute paths of other files that hold its weights, in order. */
  readonly weightFiles?: readonly string[];
  /** Finds every weight and compares shapes without reading values. @throws UserError naming layer and both shapes */
  checkWeights(): Promise<void>;
  /** @param take may be given the weights of each node as soon as they are read, in memory that nothing else uses; returns all others */
  loadWeights(take?: TakeWeights): Promise<Weights>;
}

/** A file with the weights of a network that is known already. */
export interface WeightFile {
  /** Absolute. */
  readonly path: string;
  /** Names the file in errors. */
  readonly place: Place;
  readonly tree: readonly LayerTree[];
  readonly needs: Needs;
  /** How PyTorch's state dicts name the layers; absent for weights that are of another kind in any case. */
  readonly modules?: ModuleNames;
}

/** How a format gives the weights alone, for a network that is known already. */
export interface WeightReader {
  /**
   * Finds every weight and compares shapes without reading values.
   * @returns absolute paths of all files that the weights come from, in order
   * @throws UserError naming layer and both shapes
   */
  check(file: WeightFile): Promise<readonly string[]>;
  /** @param take as of `ModelFile.loadWeights` */
  load(file: WeightFile, take?: TakeWeights): Promise<Weights>;
  /** Names of files that an experiment may give as its weights, for messages; none where only zoo models bring such files. */
  readonly examples: readonly string[];
}

/** A format of model files: one entry of the table in table.ts. */
export interface ModelFormat {
  /** As report.json has it. */
  readonly name: string;
  /** By which a file is recognized: lower case, each in one format only. */
  readonly endings: readonly string[];
  /** A file of it, for messages. */
  readonly example: string;
  /** How a network is saved in it: a sentence, for hints. */
  readonly saving: string;
  /** Reads a model file as far as its architecture. @param path absolute */
  open(path: string, options: ReadOptions): Promise<ModelFile>;
  /** Its files have no network: opening one says so. */
  readonly weightsOnly?: true;
  /** Absent: its files give no weights to networks that are described elsewhere. */
  readonly weights?: WeightReader;
}

/** The tree of a network that was not unfolded from anything. */
export function flatTree(network: Network): readonly LayerTree[] {
  return network.nodes.map(({ name, type }) => ({ name, type, node: name }));
}
