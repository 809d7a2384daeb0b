import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { stringify } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/schema/report.ts';
import type { PredictionFacts, Summary } from '../../src/techniques/predictions/facts.ts';
import { filterscope } from '../cli/run.ts';
import { startChromium } from './chromium.ts';
import { serveFolder } from './serve.ts';
import { walkSite } from './walk.ts';

/** Names that would act on a page, turn its text round, or take all of its width. */
const CLASSES = [
  '<img src=x onerror=alert(1)> & "q" \'s\'',
  'שלום \u202eabc',
  'a very long name, '.repeat(12).slice(0, 199) + '.',
  'plain',
  'W'.repeat(200),
  '👩‍👩‍👧‍👦 🏳️‍🌈 "></a><script>alert(2)</script>',
];

let folder: string;
let dist: string;
let browser: Browser;
let server: Awaited<ReturnType<typeof serveFolder>>;
const reports = new Map<string, Report>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'filterscope predictions-'));
  await mkdir(join(folder, 'experiments'));
  await mkdir(join(folder, 'images'));
  const files: Record<string, string[]> = {};
  for (const [at, name] of CLASSES.entries()) {
    files[name] = await Promise.all(
      Array.from({ length: 4 }, async (_, each) => {
        const path = join(folder, 'images', `${at}-${each}.png`);
        const background = { r: (at * 67 + each * 31) % 256, g: (each * 83) % 256, b: (at * 101) % 256 };
        await sharp({ create: { width: 16, height: 16, channels: 3, background } })
          .png()
          .toFile(path);
        return path;
      }),
    );
  }
  const hostile = {
    title: 'Names',
    model: {
      input: [16, 16],
      layers: [
        { conv2d: { filters: 6, kernel: 3 } },
        'relu',
        'flatten',
        { dense: { units: CLASSES.length, activation: 'softmax' } },
      ],
      classes: CLASSES,
    },
    images: {
      classes: files,
      names: Object.fromEntries(
        CLASSES.map((name, at) => [`${at}-0.png`, `${name.slice(0, 197)} #${at}`] as const),
      ),
    },
    seed: 3,
    views: [
      { technique: 'predictions', top: 3 },
      {
        technique: 'attribution',
        images: [0, 8, 16],
        target: ['expected', 'difference', { class: CLASSES[4]! }],
      },
    ],
  };
  const digits = {
    title: 'Digits',
    model: { zoo: 'lenet', weights: 'random' },
    images: { generated: 'digits', count: 40 },
    views: [
      {
        technique: 'predictions',
        classes: Object.fromEntries(Array.from({ length: 10 }, (_, n) => [String(n), n])),
      },
    ],
  };
  for (const [id, experiment] of Object.entries({ hostile, digits }))
    await writeFile(join(folder, 'experiments', `${id}.yaml`), stringify(experiment));
  const { status, stderr } = await filterscope(['build', '--backend', 'wasm'], { cwd: folder });
  if (status !== 0) throw new Error(stderr);
  dist = join(folder, 'dist');
  for (const id of ['hostile', 'digits'])
    reports.set(id, JSON.parse(await readFile(join(dist, id, 'report.json'), 'utf8')) as Report);
  server = await serveFolder(dist, '/some/where/');
  browser = await startChromium();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

const places = {
  'a server, below a sub-path': () => server.origin,
  disk: () => `${pathToFileURL(dist).href}/`,
};
const view = 'digits/views/predictions/index.html';

async function open(address: string, { javaScriptEnabled = true, width = 1280 } = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width, height: 900 }, javaScriptEnabled });
  const page = await context.newPage();
  page.on('pageerror', (error) => expect(error).toBeUndefined());
  page.on('dialog', (dialog) => expect(dialog).toBeUndefined());
  await page.goto(address);
  return page;
}

/** Ids of the images that are shown, in their order. */
const shown = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll('.image-card > a')].map(
      (link) => /images\/([^/]+)\/index\.html$/.exec(link.getAttribute('href')!)![1]!,
    ),
  );

const factsOf = (id: string): Map<string, PredictionFacts> =>
  new Map(
    reports
      .get(id)!
      .views[0]!.panels.map((panel) => [panel.image!, panel.facts as unknown as PredictionFacts]),
  );

describe.each(Object.entries(places))('predictions on %s', (_, root) => {
  it('are sorted by their probability, which the address keeps', async () => {
    const page = await open(root() + view);
    const facts = factsOf('digits');
    await page.locator('select[name=sort]').selectOption({ label: 'probability, lowest first' });
    const ids = await shown(page);
    const probabilities = ids.map((id) => facts.get(id)!.predictions[0]!.probability!);
    expect(ids).toHaveLength(24);
    probabilities
      .slice(1)
      .forEach((each, at) => expect(each).toBeGreaterThanOrEqual(probabilities[at]! - 1e-4));
    const least = Math.min(...[...facts.values()].map(({ predictions }) => predictions[0]!.probability!));
    expect(probabilities[0]).toBeCloseTo(least, 3);
    expect(new URL(page.url()).searchParams.get('sort')).toBe('unsure');
    await page.reload();
    expect(await shown(page)).toEqual(ids);
    await page.locator('.image-card > a').first().click();
    await page.waitForURL(/images\//);
    await page.goBack();
    expect(await shown(page)).toEqual(ids);
    await page.context().close();
  });

  it('are chosen by verdict and class, and all of them can be had', async () => {
    const page = await open(root() + view);
    const facts = factsOf('digits');
    const wrong = [...facts].filter(([, { verdict }]) => verdict === 'wrong').map(([id]) => id);
    expect(wrong.length).toBeGreaterThan(24);
    await page.locator('select[name=show]').selectOption({ label: 'wrong' });
    expect(await page.locator('form[data-cards] [role=status]').textContent()).toBe(
      `${wrong.length} of 40 images`,
    );
    while (await page.locator('.more-cards button').isVisible())
      await page.locator('.more-cards button').click();
    expect((await shown(page)).sort()).toEqual(wrong.sort());
    await page.locator('select[name=class]').selectOption('7');
    const sevens = wrong.filter((id) => id.startsWith('7-'));
    expect((await shown(page)).sort()).toEqual(sevens.sort());
    const { searchParams } = new URL(page.url());
    expect([searchParams.get('show'), searchParams.get('class')]).toEqual(['wrong', '7']);
    await page.reload();
    expect((await shown(page)).sort()).toEqual(sevens.sort());
    await page.context().close();
  });

  it('are the same cards from the page and from the script', async () => {
    const page = await open(root() + view);
    const plain = await open(root() + view, { javaScriptEnabled: false });
    const read = (of: Page) =>
      of.evaluate(() =>
        [...document.querySelectorAll('.image-card')].map((card) => ({
          className: card.className,
          text: card.textContent!.replaceAll(/\s+/g, ' ').trim(),
          href: card.querySelector('a')!.getAttribute('href'),
          src: card.querySelector('img')!.getAttribute('src'),
          panel: (card as HTMLElement).dataset['p'],
          // As they are drawn, whatever says so.
          bars: [...card.querySelectorAll('i')].map((bar) => Math.round(bar.getBoundingClientRect().width)),
          cut: ['left', 'top', 'width'].map((name) =>
            Math.round(
              Number.parseFloat(getComputedStyle(card.querySelector('img')!).getPropertyValue(name)),
            ),
          ),
        })),
      );
    expect(await read(page)).toEqual(await read(plain));
    await page.context().close();
    await plain.context().close();
  });

  it('lead from each cell of the confusion matrix to as many images', async () => {
    const page = await open(root() + view);
    const cells = await page
      .locator('.matrix td a')
      .evaluateAll((links) =>
        links.map((link) => ({ href: (link as HTMLAnchorElement).href, count: Number(link.textContent) })),
      );
    const { confusion } = reports.get('digits')!.views[0]!.facts as unknown as Summary;
    expect(cells.map(({ count }) => count)).toEqual(confusion!.map(({ count }) => count));
    expect(cells.reduce((sum, { count }) => sum + count, 0)).toBe(40);
    for (const { href, count } of cells) {
      await page.goto(href);
      const group = page.locator('.group:target');
      expect(await group.locator('.image-card').count(), href).toBe(count);
    }
    await page.context().close();
  });
});

it('show the first images and where the others are without scripts', async () => {
  const page = await open(server.origin + view, { javaScriptEnabled: false });
  expect(await page.locator('form[data-cards]').isVisible()).toBe(false);
  expect(await page.locator('.image-card').count()).toBe(24);
  expect(await page.locator('.no-scripts').textContent()).toContain('The first 24 of 40 images');
  await page.context().close();
});

it('are beside the image, with the class of its folder', async () => {
  const facts = factsOf('digits');
  const [id, one] = [...facts].find(([, { expected }]) => expected![0]!.rank > 5)!;
  const page = await open(`${server.origin}digits/images/${id}/index.html`);
  const rows = page.locator('.bars tbody tr');
  expect(await rows.count()).toBe(6);
  expect(await rows.last().textContent()).toContain('class of the image');
  expect(await rows.last().textContent()).toContain(`${one.expected![0]!.rank}th`);
  await page.context().close();
});

describe('names of classes that would do harm', () => {
  it('do none, on any page, and no page grows wider for them', { timeout: 180_000 }, async () => {
    const { problems } = await walkSite(browser, places.disk(), { policy: true });
    expect(problems).toEqual([]);
  });

  it('are shown as they are written, chosen by, and kept in the address', async () => {
    const page = await open(`${server.origin}hostile/views/predictions/index.html`, { width: 390 });
    for (const at of CLASSES.keys()) {
      await page.locator('select[name=class]').selectOption({ index: at + 1 });
      expect(await shown(page)).toHaveLength(4);
      await page.reload();
      expect(await shown(page)).toHaveLength(4);
    }
    expect(await page.locator('.image-cards :is(script, b), .matrix img, .sorter img').count()).toBe(0);
    expect(await page.locator('.matrix th[scope=row] a').first().textContent()).toBe(CLASSES[0]);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide).toBe(390);
    await page.context().close();
  });

  it('overlap nothing, and scroll no page sideways at 390 pixels', async () => {
    const pages = [
      ...['views/predictions', 'views/attribution-grad-cam', 'layers/dense_1', 'images/4-0', 'images/5-0'],
      ...CLASSES.map((_, unit) => `layers/dense_1/${unit}`),
    ];
    for (const path of pages) {
      const page = await open(`${server.origin}hostile/${path}/index.html`, { width: 390 });
      const found = await page.evaluate(() => {
        const cells = [...document.querySelectorAll<HTMLElement>('.matrix th')];
        return {
          width: document.documentElement.scrollWidth,
          written: document.querySelectorAll('main :is(script:not([type]), img[onerror])').length,
          // Names that reach beyond their own cell.
          outside: cells.filter((cell) => {
            const own = cell.getBoundingClientRect();
            const inner = cell.querySelector('bdi')?.getBoundingClientRect() ?? own;
            return inner.right > own.right + 1 || inner.left < own.left - 1 || inner.bottom > own.bottom + 1;
          }).length,
        };
      });
      expect({ path, ...found }).toEqual({ path, width: 390, written: 0, outside: 0 });
      await page.context().close();
    }
  });
});
