import { describe, expect, it } from 'vitest';
import type { LayerInfo, Panel, View } from '../../../src/schema/report.ts';
import { FilmStrips } from '../../../src/site/film-strips.ts';
import { comparisons } from '../../../src/site/search/comparison.ts';
import type { SearchData } from '../../../src/site/search/documents.ts';

const layers = ['conv1', 'conv2', 'conv3'].map((name) => ({ name })) as LayerInfo[];
const view = { id: 'maps', technique: 'feature-maps' } as View;
const panel = (layer: string, filter: number, range: [number, number], more: Partial<Panel> = {}): Panel =>
  ({
    kind: 'map',
    layer,
    filter,
    image: 'cat',
    label: '',
    src: 'a.png',
    width: 1,
    height: 1,
    range,
    ...more,
  }) as Panel;

describe('film strips', () => {
  it('have the panel of each layer in which most is to be seen, in the order of the layers', () => {
    const strips = new FilmStrips(layers);
    strips.add(view, [
      panel('conv3', 0, [0, 1]),
      panel('conv1', 4, [0, 3]),
      panel('conv1', 5, [-2, 2]),
      panel('conv3', 2, [0, 0], { flags: ['silent'] }),
      panel('conv1', 6, [0, 9], { image: 'dog' }),
    ]);
    strips.add({ ...view, id: 'stages', technique: 'stages' }, [
      panel('conv1', 0, [0, 50], { kind: 'composite' }),
      panel('conv2', 0, [0, 50], { kind: 'composite' }),
    ]);
    const frames = strips
      .of('cat')
      .map(({ layer, view: { id }, panel: { filter } }) => [layer.name, id, filter]);
    expect(frames).toEqual([
      ['conv1', 'maps', 5],
      ['conv2', 'stages', 0],
      ['conv3', 'maps', 0],
    ]);
    expect(strips.of('horse')).toEqual([]);
  });
});

describe('a search for a comparison', () => {
  const layer = (name: string) => ({
    name,
    type: 'Conv2D',
    path: `net/layers/${name}`,
    hasPage: true,
    units: [],
  });
  const data = {
    reports: [
      {
        ...{ title: 'Net', path: 'net', layers: [layer('conv1'), layer('conv5')] },
        images: [
          ['dog', 'net/images/dog', -1],
          ['house cat', 'net/images/cat', -1, 'a/7.jpg'],
        ],
      },
    ],
  } as unknown as SearchData;

  it('finds layers and an image', () => {
    const [found, ...others] = comparisons('Compare conv5 with conv1 for the cat', data);
    expect(others).toEqual([]);
    expect(found!.href).toBe('compare/index.html?p=net/layers/conv5/-/cat&p=net/layers/conv1/-/cat');
    expect(found!.title).toBe('Compare conv5 and conv1 for house cat');
    expect(comparisons('compare conv1 conv5', data)[0]!.href).toBe(
      'compare/index.html?p=net/layers/conv1&p=net/layers/conv5',
    );
  });

  it('offers only an image that is shown in all of the layers', () => {
    const shown = (name: string, images: number[]) => ({ ...layer(name), images });
    const report = {
      ...{ title: 'Net', path: 'net', layers: [shown('conv1', [0, 1, 2]), shown('conv5', [2])] },
      images: [
        ['cat 1', 'net/images/cat-1', -1],
        ['cat 2', 'net/images/cat-2', -1],
        ['cat 3', 'net/images/cat-3', -1],
      ],
    };
    const some = { reports: [report] } as unknown as SearchData;
    expect(comparisons('compare conv1 conv5 cat', some)[0]!.title).toBe('Compare conv1 and conv5 for cat 3');
    expect(comparisons('compare conv1 conv5 cat 1', some)).toEqual([]);
  });

  it.each(['conv1 conv5', 'compare conv1', 'compare conv1 conv5 horse', 'compare conv1 conv9'])(
    '%s is none',
    (text) => expect(comparisons(text, data)).toEqual([]),
  );
});
