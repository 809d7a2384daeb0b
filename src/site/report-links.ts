/** Links of a text to other reports of the gallery. Pure. */
import type { NarrativeBlock } from '../schema/report.ts';
import { RESERVED_FOLDERS } from '../schema/report.ts';

/** A relative link that leaves the report's folder for another folder of the gallery. */
const LINK = /<a href="((?:\.\.\/)+)([^"./?#][^"/?#]*)\/[^"]*"/g;

/**
 * Leaves out the addresses of links to reports that the gallery does not have: their text stays.
 * @param up folders from the page to the gallery's folder: 1 from an overview
 * @param reports ids of those that have a page
 */
export function linkReports(
  blocks: readonly NarrativeBlock[],
  up: number,
  reports: ReadonlySet<string>,
): readonly NarrativeBlock[] {
  return blocks.map((block): NarrativeBlock => {
    if (block.kind !== 'html') return block;
    const html = block.html.replace(LINK, (whole, climbed: string, folder: string) => {
      const isInGallery = climbed.length / '../'.length === up;
      return !isInGallery || RESERVED_FOLDERS.includes(folder) || reports.has(folder) ? whole : '<a';
    });
    return { ...block, html };
  });
}
