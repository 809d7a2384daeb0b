import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Browser } from 'playwright-core';
import { startChromium } from './chromium.ts';
import { dist, needGallery } from './shipped-gallery.ts';

let browser: Browser;

beforeAll(async () => {
  await needGallery();
  browser = await startChromium();
});
afterAll(() => browser?.close());

async function pagesOf(path: string): Promise<number> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.goto(pathToFileURL(join(dist, path)).href);
  await page.evaluate(async () => {
    for (const image of document.images) image.loading = 'eager';
    await Promise.all([...document.images].map((image) => image.decode().catch(() => undefined)));
  });
  const pdf = (await page.pdf({ format: 'A4', preferCSSPageSize: true })).toString('latin1');
  await page.close();
  return pdf.match(/\/Type\s*\/Page\b/g)?.length ?? 0;
}

it('prints a grid with its title on one page', { timeout: 60_000 }, async () => {
  expect(await pagesOf('patternnet/views/conv5/index.html')).toBe(1);
  // Seven rows and columns; built where its weights can be had.
  const square = 'vgg16-edges-first-and-last/views/first-layer/index.html';
  if (existsSync(join(dist, square))) expect(await pagesOf(square)).toBe(1);
  // A count that is right also of more.
  expect(await pagesOf('patternnet/chapters/layers/index.html')).toBeGreaterThan(3);
});
