import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/effects.ts';
import { renderSite } from '../../src/site/render.ts';
import { writeSample } from '../site/sample.ts';
import { startChromium } from './chromium.ts';
import { serveFolder } from './serve.ts';

let folder: string;
let dist: string;
let browser: Browser;
let server: Awaited<ReturnType<typeof serveFolder>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'filterscope sorter-'));
  const { dataDir, assetsDir } = await writeSample(folder, { images: 2, filters: 30, layers: 1, size: 24 });
  dist = join(folder, 'dist');
  await renderSite({ dataDir, outDir: dist, log: silentLogger });
  await cp(assetsDir, join(dist, 'assets'), { recursive: true });
  server = await serveFolder(dist, '/some/where/');
  browser = await startChromium();
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

const places = {
  'a server, below a sub-path': () => server.origin,
  disk: () => `${pathToFileURL(dist).href}/`,
};
const layer = 'what-excites-filters/layers/block2_conv2/index.html';

async function open(address: string, javaScriptEnabled = true): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, javaScriptEnabled });
  const page = await context.newPage();
  page.on('pageerror', (error) => expect(error).toBeUndefined());
  await page.goto(address);
  return page;
}

/** Units of each list of the page that has any, as they are shown. */
const shownIn = (page: Page, list: string): Promise<number[][]> =>
  page.evaluate(
    (selector) =>
      [...document.querySelectorAll(selector)].map((each) =>
        [...each.children]
          .filter((item) => item.checkVisibility())
          .map((item) =>
            Number(/(\d+)\/index\.html$/.exec(item.querySelector('a')!.getAttribute('href')!)![1]),
          ),
      ),
    list,
  );

describe.each(Object.entries(places))('the units of a layer on %s', (_, root) => {
  it('are sorted by what was measured, patches and projections alike, and the address says so', async () => {
    const page = await open(root() + layer);
    const before = await shownIn(page, '.twins ul');
    const option = page.locator('optgroup[label="Most selective for"] option').last();
    const value = (await option.getAttribute('value'))!;
    await page.getByLabel('Sort by').selectOption(value);
    await expect.poll(async () => (await shownIn(page, '.twins ul'))[0]).not.toEqual(before[0]);
    const after = await shownIn(page, '.twins ul');
    expect([...after[0]!].sort((a, b) => a - b)).toEqual([...before[0]!].sort((a, b) => a - b));
    expect(after[1]).toEqual(after[0]);
    expect(new URL(page.url()).searchParams.get('sort')).toBe(value);
    await page.reload();
    await expect.poll(() => shownIn(page, '.twins ul')).toEqual(after);
    // There and back.
    await page.locator('.twins a').first().click();
    await page.waitForURL(/layers\/block2_conv2\/\d+\/index\.html/);
    await page.goBack();
    await expect.poll(() => shownIn(page, '.twins ul')).toEqual(after);
    await page.getByLabel('Sort by').selectOption({ label: 'number' });
    await expect.poll(() => shownIn(page, '.twins ul')).toEqual(before);
    expect(new URL(page.url()).search).toBe('');
    await page.context().close();
  });

  it('are found by number, which the address keeps', async () => {
    const page = await open(root() + layer);
    await page.getByLabel('Go to').fill('7');
    await page.keyboard.press('Enter');
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('href') ?? '');
    expect(await focused()).toMatch(/(^|\/)7\/index\.html$/);
    expect(new URL(page.url()).searchParams.get('unit')).toBe('7');
    await page.reload();
    expect(await focused()).toMatch(/(^|\/)7\/index\.html$/);
    expect(await page.locator('.aim').count()).toBeGreaterThan(0);
    await page.context().close();
  });

  it('are chosen by whether they have an activation', async () => {
    const page = await open(`${root()}what-excites-filters/layers/block3_conv3/index.html?show=dead`);
    const [dead] = await shownIn(page, '.twins ul');
    await page.getByLabel('Show').selectOption({ label: 'with an activation' });
    const [active] = await shownIn(page, '.twins ul');
    await page.getByLabel('Show').selectOption({ label: 'all' });
    const [all] = await shownIn(page, '.twins ul');
    expect(dead!.length).toBeGreaterThan(0);
    expect([...dead!, ...active!].sort((a, b) => a - b)).toEqual([...all!].sort((a, b) => a - b));
    await page.context().close();
  });
});

it('are sorted by images and classes with any name, which do nothing', async () => {
  for (const report of ['nasty-names', 'hostile-names']) {
    const layers = await readdir(join(dist, report, 'layers'));
    const page = await open(
      `${server.origin}${report}/layers/${layers.find((name) => name.includes('~'))!}/index.html`,
    );
    const option = page.locator('.sorter optgroup option').first();
    const name = (await option.textContent())!.trim();
    expect(name.length).toBeGreaterThan(10);
    await page.getByLabel('Sort by').selectOption((await option.getAttribute('value'))!);
    await page.reload();
    expect(
      await page.getByLabel('Sort by').evaluate((select) => (select as HTMLSelectElement).selectedIndex),
    ).toBe(1);
    expect(await page.locator('.sorter :is(img, script, b, i)').count()).toBe(0);
    await page.context().close();
  }
});

it('say so where the file with their orders is missing', async () => {
  const page = await open(server.origin + layer);
  const before = await shownIn(page, '.twins ul');
  await page.route('**/viewer/orders-*.js', (route) => route.abort());
  await page.getByLabel('Sort by').selectOption({ index: 1 });
  await expect
    .poll(() => page.locator('.sorter [role="status"]').textContent())
    .toBe('The file with the orders could not be loaded.');
  expect(await shownIn(page, '.twins ul')).toEqual(before);
  await page.context().close();
});

it('stand as they are without scripts, with no control that could do nothing', async () => {
  const page = await open(server.origin + layer, false);
  expect(await page.locator('.sorter').isVisible()).toBe(false);
  expect((await page.locator('.twins li').count()) > 10).toBe(true);
  await page.context().close();
});
