import { composeCover } from '../../image/cover.ts';
import type { CoverPanel } from '../../image/cover.ts';
import { composeThumbnail } from '../../image/thumbnail.ts';
import { ENCODE_VERSION } from '../../image/encode.ts';
import type { Cover, Panel, Report } from '../../schema/report.ts';
import { keyOf, LostEntryError } from '../../store/store.ts';
import type { Store } from '../../store/store.ts';
import { cachedImage } from './cached-image.ts';

/** Raise it when the cover of a report changes. */
const COVER_VERSION = 1;
/** Raise it when the faces of cards change. */
const THUMBNAIL_VERSION = 1;

/** What the cover of a report shows beside its title, and the cards of the report and of its views. */
export interface CoverContent {
  /** Below the title: the network, and what there is of it. */
  readonly line: string;
  readonly parts: readonly CoverPart[];
  readonly thumbnail?: ThumbnailContent | undefined;
  /** By the ids of views; those that have nothing to show are not in it. */
  readonly views?: ReadonlyMap<string, ThumbnailContent>;
}

export interface ThumbnailContent {
  readonly columns: number;
  readonly parts: readonly CoverPart[];
}

export interface CoverPart {
  /** Relative to report.json. */
  readonly src: string;
  /** Where in `src` the part lies; all of it where this is absent. */
  readonly crop?: Panel['crop'];
  /** Whether it keeps its square pixels when enlarged. */
  readonly pixels: boolean;
}

/** @param siteFolder where the report's lists of panels lie */
export type ChooseCover = (report: Report, siteFolder: string) => Promise<CoverContent>;

/**
 * The preview of a report for link previews, cut from the images of its panels.
 * @throws LostEntryError where the cache has one of them no longer
 */
export async function coverOf(
  { experiment: { title } }: Report,
  { line, parts }: CoverContent,
  store: Store,
): Promise<Cover> {
  const key = keyOf({ cover: COVER_VERSION, encode: ENCODE_VERSION, title, line, parts });
  return cachedImage(store, key, async () =>
    composeCover({ title, line, panels: await readParts(parts, store) }),
  );
}

/** The face of a card. @throws LostEntryError where the cache has lost an image */
export async function thumbnailOf({ columns, parts }: ThumbnailContent, store: Store): Promise<Cover> {
  const key = keyOf({ thumbnail: THUMBNAIL_VERSION, encode: ENCODE_VERSION, columns, parts });
  return cachedImage(store, key, async () =>
    composeThumbnail({ columns, panels: await readParts(parts, store) }),
  );
}

async function readParts(parts: readonly CoverPart[], store: Store): Promise<CoverPanel[]> {
  const panels: CoverPanel[] = [];
  for (const { src, crop, pixels } of parts) {
    const name = src.slice(src.lastIndexOf('/') + 1);
    const bytes = await store.readAsset(name);
    if (!bytes) {
      // What is damaged is removed, so that the next run draws it again.
      await store.checkAsset(name);
      throw new LostEntryError(`assets/${name}`);
    }
    panels.push({ bytes, crop, pixels });
  }
  return panels;
}
