import type { Dialect } from '../network.ts';
import type { ReadOptions } from './format.ts';

export interface KerasOptions extends ReadOptions {
  readonly format: string;
  /** Who wrote the file. */
  readonly dialect: Dialect;
}
