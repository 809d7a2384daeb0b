import type { MessagePort } from 'node:worker_threads';
import type { Problem } from '../../errors.ts';
import type { PluginCode } from '../../plugins.ts';
import type { ParsedNetwork, ReadOptions, WeightFile } from '../formats/format.ts';
import type { NodeWeights, Weights } from '../network.ts';
import type { Backlog } from './backlog.ts';

/** What is asked of the thread that reads model files, and what it answers: plain data only. */

/** A model file. Its ending says how it is read. */
export interface ModelFileName {
  /** Absolute. */
  readonly path: string;
  readonly options: ReadOptions;
}

export type ReadRequest =
  | { readonly do: 'open model'; readonly file: ModelFileName }
  | { readonly do: 'check model' | 'load model'; readonly file: ModelFileName }
  | { readonly do: 'check weights' | 'load weights'; readonly file: WeightFile };

/** A request as it is sent, with where the thread counts what it has handed over. */
export interface ReadCall {
  readonly request: ReadRequest;
  readonly backlog: Backlog;
}

/** What the thread is started with. */
export interface ReaderData {
  readonly plugins: PluginCode | undefined;
  /** Where memory of weights comes back: lists of buffers. */
  readonly returned: MessagePort;
}

export interface OpenedModel extends ParsedNetwork {
  /** Absolute paths of other files that hold its weights, in order. */
  readonly weightFiles: readonly string[];
}

export interface CheckedWeights {
  /** Absolute paths of all files that the weights come from, in order. */
  readonly paths: readonly string[];
}

/** What each request is answered with; the weights of a file besides those that were handed over before. */
export interface ReadResults {
  readonly 'open model': OpenedModel;
  readonly 'check model': CheckedWeights;
  readonly 'check weights': CheckedWeights;
  readonly 'load model': Weights;
  readonly 'load weights': Weights;
}

export type ReadReply =
  | { readonly kind: 'begun' }
  /** Some of the weights that were asked for, as soon as they have been read, with their size. */
  | {
      readonly kind: 'weights';
      readonly nodes: readonly (readonly [node: string, weights: NodeWeights])[];
      readonly kilobytes: number;
    }
  | { readonly kind: 'result'; readonly result: ReadResults[keyof ReadResults]; readonly spent: boolean }
  | { readonly kind: 'refused'; readonly problems: readonly Problem[]; readonly spent: boolean }
  /** A problem of the machine, not of the file. */
  | { readonly kind: 'unable'; readonly problem: Problem; readonly spent: boolean }
  | { readonly kind: 'failed'; readonly message: string; readonly stack?: string };
