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
  page.on('console', (message) => expect(message.type() === 'error' ? message.text() : '').toBe(''));
  await page.goto(address);
  return page;
}

const dialog = (page: Page) => page.getByRole('dialog');
const readout = (page: Page) => page.locator('.viewer .readout');
const title = (page: Page) => page.locator('.viewer h2');
const query = (page: Page, name: string) => new URL(page.url()).searchParams.get(name);

describe.each(['server', 'disk'] as const)('the viewer on a %s', (place) => {
  const at = (path: string): string => gallery.roots[place] + path;
  const image = (): string => gallery.report.images[0]!.id;

  it('opens by keyboard, moves through filters, images and layers, and gives the focus back', async () => {
    const page = await open(at(`${ID}/images/${image()}/index.html`));
    const link = page.locator('[data-p^="first/1/"] a').first();
    await link.focus();
    await page.keyboard.press('i');
    await dialog(page).waitFor();
    expect(await title(page).textContent()).toBe('Filter 1 of first');
    expect(query(page, 'i')).toBe(`${ID}/views/maps/first/1/${image()}`);
    await page.keyboard.press('ArrowRight');
    await poll(() => title(page).textContent()).toBe('Filter 2 of first');
    await page.keyboard.press('ArrowDown');
    const second = gallery.report.images[1]!.id;
    await poll(() => query(page, 'i')).toBe(`${ID}/views/maps/first/2/${second}`);
    await page.keyboard.press('PageDown');
    await poll(() => title(page).textContent()).toBe('Filter 2 of pool');
    // The page behind it has not been turned.
    expect(page.url()).toContain(`/images/${image()}/index.html`);
    await page.keyboard.press('Escape');
    await dialog(page).waitFor({ state: 'hidden' });
    expect(query(page, 'i')).toBeNull();
    expect(await link.evaluate((each) => each === document.activeElement)).toBe(true);
    await page.context().close();
  });

  it('opens by its control, while a click on the panel follows its link', async () => {
    const page = await open(at(`${ID}/layers/first/index.html`));
    const panel = page.locator('[data-p^="first/3/"]').first();
    await panel.hover();
    await page.getByRole('button', { name: 'Inspect this panel' }).click();
    await dialog(page).waitFor();
    expect(await title(page).textContent()).toBe('Filter 3 of first');
    await page.goBack();
    await dialog(page).waitFor({ state: 'hidden' });
    await panel.locator('a').click();
    await page.waitForURL('**/layers/first/3/index.html');
    await page.context().close();
  });

  it.each(['first', 'pool', 'last'])('tells the true values of %s', async (layer) => {
    const { shape, data } = await gallery.values(layer, image());
    const [height, width, filters] = shape as [number, number, number];
    const filter = filters - 1;
    const page = await open(at(`${ID}/index.html?i=${ID}/views/maps/${layer}/${filter}/${image()}`));
    await dialog(page).waitFor();
    const cut = page.locator('.stage .cut');
    const box = (await cut.boundingBox())!;
    for (const [row, column] of [
      [0, 0],
      [height - 1, width - 1],
      [Math.floor(height / 3), Math.floor(width / 2)],
    ] as const) {
      const x = box.x + ((column + 0.5) / width) * box.width;
      await page.mouse.move(x, box.y + ((row + 0.5) / height) * box.height);
      const text = (await readout(page).textContent())!;
      expect(text).toContain(`Row ${row}, column ${column} of ${height} × ${width}`);
      const shown = /≈ (−?[\d.e−]+)/.exec(text)![1]!.replaceAll('−', '-');
      const [, down = '1', across = '1'] = /mean of ([\d.]+) × ([\d.]+) values/.exec(text) ?? [];
      const [rows, columns] = [Number(down), Number(across)];
      const [top, left] = [Math.floor(row / rows) * rows, Math.floor(column / columns) * columns];
      let sum = 0;
      for (let r = top; r < top + rows; r++)
        for (let c = left; c < left + columns; c++) sum += data[(r * width + c) * filters + filter]!;
      const decimals = shown.split('.')[1]?.length ?? 0;
      expect(Math.abs(Number(shown) - sum / (rows * columns))).toBeLessThanOrEqual(10 ** -decimals);
      // Whole numbers of values: 36 x 56 maps in cells of 3 x 4.
      expect([rows, columns]).toEqual(layer === 'first' ? [3, 4] : [1, 1]);
    }
    await page.context().close();
  });

  it('keeps its whole state in the address: copied, reloaded, gone back to', async () => {
    const page = await open(at(`${ID}/index.html?i=${ID}/views/maps/first/0/${image()}#layers`));
    await dialog(page).waitFor();
    await page.keyboard.press('Shift+ArrowDown');
    await page.keyboard.press('Shift+ArrowRight');
    await page.keyboard.press('-');
    await page.getByLabel('Input image under the map').fill('40');
    const state = async () => ({
      title: await title(page).textContent(),
      readout: await readout(page).textContent(),
      width: (await page.locator('.plane').boundingBox())!.width,
      opacity: await page.locator('.stage .cut').evaluate(({ style }) => style.opacity),
      spot: await page.locator('.plane .spot').boundingBox(),
    });
    await poll(() => query(page, 'o')).toBe('40');
    const before = await state();
    expect(before.readout).toContain('receptive field 5 × 5 pixels');
    expect(before.opacity).toBe('0.6');
    expect(page.url()).toMatch(/#layers$/);
    await page.reload();
    await dialog(page).waitFor();
    expect(await state()).toEqual(before);
    const copied = await open(page.url());
    await dialog(copied).waitFor();
    expect(await copied.locator('.viewer h2').textContent()).toBe(before.title);
    await copied.context().close();
    await page.goto(at(`${ID}/index.html`));
    await page.goBack();
    await dialog(page).waitFor();
    expect(await state()).toEqual(before);
    await page.context().close();
  });

  it('frames the receptive field of the place in the image', async () => {
    const address = `${ID}/index.html?i=${ID}/views/maps/pool/0/${image()}&at=7.11`;
    const page = await open(at(address));
    const frame = page.locator('.input .field');
    await dialog(page).waitFor();
    const layer = gallery.report.model.layers.find(({ name }) => name === 'pool')!;
    const { size, stride, offset } = layer.receptiveField!;
    const expected = [offset[1] + 11 * stride[1], offset[0] + 7 * stride[0], size[1], size[0]];
    const drawn = await frame.evaluate((rect) =>
      ['x', 'y', 'width', 'height'].map((name) => Number(rect.getAttribute(name))),
    );
    expect(drawn).toEqual(expected);
    await page.context().close();
  });

  it('shows a patch, its place in its image, and no value that it does not know', async () => {
    const page = await open(at(`${ID}/layers/last/1/index.html`));
    const pair = page.locator('.pairs [data-p]').first();
    await pair.locator('a').first().focus();
    await page.keyboard.press('i');
    await dialog(page).waitFor();
    expect(await page.locator('.viewer .input .box').count()).toBe(1);
    expect(await page.locator('.viewer footer').textContent()).toContain('activation');
    await page.locator('.stage .cut').hover();
    expect(await readout(page).textContent()).not.toContain('≈');
    await page.context().close();
  });

  it('says of a panel that is gone that it is', async () => {
    const page = await browser.newPage();
    await page.goto(at(`${ID}/index.html?i=${ID}/views/maps/first/99/${image()}`));
    await poll(() => title(page).textContent()).toBe('This panel is not in the gallery');
    await page.keyboard.press('Escape');
    await dialog(page).waitFor({ state: 'hidden' });
    await page.close();
  });

  it('has a control on every panel where no pointer hovers, large enough to touch', async () => {
    const phone = { hasTouch: true, isMobile: true, viewport: { width: 390, height: 844 } };
    const page = await open(at(`${ID}/layers/first/index.html`), phone);
    await page.locator('[data-p]').first().scrollIntoViewIfNeeded();
    const own = page.locator('[data-p] > .inspect').first();
    await own.waitFor();
    const { width, height } = (await own.boundingBox())!;
    expect(Math.min(width, height)).toBeGreaterThanOrEqual(24);
    await own.tap();
    await dialog(page).waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    await page.context().close();
  });
});

it('loads nothing of the viewer before a panel is pointed at', async () => {
  const page = await open(`${gallery.roots.server}${ID}/layers/first/index.html`);
  expect(await page.locator('script[src*="viewer"]').count()).toBe(0);
  await page.locator('[data-p]').first().hover();
  await page.locator('script[src*="viewer"]').waitFor({ state: 'attached' });
  await page.context().close();
});

it('is all that a frame of another page shows, with links that lead out of it', async () => {
  const image = gallery.report.images[0]!.id;
  const page = await open(
    `${gallery.roots.server}${ID}/index.html?embed&i=${ID}/views/maps/first/1/${image}`,
  );
  await dialog(page).waitFor();
  expect(await page.locator('.bar').isVisible()).toBe(false);
  expect(await page.locator('.viewer .close').isVisible()).toBe(false);
  await page.keyboard.press('Escape');
  expect(await dialog(page).isVisible()).toBe(true);
  const [opened] = await Promise.all([page.context().waitForEvent('page'), title(page).locator('a').click()]);
  await opened.waitForURL('**/layers/first/1/index.html');
  await page.context().close();
});
