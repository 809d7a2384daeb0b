import { describe, expect, it } from 'vitest';
import type { Panel, Report, View } from '../../src/schema/report.ts';
import {
  type Group,
  addFilters,
  headed,
  imageClasses,
  IMAGE_FILTERS,
  LARGE_FILTERS,
  MANY_FILTERS,
  MANY_PANELS,
  neighbours,
  sampleOf,
  summarizeFilter,
} from '../../src/site/facets.ts';
import { ImageSections } from '../../src/site/image-sections.ts';
import { EXCERPTS, layerSections } from '../../src/site/layer-sections.ts';
import { coverCandidates, coverPanels, isInformative, spread } from '../../src/site/faces.ts';
import { latticeOf, latticeStyles, sheetsOf } from '../../src/site/sprite-sheets.ts';

const image = (id: string, kind?: string): Report['images'][number] => ({
  id,
  file: `${id}.png`,
  width: 8,
  height: 8,
  src: `../assets/${id}.webp`,
  ...(kind !== undefined && { class: kind }),
});

/** Panels of one layer on sprites of their own image, in rows of `columns`. */
function maps(layer: string, images: string[], filters: number, columns = 8): Panel[] {
  const rows = Math.ceil(filters / columns);
  return images.flatMap((id) =>
    Array.from({ length: filters }, (_, filter): Panel => ({
      kind: 'map',
      layer,
      filter,
      image: id,
      label: `${filter}`,
      src: `../assets/${layer}-${id}.webp`,
      width: 4,
      height: 4,
      crop: { x: (filter % columns) * 4, y: Math.floor(filter / columns) * 4, width: 4, height: 4 },
      sheet: { width: columns * 4, height: rows * 4 },
      range: [0, filter],
    })),
  );
}

const view = (id: string, panels: Panel[]): View => ({
  id,
  technique: 'feature-maps',
  title: id,
  grid: { rows: 1, columns: 1 },
  settings: {},
  picture: { src: '../assets/p.png', width: 1, height: 1 },
  panelCount: panels.length,
  panels,
});

const byId = (...ids: string[]) => new Map(ids.map((id) => [id, image(id)]));

describe('headed', () => {
  it('puts reports under their headings in the order in which these first come', () => {
    const entries = [
      { id: 1, group: 'First steps' },
      { id: 2, group: 'Dreams' },
      { id: 3 },
      { id: 4, group: 'First steps' },
    ];
    expect(headed(entries).map(({ heading, entries: list }) => [heading, list.map(({ id }) => id)])).toEqual([
      ['First steps', [1, 4]],
      ['Dreams', [2]],
      [undefined, [3]],
    ]);
  });
});

describe('layerSections', () => {
  it('shows one grid for one image, and one for one filter over many images', () => {
    const single = maps('conv', ['a'], 300);
    const one = layerSections([{ view: view('v', single), panels: single }], byId('a'));
    expect(one).toHaveLength(1);
    expect(one[0]!.groups).toHaveLength(1);
    expect(one[0]!.groups[0]!.image?.id).toBe('a');

    const eleven = maps('conv', ['a', 'b', 'c'], 12).filter(({ filter }) => filter === 11);
    const over = layerSections([{ view: view('v', eleven), panels: eleven }], byId('a', 'b', 'c'));
    expect(over[0]!.groups.map(({ panels, image: only }) => [panels.length, only])).toEqual([[3, undefined]]);
  });

  it('shows a grid for each image as long as a page can hold them', () => {
    const panels = maps('conv', ['a', 'b'], MANY_PANELS / 2);
    const [section] = layerSections([{ view: view('v', panels), panels }], byId('a', 'b'));
    expect(section!.groups.map((group) => [group.image?.id, group.count])).toEqual([
      ['a', MANY_PANELS / 2],
      ['b', MANY_PANELS / 2],
    ]);
    expect(section!.elsewhere).toEqual([]);
  });

  it('shows single panels last', () => {
    const [single, several] = [maps('conv', ['a'], 1), maps('conv', ['b'], 4)];
    const sections = layerSections(
      [
        { view: view('single', single), panels: single },
        { view: view('several', several), panels: several },
      ],
      byId('a', 'b'),
    );
    expect(sections.map((section) => section.view.id)).toEqual(['several', 'single']);
  });

  it('shows the first image and names the others where it cannot', () => {
    const panels = maps('conv', ['a', 'b', 'c'], 512);
    const [section] = layerSections([{ view: view('v', panels), panels }], byId('a', 'b', 'c'));
    expect(section!.groups).toHaveLength(1);
    expect(section!.groups[0]!.panels).toHaveLength(512);
    expect(section!.elsewhere.map(({ id }) => id)).toEqual(['b', 'c']);
    expect(section!.count).toBe(3 * 512);
  });

  it('shows the largest view whole and the first panels of others, once they are many', () => {
    const [large, small] = [maps('conv', ['a'], 150), maps('conv', ['b'], 100)];
    const of = (...views: [View['id'], Panel[], string?][]) =>
      layerSections(
        views.map(([id, panels, technique = 'feature-maps']) => ({
          view: { ...view(id, panels), technique },
          panels,
        })),
        byId('a', 'b'),
      ).map((section) => [
        section.view.id,
        section.groups[0]!.panels.length,
        section.count,
        section.isExcerpt,
      ]);
    expect(of(['small', small], ['large', large])).toEqual([
      ['small', EXCERPTS.view, 100, true],
      ['large', 150, 150, undefined],
    ]);
    expect(of(['small', small], ['large', large, 'kernels'])).toEqual([
      ['small', EXCERPTS.technique, 100, true],
      ['large', 150, 150, undefined],
    ]);
    expect(of(['small', small], ['again', maps('conv', ['a'], 100)])).toEqual([
      ['small', 100, 100, undefined],
      ['again', 100, 100, undefined],
    ]);
  });
});

describe('ImageSections', () => {
  const layers = ['input', 'first', 'second'].map((name, index) => ({
    index,
    name,
    type: 'Conv2D',
    outputShape: [4, 4, 2],
    parameters: 0,
  }));
  const report = { model: { layers } } as unknown as Report;

  it('orders an image’s panels by layer, whatever the order of views, and puts what has no layer first', () => {
    const sections = new ImageSections(report);
    sections.add(view('late', []), maps('second', ['a', 'b'], 2));
    sections.add(view('early', []), [
      ...maps('first', ['a'], 1),
      { image: 'a', label: '', kind: 'map', src: 'x', width: 1, height: 1, range: [0, 1] },
    ]);
    sections.add(view('again', []), maps('first', ['a'], 1));
    expect(
      sections
        .of('a')
        .map(({ layer, singles, groups }) => [
          layer?.name,
          singles.length,
          groups.map((group) => group.count),
        ]),
    ).toEqual([
      [undefined, 1, []],
      ['first', 1, []],
      ['second', 0, [2]],
    ]);
    expect(sections.of('b').map(({ layer }) => layer?.name)).toEqual(['second']);
    expect(sections.of('nobody')).toEqual([]);
  });

  it('keeps whole sprites instead of hundreds of panels', () => {
    const sections = new ImageSections(report);
    sections.add(view('v', []), maps('first', ['a'], 512, 23));
    const [group] = sections.of('a')[0]!.groups;
    expect(group!.panels).toEqual([]);
    expect(group!.count).toBe(512);
    expect(group!.sheets).toHaveLength(1);
    expect(group!.sheets![0]!.cells!.columns).toBe(23);
  });

  it('shows some dozens as one sprite, and one by one where they lie on several', () => {
    const shown = (panels: Panel[]): Group => {
      const sections = new ImageSections(report);
      sections.add(view('v', []), panels);
      return sections.of('a')[0]!.groups[0]!;
    };
    const some = maps('first', ['a'], IMAGE_FILTERS + 8);
    expect(shown(some).sheets).toHaveLength(1);
    const apart = some.map((panel, index) => ({ ...panel, src: `../assets/${index % 2}.webp` }));
    expect(shown(apart).sheets).toBeUndefined();
    expect(shown(apart).panels).toHaveLength(IMAGE_FILTERS + 8);
  });

  it('shows maps once that two views of an image have, and names the smaller view', () => {
    const sections = new ImageSections(report);
    const [large, small, apart, drawn] = [
      view('large', maps('first', ['a'], 12)),
      view('small', maps('first', ['a'], 12).slice(3, 5)),
      view('apart', maps('first', ['a'], 14).slice(11)),
      { ...view('drawn', maps('first', ['a'], 2)), technique: 'stages' },
    ];
    for (const each of [small, large, apart, drawn]) sections.add(each!, each!.panels);
    const [section] = sections.of('a');
    expect(section!.groups.map((group) => group.view.id)).toEqual(['large', 'apart', 'drawn']);
    expect(section!.others.map(({ id }) => id)).toEqual(['small']);
  });

  it('shows the first of large maps, whose sprites have few', () => {
    const large = maps('first', ['a'], 2 * IMAGE_FILTERS).map((panel) => ({
      ...panel,
      width: 256,
      height: 256,
    }));
    // Of each 32 in another sprite.
    const apart = large.map((panel, at) =>
      at < IMAGE_FILTERS ? panel : { ...panel, src: '../assets/other.webp' },
    );
    const sections = new ImageSections(report);
    sections.add(view('large', apart), apart);
    const [group] = sections.of('a')[0]!.groups;
    expect(group).toMatchObject({ count: 2 * IMAGE_FILTERS });
    expect(group!.panels).toHaveLength(LARGE_FILTERS);
    expect(group!.sheets).toBeUndefined();
  });

  it('keeps the first panels where a sprite is shared with other images', () => {
    const shared = maps('first', ['a'], 512).map((panel) => ({
      ...panel,
      sheet: { width: 4000, height: 4000 },
    }));
    const sections = new ImageSections(report);
    sections.add(view('v', []), shared);
    const [group] = sections.of('a')[0]!.groups;
    expect(group!.sheets).toBeUndefined();
    expect(group!.panels).toHaveLength(MANY_FILTERS);
    expect(group!.count).toBe(512);
  });
});

describe('sheetsOf', () => {
  it('joins ranges, leaving out what is not finite', () => {
    const panels = maps('conv', ['a'], 4, 2);
    panels[3] = { ...panels[3]!, range: [null, null] };
    expect(sheetsOf(panels)).toEqual([
      {
        src: '../assets/conv-a.webp',
        width: 8,
        height: 8,
        count: 4,
        range: [0, 2],
        cells: { x: 0, y: 0, stepX: 4, stepY: 4, columns: 2, filters: [0, 1, 2, 3] },
      },
    ]);
  });

  it('has nothing to say about images that are no sprites', () => {
    expect(
      sheetsOf([{ label: '', kind: 'map', src: 'x', width: 1, height: 1, range: [0, 0] }]),
    ).toBeUndefined();
  });

  it('gives no lattice for panels that lie anyhow', () => {
    const panels = maps('conv', ['a'], 4, 2);
    panels[3] = { ...panels[3]!, crop: { x: 1, y: 4, width: 4, height: 4 } };
    expect(latticeOf(panels)).toBeUndefined();
    expect(latticeOf([])).toBeUndefined();
  });

  it('says where the lines lie and what the last row leaves over', () => {
    const [sheet] = sheetsOf(maps('conv', ['a'], 5, 4))!;
    expect(latticeStyles(sheet!)).toEqual({
      lines: 'background-size:25% 50%',
      rest: 'left:25%;top:50%',
    });
    const [full] = sheetsOf(maps('conv', ['a'], 8, 4))!;
    expect(latticeStyles(full!)!.rest).toBe('left:100%;top:50%');
    // With a frame of one pixel around each panel.
    const framed = {
      ...sheet!,
      width: 24,
      height: 12,
      cells: { ...sheet!.cells!, x: 1, y: 1, stepX: 6, stepY: 6 },
    };
    expect(latticeStyles(framed)!.rest).toBe('left:25%;top:50%');
  });

  it('finds a lattice with gaps between its cells', () => {
    const panels = maps('conv', ['a'], 5, 2).map((panel) => ({
      ...panel,
      crop: { ...panel.crop!, x: panel.crop!.x * 1.5 + 2, y: panel.crop!.y * 1.25 + 1 },
    }));
    expect(latticeOf(panels)).toMatchObject({ x: 2, y: 1, stepX: 6, stepY: 5, columns: 2 });
  });
});

describe('summaries', () => {
  it('tells the images that drive a filter most and least', () => {
    const panel = (id: string, greatest: number | null): Panel => ({
      image: id,
      kind: 'map',
      label: '',
      src: 'x',
      width: 1,
      height: 1,
      range: [0, greatest],
    });
    const summary = summarizeFilter(
      [panel('a', 1), panel('b', 3), panel('c', 0), panel('d', null), panel('unknown', 9)],
      byId('a', 'b', 'c', 'd'),
    );
    expect(summary).toMatchObject({ firing: 2, shown: 3 });
    expect(summary!.strongest).toMatchObject({ image: { id: 'b' }, value: 3 });
    expect(summary!.weakest).toMatchObject({ image: { id: 'c' }, value: 0 });
    expect(summarizeFilter([], byId('a'))).toBeUndefined();
    expect(summarizeFilter([panel('a', 1), panel('b', 1)], byId('a', 'b'))!.strongest).toBeUndefined();
  });

  it('collects each layer’s filters', () => {
    const known = new Map<string, Set<number>>();
    addFilters(known, { technique: 'feature-maps' }, maps('conv', ['a', 'b'], 3));
    addFilters(known, { technique: 'feature-maps' }, [
      { layer: 'relu', label: '', kind: 'map', src: 'x', width: 1, height: 1, range: [0, 0] },
    ]);
    expect([...known].map(([layer, filters]) => [layer, [...filters]])).toEqual([['conv', [0, 1, 2]]]);
  });

  it('takes a large view’s sample from its first image', () => {
    const panels = maps('conv', ['b', 'a'], 3);
    const sample = sampleOf(view('v', []), panels, byId('a', 'b'));
    expect(sample.image?.id).toBe('b');
    expect(sample.panels).toHaveLength(3);
  });

  it('shows neither dead units nor filters that nothing excites on a cover', () => {
    const [alive] = maps('conv', ['a'], 2).slice(1);
    const telling = { ...alive!, range: [0, 1] as [number, number] };
    expect(isInformative(telling, 'kernels')).toBe(true);
    expect(isInformative({ ...telling, flags: ['dead'] }, 'activation-maximization')).toBe(false);
    expect(isInformative({ ...telling, facts: { patches: [] } }, 'top-patches')).toBe(false);
  });

  it('makes covers of panels in which something is to be seen, view by view', () => {
    const dark = maps('conv', ['a'], 1);
    const bright = maps('conv', ['a'], 3).slice(1);
    const input: Panel = { image: 'a', label: '', kind: 'map', src: 'a', width: 1, height: 1, range: [0, 1] };
    const views = [
      view('v', dark),
      view('w', bright),
      view('x', bright),
      view('y', [input]),
      view('z', [{ ...input, src: 'b' }, ...maps('other', ['a'], 2)]),
    ];
    const chosen = (count: number) =>
      coverPanels(
        views.map((each) => coverCandidates(each, each.panels, count)),
        count,
      );
    expect(chosen(4).map(({ panel: { layer, filter } }) => [layer, filter])).toEqual([
      ['conv', 1],
      [undefined, undefined],
      ['conv', 2],
      ['other', 1],
    ]);
    expect(chosen(2)).toHaveLength(2);
  });

  it('spreads a choice over a list and finds neighbours', () => {
    expect(spread([0, 1, 2, 3, 4, 5, 6, 7], 4)).toEqual([0, 2, 4, 6]);
    expect(spread([0, 1], 4)).toEqual([0, 1]);
    expect(neighbours(['a', 'b'], 0)).toEqual({ next: 'b' });
    expect(neighbours(['a', 'b'], 1)).toEqual({ previous: 'a' });
    expect(imageClasses([image('a', 'x'), image('b', 'y'), image('c', 'x')])).toMatchObject([
      { name: 'x', members: [{ id: 'a' }, { id: 'c' }] },
      { name: 'y', members: [{ id: 'b' }] },
    ]);
  });
});
