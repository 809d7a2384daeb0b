/**
 * Makes docs/screenshots/ from the shipped gallery: `npm run build && node scripts/screenshots.mjs [dist]`. Needs Chromium
 * (its path in CHROMIUM, default /usr/bin/chromium).
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const SIZE = { width: 1280, height: 860 };
const QUALITY = 82;

/** Name, page with the state of its address, what is scrolled to the top, colours. */
const SHOTS = [
  ['home', 'index.html'],
  ['chapter', 'patternnet/chapters/dreams/index.html', '.figure'],
  ['unit', 'patternnet/layers/conv5/38/index.html'],
  ['layer', 'vgg16-edges-patches/layers/block4_conv3/index.html', '.sorter', 'dark'],
  ['image', 'patternnet/images/face-4/index.html'],
  ['viewer', 'patternnet/chapters/first-layer/index.html?i=patternnet/views/conv1/conv1/8/face-4&at=22.14'],
  [
    'compare',
    'compare/index.html?p=patternnet/layers/conv1/-/face-4&p=patternnet/layers/conv5/-/face-4',
    undefined,
    'dark',
  ],
  ['predictions', 'patternnet/views/predictions/index.html', '#confusion'],
  ['attribution', 'patternnet/chapters/why/index.html', '.figure'],
  ['arithmetic', 'lenet-digits/views/first-sums/index.html'],
];

const dist = resolve(process.argv[2] ?? 'dist');
const out = resolve(import.meta.dirname, '..', 'docs', 'screenshots');
await mkdir(out, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
for (const [name, path, from, colorScheme = 'light'] of SHOTS) {
  const page = await browser.newPage({ viewport: SIZE, colorScheme, reducedMotion: 'reduce' });
  await page.goto(new URL(path, pathToFileURL(join(dist, '/'))).href, { waitUntil: 'load' });
  await page.evaluate('document.fonts.ready');
  await page.waitForTimeout(700);
  if (from)
    await page
      .locator(from)
      .first()
      .evaluate((element) => element.scrollIntoView());
  await page.waitForTimeout(700);
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: QUALITY });
  await writeFile(join(out, `${name}.webp`), Buffer.from(data, 'base64'));
  await page.close();
}
await browser.close();
