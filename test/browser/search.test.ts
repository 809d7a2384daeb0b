import { cp, mkdtemp, rm } from 'node:fs/promises';
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
  folder = await mkdtemp(join(tmpdir(), 'filterscope search-'));
  const { dataDir, assetsDir } = await writeSample(folder, { images: 2, filters: 20, layers: 1, size: 24 });
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

async function open(address: string, width = 1280): Promise<Page> {
  const context = await browser.newContext({ viewport: { width, height: 800 } });
  const page = await context.newPage();
  page.on('pageerror', (error) => expect(error).toBeUndefined());
  await page.goto(address);
  return page;
}

describe.each(Object.entries(places))('the search field on %s', (_, root) => {
  it('leads to a unit in three actions, by keyboard', async () => {
    const page = await open(`${root()}index.html`);
    await page.keyboard.press('/');
    await page.keyboard.type('block1_conv1 12');
    const results = page.getByRole('list', { name: 'Results' });
    await results.getByRole('link').first().waitFor();
    expect(await results.getByRole('link').first().textContent()).toContain('block1_conv1 · filter 12');
    expect(new URL(page.url()).searchParams.get('q')).toBe('block1_conv1 12');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/layers/block1_conv1/12/index.html');
    await page.context().close();
  });

  it('keeps what was asked in the address of the page of results', async () => {
    const page = await open(`${root()}many-pictures/layers/block1_conv1/11/index.html`, 390);
    await page.getByRole('searchbox').fill('kind:layer');
    await page.getByRole('searchbox').press('Enter');
    await page.waitForURL('**/search/index.html?q=kind%3Alayer');
    const links = page.getByRole('list', { name: 'Results' }).getByRole('link');
    await links.first().waitFor();
    const before = await links.allTextContents();
    expect(before.length).toBeGreaterThan(1);
    await page.reload();
    await links.first().waitFor();
    expect(await links.allTextContents()).toEqual(before);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    await page.context().close();
  });

  it('shows names with markup as they are, and loads nothing before it is used', async () => {
    const page = await open(`${root()}index.html`);
    expect(await page.locator('script[src*="search"]').count()).toBe(0);
    await page.getByRole('searchbox').fill('quote');
    await page.getByRole('searchbox').focus();
    const link = page.getByRole('list', { name: 'Results' }).getByRole('link').first();
    await link.waitFor();
    expect(await link.textContent()).toContain('<img src=x onerror=alert(1)>');
    await page.keyboard.press('Escape');
    expect(await page.getByRole('list', { name: 'Results' }).isVisible()).toBe(false);
    await page.context().close();
  });
});

it('lists every page without scripts', async () => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${server.origin}search/index.html`);
  await page.locator('summary').first().click();
  expect(await page.locator('.search-all li a:visible').count()).toBeGreaterThan(3);
  await context.close();
});
