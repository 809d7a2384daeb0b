import { describe, expect, it } from 'vitest';
import { missingReports } from '../../../src/pipeline/plan/linked-reports.ts';
import { parseChapter, parseNarrative } from '../../../src/schema/narrative.ts';

describe('links to reports', () => {
  const { narrative } = parseNarrative({
    text: 'See\n[digits](../lenet-digit/index.html), [search](../search/index.html) and [cats](../cats/index.html).',
    shownFile: 'content/a.md',
  });
  const { chapter } = parseChapter({
    text: '[x](../none/views/v/index.html)',
    shownFile: 'content/a/01-b.md',
  });
  const text = { ...narrative, chapters: [{ ...chapter, id: 'b', title: 'B' }] };

  it('to experiments that do not exist are named at their place, also in chapters', () => {
    expect(missingReports(text, ['cats', 'lenet-digits'])).toEqual([
      'content/a.md:2:10: There is no experiment `lenet-digit`: the link is shown as plain text. Did you mean `lenet-digits`?',
      'content/a/01-b.md:1:5: There is no experiment `none`: the link is shown as plain text.',
    ]);
  });

  it('are collected once for each link, and none of the other pages of the gallery is one', () => {
    expect(narrative.reports!.map(({ report }) => report)).toEqual(['lenet-digit', 'cats']);
    expect(missingReports({ ...narrative, chapters: [] }, ['lenet-digit', 'cats'])).toEqual([]);
  });
});
