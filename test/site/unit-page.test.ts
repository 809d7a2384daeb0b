import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Panel, Report } from '../../src/schema/report.ts';
import { SiteData } from '../../src/site/data.ts';
import { routes } from '../../src/site/routes.ts';
import { canonicalUnit, nearestUnits, summaryOf, unitParts } from '../../src/site/unit-page.ts';
import { base, layer } from './sample-pieces.ts';

const panel = (filter: number, more: Partial<Panel> = {}): Panel => ({
  ...{ layer: 'conv', filter, label: `filter ${filter}`, kind: 'map', src: `../assets/${filter}.png` },
  ...{ width: 8, height: 8, range: [0, 1] },
  ...more,
});

const view = (id: string, technique: string, panels: Panel[]): Report['views'][number] => ({
  ...{ id, technique, title: id, grid: { rows: 1, columns: 1 }, settings: {} },
  ...{ picture: { src: '../assets/p.png', width: 1, height: 1 }, panelCount: panels.length, panels },
});

function report(id: string, network: string | undefined, views: Report['views']): Report {
  const plain = base(id, id);
  return {
    ...plain,
    images: ['a', 'b'].map((image) => ({
      ...{ id: image, file: `${image}.png`, width: 32, height: 32, src: `../assets/${image}.webp` },
    })),
    model: {
      ...{ name: 'net', format: 'inline', inputShape: [32, 32, 3], parameters: 0, weightsSha256: 'x' },
      ...(network === undefined ? {} : { network }),
      layers: [
        layer(0, 'input', 'InputLayer', [32, 32, 3], 0, 1),
        layer(1, 'conv', 'Conv2D', [8, 8, 9], 9, 3),
      ],
    },
    views,
  };
}

let folder: string;
let data: SiteData;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'filterscope unit-'));
  const facts = {
    patches: [],
    nearest: [
      { filter: 1, cosine: 0.9 },
      { filter: 8, cosine: 0.5 },
    ],
  };
  const reports = [
    report('maps', 'n1', [
      view('all', 'feature-maps', [
        panel(0, { image: 'a', range: [0, 5], facts: { inner: 0 } }),
        panel(0, { image: 'b', range: [0, 2], facts: { inner: 1 }, src: '../assets/0b.png' }),
      ]),
    ]),
    report('dreams', 'n1', [
      view('maps', 'feature-maps', [
        // The same pixels as in the other report.
        panel(0, { image: 'a' }),
        panel(0, { image: 'a', src: '../assets/other.png' }),
      ]),
      // In other colours, what the view above shows already.
      view('repeated', 'feature-maps', [panel(0, { image: 'a', src: '../assets/red.png' })]),
      view('patches', 'top-patches', [
        panel(0, { facts, src: '../assets/x.png' }),
        panel(1, { facts, src: '../assets/y.png' }),
      ]),
    ]),
    report('another', 'n2', [view('all', 'feature-maps', [panel(0)])]),
    report('kept', undefined, [view('all', 'feature-maps', [panel(0)])]),
  ];
  for (const each of reports) {
    await mkdir(join(folder, each.experiment.id));
    await writeFile(join(folder, each.experiment.id, 'report.json'), JSON.stringify(each));
  }
  const experiments = reports.map(({ experiment: { id, title } }) => ({ status: 'ready', id, title }));
  await writeFile(join(folder, 'gallery.json'), JSON.stringify({ schemaVersion: 1, experiments }));
  data = new SiteData(folder);
});
afterAll(() => rm(folder, { recursive: true }));

const partsOf = async (id: string) =>
  unitParts(data, await data.report(id), {
    ...{ layer: 'conv', filter: 0 },
    path: routes.filter(id, 'conv', 0),
  });

describe('the page of a unit', () => {
  it('shows what every report on its network knows, each picture once, the strongest kinds of views first', async () => {
    const shown = (await partsOf('maps')).map(({ report: of, sections }) => [
      of.experiment.id,
      sections.map(({ view: each, panels }) => [each.id, panels.map(({ src }) => src)]),
    ]);
    expect(shown).toEqual([
      ['maps', [['all', ['../assets/0.png', '../assets/0b.png']]]],
      [
        'dreams',
        [
          ['patches', ['../assets/x.png']],
          ['maps', ['../assets/other.png']],
        ],
      ],
    ]);
  });

  it('makes links that lead from the page into the other report', async () => {
    const [, other] = await partsOf('maps');
    expect(other!.page.src('../assets/x.png')).toBe('../../../../assets/x.png');
    expect(other!.page.image('a')).toBe('../../../../dreams/images/a/index.html');
  });

  it('knows nothing of other networks, nor of reports that do not say theirs', async () => {
    expect(await partsOf('another')).toHaveLength(1);
    expect(await partsOf('kept')).toHaveLength(1);
  });

  it('has one canonical address for all reports: the first one that knows the unit', async () => {
    const address = async (id: string, filter: number) =>
      canonicalUnit(data, await data.sameNetwork(await data.report(id)), { layer: 'conv', filter });
    expect(await address('maps', 0)).toEqual(routes.filter('dreams', 'conv', 0));
    expect(await address('dreams', 0)).toEqual(routes.filter('dreams', 'conv', 0));
    expect(await address('another', 0)).toEqual(routes.filter('another', 'conv', 0));
    expect(await address('maps', 7)).toBeUndefined();
  });

  it('leads to similar filters that have a page', async () => {
    const [own] = await partsOf('dreams');
    expect(await nearestUnits(data, own, 'conv')).toMatchObject([{ filter: 1, cosine: 0.9 }]);
    const [maps] = await partsOf('maps');
    expect(await nearestUnits(data, maps, 'conv')).toEqual([]);
  });

  it('tells values at the border from those inside', async () => {
    const [own] = await partsOf('maps');
    expect(summaryOf(own)).toMatchObject({
      ...{ firing: 2, shown: 2, strongest: { value: 5, image: { id: 'a' } } },
      inside: { firing: 1, strongest: { value: 1, image: { id: 'b' } } },
    });
    const [, other] = await partsOf('maps');
    expect(summaryOf(other!)?.inside).toBeUndefined();
  });
});
