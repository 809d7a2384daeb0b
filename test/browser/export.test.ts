import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filterscopeHere } from '../cli/run-here.ts';
import { buildSample } from '../publish/sample-gallery.ts';
import { startChromium } from './chromium.ts';
import { inspectPage } from './inspect.ts';

const exported = [
  ['what-excites-filters'],
  ['cats-through-convolutions'],
  ['cats-through-convolutions', '--unit', 'conv_10x10/1'],
  ['hostile-names'],
] as const;

let folder: string;
let browser: Browser;
const files: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'filterscope export-'));
  const dist = await buildSample(folder);
  for (const [index, args] of exported.entries()) {
    const to = join(folder, `export ${index}.html`);
    const { status, stderr } = await filterscopeHere(['export', ...args, '--out', dist, '--to', to]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    files.push(to);
  }
  // Nothing of it may be needed.
  await rename(dist, join(folder, 'gone'));
  browser = await startChromium();
});
afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

async function open(file: string, options: BrowserContextOptions) {
  const context = await browser.newContext({ ...options, offline: true });
  const page = await context.newPage();
  const problems: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(pathToFileURL(file).href);
  return { page, problems, requests: () => requests.filter((url) => !url.startsWith('data:')) };
}

describe.each(exported.map((args, index) => [args.join(' '), index] as const))('%s', (_, index) => {
  it('works from disk, alone', async () => {
    const { page, problems, requests } = await open(files[index]!, {});
    const { brokenPictures, links, ids } = await inspectPage(page);
    expect(brokenPictures).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
    expect(links.filter((href) => !href.startsWith(`${page.url()}#`))).toEqual([]);
    expect(problems).toEqual([]);
    expect(requests()).toEqual([page.url()]);
    await page.context().close();
  });

  it('is read without scripts', async () => {
    const { page, problems, requests } = await open(files[index]!, { javaScriptEnabled: false });
    expect(await page.getByRole('heading', { level: 1 }).isVisible()).toBe(true);
    expect(await page.locator('main img').count()).toBeGreaterThan(0);
    expect(problems).toEqual([]);
    expect(requests()).toEqual([page.url()]);
    await page.context().close();
  });
});

describe('shared images', () => {
  it('look as they do in the gallery', async () => {
    const { page } = await open(files[1]!, {});
    const sizes = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLImageElement>('img[class*=shared-]')].map((image) => {
        const { backgroundImage, backgroundSize } = getComputedStyle(image);
        const given = Number(image.getAttribute('width')) / Number(image.getAttribute('height'));
        return {
          hasImage: backgroundImage.startsWith('url("data:image/'),
          fills: backgroundSize === '100% 100%',
          keepsShape: Math.abs(image.naturalWidth / image.naturalHeight / given - 1) < 0.02,
        };
      }),
    );
    expect(sizes.length).toBeGreaterThan(1);
    for (const size of sizes) expect(size).toEqual({ hasImage: true, fills: true, keepsShape: true });
    await page.context().close();
  });
});
