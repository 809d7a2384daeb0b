import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Browser } from 'playwright-core';
import { listFolder } from '../../src/store/store.ts';
import { startChromium } from './chromium.ts';
import { dist, needGallery } from './shipped-gallery.ts';
import { measurePage } from './measure-page.ts';
import { largestPages } from './page-kinds.ts';
import { serveFolder } from './serve.ts';

/** Per page. HTML, scripts and style sheets are compressed. */
const LIMITS = {
  requests: 60,
  bytes: 600_000,
  html: 25_000,
  script: 30_000,
  style: 30_000,
  shift: 0.02,
} as const;
/** Of the HTML of a page before it is compressed. */
const HTML = 100_000;
/** Of all scripts of the gallery, of which a page loads some. */
const SCRIPTS = 35 * 1024;
/** Of all files of the gallery. */
const GALLERY = 60_000_000;

let browser: Browser;

beforeAll(async () => {
  await needGallery();
  browser = await startChromium();
});
afterAll(() => browser?.close());

const COLUMNS = Object.keys(LIMITS) as (keyof typeof LIMITS)[];
const show = (column: keyof typeof LIMITS, value: number): string =>
  column === 'requests' ? String(value) : column === 'shift' ? value.toFixed(3) : (value / 1000).toFixed(1);

it('keeps every kind of page within its budget', { timeout: 1_800_000 }, async () => {
  const server = await serveFolder(dist, '/', { compress: true });
  const rows: string[] = [];
  const over: string[] = [];
  try {
    for (const { kind, path, bytes: whole } of await largestPages(dist)) {
      if (whole > HTML) over.push(`${path}: HTML ${show('html', whole)}`);
      for (const width of [1280, 390]) {
        const found = await measurePage(browser, server.origin + path, width);
        const {
          requests,
          bytes,
          htmlBytes: html,
          scriptBytes: script,
          styleBytes: style,
          shift,
          font,
        } = found;
        // 404.html has no style sheet.
        if (!font.startsWith('Inter') && kind !== '404.html')
          over.push(`${path} at ${width}: set in ${font}`);
        const cost = { requests, bytes, html, script, style, shift };
        const cells = COLUMNS.map((column) => {
          const isOver = cost[column] > LIMITS[column];
          if (isOver) over.push(`${path} at ${width}: ${column} ${show(column, cost[column])}`);
          return `${show(column, cost[column])}${isOver ? '!' : ' '}`.padStart(10);
        });
        rows.push(`${String(width).padStart(5)} ${cells.join('')}  ${path}`);
      }
    }
  } finally {
    await server.close();
  }
  const head = COLUMNS.map((column) => `${column} `.padStart(10)).join('');
  const limits = COLUMNS.map((column) => `${show(column, LIMITS[column])} `.padStart(10)).join('');
  process.stdout.write(`${[`width ${head}  sizes in kB`, `limit ${limits}`, ...rows].join('\n')}\n`);
  expect(over).toEqual([]);
});

it('keeps all scripts of a gallery, and its files together, within their budgets', async () => {
  // The program's own are named by what they are, data by their hashes alone.
  const names = (await readdir(join(dist, 'assets'))).filter((name) =>
    /^[a-z-]+-[0-9a-f]{12}\.js$/.test(name),
  );
  let script = 0;
  for (const name of names) script += gzipSync(await readFile(join(dist, 'assets', name))).length;
  const files = await listFolder(dist);
  const all = files.reduce((sum, { size }) => sum + size, 0);
  const html = files.filter(({ path }) => path.endsWith('.html')).reduce((sum, { size }) => sum + size, 0);
  process.stdout.write(
    `All scripts ${show('script', script)} kB; all files ${show('bytes', all)} kB, HTML ${show('html', html)} kB.\n`,
  );
  expect(script).toBeLessThanOrEqual(SCRIPTS);
  expect(all).toBeLessThanOrEqual(GALLERY);
});
