import type { Store } from '../../store/store.ts';
import { assetSrc } from './report-panels.ts';

interface ImageRecord {
  readonly asset: string;
  readonly bytes: number;
  readonly width: number;
  readonly height: number;
}

export interface EncodedImage {
  readonly bytes: Uint8Array;
  readonly extension: 'png' | 'webp';
  readonly width: number;
  readonly height: number;
}

/** A composed image as a report names it. */
export interface CachedImage {
  readonly src: string;
  readonly width: number;
  readonly height: number;
}

/** The composed image cached under a key, made where it is not there. */
export async function cachedImage(
  store: Store,
  key: string,
  make: () => Promise<EncodedImage>,
): Promise<CachedImage> {
  const known = (await store.readRecord('figure', key)) as ImageRecord | undefined;
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
  } satisfies ImageRecord);
  return { src: assetSrc(asset), width, height };
}
