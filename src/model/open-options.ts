import type { Files } from '../effects.ts';
import type { Place } from '../errors.ts';
import type { PackagedOptions } from './packaged-weights.ts';

export interface OpenOptions extends PackagedOptions {
  /** The experiment's: random weights are made from it. */
  readonly seed: number;
  /** Where a key of the model stands: `file`, `zoo`, `weights`, `output`, `classes`, `input`, `preprocess`, `include_top`, `layers`, or '' for all of it. */
  readonly place: (key: string) => Place;
  readonly files?: Files;
  /** Ends the reading of files; opening then rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}
