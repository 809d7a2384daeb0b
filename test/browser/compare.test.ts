import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startChromium } from './chromium.ts';
import { buildInspectedGallery, ID, type InspectedGallery } from './inspected-gallery.ts';

let gallery: InspectedGallery;
let browser: Browser;

beforeAll(async () => {
  gallery = await buildInspectedGallery();
  browser = await startChromium();
});
afterAll(async () => {
  await browser?.close();
  await gallery?.close();
});

const poll = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 8_000 });

async function open(address: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(8_000);
  page.on('pageerror', (error) => expect(error).toBeUndefined());
  await page.goto(address);
  return page;
}

const items = (page: Page) => page.locator('.columns .item');
const titles = (page: Page) => page.locator('.columns h2').allTextContents();
const compared = (page: Page) => new URL(page.url()).searchParams.getAll('p');
const first = () => gallery.report.images[0]!;

describe.each(['server', 'disk'] as const)('comparing on a %s', (place) => {
  const at = (path: string): string => gallery.roots[place] + path;
  const panels = (): string =>
    `compare/index.html?p=${ID}/views/maps/first/1/${first().id}&p=${ID}/views/maps/last/2/${first().id}`;

  it('compares two layers for an image in three actions from the home page, by keyboard', async () => {
    const page = await open(at('index.html'));
    await page.keyboard.press('/');
    await page.keyboard.type(`compare first and last for ${first().name ?? first().file}`);
    await page.getByRole('list', { name: 'Results' }).getByRole('link').first().waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/compare/index.html?**');
    await items(page).nth(1).waitFor();
    expect(compared(page)).toEqual(['first', 'last'].map((layer) => `${ID}/layers/${layer}/-/${first().id}`));
    expect(await items(page).nth(0).locator('.cuts .cut').count()).toBe(4);
    expect(await items(page).nth(1).locator('.cuts .cut').count()).toBe(3);
    // A panel of a layer takes its place.
    await items(page).nth(0).locator('.cuts a').nth(2).click();
    await poll(() => titles(page)).toEqual(['Filter 2 of first', expect.stringContaining('last')]);
    await page.context().close();
  });

  it('leads from the film strip of an image to its first layer against the last', async () => {
    const page = await open(at(`${ID}/images/${first().id}/index.html`));
    const frames = page.locator('.film li');
    expect(await frames.count()).toBe(4);
    await frames.nth(1).locator('a').focus();
    await page.keyboard.press('ArrowRight');
    expect(
      await frames
        .nth(2)
        .locator('a')
        .evaluate((link) => link === document.activeElement),
    ).toBe(true);
    await page.getByRole('link', { name: 'First against last' }).click();
    await items(page).nth(1).waitFor();
    expect(await titles(page)).toEqual([
      expect.stringMatching(/of first$/),
      expect.stringMatching(/of last$/),
    ]);
    await page.context().close();
  });

  it('marks one place of the image in all panels, and tells the value of each', async () => {
    const page = await open(at(panels()));
    const stages = page.locator('.item .stage .cut');
    await stages.nth(1).waitFor();
    await stages.first().hover({ position: { x: 120, y: 90 } });
    const readouts = page.locator('.item .readout');
    await poll(() => readouts.nth(1).textContent()).toMatch(/≈ /);
    expect(await readouts.nth(0).textContent()).toMatch(/^Row \d+, column \d+ of 36 × 56/);
    expect(await readouts.nth(1).textContent()).toMatch(/^Row \d+, column \d+ of 18 × 28/);
    expect(await page.locator('.item .spot:visible').count()).toBe(2);
    // Each map has its image above it, with the receptive field of the place.
    for (const at of [0, 1]) {
      const item = items(page).nth(at);
      const input = (await item.locator('.input img').boundingBox())!;
      const map = (await item.locator('.stage').boundingBox())!;
      expect(input.y + input.height).toBeLessThanOrEqual(map.y);
      expect(map.y).toBeLessThan(900);
      expect(await item.locator('.input .field').isVisible()).toBe(true);
    }
    await page.context().close();
  });

  it('keeps scale, zoom, place and slider in the address: copied, reloaded, gone back to', async () => {
    const page = await open(at(panels()));
    await page.getByLabel('One scale for all').check();
    await page.getByRole('button', { name: 'Larger' }).click();
    await page
      .locator('.item .stage .cut')
      .first()
      .click({ position: { x: 120, y: 90 } });
    await page.locator('.wipe input').fill('20');
    await page.locator('.wipe input').blur();
    const state = async () => ({
      ...{ titles: await titles(page), readouts: await page.locator('.item .readout').allTextContents() },
      width: (await page.locator('.item .plane').first().boundingBox())!.width,
      filters: await page
        .locator('.item .cut')
        .evaluateAll((cuts) => cuts.map((cut) => (cut as HTMLElement).style.filter !== '')),
      isOne: await page.getByLabel('One scale for all').isChecked(),
      clip: await page
        .locator('.wipe .cut')
        .last()
        .evaluate((cut) => cut.style.clipPath),
    });
    await poll(() => new URL(page.url()).searchParams.get('w')).toBe('20');
    await page.mouse.move(0, 0);
    const before = await state();
    expect(before.isOne).toBe(true);
    expect(before.filters).toContain(true);
    expect(before.clip).toBe('inset(0px 0px 0px 20%)');
    await page.reload();
    await items(page).nth(1).waitFor();
    expect(await state()).toEqual(before);
    await page.goto(at(`${ID}/index.html`));
    await page.goBack();
    await items(page).nth(1).waitFor();
    expect(await state()).toEqual(before);
    await page.context().close();
  });

  it('collects panels and pages in the tray, and compares them', async () => {
    const page = await open(at(`${ID}/layers/first/index.html`));
    await page.getByRole('button', { name: 'Add to comparison' }).click();
    await page.locator('.tray li').first().waitFor();
    await page.locator('[data-p^="first/3/"] a').first().focus();
    await page.keyboard.press('i');
    await page.getByRole('dialog').getByRole('button', { name: 'Add to comparison' }).click();
    await page.keyboard.press('Escape');
    await page.goto(at(`${ID}/images/${first().id}/index.html`));
    await page.getByRole('button', { name: 'Add to comparison' }).click();
    await poll(() => page.locator('.tray li').count()).toBe(3);
    await page.getByRole('link', { name: 'Compare 3' }).click();
    await items(page).nth(2).waitFor();
    expect(compared(page)[1]).toMatch(new RegExp(`^${ID}/views/maps/first/3/`));
    await items(page)
      .nth(0)
      .getByRole('button', { name: /^Remove/ })
      .click();
    await poll(() => items(page).count()).toBe(2);
    await page.goBack();
    await poll(() => items(page).count()).toBe(3);
    await page.context().close();
  });

  it('names what is gone, and shows the rest', async () => {
    const page = await open(
      at(`compare/index.html?p=${ID}/layers/none/3&p=${ID}/images/${first().id}&p=x%3Cb%3E`),
    );
    await items(page).nth(2).waitFor();
    expect(await page.locator('.item.gone h2').allTextContents()).toEqual([`${ID}/layers/none/3`, 'x<b>']);
    expect(await items(page).nth(1).locator('img').count()).toBe(1);
    await page.context().close();
  });
});

it('adds to the comparison where the browser keeps nothing', async () => {
  const context = await browser.newContext();
  await context.addInitScript(() =>
    Object.defineProperty(window, 'sessionStorage', {
      get: () => {
        throw new Error('refused');
      },
    }),
  );
  const page = await context.newPage();
  page.on('pageerror', (error) => expect(error).toBeUndefined());
  await page.goto(`${gallery.roots.server}${ID}/layers/first/index.html`);
  await page.getByRole('button', { name: 'Add to comparison' }).click();
  await page.getByRole('link', { name: 'Compare 1' }).click();
  await items(page).first().waitFor();
  await context.close();
});

it('says without scripts what the page is for, and leads to all pages', async () => {
  const page = await open(`${gallery.roots.server}compare/index.html`, { javaScriptEnabled: false });
  await page.getByText('Comparisons need scripts.').waitFor();
  await page.getByRole('link', { name: 'all pages', exact: true }).click();
  await page.waitForURL('**/search/index.html');
  await page.context().close();
});

it('fits a phone', async () => {
  const phone = { hasTouch: true, isMobile: true, viewport: { width: 390, height: 844 } };
  const page = await open(
    `${gallery.roots.server}compare/index.html?p=${ID}/layers/first&p=${ID}/layers/last&p=${ID}&p=${ID}/images/${first().id}`,
    phone,
  );
  await items(page).nth(3).waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  await page.context().close();
});
