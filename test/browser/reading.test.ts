import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/effects.ts';
import type { Report } from '../../src/schema/report.ts';
import { renderSite } from '../../src/site/render.ts';
import { writeSample } from '../site/sample.ts';
import { startChromium } from './chromium.ts';

const ID = 'cats-through-convolutions';
let folder: string;
let dist: string;
let browser: Browser;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'filterscope reading-'));
  const { dataDir, assetsDir } = await writeSample(folder, { images: 2, filters: 4, layers: 1, size: 24 });
  const file = join(dataDir, ID, 'report.json');
  const report = JSON.parse(await readFile(file, 'utf8')) as Report;
  const text = `<h2 id="text-units">Units</h2><p>See <a href="layers/conv_10x10/1/index.html">filter 1</a>.</p>`;
  report.experiment.narrative.push({ kind: 'html', html: text });
  await writeFile(file, JSON.stringify(report));
  dist = join(folder, 'dist');
  await renderSite({ dataDir, outDir: dist, log: silentLogger });
  await cp(assetsDir, join(dist, 'assets'), { recursive: true });
  browser = await startChromium();
});
afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

async function open(path: string, options: BrowserContextOptions = {}, setUp?: () => void): Promise<Page> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  if (setUp) await page.addInitScript(setUp);
  await page.goto(pathToFileURL(join(dist, path)).href);
  return page;
}
const ground = (page: Page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
const [LIGHT, DARK] = ['rgb(251, 250, 248)', 'rgb(18, 19, 23)'];

describe('an overview', () => {
  it('lists the headings of its text, and marks the part that is read', async () => {
    const page = await open(`${ID}/index.html`);
    const marked = page.locator('.toc [aria-current]');
    await expect.poll(() => marked.count()).toBe(1);
    await page.getByRole('navigation', { name: 'On this page' }).getByText('Units').click();
    await expect.poll(() => marked.textContent()).toContain('Units');
    expect(page.url()).toMatch(/#text-units$/);
    expect(await page.locator('h2#text-units a').getAttribute('href')).toBe('#text-units');
    await page.context().close();
  });

  it.each([true, false])(
    'links units of its text to their panels, which get a frame; scripts: %s',
    async (javaScriptEnabled) => {
      const page = await open(`${ID}/index.html`, { javaScriptEnabled });
      await page.getByRole('link', { name: 'filter 1', exact: true }).first().click();
      const target = page.locator('.grid > li:target');
      expect(await target.count()).toBe(1);
      expect(await target.getAttribute('id')).toMatch(/^panel-\d+-conv_10x10-1$/);
      const href = await target.getByRole('link').first().getAttribute('href');
      expect(href).toBe('layers/conv_10x10/1/index.html');
      await page.context().close();
    },
  );
});

describe('the theme', () => {
  it('is the chosen one on all pages, before they are drawn', async () => {
    const page = await open('index.html', { colorScheme: 'light' });
    expect(await ground(page)).toBe(LIGHT);
    await page.getByLabel('Theme').selectOption('dark');
    expect(await ground(page)).toBe(DARK);
    await page.getByRole('link', { name: 'Glossary' }).click();
    await page.waitForURL(/glossary/);
    expect(await page.getByLabel('Theme').inputValue()).toBe('dark');
    expect(await ground(page)).toBe(DARK);
    await page.getByLabel('Theme').selectOption('auto');
    expect(await ground(page)).toBe(LIGHT);
    await page.context().close();
  });

  it('can be chosen where nothing can be stored', async () => {
    const errors: string[] = [];
    const page = await open('index.html', { colorScheme: 'dark' }, () => {
      Object.defineProperty(window, 'localStorage', {
        get() {
          throw new DOMException('refused', 'SecurityError');
        },
      });
    });
    page.on('pageerror', (error) => errors.push(error.message));
    await page.getByLabel('Theme').selectOption('light');
    expect(await ground(page)).toBe(LIGHT);
    expect(errors).toEqual([]);
    await page.context().close();
  });
});
