import type { Tile } from '../../image/candidates.ts';
import { DECODE_VERSION } from '../../image/decode.ts';
import type { DecodeOptions } from '../../image/decode.ts';
import { checkIsolated, decodeIsolated } from '../../image/decoder.ts';
import { ENCODE_VERSION } from '../../image/encode.ts';
import type { ImagePixels } from '../../model/model.ts';
import { keyOf } from '../../store/store.ts';

/** How images become the network's input. */
export type Fitting = Omit<DecodeOptions, 'tile'>;

/** What an image's pixels are made from. */
export interface ImageContent {
  /** SHA-256 of the file, or the key of what is drawn. */
  readonly content: string;
  readonly isDrawn: boolean;
  readonly tile?: Tile | undefined;
}

/** Stands for the pixels in cache keys. */
export function imageKey({ content, isDrawn, tile }: ImageContent, fitting: Fitting): string {
  return keyOf({
    ...(isDrawn ? { drawing: content } : { bytes: content }),
    ...fitting,
    tile,
    version: [DECODE_VERSION, ENCODE_VERSION],
  });
}

/** @throws ImageError */
export function decodeFitted(bytes: Uint8Array, fitting: Fitting, tile?: Tile): Promise<ImagePixels> {
  return decodeIsolated(bytes, { ...fitting, ...(tile ? { tile } : {}) });
}

/** Whether it can be decoded so: only the pixels are spared the way. @throws ImageError */
export async function checkFitted(bytes: Uint8Array, fitting: Fitting, tile?: Tile): Promise<void> {
  await checkIsolated(bytes, { ...fitting, ...(tile ? { tile } : {}) });
}
