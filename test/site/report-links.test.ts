import { describe, expect, it } from 'vitest';
import type { NarrativeBlock } from '../../src/schema/report.ts';
import { parseChapter, parseNarrative } from '../../src/schema/narrative.ts';
import { linkReports } from '../../src/site/report-links.ts';

const html = (blocks: readonly NarrativeBlock[]): string =>
  blocks.map((block) => (block.kind === 'html' ? block.html : '')).join('');

describe('links of a text to other reports', () => {
  const text = [
    '[digits](../lenet-digits/index.html), [a view](../lenet-digits/views/whole/index.html#text-one "Title")',
    '[cats](../cats/index.html), [terms](../glossary/index.html#logit), [all](../index.html)',
    '[own](layers/conv1/index.html), [other site](../../docs/index.html), [far](https://x.org/../lenet-digits/index.html)',
  ].join('\n\n');
  const hrefs = (of: string): string[] =>
    [...of.matchAll(/<a(?: href="([^"]*)")?[^>]*>/g)].map(([, href]) => href ?? 'none');

  it('are plain text where the gallery does not have the report, and nothing else is', () => {
    const { narrative } = parseNarrative({ text, shownFile: 'content/a.md' });
    const linked = html(linkReports(narrative.blocks, 1, new Set(['cats'])));
    expect(hrefs(linked)).toEqual([
      ...['none', 'none', '../cats/index.html', '../glossary/index.html#logit', '../index.html'],
      ...['layers/conv1/index.html', '../../docs/index.html', 'https://x.org/../lenet-digits/index.html'],
    ]);
    expect(linked).toContain('<a>digits</a>');
    expect(html(linkReports(narrative.blocks, 1, new Set(['cats', 'lenet-digits'])))).toBe(
      html(narrative.blocks),
    );
  });

  it('are recognized on the pages of chapters, two folders below', () => {
    const { chapter } = parseChapter({ text, shownFile: 'content/a/01-b.md' });
    expect(hrefs(html(linkReports(chapter.blocks, 3, new Set(['cats']))))).toEqual([
      ...['none', 'none', '../../../cats/index.html', '../../../glossary/index.html#logit'],
      ...['../../../index.html', '../../layers/conv1/index.html', '../../../../docs/index.html'],
      'https://x.org/../lenet-digits/index.html',
    ]);
  });
});
