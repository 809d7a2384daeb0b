import { describe, expect, it } from 'vitest';
import type { Panel, Report } from '../../src/schema/report.ts';
import { denseGrid } from '../../src/site/dense-grid.ts';
import { moveStyles } from '../../src/site/finish-page.ts';
import { pageContext } from '../../src/site/links.ts';
import { routes } from '../../src/site/routes.ts';

const SIDE = 23;

/** Filters of a layer on one sheet, 23 in a row, one pixel of margin around each. */
const maps = (count: number): Panel[] =>
  Array.from({ length: count }, (_, filter) => ({
    ...{ layer: 'conv', filter, image: 'tom', label: `filter: ${filter} · image: 0`, kind: 'map' },
    ...{ src: '../assets/fab553c20c734edb9d9529ed.png', width: 32, height: 32 },
    crop: { x: 1 + 34 * (filter % SIDE), y: 1 + 34 * Math.floor(filter / SIDE), width: 32, height: 32 },
    sheet: { width: 34 * SIDE, height: 34 * SIDE },
    range: [-0.123456, 1.23456],
    flags: filter % 2 > 0 ? ['border'] : ['silent'],
    ...{ facts: { inner: 0.1 }, files: {} },
  })) as unknown as Panel[];

const report = {
  experiment: { id: 'cats' },
  model: { layers: [{ index: 0, name: 'conv', type: 'Conv2D', outputShape: [32, 32, 512], parameters: 1 }] },
  images: [{ id: 'tom', file: 'tom.png', width: 64, height: 64, src: '../assets/t.png' }],
  views: [],
} as unknown as Report;
const page = pageContext(report, routes.layer('cats', 'conv'));
const options = { technique: 'feature-maps', page };

describe('denseGrid', () => {
  const grid = denseGrid(maps(512), options)!;
  const { html, css } = moveStyles(grid.cells.toString());

  it('leaves room in 100 kB for the rest of a page with 512 filters', () => {
    expect(html.length + css.length).toBeLessThan(68_000);
  });

  it('leads to every filter, and names it with its range and marks', () => {
    const links = [
      ...html.matchAll(/<a href="(\d+)\/index\.html"><i[^>]*><\/i>(filter \d+)<small>(.*?)<\/small>/g),
    ];
    expect(links).toHaveLength(512);
    expect(links[5]!.slice(1)).toEqual(['5', 'filter 5', '<b>border · </b>−0.123 to 1.23']);
    expect(grid.flags.map(({ flag, meaning }) => [flag, meaning.length > 0])).toEqual([
      ['silent', true],
      ['border', true],
    ]);
    expect(grid).toMatchObject({ name: 'Feature maps of conv for tom.png', each: 'conv/*/tom' });
  });

  it('shows of the sheet what a panel is cut from', () => {
    const declarations = new Map(
      [...css.matchAll(/\.(\w+)\{([^}]*)\}/g)].map(([, name, style]) => [name, style]),
    );
    const classes = /<i class="cut ([^"]*)"><\/i>filter 25</.exec(html)![1]!;
    const style = classes.split(' ').map((name) => declarations.get(name));
    // Filter 25 is the third of the second row. A background at p % has its own p % there: x / (782 - 32).
    expect(style).toEqual([
      'background-image:url(../../../assets/fab553c20c734edb9d9529ed.png)',
      'background-size:2443.75% 2443.75%',
      `background-position-x:${Math.round((69 / 750) * 1e6) / 1e4}%`,
      `background-position-y:${Math.round((35 / 750) * 1e6) / 1e4}%`,
    ]);
  });

  it('is not for few panels, nor for those that differ in more than their filter', () => {
    expect(denseGrid(maps(200), options)).toBeUndefined();
    const others: Partial<Panel>[] = [
      { image: undefined },
      { crop: undefined },
      { filter: undefined },
      { kind: 'composite' },
      { crop: { x: 0, y: 0, width: 16, height: 32 } },
      { src: '../assets/a b).png' },
    ];
    for (const other of others) {
      const panels = maps(512);
      expect(denseGrid([...panels.slice(1), { ...panels[0]!, ...other } as Panel], options)).toBeUndefined();
    }
  });
});
