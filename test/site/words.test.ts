import { describe, expect, it } from 'vitest';
import type { Panel } from '../../src/schema/report.ts';
import { panelAlt, panelLabel } from '../../src/site/panel-words.ts';
import {
  formatCount,
  formatIndices,
  formatLarge,
  formatNumber,
  formatRange,
  plural,
} from '../../src/site/words.ts';

const panel: Panel = { label: '', kind: 'map', src: 'x', width: 16, height: 16, range: [0, 3.4171] };
const images = new Map([['cat-png', { file: 'cats/cat.png' }]]);

describe('numbers', () => {
  it('are short and never hide their size', () => {
    expect(
      [0, 3.41712, -0.002, 1234567, 0.00000012, 99999, -12.5].map((value) => formatNumber(value)),
    ).toEqual(['0', '3.417', '−0.002', '1.2e6', '1.2e−7', '99999', '−12.5']);
    expect(formatCount(138357544)).toBe('138,357,544');
    expect([999, 9999, 12345, 138357544].map(formatLarge)).toEqual(['999', '9,999', '12.3 k', '138.4 M']);
    expect([plural(1, 'view'), plural(1200, 'view'), plural(0, 'class', 'classes')]).toEqual([
      '1 view',
      '1,200 views',
      '0 classes',
    ]);
  });

  it('come in ranges and lists', () => {
    expect(formatRange([-1, 2.5])).toBe('−1 to 2.5');
    expect(formatRange([0, 0])).toBe('all 0');
    expect(formatRange([null, null])).toBe('no finite value');
    expect(formatIndices([0, 1, 2, 7, 9, 10])).toBe('0–2, 7, 9–10');
    expect(formatIndices([])).toBe('');
  });
});

describe('alternative text', () => {
  it('says what was measured of what', () => {
    expect(panelAlt({ ...panel, layer: 'conv', filter: 11, image: 'cat-png' }, 'feature-maps', images)).toBe(
      'Feature map of filter 11 in conv for cats/cat.png: 16 × 16 pixels, values 0 to 3.417',
    );
    expect(panelAlt({ ...panel, layer: 'pool', image: 'cat-png' }, 'stages', images)).toBe(
      'Output of pool for cats/cat.png: 16 × 16 pixels, values 0 to 3.417',
    );
    expect(panelAlt({ ...panel, layer: 'conv', filter: 0 }, 'kernels', images)).toBe(
      'Kernel of filter 0 in conv: 16 × 16 pixels, values 0 to 3.417',
    );
    expect(panelAlt({ ...panel, image: 'cat-png', range: [0, 255] }, 'stages', images)).toBe(
      'Image cats/cat.png: 16 × 16 pixels, values 0 to 255',
    );
  });

  it('writes labels of figures in the words of pages', () => {
    const one = { filter: 11, image: 'cat-png' };
    const name = images.get('cat-png')!.file;
    expect(panelLabel(one, 'filter: 11', images)).toBe('filter 11');
    expect(panelLabel(one, 'conv · filter: 11 · image: 0', images)).toBe(`conv · filter 11 · ${name}`);
    expect(panelLabel(one, 'filter: 11 · image: 0', images, { withoutImage: true })).toBe('filter 11');
    expect(panelLabel(one, 'image: 0', images, { withoutImage: true })).toBe('image: 0');
    expect(panelLabel(one, 'filter: 12 · my image: 0', images)).toBe('filter: 12 · my image: 0');
    expect(panelLabel({}, 'image: 0', images)).toBe('image: 0');
  });

  it('mentions what is wrong with a panel', () => {
    const broken: Panel = { ...panel, layer: 'conv', filter: 1, range: [null, null], flags: ['nan', 'odd'] };
    expect(panelAlt(broken, 'feature-maps', images)).toBe(
      'Feature map of filter 1 in conv: 16 × 16 pixels, values no finite value, some values are not finite, odd',
    );
  });
});
