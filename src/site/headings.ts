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
  const headings = headingsOf(linkHeadings(narrative)).filter(({ level }) => level <= 3);
  if (headings.length === 0) return [{ id: 'text', label: 'Text' }];
  return headings.map(({ id, text, level }) => ({ id, label: text, ...(level > 2 && { nested: true }) }));
}

/**
 * The same blocks with headings of levels 2, 3, … in turn, none left out, whichever their author chose. Each is a link to itself, so
 * that its address can be copied.
 */
export function linkHeadings(blocks: readonly NarrativeBlock[]): NarrativeBlock[] {
  /** The author's levels of the headings that the present one stands under. */
  const above: number[] = [];
  return blocks.map((block) =>
    block.kind === 'html'
      ? {
          ...block,
          html: block.html.replaceAll(HEADING, (_, digit: string, id: string, text: string) => {
            const level = Number(digit);
            while (above.length > 0 && above.at(-1)! >= level) above.pop();
            above.push(level);
            const tag = `h${above.length + 1}`;
            const label = text.includes('<a') ? text : `<a class="self" href="#${id}">${text}</a>`;
            return `<${tag} id="${id}">${label}</${tag}>`;
          }),
        }
      : block,
  );
}

/** Lets tables be scrolled by keyboard where they are wider than the page. */
export const focusableTables = (html: string): string => html.replaceAll('<table>', '<table tabindex="0">');

const textOf = (html: string): string =>
  html
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => ENTITIES[name]!)
    .trim();
