import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import { listFolder } from '../../src/store/store.ts';
import { startChromium } from './chromium.ts';
import { dist, needGallery } from './shipped-gallery.ts';
import { kindOf, largestPages } from './page-kinds.ts';

let browser: Browser;

beforeAll(async () => {
  await needGallery();
  browser = await startChromium();
});
afterAll(() => browser?.close());

/** Texts of boxes that cut off what is wider or higher than they are. */
const cutTexts = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    for (const details of document.querySelectorAll('details')) details.open = true;
    const cuts = (overflow: string): boolean => overflow === 'hidden' || overflow === 'clip';
    return [...document.querySelectorAll('body *')].flatMap((element) => {
      const { display, overflowX, overflowY } = getComputedStyle(element);
      if (display === 'inline' || element.classList.contains('hidden-visually')) return [];
      if (!element.textContent?.trim() || !element.checkVisibility()) return [];
      const isCut =
        (cuts(overflowX) && element.scrollWidth > element.clientWidth) ||
        (cuts(overflowY) && element.scrollHeight > element.clientHeight + 1);
      return isCut ? [`${element.className}: ${element.textContent.trim().slice(0, 60)}`] : [];
    });
  });

it('finds text that is cut off', async () => {
  const page = await browser.newPage();
  const style = 'width: 40px; white-space: nowrap; overflow: hidden';
  await page.setContent(
    `<p class=one style="${style}">unconverged</p><p class=two style="${style}">un</p>
     <p class=three style="height: 1em; width: 40px; overflow: clip">two or three lines</p>`,
  );
  expect(await cutTexts(page)).toEqual(['one: unconverged', 'three: two or three lines']);
  await page.close();
});

it.each([390, 1280])('cuts off no text of any kind of page at %d px', { timeout: 600_000 }, async (width) => {
  const largest = (await largestPages(dist)).map(({ path }) => path);
  const grids = (await listFolder(dist))
    .map(({ path }) => path)
    .filter((path) => path.endsWith('.html') && /\/(views|chapters)\/\*$/.test(kindOf(path)));
  const page = await browser.newPage({ viewport: { width, height: 900 } });
  const found: Record<string, string[]> = {};
  for (const path of new Set([...largest, ...grids])) {
    await page.goto(pathToFileURL(join(dist, path)).href);
    const texts = await cutTexts(page);
    if (texts.length > 0) found[path] = texts;
  }
  await page.close();
  expect(found).toEqual({});
});
