import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listFolder } from '../../src/store/store.ts';
import { startChromium } from './chromium.ts';
import { serveFolder } from './serve.ts';
import { dist, needGallery } from './shipped-gallery.ts';
import { walkSite } from './walk.ts';

const fromDisk = `${pathToFileURL(dist).href}/`;

/** Thousands of pages, each opened at two widths. */
const WALK = { timeout: 1_200_000 };

let browser: Browser;

beforeAll(async () => {
  await needGallery();
  browser = await startChromium();
});
afterAll(() => browser?.close());

async function pagesIn(folder: string): Promise<string[]> {
  const paths = (await listFolder(folder)).map(({ path }) => path);
  // Servers show the page for no page; no link leads there.
  return paths.filter((path) => path.endsWith('.html') && path !== '404.html').sort();
}

describe('the shipped gallery', () => {
  it('is sound on a server, below a sub-path', WALK, async () => {
    const server = await serveFolder(dist, '/some/where/');
    try {
      const { pages, files, problems } = await walkSite(browser, server.origin, { policy: true });
      expect(problems).toEqual([]);
      expect(pages).toEqual(await pagesIn(dist));
      expect(pages).toContain('cats-through-convolutions/index.html');
      expect(files).toContain('cats-through-convolutions/report.json');
    } finally {
      await server.close();
    }
  });

  it('has the same pages from disk, without scripts', WALK, async () => {
    const { pages, problems } = await walkSite(browser, fromDisk, {
      javaScript: false,
      widths: [390],
      policy: true,
    });
    expect(problems).toEqual([]);
    expect(pages).toEqual(await pagesIn(dist));
  });

  it('runs its scripts from disk', WALK, async () => {
    // What scripts do on a page of each kind is what they do on its neighbours: those were opened from the server.
    const { pages, problems } = await walkSite(browser, fromDisk, {
      widths: [1280],
      siblings: 3,
      policy: true,
    });
    expect(problems).toEqual([]);
    expect(pages.length).toBeGreaterThan(20);
  });
});
