import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/schema/report.ts';
import { filterscope } from '../cli/run.ts';
import { startChromium } from './chromium.ts';

const EXPERIMENT = `
title: Sums
model:
  input: [40, 60]
  layers:
    - conv2d: {name: first, filters: 2, kernel: 3, activation: relu}
    - conv2d: {name: padded, from: input, filters: 1, kernel: 3, padding: same}
    - average_pool: {name: pool, from: first, pool: 2}
    - flatten: {from: pool}
    - dense: {name: scores, units: 4, activation: softmax}
images: {generated: patterns, classes: [wheel], count: 1}
seed: 5
views:
  - {id: walk, technique: arithmetic, layer: first, filter: 1, positions: walk, corner: [17, 25]}
  - {id: corner, technique: arithmetic, layer: padded, positions: [walk, [0, 0]]}
  - {id: mean, technique: arithmetic, layer: pool, positions: [[3, 4]]}
  - {id: scores, technique: arithmetic, layer: scores, filter: 2}
`;

let folder: string;
let dist: string;
let browser: Browser;
let report: Report;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'filterscope arithmetic-'));
  await mkdir(join(folder, 'experiments'));
  await writeFile(join(folder, 'experiments', 'sums.yaml'), EXPERIMENT);
  const { status, stderr } = await filterscope(['build', '--backend', 'wasm'], { cwd: folder });
  if (status !== 0) throw new Error(stderr);
  dist = join(folder, 'dist');
  report = JSON.parse(await readFile(join(dist, 'sums', 'report.json'), 'utf8')) as Report;
  browser = await startChromium();
});
afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

async function open(view: string, options: BrowserContextOptions = {}): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage();
  await page.goto(pathToFileURL(join(dist, 'sums', 'views', view, 'index.html')).href);
  return page;
}

const numberOf = (text: string): number => Number(text.replace('= ', '').replaceAll('−', '-'));
const decimals = (text: string): number => text.split('.')[1]?.length ?? 0;

/** The numbers of each table of a part, as they are printed. */
async function printed(page: Page, part: string, figure = 0): Promise<string[][]> {
  const tables = page.locator('.windows').nth(figure).locator(`[data-part="${part}"]`);
  return Promise.all(
    (await tables.all()).map((table) =>
      table.locator('td').evaluateAll((cells) => cells.map((c) => c.textContent)),
    ),
  ) as Promise<string[][]>;
}

/** Sums of the products printed, their total with the bias, and what is printed of these. */
async function doAgain(page: Page, figure = 0): Promise<void> {
  const root = page.locator('.windows').nth(figure);
  const products = await printed(page, 'products', figure);
  const sums = await root.locator('.sum [data-text]').allTextContents();
  expect(products.length).toBe(3);
  const half = 0.5 * 10 ** -decimals(sums[0]!);
  for (const [channel, cells] of products.entries()) {
    expect(cells).toHaveLength(9);
    const sum = cells.reduce((all, text) => all + numberOf(text), 0);
    // Nine roundings of products and one of their sum.
    expect(Math.abs(sum - numberOf(sums[channel]!))).toBeLessThanOrEqual(10 * half + 1e-9);
  }
  const lines = await root.locator('.lines p').allTextContents();
  const bias = Number(/([+−] [\d.]+) \(bias\)/.exec(lines[0]!)![1]!.replace('− ', '-').replace('+ ', ''));
  const total = sums.reduce((all, text) => all + numberOf(text), bias);
  expect(Math.abs(total - numberOf(lines[1]!))).toBeLessThanOrEqual(5 * half + 1e-9);
}

describe('arithmetic on pages', () => {
  it('can be done again from the page alone, without scripts, and has its frames', async () => {
    const page = await open('walk', { javaScriptEnabled: false });
    await doAgain(page);
    const map = (await printed(page, 'map'))[0]!;
    const facts = report.views[0]!.panels[0]!.facts as unknown as { places: { output: number }[] };
    expect(map).toEqual(
      facts.places.map(({ output }) =>
        output
          .toFixed(decimals(map[0]!))
          .replace('-', '−')
          .replace(/^−(0.0+)$/, '$1'),
      ),
    );
    expect(map).toHaveLength(9);
    const { frames } = report.views[0]!.panels[0]!.files!;
    expect(frames!.kind === 'frames' && frames!.steps).toHaveLength(9);
    await page.locator('.moving img').scrollIntoViewIfNeeded();
    await expect
      .poll(() => page.locator('.moving img').evaluate((img: HTMLImageElement) => img.naturalWidth))
      .toBeGreaterThan(300);
    expect(await page.locator('.walk-controls').isVisible()).toBe(false);
    await page.context().close();
  });

  it('moves the window by keys: products, sums and map follow, at every position', async () => {
    const page = await open('walk');
    expect(await page.locator('.moving').isVisible()).toBe(false);
    const slider = page.getByRole('slider', { name: 'Position of the window' });
    await slider.focus();
    await page.keyboard.press('Home');
    const { places } = report.views[0]!.panels[0]!.facts as unknown as {
      places: { row: number; column: number; output: number }[];
    };
    for (const [index, { row, column, output }] of places.entries()) {
      expect(await slider.getAttribute('aria-valuetext')).toBe(`row ${row}, column ${column}`);
      await doAgain(page);
      const last = await page.locator('.lines p').last().textContent();
      expect(numberOf(/= .*/.exec(last!)![0])).toBeCloseTo(output, 2);
      expect(await page.locator('[data-part="map"] .ahead').count()).toBe(8 - index);
      expect(await page.locator('[data-part="input"]').first().locator('.on').count()).toBe(9);
      await page.keyboard.press('ArrowRight');
    }
    await page.context().close();
  });

  it('follows the pointer over the pixels and over the map, and the drag of a finger', async () => {
    const page = await open('walk', { hasTouch: true });
    const input = page.locator('[data-part="input"]').nth(1);
    const status = page.locator('.walk-controls output');
    // The middle of a window of 3 x 3 in the upper left corner of 5 x 5.
    await input.locator('td').nth(6).hover();
    expect(await status.textContent()).toBe('row 17, column 25');
    await doAgain(page);
    await input.locator('td').nth(24).hover();
    expect(await status.textContent()).toBe('row 19, column 27');
    await page.locator('[data-part="map"] td').nth(1).hover();
    expect(await status.textContent()).toBe('row 17, column 26');
    // All of the map is there while one points.
    expect(await page.locator('[data-part="map"] .ahead').count()).toBe(0);
    const box = (await input.boundingBox())!;
    await page.touchscreen.tap(box.x + box.width / 2, box.y + box.height / 2 + 8);
    expect(await status.textContent()).toBe('row 18, column 26');
    await page.context().close();
  });

  it('plays from the first position to the last', async () => {
    const page = await open('walk');
    await page.getByRole('button', { name: 'Play' }).click();
    const status = page.locator('.walk-controls output');
    await expect.poll(() => status.textContent(), { timeout: 3000 }).toBe('row 17, column 26');
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.context().close();
  });

  it('draws padding as zeros that the sums are made with', async () => {
    const page = await open('corner');
    await doAgain(page);
    await doAgain(page, 1);
    const padding = page
      .locator('.windows')
      .nth(1)
      .locator('[data-part="input"]')
      .first()
      .locator('.padding');
    expect(await padding.allTextContents()).toEqual(['0', '0', '0', '0', '0']);
    await page.context().close();
  });

  it('prints a mean that the numbers in the window have', async () => {
    const page = await open('mean');
    const [cells] = await printed(page, 'input');
    const line = (await page.locator('.lines p').textContent())!;
    const mean = cells!.reduce((all, text) => all + numberOf(text), 0) / 4;
    const unit = 10 ** -decimals(cells![0]!);
    expect(Math.abs(mean - numberOf(/= .*/.exec(line)![0]))).toBeLessThanOrEqual(unit + 1e-9);
    await page.context().close();
  });

  it('prints products of a dense layer that add up, and shares of a softmax that do', async () => {
    const page = await open('scores');
    const rows = await page.locator('.terms tbody tr td:nth-child(4)').allTextContents();
    const [result, after] = await page.locator('.lines p').allTextContents();
    const half = 0.5 * 10 ** -decimals(rows[0]!);
    const sum = rows.reduce((all, text) => all + numberOf(text), 0);
    expect(Math.abs(sum - numberOf(result!))).toBeLessThanOrEqual((rows.length + 1) * half + 1e-9);
    const shares = await page.locator('.shares:not(.terms) tbody tr').allTextContents();
    expect(shares).toHaveLength(4);
    const columns = await page.locator('.shares:not(.terms) tbody tr td:nth-child(4)').allTextContents();
    const powers = await page.locator('.shares:not(.terms) tbody tr td:nth-child(3)').allTextContents();
    expect(columns.reduce((all, text) => all + numberOf(text), 0)).toBeCloseTo(1, 2);
    const total = powers.reduce((all, text) => all + numberOf(text), 0);
    powers.forEach((power, i) => expect(numberOf(power) / total).toBeCloseTo(numberOf(columns[i]!), 2));
    expect(numberOf(/= .*/.exec(after!)![0])).toBeCloseTo(numberOf(columns[2]!), 2);
    await page.context().close();
  });

  it.each(['walk', 'corner', 'mean', 'scores'])('does not scroll `%s` sideways on a phone', async (view) => {
    const page = await open(view, { viewport: { width: 390, height: 800 } });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    await page.context().close();
  });
});
