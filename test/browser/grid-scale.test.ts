import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Browser, Locator, Page } from 'playwright-core';
import { colorIndex, colormap, type Range } from '../../src/image/colormap.ts';
import { contourLevels } from '../../src/image/levels.ts';
import type { Report } from '../../src/schema/report.ts';
import { filterscope } from '../cli/run.ts';
import { readNpy, type NpyArray } from '../npz.ts';
import { startChromium } from './chromium.ts';

const ID = 'scales';
const COMMON = 'technique: feature-maps, layer: signed, values: true';
const EXPERIMENT = `
title: Scales
model:
  input: [16, 16]
  layers:
    - conv2d: {name: signed, filters: 100, kernel: 5}
images: {generated: patterns, classes: [wheel, face, spiral], count: 5, seed: 3}
seed: 5
views:
  - {id: around-zero, ${COMMON}, filters: 0-5, images: 0, colormap: diverging}
  - {id: contours, ${COMMON}, filters: 0-5, images: 0, style: contour, levels: 5}
  - {id: shared, ${COMMON}, filters: 0-5, images: 0, normalize: layer}
  - {id: many, ${COMMON}, filters: all, images: all}
`;

let folder: string;
let browser: Browser;
let report: Report;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'filterscope scales-'));
  await mkdir(join(folder, 'experiments'));
  await writeFile(join(folder, 'experiments', `${ID}.yaml`), EXPERIMENT);
  const { status, stderr } = await filterscope(['build', '--backend', 'wasm'], { cwd: folder });
  if (status !== 0) throw new Error(stderr);
  report = JSON.parse(await readFile(join(folder, 'dist', ID, 'report.json'), 'utf8')) as Report;
  browser = await startChromium();
});
afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

async function open(path: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.setDefaultTimeout(8_000);
  page.on('pageerror', (error) => expect(error).toBeUndefined());
  await page.goto(new URL(path, pathToFileURL(join(folder, 'dist', ID, '/'))).href);
  return page;
}

const viewOf = (id: string) => report.views.find((view) => view.id === id)!;

async function valuesOf(id: string): Promise<NpyArray> {
  const { src } = viewOf(id).values![0]!;
  return readNpy(Uint8Array.from(await readFile(join(folder, 'dist', ID, src))));
}

/** The colours at the middle of every position of a map, as they are shown. */
async function colorsOf(cut: Locator, height: number, width: number): Promise<number[][]> {
  const { data, info } = await sharp(await cut.screenshot())
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return Array.from({ length: height * width }, (_, at) => {
    const x = Math.floor((((at % width) + 0.5) * info.width) / width);
    const y = Math.floor(((Math.floor(at / width) + 0.5) * info.height) / height);
    return [...data.subarray(3 * (y * info.width + x), 3 * (y * info.width + x) + 3)];
  });
}

/** Shares of positions whose colour is that of their value on a scale, up to a few places of the table. */
function agreement(
  colors: readonly number[][],
  { data, shape }: NpyArray,
  filter: number,
  name: string,
  range: Range,
): number {
  const table = colormap(name);
  const right = colors.filter((color, at) => {
    const place = colorIndex(data[at * shape[2]! + filter]!, range);
    return [-6, -3, 0, 3, 6].some((by) => {
      const from = 3 * Math.min(255, Math.max(0, place + by));
      return color.every((part, channel) => Math.abs(part - table[from + channel]!) <= 9);
    });
  });
  return right.length / colors.length;
}

const reachOf = (data: Float32Array): number => Math.max(...data.map(Math.abs));
const cuts = (page: Page) => page.locator('.grid .cut');

it('shows maps around zero on one scale that is symmetric', async () => {
  const values = await valuesOf('around-zero');
  const [height, width] = values.shape as [number, number];
  const reach = reachOf(values.data);
  const page = await open('views/around-zero/index.html');
  const before = await colorsOf(cuts(page).first(), height, width);
  await page.getByRole('button', { name: 'One scale for all' }).click();
  await expect.poll(() => cuts(page).first().getAttribute('style')).toContain('filter');
  for (const filter of [0, 1, 2, 3]) {
    const after = await colorsOf(cuts(page).nth(filter), height, width);
    expect(agreement(after, values, filter, 'diverging', [-reach, reach])).toBeGreaterThan(0.97);
  }
  expect(agreement(before, values, 0, 'diverging', [-reach, reach])).toBeLessThan(0.9);
  const ends = await page.locator('.plate-head .colorbar > span').allTextContents();
  expect(Number(ends.at(-1))).toBeCloseTo(reach, 2);
  expect(new URL(page.url()).searchParams.get('scale')).toBe('one');
  await page.getByRole('button', { name: 'One scale for all' }).click();
  expect(await colorsOf(cuts(page).first(), height, width)).toEqual(before);
  await page.close();
});

it('shows bands of contours in the colours that their middles have on one scale', async () => {
  const { data, shape } = await valuesOf('contours');
  const [height, width, filters] = shape as [number, number, number];
  const page = await open('views/contours/index.html?scale=one');
  await expect.poll(() => cuts(page).first().getAttribute('style')).toContain('filter');
  const levels = Array.from({ length: filters }, (_, filter) => {
    const own = data.filter((_, at) => at % filters === filter);
    return contourLevels([Math.min(...own), Math.max(...own)], 5);
  });
  const range: Range = [
    Math.min(...levels.map((own) => own[0]!)),
    Math.max(...levels.map((own) => own.at(-1)!)),
  ];
  for (const filter of [0, 1, 2, 3]) {
    const own = levels[filter]!;
    // Of each position the middle of its band.
    const middles = data.map((value, at) => {
      if (at % filters !== filter) return 0;
      const band = own.findLastIndex((level) => level <= value);
      return (own[band]! + own[band + 1]!) / 2;
    });
    const colors = await colorsOf(cuts(page).nth(filter), height, width);
    const share = agreement(colors, { data: middles, shape }, filter, 'viridis', range);
    expect(share).toBeGreaterThan(0.9);
  }
  await page.close();
});

it('shows maps that have one scale each on its own', async () => {
  const values = await valuesOf('shared');
  const [height, width, filters] = values.shape as [number, number, number];
  const page = await open('views/shared/index.html');
  await page.getByRole('button', { name: 'A scale for each' }).click();
  await expect.poll(() => cuts(page).nth(1).getAttribute('style')).toContain('filter');
  // The script that writes it was loaded by the click.
  expect(new URL(page.url()).searchParams.get('scale')).toBe('each');
  for (const filter of [0, 1, 2, 3]) {
    const own = values.data.filter((_, at) => at % filters === filter);
    const after = await colorsOf(cuts(page).nth(filter), height, width);
    const share = agreement(after, values, filter, 'viridis', [Math.min(...own), Math.max(...own)]);
    expect(share).toBeGreaterThan(0.9);
  }
  expect(await page.locator('.plate-head .colorbar > span').last().textContent()).toBe(
    'highest of each panel',
  );
  await page.close();
});

it('shows the maps of a sprite sheet on one scale', async () => {
  const values = await valuesOf('many');
  const [height, width, filters] = values.shape as [number, number, number];
  const range: Range = [Math.min(...values.data), Math.max(...values.data)];
  expect(filters).toBe(100);
  const page = await open(`images/${report.images[0]!.id}/index.html`);
  const sheets = page.locator('[data-scales]', { has: page.locator('a.sheet[data-of*="many"]') });
  await sheets.locator('xpath=preceding-sibling::button[1]').click();
  const covers = sheets.locator('.cover .cut');
  await expect.poll(() => covers.count()).toBe(filters);
  await expect.poll(() => covers.nth(3).getAttribute('style')).toContain('filter');
  for (const filter of [0, 3, 99]) {
    const after = await colorsOf(covers.nth(filter), height, width);
    expect(agreement(after, values, filter, 'viridis', range)).toBeGreaterThan(0.85);
  }
  await page.close();
});
