import { describe, expect, it } from 'vitest';
import type { Report, View } from '../../src/schema/report.ts';
import { settingFacts } from '../../src/site/setting-facts.ts';

const images = ['cat', 'boats', 'wheel 1', 'wheel 2', 'wheel 3', 'owl'].map((name) => ({ file: 'f', name }));
const say = (technique: string, settings: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(
    settingFacts({ technique, settings } as View, { images } as Report).map(({ term, value }) => [
      term,
      value,
    ]),
  );

describe('the settings of a view', () => {
  it('are said in words', () => {
    expect(
      say('feature-maps', {
        ...{ layer: 'conv1', filters: { first: 16 }, images: 0, grid: '2x3', style: 'contour', levels: 7 },
        ...{ colormap: 'grey', normalize: 'layer', values: false, overlay: 'none', tile: 256, label: '{x}' },
      }),
    ).toEqual({
      ...{ Layer: 'conv1', Filters: 'the first 16', Images: 'cat', 'Drawn as': 'filled contours' },
      ...{ 'Levels of the contours': '7', Colours: 'grey', 'Scale of the colours': 'one for each layer' },
      'Longest side of a panel': '256 pixels',
    });
    expect(say('stages', { layers: 'all-conv', filters: '0-2', composite: 'rgb', input: true })).toEqual({
      ...{ Layers: 'all convolutions', Filters: '0–2', Shown: 'three filters as red, green and blue' },
      'Input image': 'shown first',
    });
    expect(
      say('activation-maximization', { size: [64, 96], scale: 0.1, negative: false, rotate: 10 }),
    ).toEqual({
      ...{ Size: '64 × 96 pixels', 'Random scaling before a step': 'up to 10 %' },
      'Random rotation before a step': 'up to 10°',
    });
  });

  it.each([
    [-1, 'owl'],
    [[0, 2], 'cat, wheel 1'],
    ['1-2', 'boats, wheel 1'],
    ['all', 'all 6'],
    ['0-5', 'all 6'],
    ['0-4', '5 images'],
    ['class:wheel', 'class wheel'],
    ['boats.jpg', 'boats.jpg'],
    [7, '1 image'],
    ['0-99999999999', '0–99999999999'],
  ])('name the images %j', (value, expected) => {
    expect(say('feature-maps', { images: value })).toEqual({ Images: expected });
  });

  it('that nobody knows are called as in the file', () => {
    expect(
      settingFacts({ technique: 'own', settings: { depth: [1, true] } } as unknown as View, { images: [] }),
    ).toEqual([{ term: 'depth', value: '1, yes', mono: true }]);
  });
});
