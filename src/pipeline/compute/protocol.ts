import type { BackendName, BackendRequest } from '../../backend/predict.ts';
import type { Problem } from '../../errors.ts';
import type { PluginCode } from '../../plugins.ts';
import type { ImagePixels } from '../../model/model.ts';
import type { ModelSpec } from '../../schema/experiment.ts';
import type { MapValues, PartialKey, Job, Scan } from '../../techniques/technique.ts';
import type { StoredPanel } from '../results/stored-job.ts';
import type { ComputedFile } from '../results/panel-files.ts';

/** What the two sides of the model thread say to each other: plain data only. */

/** What the thread is started with. */
export interface WorkerData {
  readonly plugins: PluginCode | undefined;
}

export interface BackendFacts {
  readonly name: BackendName;
  readonly device: string;
  readonly version: string;
  /** Part of every cache key: all of the backend that may change a bit of a result. */
  readonly family: string;
  /** The line printed at start. */
  readonly line: string;
}

export interface ModelRequest {
  readonly spec: ModelSpec;
  readonly seed: number;
  /** See `ModelSource`: what is computed is stored under it. */
  readonly identity: string;
  readonly cacheDir: string;
  /** Absolute path of the store with what was found out about files. */
  readonly notesDir: string;
}

export type ToWorker =
  | { readonly kind: 'start'; readonly request: BackendRequest }
  | { readonly kind: 'model'; readonly request: ModelRequest }
  | {
      readonly kind: 'compute';
      readonly technique: string;
      readonly jobs: readonly Job[];
      readonly seed: number;
    }
  /** Only partial results are made. */
  | { readonly kind: 'scan'; readonly scan: Scan }
  | {
      readonly kind: 'pixels';
      readonly image: number;
      readonly pixels: ImagePixels | { readonly error: string };
    }
  /** Answers `recall` with what is kept, if anything, `remember` and `forget` with nothing. */
  | { readonly kind: 'partial'; readonly request: number; readonly bytes?: Uint8Array }
  /** An output of so many bytes has been dealt with: the worker may run ahead by as many more, in the memory of its numbers. */
  | { readonly kind: 'taken'; readonly bytes: number; readonly spare: ArrayBuffer }
  | { readonly kind: 'abort' }
  /** Frees the network: native memory outlives the thread. */
  | { readonly kind: 'unload' };

export interface ComputedJob {
  /** Position in the list of jobs that was asked for. */
  readonly job: number;
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
  | { readonly kind: 'computed'; readonly result: ComputedJob; readonly bytes: number }
  | { readonly kind: 'done' }
  | { readonly kind: 'unloaded' }
  | { readonly kind: 'wants'; readonly image: number }
  | { readonly kind: 'recall'; readonly request: number; readonly key: PartialKey }
  | {
      readonly kind: 'remember';
      readonly request: number;
      readonly key: PartialKey;
      readonly bytes: Uint8Array;
    }
  | { readonly kind: 'forget'; readonly request: number; readonly key: PartialKey }
  | {
      readonly kind: 'failed';
      readonly problems?: readonly Problem[];
      /** The problem is one of the machine, such as too many open files, and not of the experiment. */
      readonly machineAtFault?: boolean;
      /** The technique whose code failed. */
      readonly technique?: string;
      readonly message: string;
      readonly stack?: string;
    };
