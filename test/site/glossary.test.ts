import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.ts';
import { toGlossaryId } from '../../src/site/glossary.ts';
import { presentations } from '../../src/site/techniques/table.ts';

const text = readFileSync(join(packageRoot, 'src/site/glossary.md'), 'utf8');
const terms = [...text.matchAll(/^## (.+)$/gm)].map(([, term]) => term!);

describe('the glossary', () => {
  it('has each term once, in alphabetical order, with an explanation', () => {
    expect(terms).toEqual([...new Set(terms)].sort((a, b) => a.localeCompare(b, 'en')));
    for (const entry of text.split(/^## /m).slice(1)) {
      expect(entry.split('\n').slice(1).join(' ').trim().length, entry).toBeGreaterThan(40);
    }
  });

  it.each(Object.entries(presentations))(
    'explains the terms of %s, which its pages link to',
    (_, { terms: own }) => {
      expect(own!.length).toBeGreaterThan(0);
      for (const term of own!) expect(terms.map(toGlossaryId)).toContain(toGlossaryId(term));
    },
  );

  it('explains what sums, predictions and attribution maps are made of', () => {
    expect(presentations['arithmetic']!.terms).toEqual(
      expect.arrayContaining(['Bias', 'Softmax', 'Padding']),
    );
    expect(presentations['predictions']!.terms).toEqual(expect.arrayContaining(['Logit', 'Softmax']));
    expect(presentations['attribution']!.terms).toEqual(expect.arrayContaining(['Attribution map', 'Logit']));
  });
});
