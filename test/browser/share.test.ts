import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/effects.ts';
import { servePreview, type RunningServer } from '../../src/site/preview.ts';
import { renderSite } from '../../src/site/render.ts';
import { writeSample } from '../site/sample.ts';
import { startChromium } from './chromium.ts';

let folder: string;
let browser: Browser;
let dist: string;
let server: RunningServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'filterscope share-'));
  const { dataDir, assetsDir } = await writeSample(folder, { images: 2, filters: 4, layers: 1, size: 24 });
  dist = join(folder, 'dist');
  const settings = { url: 'https://example.org/team/cnn/' };
  await renderSite({ dataDir, outDir: dist, log: silentLogger, settings });
  await cp(assetsDir, join(dist, 'assets'), { recursive: true });
  server = await servePreview({ dir: dist, port: 0, base: '/team/cnn/' });
  browser = await startChromium();
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

async function open(address: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await page.goto(address);
  return page;
}

const pages = [
  'cats-through-convolutions/index.html',
  'cats-through-convolutions/views/stages/index.html',
  'many-pictures/layers/block1_conv1/1/index.html',
];

describe('sharing', () => {
  it.each(pages)('%s copies its link and its citation', async (path) => {
    const permissions = ['clipboard-read', 'clipboard-write'];
    const page = await open(`${server.url}${path}#x`, { permissions });
    const copied = () => page.evaluate(() => navigator.clipboard.readText());
    await page.getByRole('button', { name: 'Copy link' }).click();
    await page.getByRole('status').filter({ hasText: 'Copied.' }).waitFor();
    expect(await copied()).toBe(`${server.url}${path}#x`);
    await page.getByText('Cite', { exact: true }).click();
    await page.getByRole('button', { name: 'Copy citation' }).click();
    await expect.poll(copied).toMatch(/^.+ Network: .+ Filterscope .+ https:\/\/example\.org\/team\/cnn\//);
    await page.getByRole('button', { name: 'Copy BibTeX' }).click();
    await expect.poll(copied).toMatch(/^@misc\{filterscope-[a-z0-9-]+,\n[^]+\n\}$/);
    await page.context().close();
  });

  it('selects what the browser does not allow to be copied', async () => {
    const page = await open(server.url + pages[0]!);
    await page.evaluate(() => {
      navigator.clipboard.writeText = () => Promise.reject(new Error('not allowed'));
    });
    const selected = () => page.evaluate(() => getSelection()!.toString());
    await page.getByText('Cite', { exact: true }).click();
    await page.getByRole('button', { name: 'Copy BibTeX' }).click();
    await page.getByRole('status').filter({ hasText: 'Selected' }).waitFor();
    expect(await selected()).toMatch(/^@misc/);
    await page.getByRole('button', { name: 'Copy link' }).click();
    expect(await page.getByLabel('Link to this page').inputValue()).toBe(page.url());
    await page.context().close();
  });

  it('gives the published address of a page that is opened from disk', async () => {
    const page = await open(`${pathToFileURL(join(dist, pages[1]!)).href}#x`);
    await page.evaluate(() => {
      navigator.clipboard.writeText = () => Promise.reject(new Error('not allowed'));
    });
    await page.getByRole('button', { name: 'Copy link' }).click();
    expect(await page.getByLabel('Link to this page').inputValue()).toBe(
      'https://example.org/team/cnn/cats-through-convolutions/views/stages/#x',
    );
    await page.context().close();
  });

  it('shows citations without scripts, and no button that could do nothing', async () => {
    const page = await open(server.url + pages[2]!, { javaScriptEnabled: false });
    await page.getByText('Cite', { exact: true }).click();
    expect(await page.locator('.cite pre').first().isVisible()).toBe(true);
    expect(await page.getByRole('button').count()).toBe(0);
    await page.context().close();
  });

  it('says at any depth that there is no page, and leads back', async () => {
    const page = await open(`${server.url}cats-through-convolutions/views/none/such`);
    expect(await page.getByRole('heading').textContent()).toBe('Page not found');
    expect(await page.evaluate(() => document.styleSheets.length)).toBeGreaterThan(0);
    await page.getByRole('link', { name: 'All reports', exact: true }).click();
    await page.waitForURL(`${server.url}index.html`);
    await page.context().close();
  });
});
