import type { Store } from '../../store/store.ts';
import { assetSrc } from './report-panels.ts';

interface PictureRecord {
  readonly asset: string;
  readonly bytes: number;
  readonly width: number;
  readonly height: number;
}

export interface EncodedPicture {
  readonly bytes: Uint8Array;
  readonly extension: 'png' | 'webp';
  readonly width: number;
  readonly height: number;
}

/** A composed picture as a report names it. */
export interface KeptPicture {
  readonly src: string;
  readonly width: number;
  readonly height: number;
}

/** The composed picture kept under a key, made where it is not there. */
export async function keptPicture(
  store: Store,
  key: string,
  make: () => Promise<EncodedPicture>,
): Promise<KeptPicture> {
  const known = (await store.readRecord('figure', key)) as PictureRecord | undefined;
  if (known && (await store.assetSize(known.asset)) === known.bytes) {
    return { src: assetSrc(known.asset), width: known.width, height: known.height };
  }
  const { bytes, extension, width, height } = await make();
  const asset = await store.putAsset(bytes, extension);
  await store.writeRecord('figure', key, {
    asset,
    bytes: bytes.byteLength,
    width,
    height,
  } satisfies PictureRecord);
  return { src: assetSrc(asset), width, height };
}
