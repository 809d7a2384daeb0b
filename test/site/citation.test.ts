import { describe, expect, it } from 'vitest';
import { citePage } from '../../src/site/citation.ts';
import type { Report } from '../../src/schema/report.ts';

const report = (title: string, weightsSha256 = '0123456789abcdef'.repeat(4)) =>
  ({
    experiment: { id: 'cat', title },
    model: { name: 'vgg16', weightsSha256 },
    provenance: { version: '1.2.3' },
  }) as Report;

describe('citePage', () => {
  it('names title, network, weights, program and address', () => {
    const address = 'https://example.org/cat/';
    expect(citePage(report('What VGG16 sees'), { path: ['cat'], address })).toEqual({
      text: 'What VGG16 sees. Network: vgg16, weights SHA-256 0123456789ab. Report made with Filterscope 1.2.3. https://example.org/cat/',
      bibtex: [
        '@misc{filterscope-cat,',
        '  title = {{What VGG16 sees}},',
        '  howpublished = {Report made with Filterscope 1.2.3},',
        '  note = {Network: vgg16, weights SHA-256 0123456789ab},',
        '  url = {https://example.org/cat/}',
        '}',
      ].join('\n'),
    });
  });

  it('names a page before its report, and random weights by their seed', () => {
    const page = { path: ['cat', 'layers', 'conv_1~d7a09ae5', '3'], title: 'Filter 3 of Conv_1' };
    const { text, bibtex } = citePage(report('Why?', 'random:7'), page);
    expect(text).toBe(
      'Filter 3 of Conv_1. Why? Network: vgg16, random weights, seed 7. Report made with Filterscope 1.2.3.',
    );
    expect(bibtex).toContain('@misc{filterscope-cat-layers-conv-1-d7a09ae5-3,\n');
    expect(bibtex).toContain('title = {{Filter 3 of Conv\\_1. Why?}}');
    expect(bibtex).not.toContain('url');
  });

  it('writes what TeX would act on as its commands, with braces that match', () => {
    const { bibtex } = citePage(report('a\\b }{ 100% #1 $x^2$ A&B\n~c'), { path: ['cat'] });
    expect(bibtex).toContain(
      '{{a\\textbackslash{}b \\textbraceright{}\\textbraceleft{} 100\\% \\#1 \\$x\\textasciicircum{}2\\$ A\\&B \\textasciitilde{}c}}',
    );
    let depth = 0;
    for (const brace of bibtex.replace(/[^{}]/g, '')) {
      depth += brace === '{' ? 1 : -1;
      expect(depth).toBeGreaterThanOrEqual(0);
    }
    expect(depth).toBe(0);
  });
});
