import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/effects.ts';
import { renderSite } from '../../src/site/render.ts';
import { writeSample } from '../site/sample.ts';
import { startChromium } from './chromium.ts';

let folder: string;
let browser: Browser;
let dist: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'filterscope additions-'));
  const { dataDir, assetsDir } = await writeSample(folder, { images: 2, filters: 130, layers: 1, size: 24 });
  dist = join(folder, 'dist');
  await renderSite({ dataDir, outDir: dist, log: silentLogger });
  await cp(assetsDir, join(dist, 'assets'), { recursive: true });
  browser = await startChromium();
});
afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

/** From disk, where a script has the least rights. */
async function open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await page.goto(pathToFileURL(join(dist, path)).href);
  return page;
}

const picture = 'many-pictures/images/a-00-jpg/index.html';

describe('what scripts add', () => {
  it('turns pages with the arrow keys', async () => {
    const page = await open('many-pictures/layers/block1_conv1/11/index.html');
    await page.keyboard.press('ArrowRight');
    await page.waitForURL('**/block1_conv1/12/index.html');
    await page.keyboard.press('ArrowLeft');
    await page.waitForURL('**/block1_conv1/11/index.html');
    await page.context().close();
  });

  it('leads from a place on a whole sprite to the filter there, and says which it is', async () => {
    const page = await open(picture);
    const sheet = page.locator('a.sheet[data-cells*="129"]').first();
    await sheet.scrollIntoViewIfNeeded();
    // 130 filters in 12 columns of one step each: the third cell of the second row is filter 14.
    const box = (await sheet.locator('img').boundingBox())!;
    const position = { x: (2.5 / 12) * box.width, y: (1.5 / 11) * box.height };
    await sheet.hover({ position });
    expect(await sheet.locator('.tip').textContent()).toBe('filter 14');
    await sheet.click({ position });
    await page.waitForURL('**/layers/block1_conv1/14/index.html');
    await page.context().close();
  });

  it('leaves a way without them: the sprite leads to its layer, by keyboard too', async () => {
    const plain = await open(picture, { javaScriptEnabled: false });
    await plain.locator('a.sheet').first().click();
    await plain.waitForURL('**/layers/block1_conv1/index.html');
    await plain.context().close();
    const page = await open(picture);
    await page.locator('a.sheet').first().press('Enter');
    await page.waitForURL('**/layers/block1_conv1/index.html');
    await page.context().close();
  });

  it('shows how a dream grew by a slider below it, which keys move', async () => {
    const page = await open('what-excites-filters/layers/block2_conv2/1/index.html');
    const slider = page.getByRole('slider', { name: 'Step' });
    expect(await page.locator('.frames output').textContent()).toBe('step 256');
    expect(await page.locator('.grown').count()).toBe(0);
    await slider.focus();
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    expect(await slider.getAttribute('aria-valuetext')).toBe('step 64');
    const strip = page.locator('.grown');
    // The fourth of six frames fills the image's place, edge to edge.
    const [frame, picture] = await Promise.all([
      strip.boundingBox(),
      page.locator('.study .cut').first().boundingBox(),
    ]);
    expect(frame!.width).toBeCloseTo(6 * picture!.width, 0);
    expect(frame!.x).toBeCloseTo(picture!.x - 3 * picture!.width, 0);
    expect(frame!.height).toBeCloseTo(picture!.height, 0);
    expect(await strip.evaluate((img: HTMLImageElement) => img.decode().then(() => img.naturalWidth))).toBe(
      768,
    );
    await page.keyboard.press('End');
    expect(await strip.isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Play' }).click();
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    await page.getByRole('button', { name: 'Play' }).waitFor();
    expect(await page.locator('.frames output').textContent()).toBe('step 256');
    await page.context().close();
  });

  it('has the slider’s step in the address', async () => {
    const page = await open('what-excites-filters/layers/block2_conv2/1/index.html');
    const plain = page.url();
    const step = page.locator('.frames output');
    await page.goto(`${plain}#step-64`);
    await page.getByText('step 64', { exact: true }).waitFor();
    await page.reload();
    expect(await step.textContent()).toBe('step 64');
    await page.getByRole('slider', { name: 'Step' }).focus();
    await page.keyboard.press('ArrowRight');
    expect(page.url()).toBe(`${plain}#step-128`);
    await page.keyboard.press('End');
    expect(page.url()).toBe(plain);
    await page.goto(`${plain}#step-65`);
    expect(await step.textContent()).toBe('step 256');
    await page.context().close();
  });

  it('leaves the animation without them, and the row of frames to those who want less motion', async () => {
    const path = 'what-excites-filters/layers/block2_conv2/1/index.html';
    const sizeOf = async (page: Page): Promise<number> => {
      const image = page.locator('.frames img');
      await image.scrollIntoViewIfNeeded();
      // Evaluation works where the page's own scripts do not.
      return image.evaluate((img: HTMLImageElement) => img.decode().then(() => img.naturalWidth));
    };
    const moving = await open(path, { javaScriptEnabled: false });
    expect(await sizeOf(moving)).toBe(128);
    await moving.context().close();
    const still = await open(path, { javaScriptEnabled: false, reducedMotion: 'reduce' });
    expect(await sizeOf(still)).toBe(768);
    await still.context().close();
  });

  it('marks a filter’s patches and projections together', async () => {
    const page = await open('what-excites-filters/views/top-patches/index.html');
    const lists = page.locator('.twins').first().locator('ul');
    await lists.nth(1).locator('li').nth(4).hover();
    expect(await page.locator('.twin').count()).toBe(2);
    expect(await lists.nth(0).locator('li').nth(4).getAttribute('class')).toContain('twin');
    await page.locator('h1').hover();
    expect(await page.locator('.twin').count()).toBe(0);
    await page.context().close();
  });

  it('frames a place in the whole image by the address alone, without scripts', async () => {
    const page = await open('what-excites-filters/layers/block3_conv3/2/index.html', {
      javaScriptEnabled: false,
    });
    await page.locator('.pairs a').first().click();
    await page.waitForURL('**/images/*/index.html#place-block3_conv3-2');
    const opacity = (place: string): Promise<string> =>
      page
        .locator(`#${place} rect`)
        .first()
        .evaluate((rect) => getComputedStyle(rect).strokeOpacity);
    expect(await opacity('place-block3_conv3-2')).toBe('1');
    expect(Number(await opacity('place-block3_conv3-3'))).toBeLessThan(0.2);
    expect(
      await page.locator('#place-block3_conv3-2').evaluate((place) => {
        const { top, bottom } = place.getBoundingClientRect();
        return top >= 0 && bottom <= innerHeight;
      }),
    ).toBe(true);
    await page.context().close();
  });

  it('frames a place while the list points at it', async () => {
    const page = await open('what-excites-filters/images/photo-0/index.html');
    const link = page.locator('[data-place]').first();
    const place = await link.getAttribute('data-place');
    await link.hover();
    expect(await page.locator('.patch-places .shown').getAttribute('id')).toBe(place);
    await page.locator('h1').hover();
    expect(await page.locator('.patch-places .shown').count()).toBe(0);
    await page.context().close();
  });

  it('lets a reader skip to the content first', async () => {
    const page = await open('index.html');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to content');
    await page.context().close();
  });
});
