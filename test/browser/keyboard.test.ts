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

let folder: string;
let browser: Browser;
let root: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'filterscope keyboard-'));
  const { dataDir, assetsDir } = await writeSample(folder, { images: 3, filters: 30, layers: 1, size: 24 });
  const dist = join(folder, 'dist');
  await renderSite({ dataDir, outDir: dist, log: silentLogger });
  await cp(assetsDir, join(dist, 'assets'), { recursive: true });
  root = pathToFileURL(dist).href;
  browser = await startChromium();
});
afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

async function open(path: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.goto(`${root}/${path}`);
  return page;
}

const focused = (page: Page): Promise<string> =>
  page.evaluate(() => document.activeElement?.getAttribute('href') ?? '');

/** Presses the tab key until a link to an address has the focus. */
async function tabTo(page: Page, href: RegExp, most = 60): Promise<void> {
  for (let pressed = 0; pressed < most; pressed++) {
    await page.keyboard.press('Tab');
    if (href.test(await focused(page))) return;
  }
  throw new Error(`${most} tabs lead to no link to ${href}`);
}

async function follow(page: Page, href: RegExp, address: string): Promise<void> {
  await tabTo(page, href);
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/${address}`);
}

describe('with the keyboard alone', () => {
  it('a unit is found and opened, then its strongest image, the layer and the home page', async () => {
    const page = await open('index.html');
    await page.keyboard.press('/');
    await page.keyboard.type('block1_conv1 11');
    await page.getByRole('list', { name: 'Results' }).getByRole('link').first().waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/many-pictures/layers/block1_conv1/11/index.html');
    await follow(page, /images\/[^/]+\/index\.html#layer-1$/, 'many-pictures/images/*/index.html#layer-1');
    await follow(page, /layers\/block1_conv1\/index\.html$/, 'many-pictures/layers/block1_conv1/index.html');
    await follow(page, /^(?:\.\.\/)+index\.html$/, 'dist/index.html');
    await page.close();
  });

  it('a grid of panels is one stop, in which arrow keys lead from panel to panel', async () => {
    const page = await open('many-pictures/views/first-layer/index.html');
    await tabTo(page, /block1_conv1\/0\/index\.html$/);
    const press = async (key: string): Promise<string> => {
      await page.keyboard.press(key);
      return (await focused(page)).replace(/^.*block1_conv1\/(\d+)\/index\.html$/, '$1');
    };
    const { columns } = await page.evaluate(() => ({
      columns: getComputedStyle(document.querySelector('.grid')!).gridTemplateColumns.split(' ').length,
    }));
    expect(await press('ArrowRight')).toBe('1');
    expect(await press('ArrowDown')).toBe(String(columns + 1));
    expect(await press('ArrowLeft')).toBe(String(columns));
    expect(await press('ArrowUp')).toBe('0');
    expect(await press('ArrowLeft')).toBe('0');
    expect(await press('End')).toBe('48');
    expect(await press('Home')).toBe('0');
    expect(await press('ArrowDown')).toBe(String(columns));
    // The stop stays where it was left, and the next one is behind the grid.
    expect(await press('Tab')).not.toMatch(/^\d+$/);
    await page.keyboard.press('Shift+Tab');
    expect(await focused(page)).toMatch(new RegExp(`block1_conv1/${columns}/index.html$`));
    expect(page.url()).toContain('views/first-layer/index.html');
    await page.close();
  });

  it('every panel is a stop where scripts are off', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${root}/many-pictures/views/first-layer/index.html`);
    expect(await page.locator('.grid a[tabindex]').count()).toBe(0);
    expect(await page.locator('.grid a[href]').count()).toBe(49);
    await context.close();
  });
});
