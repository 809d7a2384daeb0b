import type { BackendName, BackendRequest } from '../../backend/predict.ts';
import type { Problem } from '../../errors.ts';
import type { ImagePixels } from '../../model/model.ts';
import type { ModelSpec } from '../../schema/experiment.ts';
import type { MapValues, MemoKey, Unit } from '../../techniques/technique.ts';
import type { StoredPanel } from '../results/stored-unit.ts';
import type { ComputedFile } from '../results/panel-files.ts';

/** What the two sides of the model thread say to each other: plain data only. */

export interface BackendFacts {
  readonly name: BackendName;
  readonly device: string;
  readonly version: string;
  /** Part of every cache key: all of the backend that may change a bit of a result. */
  readonly family: string;
  /** The one line said at start. */
  readonly line: string;
}

export interface ModelRequest {
  readonly spec: ModelSpec;
  readonly seed: number;
  readonly cacheDir: string;
}

export type ToWorker =
  | { readonly kind: 'start'; readonly request: BackendRequest }
  | { readonly kind: 'model'; readonly request: ModelRequest }
  | {
      readonly kind: 'compute';
      readonly technique: string;
      readonly units: readonly Unit[];
      readonly seed: number;
    }
  | {
      readonly kind: 'pixels';
      readonly image: number;
      readonly pixels: ImagePixels | { readonly error: string };
    }
  /** Answers `recall` with what is kept, if anything, `remember` and `forget` with nothing. */
  | { readonly kind: 'memo'; readonly request: number; readonly bytes?: Uint8Array }
  /** One output has been dealt with: the worker may run ahead by one more. */
  | { readonly kind: 'taken' }
  | { readonly kind: 'abort' }
  /** Frees the network: native memory outlives the thread. */
  | { readonly kind: 'unload' };

export interface ComputedUnit {
  /** Position in the list of units that was asked for. */
  readonly unit: number;
  readonly panels: readonly StoredPanel[];
  readonly payload: Uint16Array;
  readonly values: readonly MapValues[];
  readonly files: readonly ComputedFile[];
}

export type FromWorker =
  | { readonly kind: 'started'; readonly backend: BackendFacts }
  | {
      readonly kind: 'loaded';
      readonly badWeights: readonly { readonly layer: string; readonly count: number }[];
    }
  | { readonly kind: 'computed'; readonly result: ComputedUnit }
  | { readonly kind: 'done' }
  | { readonly kind: 'unloaded' }
  | { readonly kind: 'wants'; readonly image: number }
  | { readonly kind: 'recall'; readonly request: number; readonly key: MemoKey }
  | {
      readonly kind: 'remember';
      readonly request: number;
      readonly key: MemoKey;
      readonly bytes: Uint8Array;
    }
  | { readonly kind: 'forget'; readonly request: number; readonly key: MemoKey }
  | {
      readonly kind: 'failed';
      readonly problems?: readonly Problem[];
      /** The problem is one of the machine, such as too many open files, and not of what it was told. */
      readonly machineAtFault?: boolean;
      readonly message: string;
      readonly stack?: string;
    };
