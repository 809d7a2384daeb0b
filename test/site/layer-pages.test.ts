import { describe, expect, it } from 'vitest';
import type { LayerInfo, Report } from '../../src/schema/report.ts';
import { MOST_LAYER_PAGES, reportLayers } from '../../src/site/layer-pages.ts';

const report = (count: number, views: unknown[]): Report => {
  const layers = Array.from({ length: count }, (_, index): LayerInfo => ({
    ...{ index, name: `l${index}`, type: 'ReLU', outputShape: [1], parameters: 0 },
  }));
  return { model: { layers }, views } as unknown as Report;
};
const views = [
  { panels: [{ layer: 'l7' }, { layer: 'l3' }, { layer: 'l7' }, {}] },
  { panels: [], panelFiles: [{ layer: 'l9' }] },
];

describe('pages of layers', () => {
  it('are one for each, shown or not', () => {
    const layers = reportLayers(report(MOST_LAYER_PAGES, views));
    expect(layers.withPage).toHaveLength(MOST_LAYER_PAGES);
    expect(layers.hasPage('l100')).toBe(true);
    expect(layers.hasPage('elsewhere')).toBe(false);
  });

  it('of a very deep network are those of the layers that a view shows, in their order', () => {
    const layers = reportLayers(report(MOST_LAYER_PAGES + 1, views));
    expect(layers.withPage.map(({ name }) => name)).toEqual(['l3', 'l7', 'l9']);
    expect(layers.hasPage('l100')).toBe(false);
    expect(layers.index.get('l100')).toBe(100);
  });
});
