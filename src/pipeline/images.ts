import type { Files } from '../effects.ts';
import { UserError, WorkError } from '../errors.ts';
import type { Place } from '../errors.ts';
import { asBitmap } from '../image/bitmap.ts';
import { DECODE_VERSION, MAX_BYTES, decodePicture } from '../image/decode.ts';
import { ENCODE_VERSION, encodeWebp } from '../image/encode.ts';
import { imageIds } from '../image/image-ids.ts';
import { listImages, pickEvenly } from '../image/sources.ts';
import type { Picture } from '../image/sources.ts';
import type { ImagePixels } from '../model/model.ts';
import type { ImagesSpec } from '../schema/experiment.ts';
import { keyOf, sha256 } from '../store/store.ts';
import type { Store } from '../store/store.ts';
import type { WorldImage } from '../techniques/technique.ts';
import { drawingKey, drawnFile } from './drawings.ts';

/** A picture that could be read, fitted to the network's input. */
export interface PreparedImage extends WorldImage {
  readonly picture: Picture;
  /** Made from the file's bytes, or what is drawn, and how it is decoded: stands for the pixels in cache keys. */
  readonly key: string;
  /** The picture as the network sees it, among the store's assets. */
  readonly asset: string;
  readonly width: number;
  readonly height: number;
}

export interface ImageSet {
  readonly images: readonly PreparedImage[];
  readonly skipped: readonly { file: string; reason: string }[];
  pixels(image: number): Promise<ImagePixels>;
}

interface Context {
  readonly store: Store;
  readonly files: Files;
  readonly place: (key: string) => Place;
  readonly warn: (line: string) => void;
  /** Pictures decoded at a time. */
  readonly jobs: number;
}

type Record = { readonly asset: string } | { readonly reason: string };

/**
 * Lists an experiment's pictures, leaving out with a warning those that cannot be read. Unreadable ones do not count
 * towards `limit`.
 * @throws UserError where folders are missing or no picture is left
 */
export async function prepareImages(
  spec: ImagesSpec,
  [height, width, channels]: readonly [number, number, number],
  context: Context,
): Promise<ImageSet> {
  const { limit, ...unlimited } = spec;
  const { all, problems } = await listImages(unlimited, { files: context.files, place: context.place });
  if (problems.length > 0) throw new UserError(problems);

  const settings = {
    height,
    width,
    channels: channels === 1 ? (1 as const) : (3 as const),
    fit: spec.fit,
    ...(spec.crop ? { crop: spec.crop } : {}),
  };
  const load = async ({ path, drawing, tile }: Picture): Promise<ImagePixels> =>
    decodePicture(path ?? (await drawnFile(drawing, context.store)), {
      ...settings,
      ...(tile ? { tile } : {}),
    });

  const skipped: { file: string; reason: string }[] = [];
  const look = async (picture: Picture): Promise<{ picture: Picture; key: string; record: Record }> => {
    const { path, drawing } = picture;
    if (path !== undefined && ((await context.files.stat(path))?.size ?? 0) > MAX_BYTES) {
      return { picture, key: '', record: { reason: `it has more than ${MAX_BYTES / 1e6} MB` } };
    }
    const key = keyOf({
      // What is drawn is known by what it is drawn from: it need not be drawn to be planned.
      ...(drawing
        ? { drawing: drawingKey(drawing) }
        : { bytes: sha256(await context.files.readBytes(path)) }),
      ...settings,
      tile: picture.tile,
      version: [DECODE_VERSION, ENCODE_VERSION],
    });
    const known = (await context.store.readRecord('image', key)) as Record | undefined;
    if (known && ('reason' in known || (await context.store.assetSize(known.asset)) !== undefined)) {
      return { picture, key, record: known };
    }
    const record = await decodeOnce(load(picture), context.store);
    await context.store.writeRecord('image', key, record);
    return { picture, key, record };
  };

  const looked = new Map<Picture, { key: string; record: Record }>();
  let candidates: readonly Picture[] = all;
  for (;;) {
    const chosen = limit === undefined ? candidates : pickEvenly(candidates, limit);
    const fresh = chosen.filter((picture) => !looked.has(picture));
    if (fresh.length === 0) break;
    for (let start = 0; start < fresh.length; start += context.jobs) {
      const batch = fresh.slice(start, start + context.jobs);
      for (const { picture, key, record } of await Promise.all(batch.map(look))) {
        looked.set(picture, { key, record });
        if (!('reason' in record)) continue;
        skipped.push({ file: picture.file, reason: record.reason });
        context.warn(`${picture.path ?? picture.file}: skipped: ${record.reason}`);
      }
    }
    candidates = candidates.filter((picture) => !('reason' in (looked.get(picture)?.record ?? {})));
  }
  const chosen = limit === undefined ? candidates : pickEvenly(candidates, limit);
  const readable = chosen.flatMap((picture) => {
    const { key, record } = looked.get(picture)!;
    return 'reason' in record ? [] : [{ picture, key, asset: record.asset }];
  });
  if (readable.length === 0) {
    throw new UserError({
      what:
        all.length === 1
          ? 'The image file cannot be read.'
          : `None of the ${all.length} image files can be read.`,
      place: context.place(''),
      why: skipped
        .slice(0, 5)
        .map(({ file, reason }) => `${file}: ${reason}`)
        .join('; '),
      hint: 'Give at least one readable PNG, JPEG, WebP, GIF, TIFF or AVIF file.',
    });
  }

  const ids = imageIds(readable.map(({ picture }) => picture));
  const images = readable.map(({ picture, key, asset }, index): PreparedImage => {
    const base = { index, id: ids[index]!, file: picture.file, picture, key, asset, width, height };
    return picture.class === undefined ? base : { ...base, class: picture.class };
  });
  return { images, skipped, pixels: (image) => load(images[image]!.picture) };
}

async function decodeOnce(pixels: Promise<ImagePixels>, store: Store): Promise<Record> {
  let decoded: ImagePixels;
  try {
    decoded = await pixels;
  } catch (error) {
    // Of the machine, not of the picture: nothing to keep.
    if (error instanceof WorkError) throw error;
    return { reason: error instanceof Error ? error.message : String(error) };
  }
  return { asset: await store.putAsset(await encodeWebp(asBitmap(decoded)), 'webp') };
}
