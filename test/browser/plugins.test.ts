import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.ts';
import { filterscope } from '../cli/run.ts';
import { startChromium } from './chromium.ts';
import { serveFolder } from './serve.ts';
import { walkSite } from './walk.ts';

let folder: string;
let browser: Browser;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'filterscope plug-ins-'));
  await cp(join(packageRoot, 'test/plugins/project'), folder, { recursive: true });
  const { status, stderr } = await filterscope(['build', '--backend', 'wasm'], { cwd: folder });
  if (status !== 0) throw new Error(stderr);
  browser = await startChromium();
});
afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

it('walks a gallery that plug-ins made, from a server and from disk', async () => {
  const dist = join(folder, 'dist');
  const server = await serveFolder(dist, '/lab/');
  try {
    const { pages, problems } = await walkSite(browser, server.origin, { policy: true });
    expect(problems).toEqual([]);
    expect(pages).toContain('own/layers/second/0/index.html');
    expect(pages).toContain('search/index.html');
    expect(pages).toContain('toy/views/saliency-layer2/index.html');
  } finally {
    await server.close();
  }
  const { problems } = await walkSite(browser, `${pathToFileURL(dist).href}/`, { policy: true });
  expect(problems).toEqual([]);
});
