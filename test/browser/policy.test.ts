import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Gallery } from '../../src/schema/report.ts';
import { silentLogger } from '../../src/effects.ts';
import { servePreview, type RunningServer } from '../../src/site/preview.ts';
import { renderSite } from '../../src/site/render.ts';
import { writeSample } from '../site/sample.ts';
import { startChromium } from './chromium.ts';
import { walkSite } from './walk.ts';

let folder: string;
let dist: string;
let browser: Browser;
let preview: RunningServer;
/** Someone else's server, and what it was asked for. */
let elsewhere: Server;
let address: string;
const asked: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'filterscope policy-'));
  const { dataDir, assetsDir } = await writeSample(folder, { images: 1, filters: 1, layers: 1, size: 24 });
  // Every kind of page, and not too many of each.
  const file = join(dataDir, 'gallery.json');
  const gallery = JSON.parse(await readFile(file, 'utf8')) as Gallery;
  const kept = ['hostile-names', 'what-excites-filters'];
  const experiments = gallery.experiments.filter(
    ({ id, status }) => status === 'skipped' || kept.includes(id),
  );
  await writeFile(file, JSON.stringify({ ...gallery, experiments }));
  dist = join(folder, 'dist');
  await renderSite({ dataDir, outDir: dist, log: silentLogger });
  await cp(dataDir, dist, { recursive: true });
  await cp(assetsDir, join(dist, 'assets'), { recursive: true });
  browser = await startChromium();
  preview = await servePreview({ dir: dist, port: 0, host: '127.0.0.1', base: '/my team/ünï/' });
  elsewhere = createServer((request, response) => {
    asked.push(request.url ?? '');
    response
      .writeHead(200, { 'access-control-allow-origin': '*', 'content-type': 'text/javascript' })
      .end('hit()');
  });
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await browser?.close();
  await preview?.close();
  elsewhere?.close();
  await rm(folder, { recursive: true, force: true });
});

const bases = () => [preview.url, `${pathToFileURL(dist).href}/`];

describe('what pages may load', () => {
  it('is all they need, from a server below a sub-path and from disk, with hostile names', async () => {
    for (const base of bases()) {
      const { pages, problems } = await walkSite(browser, base, {
        widths: [1280],
        siblings: 6,
        policy: true,
      });
      expect(problems).toEqual([]);
      expect(pages.filter((page) => page.startsWith('hostile-names/')).length).toBeGreaterThan(7);
    }
  });

  it('is nothing else: markup that slipped in runs no script and asks nobody for anything', async () => {
    const page = await readFile(join(dist, 'hostile-names/index.html'), 'utf8');
    const slipped = [
      '<script>hit()</script>',
      '<img src="none.png" onerror="hit()">',
      '<svg onload="hit()"></svg>',
      '<a href="javascript:hit()" id="link">x</a>',
      '<p style="position:fixed" id="styled">x</p>',
      '<style>#styled { position: fixed }</style>',
      ...['script', 'iframe', 'embed'].map((name) => `<${name} src="${address}/${name}"></${name}>`),
      '<iframe srcdoc="<script>parent.hit()</script>"></iframe>',
      '<script src="data:text/javascript,hit()"></script>',
      `<img src="${address}/img"><object data="${address}/object"></object>`,
      `<link rel="stylesheet" href="${address}/css"><link rel="prefetch" href="${address}/prefetch">`,
      `<video src="${address}/video" autoplay></video>`,
      `<form action="${address}/form"><input name="a"><button id="send">x</button></form>`,
      `<base href="${address}/">`,
    ].join('\n');
    await writeFile(
      join(dist, 'hostile-names/slipped.html'),
      page.replace('<main', () => `${slipped}<main`),
    );
    for (const base of bases()) {
      const tab = await browser.newPage();
      let hits = 0;
      await tab.exposeFunction('hit', () => (hits += 1));
      const refused: string[] = [];
      tab.on('console', (message) => {
        const directive = /directive: "([a-z-]+)/.exec(message.text())?.[1];
        if (message.type() === 'error' && directive !== undefined) refused.push(directive);
      });
      await tab.goto(new URL('hostile-names/slipped.html', base).href, { waitUntil: 'load' });
      // Clicks that wait for no navigation: none is to come.
      for (const id of ['link', 'send'])
        await tab.evaluate((name) => document.getElementById(name)!.click(), id);
      const fetched = await tab.evaluate(
        (url) =>
          fetch(`${url}/fetch`).then(
            () => true,
            () => false,
          ),
        address,
      );
      await tab.waitForTimeout(300);
      expect([hits, asked, fetched]).toEqual([0, [], false]);
      expect(await tab.evaluate(() => document.baseURI)).toBe(tab.url());
      const style = await tab.evaluate(() => getComputedStyle(document.getElementById('styled')!).position);
      expect(style).toBe('static');
      expect(new Set(refused)).toEqual(
        new Set([
          'script-src',
          'style-src',
          'default-src',
          'img-src',
          'object-src',
          'base-uri',
          'form-action',
        ]),
      );
      await tab.close();
    }
  });

  it('tells nobody where a reader came from', async () => {
    const tab = await browser.newPage();
    await tab.goto(`${preview.url}index.html`);
    expect(
      await tab.evaluate(() => document.querySelector<HTMLMetaElement>('meta[name=referrer]')?.content),
    ).toBe('no-referrer');
    await tab.locator('.card a').first().click();
    await tab.waitForURL('**/*/index.html');
    expect(await tab.evaluate(() => document.referrer)).toBe('');
    await tab.close();
  });
});
