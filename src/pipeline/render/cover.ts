import { composeCover } from '../../image/cover.ts';
import type { CoverPanel } from '../../image/cover.ts';
import { ENCODE_VERSION } from '../../image/encode.ts';
import type { Cover, Panel, Report } from '../../schema/report.ts';
import { keyOf, LostEntryError } from '../../store/store.ts';
import type { Store } from '../../store/store.ts';
import { keptPicture } from './kept-picture.ts';

/** Raise it when the cover of a report changes. */
const COVER_VERSION = 1;

/** What the cover of a report shows beside its title. */
export interface CoverContent {
  /** Below the title: the network, and what there is of it. */
  readonly line: string;
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
 * The preview of a report for link previews, cut from the pictures of its panels.
 * @throws LostEntryError where the cache has one of them no longer
 */
export async function coverOf(
  { experiment: { title } }: Report,
  { line, parts }: CoverContent,
  store: Store,
): Promise<Cover> {
  const key = keyOf({ cover: COVER_VERSION, encode: ENCODE_VERSION, title, line, parts });
  return keptPicture(store, key, async () => {
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
    return composeCover({ title, line, panels });
  });
}
