import { describe, expect, it } from 'vitest';
import { panelAttribute, viewAttribute } from '../../../src/site/viewer/attributes.ts';
import { formatQuery, formatReference, parseReference } from '../../../src/site/viewer/reference.ts';

const TEXTS = [
  'cats',
  'cats/images/tom.png',
  'cats/layers/conv1',
  'cats/layers/conv1/12',
  'cats/layers/conv1/-/tom.png',
  'cats/layers/conv_1~d7a09ae5/12/tom',
  'cats/views/maps/conv1/12/tom',
  'cats/views/maps/conv1/12/tom/2',
  'cats/views/maps/conv1',
  'cats/views/maps/-/-/tom',
];

describe('references', () => {
  it.each(TEXTS)('%s is written as it was read', (text) => {
    expect(formatReference(parseReference(text)!)).toBe(text);
  });

  it('tell what they are of', () => {
    expect(parseReference('cats/views/maps/conv1/12/tom/2')).toEqual({
      ...{
        experiment: 'cats',
        kind: 'views',
        view: 'maps',
        layer: 'conv1',
        filter: 12,
        image: 'tom',
        nth: 2,
      },
    });
    expect(parseReference('cats/views/maps/-/-/tom')).toEqual({
      ...{ experiment: 'cats', kind: 'views', view: 'maps', image: 'tom' },
    });
  });

  it.each([
    '',
    '/',
    'cats/',
    'cats/dogs/x',
    'cats/images',
    'cats/images/a/b',
    'cats/layers',
    'cats/layers/-/1',
  ])('%s is none', (text) => expect(parseReference(text)).toBeUndefined());

  it.each([
    'cats/views/maps',
    'cats/views/maps/',
    'cats/layers/c/x',
    'cats/layers/c/1//',
    'cats/views/m/c/1/t/2/3',
  ])('%s is none either', (text) => expect(parseReference(text)).toBeUndefined());

  it('are what pages write beside their panels', () => {
    const of = viewAttribute({ experiment: 'cats' }, { id: 'My maps' });
    const panel = panelAttribute({ layer: 'conv1', filter: 3, image: 'tom' });
    expect(parseReference(`${of}/${panel}`)).toMatchObject({
      kind: 'views',
      layer: 'conv1',
      filter: 3,
      image: 'tom',
    });
    expect(panelAttribute({ image: 'tom' })).toBe('-/-/tom');
    expect(panelAttribute({ layer: 'conv1' })).toBe('conv1');
  });

  it('stand readable in a query, and come out of it as they were', () => {
    const query = formatQuery([
      ['p', 'a/b'],
      ['p', 'x y/&é'],
      ['q', undefined],
      ['embed', ''],
    ]);
    expect(query).toBe('?p=a/b&p=x%20y/%26%C3%A9&embed');
    expect(new URLSearchParams(query).getAll('p')).toEqual(['a/b', 'x y/&é']);
  });
});
