import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startChromium } from './chromium.ts';
import { serveFolder } from './serve.ts';
import { walkSite, type Walk } from './walk.ts';

let browser: Browser;
let folder: string;

beforeAll(async () => {
  browser = await startChromium();
  folder = await mkdtemp(join(tmpdir(), 'filterscope walk-'));
});
afterAll(async () => {
  await browser.close();
  await rm(folder, { recursive: true });
});

const dot =
  '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"><rect width="1" height="1" fill="red"/></svg>';

const document = (body: string, head = '<title>A page</title>') =>
  `<!doctype html><html lang="en"><head>${head}<meta name="viewport" content="width=device-width"></head><body>${body}</body></html>`;

const picture = (src: string) => `<img src="${src}" width="1" height="1" alt="A dot" loading="lazy">`;

async function writeSite(name: string, files: Record<string, string>): Promise<string> {
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, name, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  return join(folder, name);
}

async function walkBoth(site: string): Promise<{ served: Walk; fromDisk: Walk }> {
  const server = await serveFolder(site, '/some/where/');
  try {
    const served = await walkSite(browser, server.origin);
    return { served, fromDisk: await walkSite(browser, `${pathToFileURL(site).href}/`) };
  } finally {
    await server.close();
  }
}

describe('walkSite', () => {
  it('finds nothing wrong with a sound site, and all of its pages and files', async () => {
    const site = await writeSite('sound', {
      'index.html': document(
        '<a href="a/index.html?show=2#part">A</a> <a href="https://example.org/">Far</a> <svg><a href="a/drawn.html"><text>D</text></a></svg>',
      ),
      'a/index.html': document(
        `<h1 id="part">A</h1><a href="../index.html">Up</a> <a href="b%20c.html">B</a>
         <a href="report.json">Data</a> <div style="overflow-x: auto"><div style="width: 4000px">wide</div></div>
         <div style="height: 9000px"></div>${picture('../dot.svg')}`,
      ),
      'a/b c.html': document('<a href="index.html#part">back</a>'),
      'a/report.json': '{}',
      'a/drawn.html': document('found in a drawing'),
      'dot.svg': dot,
    });
    const { served, fromDisk } = await walkBoth(site);
    const expected = {
      pages: ['a/b c.html', 'a/drawn.html', 'a/index.html', 'index.html'],
      files: ['a/report.json'],
      problems: [],
    };
    expect(served).toEqual(expected);
    expect(fromDisk).toEqual(expected);
  });

  it('finds every kind of defect, from a server and from disk', async () => {
    const site = await writeSite('broken', {
      'index.html': document(
        [
          'gone.html',
          'gone.json',
          'folder/',
          '/root.html',
          'script.html',
          'picture.html',
          'wide.html',
          'ids.html',
        ]
          .map((href) => `<a href="${href}">x</a>`)
          .join(' ') + '<a href="ids.html#none">x</a>',
      ),
      'folder/index.html': document('found by its name only'),
      'script.html': document('<script>console.error("oh"); throw new Error("no")</script>'),
      'picture.html': document(
        `<div style="height: 9000px"></div>${picture('gone.svg')}<img src="broken.svg"><link rel="stylesheet" href="gone.css">`,
      ),
      'broken.svg': 'not a picture',
      'wide.html': document('<main class="grid"><p class="long" style="width: 500px">wide</p></main>'),
      'ids.html': document('<p id="a"></p><p id="a"></p>', ''),
    });
    const { served, fromDisk } = await walkBoth(site);
    expect(served.pages).toEqual(['ids.html', 'index.html', 'picture.html', 'script.html', 'wide.html']);
    expect(served.problems.map((text) => text.replace(/:\d+\//, ':PORT/'))).toMatchInlineSnapshot(`
      [
        "ids.html: has no title",
        "ids.html: has the id a twice",
        "index.html: no #none in ids.html",
        "index.html: nothing at folder/",
        "index.html: nothing at gone.html",
        "index.html: nothing at gone.json",
        "index.html: the link http://127.0.0.1:PORT/root.html leaves the site",
        "picture.html: broken picture broken.svg",
        "picture.html: broken picture gone.svg",
        "picture.html: picture broken.svg lacks alt, width, height",
        "picture.html: request failed: gone.css (404)",
        "picture.html: request failed: gone.svg (404)",
        "script.html: console error: oh",
        "script.html: script error: no",
        "wide.html: scrolls sideways at 390 px: main.grid > p.long",
      ]
    `);
    expect(fromDisk.problems).toMatchInlineSnapshot(`
      [
        "ids.html: has no title",
        "ids.html: has the id a twice",
        "index.html: no #none in ids.html",
        "index.html: nothing at folder/",
        "index.html: nothing at gone.html",
        "index.html: nothing at gone.json",
        "index.html: the link file:///root.html leaves the site",
        "picture.html: broken picture broken.svg",
        "picture.html: broken picture gone.svg",
        "picture.html: picture broken.svg lacks alt, width, height",
        "picture.html: request failed: gone.css (net::ERR_FILE_NOT_FOUND)",
        "picture.html: request failed: gone.svg (net::ERR_FILE_NOT_FOUND)",
        "script.html: console error: oh",
        "script.html: script error: no",
        "wide.html: scrolls sideways at 390 px: main.grid > p.long",
      ]
    `);
  });

  it('asks nobody else for anything', async () => {
    const site = await writeSite('asking', {
      'index.html': document('<script src="http://127.0.0.1:9/x.js"></script>'),
    });
    const { problems } = await walkSite(browser, `${pathToFileURL(site).href}/`);
    expect(problems.join('\n')).toContain('asks for http://127.0.0.1:9/x.js, outside the site');
  });

  it('finds pages that do not say what they may load before they load it', async () => {
    const policy =
      '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src file:">';
    const site = await writeSite('policies', {
      'index.html': document('<a href="late.html">L</a> <a href="first.html">F</a>'),
      'late.html': document('x', `<meta charset="utf-8"><title>A page</title>${policy}`),
      'first.html': document('x', `<meta charset="utf-8">${policy}<title>A page</title>`),
    });
    const { problems } = await walkSite(browser, `${pathToFileURL(site).href}/`, { policy: true });
    expect(problems).toEqual([
      'index.html: does not say what it may load',
      'late.html: does not say what it may load',
    ]);
  });

  it('walks without scripts too', async () => {
    const site = await writeSite('quiet', { 'index.html': document('<script>console.error("oh")</script>') });
    const base = `${pathToFileURL(site).href}/`;
    expect((await walkSite(browser, base, { javaScript: false })).problems).toEqual([]);
    expect((await walkSite(browser, base)).problems).toEqual(['index.html: console error: oh']);
  });

  it('opens only some of many pages beside each other, and tries the links to all', async () => {
    const names = ['1', '2', '3', '4'];
    const links = names.map((name) => `<a href="all/${name}/index.html">${name}</a>`).join(' ');
    const site = await writeSite('many', {
      'index.html': document(`${links} <a href="all/5/index.html">5</a> <a href="other/1/index.html">1</a>`),
      ...Object.fromEntries(names.map((name) => [`all/${name}/index.html`, document(name)])),
      'other/1/index.html': document('1'),
    });
    const walk = await walkSite(browser, `${pathToFileURL(site).href}/`, { siblings: 2 });
    expect(walk.pages).toEqual(['all/1/index.html', 'all/2/index.html', 'index.html', 'other/1/index.html']);
    expect(walk.problems).toEqual(['index.html: nothing at all/5/index.html']);
  });
});
