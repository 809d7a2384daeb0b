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

const textOf = (html: string): string =>
  html
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => ENTITIES[name]!)
    .trim();
