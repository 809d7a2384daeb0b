import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.ts';
import { filterscope } from '../cli/run.ts';
import { startChromium } from './chromium.ts';
import { serveFolder } from './serve.ts';
import { walkSite } from './walk.ts';

/** The shipped gallery: FILTERSCOPE_DIST where it is built already. */
const named = process.env['FILTERSCOPE_DIST'];
const dist = resolve(packageRoot, named ?? 'dist');

/** Thousands of pages, each opened at two widths. */
const WALK = { timeout: 1_200_000 };

let browser: Browser;

beforeAll(async () => {
  if (named === undefined) {
    const { status, stderr } = await filterscope(['build', '--backend', 'wasm']);
    if (status !== 0) throw new Error(`The gallery cannot be built:\n${stderr}`);
  }
  if (!existsSync(dist)) throw new Error(`There is no gallery at ${dist}`);
  browser = await startChromium();
});
afterAll(() => browser?.close());

describe('the shipped gallery', () => {
  it('is sound on a server, below a sub-path', WALK, async () => {
    const server = await serveFolder(dist, '/some/where/');
    try {
      const { pages, files, problems } = await walkSite(browser, server.origin);
      expect(problems).toEqual([]);
      expect(pages).toContain('cats-through-convolutions/index.html');
      expect(files).toContain('cats-through-convolutions/report.json');
    } finally {
      await server.close();
    }
  });

  it('is sound from disk', WALK, async () => {
    const { pages, problems } = await walkSite(browser, `${pathToFileURL(dist).href}/`);
    expect(problems).toEqual([]);
    expect(pages.length).toBeGreaterThan(20);
  });

  it('has the same pages without scripts', WALK, async () => {
    const base = `${pathToFileURL(dist).href}/`;
    const { pages, problems } = await walkSite(browser, base, { javaScript: false, widths: [390] });
    expect(problems).toEqual([]);
    expect(pages.length).toBeGreaterThan(20);
  });
});
