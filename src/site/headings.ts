import type { NarrativeBlock } from '../schema/report.ts';

export interface Heading {
  readonly text: string;
  /** Of its element. */
  readonly id: string;
  /** 2 to 6 */
  readonly level: number;
}

const HEADING = /<h([2-6]) id="([^"]+)"[^>]*>(.*?)<\/h\1>/gs;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

/** The headings of a text, in their order. Pure. */
export function headingsOf(narrative: readonly NarrativeBlock[]): Heading[] {
  return narrative.flatMap((block) =>
    block.kind === 'html'
      ? [...block.html.matchAll(HEADING)].map(([, level, id, html]) => ({
          ...{ text: textOf(html!), id: textOf(id!), level: Number(level) },
        }))
      : [],
  );
}

/** What a list of contents shows of a text: its headings of the first two levels, or the text as a whole. */
export function textContents(
  narrative: readonly NarrativeBlock[],
): { id: string; label: string; nested?: boolean }[] {
  if (narrative.length === 0) return [];
  const headings = headingsOf(narrative).filter(({ level }) => level <= 3);
  if (headings.length === 0) return [{ id: 'text', label: 'Text' }];
  const upper = Math.min(...headings.map(({ level }) => level));
  return headings.map(({ id, text, level }) => ({ id, label: text, ...(level > upper && { nested: true }) }));
}

/** Makes each heading a link to itself, so that its address can be copied. */
export function linkHeadings(html: string): string {
  return html.replaceAll(HEADING, (whole, level: string, id: string, text: string) =>
    text.includes('<a')
      ? whole
      : `<h${level} id="${id}"><a class="self" href="#${id}">${text}</a></h${level}>`,
  );
}

const textOf = (html: string): string =>
  html
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => ENTITIES[name]!)
    .trim();
