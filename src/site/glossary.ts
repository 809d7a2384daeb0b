/** Terms that pages use, in one Markdown file: a heading is a term, what follows says what it means. Pure. */
import MarkdownIt from 'markdown-it';
import text from './glossary.md?raw';

export interface GlossaryTerm {
  readonly id: string;
  readonly term: string;
  readonly html: string;
}

const markdown = new MarkdownIt({ html: false });

export const glossary: readonly GlossaryTerm[] = text
  .split(/^## /m)
  .slice(1)
  .map((entry) => {
    const [term = '', ...lines] = entry.split('\n');
    return { id: toGlossaryId(term), term, html: markdown.render(lines.join('\n')) };
  });

const ids = new Set(glossary.map(({ id }) => id));

/** `Receptive field` → `receptive-field` */
export function toGlossaryId(term: string): string {
  return term.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
}

/** The fragment of a term on the glossary page; undefined for what it does not explain. */
export function glossaryFragment(term: string): string | undefined {
  const id = toGlossaryId(term);
  return ids.has(id) ? id : undefined;
}
