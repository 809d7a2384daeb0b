import type { ImagePixels } from '../model/model.ts';
import type { DecodeOptions } from './decode.ts';

export interface DecodeRequest {
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly options: DecodeOptions;
  readonly limits: DecodeLimits;
  /** The reply is without the values of the pixels. */
  readonly isCheck?: boolean;
}

export interface DecodeLimits {
  /** Of processor time for one image: for a multiple of those that are decoded at the same time. */
  readonly seconds: number;
  /** Bytes of main memory of the whole process, for all it decodes at the same time. */
  readonly memory: number;
}

export const DECODE_LIMITS: DecodeLimits = { seconds: 8, memory: 1e9 };

export type DecodeReply =
  | { readonly id: number; readonly pixels: ImagePixels }
  /** A `ImageError`. */
  | { readonly id: number; readonly reason: string }
  /** An error that is the program's own. */
  | { readonly id: number; readonly failure: string }
  /**
   * More is used than allowed: this process is to be killed. It cannot end by itself, since Node waits for the threads
   * that decode.
   */
  | { readonly exceeded: 'time' | 'memory' };
