import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.ts';
import { startChromium } from './chromium.ts';

/** One layer over one image: a second's work, so that what is measured is the watching. */
const experiment = (title: string, extra = '') => `title: ${title}
model:
  input: [32, 40]
  layers:
    - { type: conv2d, name: conv, filters: 2, kernel: 3 }
images:
  files: [../dot.png]
views:
  - id: maps
    technique: feature-maps
    layer: conv
    images: 0
${extra}`;

/** A square of one colour in another. */
const paint = (path: string, background: string) =>
  sharp({ create: { width: 40, height: 32, channels: 3, background } })
    .composite([
      { input: { create: { width: 9, height: 9, channels: 3, background: 'white' } }, left: 5, top: 5 },
    ])
    .png()
    .toFile(path);

let browser: Browser;
let folder: string;
let server: ChildProcess;
let address: string;
let output = '';

const file = () => join(folder, 'experiments/dots.yaml');
const save = (text: string) => writeFile(file(), text);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'filterscope dev-'));
  for (const name of ['experiments', 'content']) await mkdir(join(folder, name));
  await paint(join(folder, 'dot.png'), 'black');
  await save(experiment('Dots at first'));
  await writeFile(join(folder, 'content/dots.md'), 'Told at first.\n');
  browser = await startChromium();
  server = spawn(
    process.execPath,
    [join(packageRoot, 'scripts/filterscope.mjs'), 'dev', '--backend', 'wasm', '--port', '4399'],
    { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  address = await new Promise<string>((resolve, reject) => {
    const fail = (what: string) => reject(new Error(`${what}:\n${output}`));
    const timer = setTimeout(() => fail('the server did not say where it is'), 90_000);
    const hear = (data: Buffer) => {
      output += data.toString();
      const found = /http:\/\/localhost:\d+\//.exec(output)?.[0];
      if (!found) return;
      clearTimeout(timer);
      resolve(found);
    };
    server.stdout?.on('data', hear);
    server.stderr?.on('data', hear);
    server.once('exit', (status) => fail(`the server ended with ${status}`));
  });
});

afterAll(async () => {
  await browser?.close();
  if (server && server.exitCode === null) {
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGINT');
    await ended;
  }
  await rm(folder, { recursive: true, force: true });
});

async function open(path: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(`${address}${path}`, { waitUntil: 'load' });
  return page;
}

const shows = (page: Page, text: string) =>
  page.getByText(text).first().waitFor({ state: 'visible', timeout: 60_000 });

describe('the dev server', () => {
  it('follows a saved experiment and its narrative, and keeps the last good report through an error', async () => {
    const page = await open('dots/index.html');
    await shows(page, 'Dots at first');
    await shows(page, 'Told at first.');

    await save(experiment('Dots changed'));
    await shows(page, 'Dots changed');

    await writeFile(join(folder, 'content/dots.md'), 'Told anew.\n');
    await shows(page, 'Told anew.');

    await save(experiment('Dots broken', '    colour: red\n'));
    await shows(page, 'colour');
    expect(output).toMatch(/dots\.yaml:\d+:\d+/);
    const reader = await open('dots/index.html');
    await shows(reader, 'Dots changed');
    await reader.close();

    await save(experiment('Dots mended'));
    await shows(page, 'Dots mended');
    await page.close();
  });

  it('follows a changed image', async () => {
    const page = await open('dots/index.html');
    const pictures = () =>
      page.locator('main img').evaluateAll((all) => all.map((each) => each.getAttribute('src')));
    const before = await pictures();
    expect(before.length).toBeGreaterThan(0);
    await paint(join(folder, 'dot.png'), 'navy');
    await expect.poll(pictures, { timeout: 60_000 }).not.toEqual(before);
    await page.close();
  });

  it('says what it rebuilds and how long it took, and puts images in their places', async () => {
    const page = await open('dots/layers/conv/index.html');
    await page.evaluate(() => document.body.setAttribute('data-same', 'page'));
    const pictures = () =>
      page.locator('main img').evaluateAll((all) => all.map((each) => each.getAttribute('src')));
    const before = await pictures();
    const said = page.getByText('Rebuilding: dots.yaml').waitFor({ state: 'attached', timeout: 60_000 });
    await save(experiment('Dots mended', '    colormap: grey\n'));
    await said;
    await expect.poll(pictures, { timeout: 60_000 }).not.toEqual(before);
    expect(await page.locator('body[data-same=page]').count()).toBe(1);
    await page.getByText('Rebuilding').waitFor({ state: 'detached' });
    expect(output).toMatch(/^Rebuilt in \d+\.\d s: dots\.yaml\.$/m);
    await page.close();
  });

  it('leads from a deleted experiment to the first page', async () => {
    await writeFile(join(folder, 'experiments/more.yaml'), experiment('More dots'));
    const home = await open('index.html');
    await shows(home, 'More dots');
    const page = await open('more/views/maps/index.html');
    await rm(join(folder, 'experiments/more.yaml'));
    await expect.poll(() => page.url(), { timeout: 60_000 }).toBe(address);
    await shows(page, 'Dots mended');
    await page.close();
    await home.close();
  });

  it('reaches pages that were still loading when something changed', async () => {
    const page = await browser.newPage();
    let release = (): void => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    // The page is there, and its script is not.
    await page.route('**/@vite/client', async (route) => {
      await held;
      await route.continue();
    });
    await page.goto(`${address}dots/index.html`, { waitUntil: 'commit' });
    await shows(page, 'Dots mended');
    const ended = output.length;
    await save(experiment('Dots of a page that was loading'));
    await expect.poll(() => output.slice(ended), { timeout: 60_000 }).toMatch(/^Rebuilt in/m);
    release();
    await shows(page, 'Dots of a page that was loading');
    await page.close();
  });
});
