import { describe, expect, it } from 'vitest';
import type { Panel, View } from '../../src/schema/report.ts';
import type { ReportImage } from '../../src/site/facets.ts';
import { layerSections } from '../../src/site/layer-sections.ts';
import { unitOrders } from '../../src/site/unit-order.ts';

const images = new Map(
  [
    ['a', 'wheel'],
    ['b', '<b>owl</b>'],
  ].map(([id, kind]): [string, ReportImage] => [
    id!,
    { id: id!, file: `${id}.png`, class: kind!, width: 8, height: 8, src: '../assets/0.webp' },
  ]),
);

const view = (id: string, technique: string, settings: View['settings'] = {}): View => ({
  ...{ id, technique, title: id, grid: { rows: 1, columns: 1 }, settings },
  picture: { src: '../assets/p.png', width: 1, height: 1 },
  ...{ panelCount: 1, panels: [] },
});

const map = (filter: number, image: string, greatest: number, flags: string[] = []): Panel => ({
  ...{ layer: 'conv', filter, image, label: '', kind: 'map', src: 'x', width: 4, height: 4 },
  ...{ range: [0, greatest], flags },
});

const patches = (filter: number, means: readonly number[], nearest: readonly number[] = []): Panel => ({
  ...{ layer: 'conv', filter, label: '', kind: 'image', src: 'x', width: 4, height: 4, range: [0, 1] },
  facts: {
    patches: means.some((mean) => mean > 0)
      ? means.map((mean, at) => ({ image: 'ab'[at], box: {}, activation: mean, at: {} }))
      : [],
    classMeans: means.map((mean, at) => ({ class: ['wheel', '<b>owl</b>'][at], mean, count: 1 })),
    nearest: nearest.map((other) => ({ filter: other, cosine: 0.5 })),
  },
});

/** Units in an order, the greatest value first. */
function sorted(found: ReturnType<typeof unitOrders>, id: string): number[] {
  const { units, orders } = found!;
  const { ranks } = orders.find((order) => order.id === id)!;
  const rank = (index: number): number => Number.parseInt(ranks.slice(2 * index, 2 * index + 2), 36);
  return units
    .map((unit, index) => ({ unit, rank: rank(index) }))
    .sort((one, other) => one.rank - other.rank || one.unit - other.unit)
    .map(({ unit }) => unit);
}

describe('unitOrders', () => {
  it('ranks units by their greatest value on each image; those without one come last', () => {
    const panels = [3, 1, 2, 9].flatMap((value, filter) => [
      map(filter, 'a', value),
      map(filter, 'b', 9 - value),
    ]);
    const found = unitOrders(
      [{ view: view('v', 'feature-maps'), panels: [...panels, patches(12, [1, 2])] }],
      images,
    );
    expect(found!.units).toEqual([0, 1, 2, 3, 12]);
    expect(sorted(found, 'image:a')).toEqual([3, 0, 2, 1, 12]);
    expect(sorted(found, 'image:b')).toEqual([1, 2, 0, 3, 12]);
    expect(found!.orders.find(({ id }) => id === 'image:a')).toMatchObject({
      group: 'image',
      label: 'a.png',
    });
  });

  it('ranks units by their selectivity for each class, their strongest activation and how alike their patches are', () => {
    const panels = [
      [4, 1],
      [9, 8],
      [0, 5],
      [3, 3],
    ].map((means, filter) => patches(filter, means, [3 - filter]));
    const found = unitOrders([{ view: view('v', 'top-patches'), panels }], images);
    expect(sorted(found, 'class:wheel')).toEqual([0, 1, 3, 2]);
    expect(sorted(found, 'class:<b>owl</b>')).toEqual([2, 3, 1, 0]);
    expect(sorted(found, 'unit:activation')).toEqual([1, 0, 3, 2]);
    expect(found!.nearest).toEqual([[3], [2], [1], [0]]);
  });

  it('calls dead what has no activation in any panel', () => {
    const maps = [0, 1, 2, 3].flatMap((filter) => [
      map(filter, 'a', filter % 2, filter % 2 ? [] : ['silent']),
      map(filter, 'b', filter === 2 ? 1 : 0, filter === 2 ? [] : ['silent']),
    ]);
    expect(unitOrders([{ view: view('v', 'feature-maps'), panels: maps }], images)!.dead).toEqual([0]);
    const silent = [0, 1, 2, 3].map((filter) => patches(filter, filter === 2 ? [0, 0] : [1, 2]));
    expect(unitOrders([{ view: view('v', 'top-patches'), panels: silent }], images)!.dead).toEqual([2]);
  });

  it('stays within its characters, and has nothing to say of a few units', () => {
    const many = Array.from({ length: 600 }, (_, filter) =>
      Array.from({ length: 49 }, (__, at) => map(filter, `i${at}`, filter * at)),
    ).flat();
    const names = new Map(
      Array.from({ length: 49 }, (_, at) => [`i${at}`, { ...images.get('a')!, id: `i${at}` }]),
    );
    const found = unitOrders([{ view: view('v', 'feature-maps'), panels: many }], names)!;
    expect(found.orders.length).toBe(20);
    expect(found.orders.reduce((sum, { ranks }) => sum + ranks.length, 0)).toBeLessThanOrEqual(24_000);
    expect(
      unitOrders([{ view: view('v', 'feature-maps'), panels: many.slice(0, 98) }], names),
    ).toBeUndefined();
  });
});

describe('views of a layer that repeat panels', () => {
  const few = [0, 1].map((filter) => map(filter, 'a', 1));
  const all = [0, 1, 2, 3].map((filter) => map(filter, 'a', 1));
  const sectionsOf = (one: View['settings'], other: View['settings']) =>
    layerSections(
      [
        { view: view('few', 'feature-maps', { filters: '0-1', ...one }), panels: few },
        { view: view('all', 'feature-maps', { filters: 'all', ...other }), panels: all },
      ],
      images,
    ).map(({ view: { id }, also }) => [id, also.map((each) => each.id)]);

  it('are shown once, by the view that has most', () => {
    expect(sectionsOf({ colormap: 'viridis' }, { colormap: 'viridis' })).toEqual([['all', ['few']]]);
    expect(sectionsOf({ colormap: 'viridis' }, { colormap: 'magma' })).toEqual([
      ['few', []],
      ['all', []],
    ]);
  });
});
