import { describe, expect, it } from 'vitest';
import type { NarrativeBlock, Panel, View } from '../../src/schema/report.ts';
import { headingsOf, linkHeadings, textContents } from '../../src/site/headings.ts';
import { figurePanels, linkUnits } from '../../src/site/unit-links.ts';

const panel = (layer: string, filter: number): Panel => ({ layer, filter }) as Panel;
const view = (id: string, panels: Panel[]): View => ({ id, panels }) as View;
const html = (text: string): NarrativeBlock => ({ kind: 'html', html: text });
const link = (layer: string, filter: number, up = ''): string =>
  `<a href="${up}layers/${layer}/${filter}/index.html">x</a>`;
const figure = (id: string): NarrativeBlock => ({ kind: 'figure', view: id, caption: '' });

const report = {
  views: [
    view('maps', [panel('conv1', 3), panel('conv1', 3)]),
    view('late', [panel('conv1', 3), panel('Conv 2', 1)]),
  ],
  model: { layers: [{ name: 'conv1' }, { name: 'Conv 2' }, { name: 'pool' }] },
};
const pages = {
  shownIn: ({ panels }: View) => panels,
  hrefOf: (layer: string, filter: number) => (layer === 'pool' ? undefined : `to-${layer}-${filter}`),
};
const hrefs = (blocks: readonly NarrativeBlock[]): string[] =>
  blocks.flatMap((block) =>
    block.kind === 'html'
      ? [...block.html.matchAll(/<a(?: href="([^"]*)")?>/g)].map(([, href]) => href ?? 'none')
      : [],
  );

describe('links of a text to units', () => {
  it('lead to the panel of the nearest figure that shows it', () => {
    const blocks = [
      html(link('conv1', 3)),
      figure('maps'),
      html('a'),
      html(link('conv1', 3)),
      figure('late'),
    ];
    const text = linkUnits(blocks, report, pages);
    expect(hrefs(text.blocks)).toEqual(['#panel-1-conv1-3', '#panel-4-conv1-3']);
    expect(text.anchorOf(1, panel('conv1', 3))).toBe('panel-1-conv1-3');
    // An id stands once on a page.
    expect(text.anchorOf(1, panel('conv1', 3))).toBeUndefined();
    expect(text.anchorOf(4, panel('conv1', 3))).toBe('panel-4-conv1-3');
    expect(text.anchorOf(4, panel('conv1', 4))).toBeUndefined();
  });

  it('lead to its page where no figure shows it, from chapters too', () => {
    const slug = /~[0-9a-f]{8}/;
    const text = linkUnits([html(link('conv1', 9, '../../') + link('pool', 0))], report, pages);
    expect(hrefs(text.blocks)).toEqual(['to-conv1-9', 'none']);
    const named = linkUnits([html(link('conv-2~00000000', 1)), figure('late')], report, pages);
    expect(hrefs(named.blocks)).toEqual(['layers/conv-2~00000000/1/index.html']);
    expect(slug.test('conv-2~00000000')).toBe(true);
  });

  it('leave other links alone', () => {
    const other =
      '<a href="layers/conv1/index.html">x</a><a href="https://x.org/layers/conv1/3/index.html">y</a>';
    expect(linkUnits([html(other)], report, pages).blocks).toEqual([html(other)]);
  });
});

describe('figurePanels', () => {
  it('are those that a figure shows one by one', () => {
    const many = Array.from({ length: 30 }, (_, index) => panel(index < 20 ? 'a' : 'b', index));
    expect(figurePanels({ panels: many }, false)).toHaveLength(30);
    expect(figurePanels({ panels: many }, true).map(({ filter }) => filter)).toEqual([
      ...Array.from({ length: 12 }, (_, index) => index),
      ...Array.from({ length: 10 }, (_, index) => 20 + index),
    ]);
    expect(figurePanels({ panels: Array.from({ length: 201 }, () => panel('a', 1)) }, false)).toEqual([]);
  });
});

describe('headings', () => {
  const text = '<h2 id="text-a">A &amp; <code>b</code></h2><h3 id="text-b">B</h3><h4 id="text-c">C</h4>';

  it('are listed by two levels', () => {
    expect(textContents([html(text)])).toEqual([
      { id: 'text-a', label: 'A & b' },
      { id: 'text-b', label: 'B', nested: true },
    ]);
    expect(textContents([html('<h3 id="text-b">B</h3>')])).toEqual([{ id: 'text-b', label: 'B' }]);
    expect(textContents([html('<p>x</p>')])).toEqual([{ id: 'text', label: 'Text' }]);
    expect(textContents([])).toEqual([]);
  });

  it('are links to themselves, and stay what they are', () => {
    const [linked] = linkHeadings([html(text)]);
    expect(linked).toMatchObject({
      html: expect.stringContaining(
        '<h2 id="text-a"><a class="self" href="#text-a">A &amp; <code>b</code></a></h2>',
      ) as string,
    });
    expect(headingsOf([linked!])).toEqual(headingsOf([html(text)]));
    expect(linkHeadings([html('<h2 id="text-a"><a href="x">A</a></h2>')])).toEqual([
      html('<h2 id="text-a"><a href="x">A</a></h2>'),
    ]);
  });

  it('have levels that follow on each other, across figures too', () => {
    const levels = (...given: number[]): number[] =>
      headingsOf(
        linkHeadings(given.map((level, at) => html(`<h${level} id="text-${at}">x</h${level}>`))),
      ).map(({ level }) => level);
    expect(levels(3, 3, 4, 3)).toEqual([2, 2, 3, 2]);
    expect(levels(2, 5, 5, 3, 2)).toEqual([2, 3, 3, 3, 2]);
    expect(levels(4, 3, 2)).toEqual([2, 2, 2]);
    expect(levels(2, 3, 4, 6)).toEqual([2, 3, 4, 5]);
  });
});
