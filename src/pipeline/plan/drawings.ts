import { asBitmap } from '../../image/bitmap.ts';
import { ENCODE_VERSION, encodePng } from '../../image/encode.ts';
import { drawingVersion, drawImage } from '../../synthetic/index.ts';
import type { Drawing } from '../../schema/generated.ts';
import { keyOf } from '../../store/store.ts';
import type { Store } from '../../store/store.ts';

/** Stands for a drawn image's bytes before it is drawn. */
export function drawingKey(drawing: Drawing): string {
  return keyOf({ drawing, version: [drawingVersion(drawing), ENCODE_VERSION] });
}

/** The image as a PNG file: from the store, or drawn now and kept there. */
export async function drawnFile(drawing: Drawing, store: Store): Promise<Uint8Array> {
  const key = drawingKey(drawing);
  const known = (await store.readRecord('drawing', key)) as { readonly asset: string } | undefined;
  const kept = known && (await store.readAsset(known.asset));
  if (kept) return kept;
  const png = await encodePng(asBitmap(await drawImage(drawing)));
  await store.writeRecord('drawing', key, { asset: await store.putAsset(png, 'png') });
  return png;
}
