import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/effects.ts';
import { packageRoot } from '../../src/package-root.ts';
import { renderSite } from '../../src/site/render.ts';
import { writeSample } from '../site/sample.ts';
import { axeViolations, inspectAccess } from './accessibility.ts';
import { startChromium } from './chromium.ts';
import { largestPages } from './page-kinds.ts';
import { serveFolder } from './serve.ts';

/** Of an overview. */
const MOST_STOPS = 150;

const WALK = { timeout: 1_200_000 };
const BELOW = '/some/where/';

let folder: string;
let browser: Browser;

/** The sample, whose names are hostile, and the shipped gallery where it is built. */
const shipped = process.env['FILTERSCOPE_DIST'];
const places = ['the sample', ...(shipped === undefined ? [] : ['the shipped gallery'])];
const distOf = (place: string): string =>
  place === 'the sample' ? join(folder, 'dist') : resolve(packageRoot, shipped!);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'filterscope axe-'));
  const sample = await writeSample(folder, { images: 3, filters: 60, layers: 2, size: 24 });
  const settings = { url: `https://example.org${BELOW}` };
  await renderSite({ dataDir: sample.dataDir, outDir: distOf('the sample'), log: silentLogger, settings });
  await cp(sample.assetsDir, join(distOf('the sample'), 'assets'), { recursive: true });
  browser = await startChromium();
});
afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

describe.each(places)('every kind of page of %s', (place) => {
  it.each([
    [1280, 'light'],
    [1280, 'dark'],
    [390, 'light'],
    [390, 'dark'],
  ] as const)('is accessible at %i pixels, %s', WALK, async (width, colorScheme) => {
    const server = await serveFolder(distOf(place), BELOW);
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
    const page = await context.newPage();
    const problems: string[] = [];
    try {
      for (const { kind, path } of await largestPages(distOf(place))) {
        await page.goto(server.origin + path);
        const { stops, problems: found } = await inspectAccess(page);
        const most = /^[^/]+$/.test(kind) ? MOST_STOPS : Infinity;
        if (stops > most) found.push(`${stops} tab stops, of ${most} at most`);
        problems.push(...[...(await axeViolations(page)), ...found].map((each) => `${path}: ${each}`));
      }
    } finally {
      await context.close();
      await server.close();
    }
    expect(problems).toEqual([]);
  });
});
