import { describe, expect, it } from 'vitest';
import { documentsOf, parseQuery, passes } from '../../src/site/search/documents.ts';
import type { SearchData } from '../../src/site/search/documents.ts';
import { createEngine } from '../../src/site/search/engine.ts';
import { searchScript } from '../../src/site/search/search-data.ts';

const DATA: SearchData = {
  reports: [
    {
      ...{
        title: 'Patches of a network',
        path: 'patches',
        description: 'What activates it',
        model: 'patternnet',
      },
      classes: ['wheel', 'owl'],
      layers: [
        {
          ...{ name: 'conv3', type: 'Conv2D', path: 'patches/layers/conv3', hasPage: true },
          units: [[1], [12, [1, 40]], [120, [0, 30]]],
        },
        {
          ...{ name: 'conv4', type: 'Conv2D', path: 'patches/layers/conv4', hasPage: true },
          units: [
            [7, [0, 90, 1, 10]],
            [8, [0, 50], 'dead'],
          ],
        },
        {
          ...{ name: 'predictions', type: 'Dense', path: 'patches/layers/predictions', hasPage: true },
          units: [[0, [], '', 'wheel']],
        },
      ],
      images: [['wheel/1.png', 'patches/images/wheel-1-png', 0]],
      views: [['Every filter', 'patches/views/all']],
      texts: [['How wheels are found', '', 'wheels']],
    },
  ],
};
const engine = createEngine(DATA);
const titles = (text: string): string[] => engine.find(text, 20).results.map(({ title }) => title);

describe('the search', () => {
  it('finds a unit by its layer and number, and no other number', () => {
    expect(titles('conv3 12')).toEqual(['conv3 · filter 12']);
    expect(engine.find('conv3 12', 20).results[0]!.href).toBe('patches/layers/conv3/12/index.html');
  });

  it('finds what is about a class: the class, then texts and units, those that show most of it first, images last', () => {
    expect(titles('wheels')).toEqual([
      ...['wheel', 'How wheels are found'],
      ...['conv4 · filter 7', 'conv4 · filter 8', 'conv3 · filter 120', 'wheel/1.png'],
    ]);
  });

  it('narrows by layer, class, report and kind', () => {
    expect(titles('layer:conv4 class:wheel')).toEqual(['conv4 · filter 7', 'conv4 · filter 8']);
    expect(titles('layer:conv4 class:wheel dead')).toEqual(['conv4 · filter 8']);
    expect(titles('kind:image')).toEqual(['wheel/1.png']);
    expect(titles('report:"of a network" kind:layer')).toEqual(['conv3', 'conv4', 'predictions']);
    expect(titles('report:other wheel')).toEqual([]);
  });

  it('puts a layer before its units', () => {
    expect(titles('conv4')[0]).toBe('conv4');
  });

  it('finds nothing for nothing, and counts what it does not list', () => {
    expect(engine.find('  ', 5)).toEqual({ results: [], count: 0 });
    const { results, count } = engine.find('kind:unit', 2);
    expect([results.length, count]).toEqual([2, 5]);
  });

  it('leads to the place of a heading', () => {
    expect(engine.find('how found', 1).results[0]!.href).toBe('patches/index.html#wheels');
  });
});

describe('a query', () => {
  it('keeps words with colons that name no field', () => {
    expect(parseQuery('a:b class:"two words"  x')).toEqual({
      words: 'a:b x',
      filters: [{ field: 'classes', part: 'two words' }],
    });
    const [first] = documentsOf(DATA);
    expect(passes(first!, parseQuery('constructor:x'))).toBe(true);
  });
});

describe('the script with the data', () => {
  it('ends no script element and no line', () => {
    const title = '</script><!--\u2028\u2029';
    const script = searchScript({ reports: [{ ...DATA.reports[0]!, title }] });
    expect(script).not.toMatch(/<|\u2028|\u2029/);
    const page: { filterscopeSearchData?: SearchData } = {};
    new Function('window', script)(page);
    expect(page.filterscopeSearchData!.reports[0]!.title).toBe(title);
  });
});
