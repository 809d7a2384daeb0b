import type { ImagePixels } from '../model/model.ts';
import type { DecodeOptions } from './decode.ts';

export interface DecodeRequest {
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly options: DecodeOptions;
}

export type DecodeReply =
  | { readonly id: number; readonly pixels: ImagePixels }
  /** A `PictureError`. */
  | { readonly id: number; readonly reason: string }
  /** An error that is the program's own. */
  | { readonly id: number; readonly failure: string }
  /**
   * More is used than allowed: this process is to be killed. It cannot end by itself, since Node waits for the threads
   * that decode.
   */
  | { readonly exceeded: 'time' | 'memory' };

/** Seconds of processor time for one image: for a multiple of those that are decoded at the same time. */
export const MAX_SECONDS = 8;
/** Bytes of main memory of the whole process, for all it decodes at the same time. */
export const MAX_MEMORY = 1e9;
