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
let dist: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'filterscope additions-'));
  const { dataDir, assetsDir } = await writeSample(folder, { images: 2, filters: 130, layers: 1, size: 24 });
  dist = join(folder, 'dist');
  await renderSite({ dataDir, outDir: dist, cacheDir: join(folder, 'cache'), log: silentLogger });
  await cp(assetsDir, join(dist, 'assets'), { recursive: true });
  browser = await startChromium();
});
afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

/** From disk, where a script has the least rights. */
async function open(path: string, options: { javaScriptEnabled?: boolean } = {}): Promise<Page> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await page.goto(pathToFileURL(join(dist, path)).href);
  return page;
}

const picture = 'many-pictures/images/a-00-jpg/index.html';

describe('what scripts add', () => {
  it('turns pages with the arrow keys', async () => {
    const page = await open('many-pictures/layers/block1_conv1/11/index.html');
    await page.keyboard.press('ArrowRight');
    await page.waitForURL('**/block1_conv1/12/index.html');
    await page.keyboard.press('ArrowLeft');
    await page.waitForURL('**/block1_conv1/11/index.html');
    await page.context().close();
  });

  it('leads from a place on a whole sprite to the filter there, and says which it is', async () => {
    const page = await open(picture);
    const sheet = page.locator('a.sheet').first();
    await sheet.scrollIntoViewIfNeeded();
    // 130 filters in 12 columns of one step each: the third cell of the second row is filter 14.
    const box = (await sheet.locator('img').boundingBox())!;
    const position = { x: (2.5 / 12) * box.width, y: (1.5 / 11) * box.height };
    await sheet.hover({ position });
    expect(await sheet.locator('.tip').textContent()).toBe('filter 14');
    await sheet.click({ position });
    await page.waitForURL('**/layers/block1_conv1/14/index.html');
    await page.context().close();
  });

  it('leaves a way without them: the sprite leads to its layer, by keyboard too', async () => {
    const plain = await open(picture, { javaScriptEnabled: false });
    await plain.locator('a.sheet').first().click();
    await plain.waitForURL('**/layers/block1_conv1/index.html');
    await plain.context().close();
    const page = await open(picture);
    await page.locator('a.sheet').first().press('Enter');
    await page.waitForURL('**/layers/block1_conv1/index.html');
    await page.context().close();
  });

  it('lets a reader skip to the content first', async () => {
    const page = await open('index.html');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to content');
    await page.context().close();
  });
});
