import pLimit from 'p-limit';
import type { Files } from '../../effects.ts';
import { UserError } from '../../errors.ts';
import type { Place, Problem } from '../../errors.ts';
import { imageIds } from '../../image/image-ids.ts';
import { imageNames } from '../../image/image-names.ts';
import { ImageError } from '../../image/image-error.ts';
import { readImageFile } from '../../image/read.ts';
import type { Candidates, ImageFile, Tile } from '../../image/candidates.ts';
import { listImages } from '../../image/sources.ts';
import type { ImagePixels } from '../../model/model.ts';
import { byLikeness } from '../../likeness.ts';
import { displayPath } from '../../paths.ts';
import type { ImagesSpec } from '../../schema/experiment.ts';
import { sha256 } from '../../hash.ts';
import type { Store } from '../../store/store.ts';
import type { ExperimentImage } from '../../techniques/technique.ts';
import { drawingKey, drawnFile } from './drawings.ts';
import { checkFitted, decodeFitted, imageKey } from './fitting.ts';
import type { Fitting } from './fitting.ts';
import { ImageAssets } from './image-assets.ts';
import { ImageTable } from './image-table.ts';
import type { ImageRecord } from './image-table.ts';

/** An image that could be read, fitted to the network's input. */
export interface PreparedImage extends ExperimentImage {
  readonly source: ImageFile;
  /** SHA-256 of the file, or the key of what is drawn. */
  readonly content: string;
  /** Made from the content, and how it is decoded: stands for the pixels in cache keys. */
  readonly key: string;
  readonly width: number;
  readonly height: number;
}

export interface ImageSet {
  /** How images become the network's input; absent where there are none. */
  readonly fitting?: Fitting;
  readonly images: readonly PreparedImage[];
  readonly skipped: readonly { file: string; reason: string }[];
  pixels(image: number): Promise<ImagePixels>;
  /** The images as the network sees them, among the store's assets: encoded where their pixels were asked for, or now. */
  assets(): Promise<readonly string[]>;
}

interface Context {
  readonly store: Store;
  readonly files: Files;
  /** @param key of `images`, and a key in it */
  readonly place: (key: string, entry?: string) => Place;
  readonly warn: (line: string) => void;
  /** Images decoded at a time. */
  readonly concurrency: number;
}

interface Looked {
  /** Of the image's file, or what stands for it. */
  readonly content: string;
  readonly key: string;
  readonly record: ImageRecord;
}

/** Files that are looked at together. */
const FILES_AT_ONCE = 64;
/** Of those that must be read, so many for each image that is decoded at a time: the others are read and written meanwhile. */
const READ_AT_ONCE = 3;
/** Files that are skipped, each named in a line of its own; of the others it is said how many they are. */
const MAX_WARNINGS = 10;
/** So many unreadable images in a row are replaced one by one where there is a `limit`; then more are tried at a time. */
const PATIENCE = 8;

/**
 * Lists an experiment's images, leaving out with a warning those that cannot be read. Unreadable ones do not count
 * towards `limit`. An image of which one tile cannot be had is left out as a whole.
 * @throws UserError where folders are missing, there are too many images or none is left
 */
export async function prepareImages(
  spec: ImagesSpec,
  [height, width, channels]: readonly [number, number, number],
  context: Context,
): Promise<ImageSet> {
  const { limit } = spec;
  const listing = await listImages(spec, { files: context.files, place: context.place });
  if (listing.problems.length > 0) throw new UserError(listing.problems);
  const { candidates } = listing;
  const given = resolveNames(spec, candidates, context.place);

  const fitting: Fitting = {
    height,
    width,
    channels: channels === 1 ? (1 as const) : (3 as const),
    fit: spec.fit,
    ...(spec.crop ? { crop: spec.crop } : {}),
  };
  const load = async ({ drawing, tile }: ImageFile, bytes?: Uint8Array): Promise<ImagePixels> =>
    decodeFitted(bytes ?? (await drawnFile(drawing!, context.store)), fitting, tile);

  const table = await ImageTable.open(context.store, spec, fitting);
  const someAtOnce = pLimit(READ_AT_ONCE * context.concurrency);
  const keyFor = ({ drawing, tile }: ImageFile, content: string): string =>
    imageKey({ content, isDrawn: drawing !== undefined, tile }, fitting);

  /** Undefined where a file has to be read. */
  const findKnown = (source: ImageFile): Looked | undefined => {
    const { path, drawing } = source;
    const content = drawing ? drawingKey(drawing) : table.contentOf(path!);
    if (content === undefined) return undefined;
    const key = keyFor(source, content);
    const record = table.imageOf(key);
    return record && { content, key, record };
  };

  const contents = new Map<string, Promise<string>>();
  const read = async (source: ImageFile): Promise<Looked> => {
    const { path, drawing } = source;
    let bytes: Uint8Array | undefined;
    const readContent = async (file: string): Promise<string> => {
      const since = Date.now();
      const content = sha256((bytes = await readImageFile(file)));
      table.addFile(file, content, since);
      return content;
    };
    try {
      if (path !== undefined && !contents.has(path)) contents.set(path, readContent(path));
      // What is drawn is known by what it is drawn from: it need not be drawn to be planned.
      const content = drawing ? drawingKey(drawing) : await contents.get(path)!;
      const key = keyFor(source, content);
      let record = (await context.store.readRecord('image', key)) as ImageRecord | undefined;
      if (!record) {
        if (path !== undefined) bytes ??= await readUnchanged(path, content);
        record = await tryDecoding(bytes ?? (await drawnFile(drawing!, context.store)), fitting, source.tile);
        // Of one that can be read the table knows.
        if ('reason' in record) await context.store.writeRecord('image', key, record);
      }
      table.addImage(key, record);
      return { content, key, record };
    } catch (error) {
      // Whether a file can be read is not a property of its content: not kept.
      if (error instanceof ImageError) return { content: '', key: '', record: { reason: error.reason } };
      throw error;
    }
  };
  const inspect = async (source: ImageFile): Promise<Looked> =>
    findKnown(source) ?? someAtOnce(() => read(source));

  const skipped: { file: string; reason: string }[] = [];
  const skip = (file: string, reason: string, path?: string): void => {
    skipped.push({ file, reason });
    if (skipped.length <= MAX_WARNINGS) context.warn(`Skipped \`${displayPath(path ?? file)}\`: ${reason}`);
  };
  for (const { file, reason } of listing.skipped) skip(file, reason);

  const looked = new Map<ImageFile, Looked>();
  const bad = new Set<ImageFile>();
  let tries = 0;
  let ahead = 0;
  for (;;) {
    const chosen = candidates.pick(limit === undefined ? undefined : limit + ahead, bad);
    const fresh = chosen.filter((source) => !looked.has(source));
    if (fresh.length === 0) break;
    const before = bad.size;
    for (let at = 0; at < fresh.length;) {
      const batch: ImageFile[] = [];
      for (; at < fresh.length && batch.length < FILES_AT_ONCE; at++) {
        if (!bad.has(wholeOf(fresh[at]!))) batch.push(fresh[at]!);
      }
      for (const [source, result] of await Promise.all(
        batch.map(async (source) => [source, await inspect(source)] as const),
      )) {
        looked.set(source, result);
        const whole = wholeOf(source);
        if (!('reason' in result.record) || bad.has(whole)) continue;
        bad.add(whole);
        skip(whole.file, result.record.reason, whole.path);
      }
    }
    if (limit === undefined || bad.size === before) break;
    // Where nearly all are unreadable, replacing them one by one would take a pass over all for each.
    if (++tries > PATIENCE) ahead = ahead * 2 + 1;
  }
  if (skipped.length > MAX_WARNINGS) {
    const more = skipped.length - MAX_WARNINGS;
    context.warn(
      `${more.toLocaleString('en')} more ${more === 1 ? 'file was' : 'files were'} skipped. The report lists all.`,
    );
  }
  await table.save();
  const chosen = candidates.pick(limit, bad);
  const readable = chosen.flatMap((source) => {
    const { content, key, record } = looked.get(source)!;
    return 'reason' in record ? [] : [{ source, content, key, record }];
  });
  if (readable.length === 0) {
    const { files } = candidates;
    throw new UserError({
      what:
        files === 1
          ? 'The image file cannot be read.'
          : `None of the ${files.toLocaleString('en')} image files can be read.`,
      place: context.place(''),
      why: skipped
        .slice(0, 5)
        .map(({ file, reason }) => `\`${file}\`: ${reason}`)
        .join(' '),
      hint: 'Give at least one readable PNG, JPEG, WebP, GIF, TIFF or AVIF file.',
    });
  }

  const ids = imageIds(readable.map(({ source }) => source));
  const names = imageNames(
    readable.map(({ source }) => source),
    given,
  );
  const images = readable.map(({ source, content, key }, index): PreparedImage => {
    const { file } = source;
    const base = {
      ...{ index, id: ids[index]!, name: names[index]!, file, source, content, key, width, height },
    };
    return source.class === undefined ? base : { ...base, class: source.class };
  });
  const decode = async (image: number): Promise<ImagePixels> => {
    const { source, content } = readable[image]!;
    const { path } = source;
    try {
      return await load(source, path === undefined ? undefined : await readUnchanged(path, content));
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      throw new Error(
        `\`${displayPath(path ?? source.file)}\` can no longer be read: ${error.reason} Run the command again.`,
        { cause: error },
      );
    }
  };
  const assets = new ImageAssets(
    readable.map(({ key, record }) => ({ key, asset: record.asset })),
    { store: context.store, table, decode },
  );
  const pixels = async (image: number): Promise<ImagePixels> => {
    const decoded = await decode(image);
    await assets.keep(image, decoded);
    return decoded;
  };
  return { images, skipped, fitting, pixels, assets: () => assets.all() };
}

const wholeOf = (source: ImageFile): ImageFile => source.whole ?? source;

/**
 * Names by the files that reports show.
 * @throws UserError where a name is for no file, or for several
 */
function resolveNames(
  { names = new Map() }: ImagesSpec,
  candidates: Candidates,
  place: Context['place'],
): ReadonlyMap<string, string> {
  const resolved = new Map<string, string>();
  if (names.size === 0) return resolved;
  const files = candidates.names();
  const byName = new Map<string, string[]>();
  for (const file of files) {
    const last = file.split('/').at(-1)!;
    byName.set(last, [...(byName.get(last) ?? []), file]);
  }
  const known = new Set(files);
  const problems = [...names].flatMap(([written, name]): Problem[] => {
    const path = written.replace(/^\.\//, '');
    const found = known.has(path) ? [path] : (byName.get(path) ?? []);
    if (found.length === 1) resolved.set(found[0]!, name);
    if (found.length === 1) return [];
    return [
      {
        what:
          found.length === 0
            ? `\`names\` has a name for \`${written}\`, and there is no such image.`
            : `\`names\` has one name for ${found.length} images: \`${written}\`.`,
        place: place('names', written),
        hint: 'Write the path of the file as reports show it.',
        choices: byLikeness(path, found.length > 0 ? found : files.slice(0, MOST_COMPARED)),
      },
    ];
  });
  if (problems.length > 0) throw new UserError(problems);
  return resolved;
}

/** Files that are compared with a name that is none of them. */
const MOST_COMPARED = 1000;

/**
 * Pixels go under the key of the content that was planned with: another content would be kept as its numbers for ever.
 * @throws ImageError
 */
async function readUnchanged(path: string, content: string): Promise<Uint8Array> {
  const bytes = await readImageFile(path);
  if (sha256(bytes) !== content) {
    throw new ImageError('The file changed while it was in use.', undefined, false);
  }
  return bytes;
}

async function tryDecoding(bytes: Uint8Array, fitting: Fitting, tile?: Tile): Promise<ImageRecord> {
  try {
    await checkFitted(bytes, fitting, tile);
    return {};
  } catch (error) {
    // Anything else is a failure of the machine or of this program: the image is not left out for it.
    if (!(error instanceof ImageError) || !error.lasting) throw error;
    return { reason: error.reason };
  }
}
