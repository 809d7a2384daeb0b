import { describe, expect, it } from 'vitest';
import {
  describeGallery,
  describeImage,
  describeLayer,
  describeReport,
  describeSearch,
  describeUnit,
  describeView,
} from '../../src/site/descriptions.ts';
import type { LayerInfo, Panel, Report, View } from '../../src/schema/report.ts';

const model = { name: 'vgg16', layers: [{}, {}, {}] } as Report['model'];

const view = (technique: string, panelCount: number, images: readonly string[] = []): View => ({
  ...{ id: technique, technique, title: 'A view', grid: { rows: 1, columns: 1 }, settings: {} },
  ...{ picture: { src: '../assets/p.png', width: 1, height: 1 }, panelCount },
  panels: images.map((image): Panel => ({
    ...{ image, label: '', kind: 'map', src: '../assets/p.png', width: 1, height: 1, range: [0, 1] },
  })),
});

const report = (views: View[], images: number, description?: string): Report =>
  ({
    ...{ experiment: { description }, model, views },
    images: Array.from({ length: images }, () => ({})),
  }) as unknown as Report;

describe('descriptions', () => {
  it('of reports count what there is', () => {
    expect(describeReport(report([], 0, 'As its author says.'))).toBe('As its author says.');
    expect(
      describeReport(report([view('feature-maps', 9), view('feature-maps', 3), view('kernels', 1)], 3)),
    ).toBe('vgg16: 12 feature maps, 1 kernel, 3 images.');
    expect(describeReport(report([view('top-patches', 2)], 0))).toBe('vgg16: 2 panels.');
    expect(describeReport(report([], 0))).toBe('vgg16: 3 layers.');
  });

  it('of views name the panels and their images', () => {
    expect(describeView(view('feature-maps', 3, ['a', 'b', 'a']), model)).toBe(
      'A view: 3 feature maps of 2 images, vgg16.',
    );
    expect(describeView(view('constructor', 2000), model)).toBe('A view: 2,000 panels, vgg16.');
    expect(describeView(view('kernels', 0), model)).toBe('A view: Kernels, vgg16.');
  });

  it('of layers, units and images leave out what there is none of', () => {
    const layer = { index: 4, name: 'conv', type: 'Conv2D' } as LayerInfo;
    expect(describeLayer(layer, 0, model)).toBe('Layer 4 of vgg16: Conv2D.');
    expect(describeLayer(layer, 1, model)).toBe('Layer 4 of vgg16: Conv2D, 1 panel.');
    const unit = { filter: 7, layer: 'conv' };
    expect(describeUnit(unit, [{ panels: [1, 2] }, { panels: [3] }], model)).toBe(
      'Filter 7 of conv in vgg16: 3 panels from 2 views.',
    );
    expect(describeUnit({ ...unit, className: 'cat' }, [], model)).toBe(
      'Output 7 of conv in vgg16, the class cat.',
    );
    expect(describeImage('a.png', 0, [], model)).toBe('a.png, an image of a report on vgg16.');
    expect(describeImage('a.png', 1, ['its patches'], model)).toBe(
      'What vgg16 makes of a.png: panels of 1 layer, its patches.',
    );
  });

  it('of the gallery and its search count reports where there are some', () => {
    expect(describeGallery(2)).toMatch(/^2 reports on what /);
    expect(describeGallery(0)).toMatch(/^Reports on what /);
    expect(describeSearch(1)).toMatch(/^Search 1 report: /);
    expect(describeSearch(0)).toMatch(/^Search the gallery: /);
  });
});
