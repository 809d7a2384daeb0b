import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.ts';
import type { Gallery, Report } from '../../src/schema/report.ts';
import { serveDev } from '../../src/site/dev.ts';
import type { RunningServer } from '../../src/site/preview.ts';
import { writeSample, type Sample } from './sample.ts';

let folder: string;
let sample: Sample;
let server: RunningServer;
const errors: string[] = [];
const rebuilds: string[][] = [];

const source = () => join(folder, 'experiments', 'cats.yaml');
const reportPath = (id: string) => join(sample.dataDir, id, 'report.json');
const json = async <T>(path: string): Promise<T> => JSON.parse(await readFile(path, 'utf8')) as T;

/** Stands for the pipeline: the experiment file holds a title, `broken`, `more` or `fewer`. */
async function rebuild(changed: string[]) {
  rebuilds.push(changed);
  const text = (await readFile(source(), 'utf8')).trim();
  if (text === 'broken') return { ok: false as const, message: 'experiments/cats.yaml:1:1: It is broken.' };
  const galleryPath = join(sample.dataDir, 'gallery.json');
  const gallery = await json<Gallery>(galleryPath);
  const id = 'cats-through-convolutions';
  const others = gallery.experiments.filter((entry) => entry.id !== 'one-more');
  if (text === 'more') {
    const report = await json<Report>(reportPath(id));
    await mkdir(join(sample.dataDir, 'one-more'), { recursive: true });
    report.experiment = { ...report.experiment, id: 'one-more', title: 'One more' };
    await writeFile(reportPath('one-more'), JSON.stringify(report));
    others.push({ status: 'ready', id: 'one-more', title: 'One more' });
  } else if (text !== 'fewer') {
    const report = await json<Report>(reportPath(id));
    report.experiment.title = text;
    await writeFile(reportPath(id), JSON.stringify(report));
  }
  await writeFile(galleryPath, JSON.stringify({ ...gallery, experiments: others }));
  return { ok: true as const, changed: true };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'filterscope dev-'));
  sample = await writeSample(folder, { images: 2, filters: 4, layers: 1, size: 24 });
  await mkdir(join(folder, 'experiments'));
  await writeFile(source(), 'A cat through convolutions');
  server = await serveDev({
    dataDir: sample.dataDir,
    assetsDir: sample.assetsDir,
    cacheDir: join(folder, 'cache'),
    host: '127.0.0.1',
    allowedHosts: ['cats.example'],
    port: 4417,
    watch: () => [join(folder, 'experiments')],
    rebuild,
    log: { info: () => {}, warn: () => {}, error: (line) => errors.push(line) },
  });
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const get = (path: string) => fetch(server.url + path);
const title = async (path: string) => /<h1[^>]*>([^<]*)/.exec(await (await get(path)).text())?.[1];
const patiently = { timeout: 30_000, interval: 100 };

/** As written, with a Host of one's own. @returns status 0 where the connection was closed */
function ask(path: string, headers: Record<string, string> = {}): Promise<{ status: number; text: string }> {
  const { port, hostname } = new URL(server.url);
  return new Promise((resolve) => {
    const sent = request({ hostname, port, path, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode!, text }));
    });
    sent.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve({ status: response.statusCode!, text: '' });
    });
    sent.on('error', () => resolve({ status: 0, text: '' }));
    sent.end();
  });
}

describe('serveDev', () => {
  it('answers for this machine and allowed hosts only, whatever is asked for', async () => {
    const { src } = sample.reports.get('cats-through-convolutions')!.images[0]!;
    for (const path of [
      '/',
      '/cats-through-convolutions/index.html',
      '/cats-through-convolutions/report.json',
      src.replace('..', ''),
      '/assets/site.css',
      '/@vite/client',
      '/@fs/etc/hosts',
    ]) {
      for (const host of ['evil.example', '192.168.7.7:4417']) {
        const { status, text } = await ask(path, { host });
        expect([status, text.includes('--allowed-host')], `${host}${path}`).toEqual([403, true]);
      }
    }
    for (const host of ['localhost:4417', 'cats.example', '[::1]']) {
      expect((await ask('/cats-through-convolutions/report.json', { host })).status, host).toBe(200);
      expect((await ask('/@vite/client', { host })).status, host).toBe(200);
    }
  });

  it('lets no other page listen for changes', async () => {
    const client = (await ask('/@vite/client')).text;
    const token = /wsToken = "([^"]+)"/.exec(client)![1]!;
    const upgrade = {
      ...{ connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' },
      ...{ 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', 'sec-websocket-protocol': 'vite-hmr' },
    };
    const connect = async (headers: Record<string, string>) =>
      (await ask(`/?token=${token}`, { ...upgrade, ...headers })).status;
    expect(await connect({ origin: server.url.replace(/\/$/, '') })).toBe(101);
    expect(await connect({ origin: 'https://evil.example' })).toBe(0);
    expect(await connect({ origin: 'null' })).toBe(0);
    expect(await connect({ host: 'evil.example' })).toBe(0);
  });

  it('names no local file to whoever asks for what is no path or not there', async () => {
    for (const path of ['/%', '/a%00b', '/cats-through-convolutions/%ff/', '/assets/%', '/@fs/%']) {
      expect(await ask(path), path).toEqual({
        status: 400,
        text: `The path of the request is invalid.
`,
      });
    }
    for (const path of ['/none', '/assets/none', '/none/report.json', '/..%2f..%2fetc/passwd']) {
      const { status, text } = await ask(path);
      expect(status, path).toBeGreaterThanOrEqual(400);
      expect(text, path).not.toContain(folder);
      expect(text, path).not.toContain(packageRoot);
    }
  });

  it('names in each page what it may load, Vite included', async () => {
    const { text } = await ask('/cats-through-convolutions/index.html');
    expect(text).toMatch(
      /<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; [^"]*connect-src 'self'/,
    );
    expect(text).not.toMatch(/<script(?![^>]* src=)[^>]*>/);
  });

  it('serves pages by folder and by file, and what lies beside them', async () => {
    expect(await title('')).toBe('What convolutional networks see');
    expect(await title('index.html?x=1')).toBe('What convolutional networks see');
    for (const path of ['cats-through-convolutions/', 'cats-through-convolutions/index.html']) {
      expect(await title(path)).toBe('A cat through convolutions');
    }
    expect(await title('cats-through-convolutions/layers/conv_10x10/1/index.html')).toBe('Filter 1');
    const report = await get('cats-through-convolutions/report.json');
    expect(await report.text()).toBe(await readFile(reportPath('cats-through-convolutions'), 'utf8'));
    expect((await get('many-pictures/panels/block1_conv1.json')).status).toBe(200);
    const { src } = sample.reports.get('cats-through-convolutions')!.images[0]!;
    const picture = await get(src.replace('../', ''));
    expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/webp']);
    expect((await get('assets/site.css')).headers.get('content-type')).toContain('text/css');
    expect((await get('assets/inter-400.woff2')).headers.get('content-type')).toBe('font/woff2');
    expect((await get('assets/..%2f..%2fexperiments%2fcats.yaml')).status).toBe(404);
  });

  it('leads to the slash of a folder, whose links begin there, and says where there is no page', async () => {
    const folder = await fetch(`${server.url}cats-through-convolutions?i=x`, { redirect: 'manual' });
    expect([folder.status, folder.headers.get('location')]).toEqual([
      301,
      './cats-through-convolutions/?i=x',
    ]);
    for (const path of ['none/', 'none', 'cats-through-convolutions/layers/none/index.html', 'views/x/']) {
      const answer = await get(path);
      expect([path, answer.status, /<h1[^>]*>([^<]*)/.exec(await answer.text())?.[1]]).toEqual([
        ...[path, 404, 'Page not found'],
      ]);
    }
  });

  it('has each page listen for changes', async () => {
    const page = await (await get('index.html')).text();
    const scripts = [...page.matchAll(/<script type="module" src="([/]@[^"]+)"><[/]script>/g)].map(
      ([, src]) => src!,
    );
    expect(scripts).toHaveLength(2);
    const texts = await Promise.all(scripts.map(async (src) => (await get(src.slice(1))).text()));
    expect(texts[1]).toMatch(/createHotContext[^]*filterscope:changed/);
  });

  it('shows a changed report, keeps the last good one through an error, and goes on after it', async () => {
    await writeFile(source(), 'Second title');
    await expect.poll(() => title('cats-through-convolutions/index.html'), patiently).toBe('Second title');
    expect(rebuilds.at(-1)).toEqual([source()]);

    await writeFile(source(), 'broken');
    await expect.poll(() => errors, patiently).toEqual(['experiments/cats.yaml:1:1: It is broken.']);
    expect(await title('cats-through-convolutions/index.html')).toBe('Second title');

    await writeFile(source(), 'Third title');
    await expect.poll(() => title('cats-through-convolutions/index.html'), patiently).toBe('Third title');
  });

  it('finds new experiments and forgets deleted ones', async () => {
    await writeFile(source(), 'more');
    await expect.poll(() => title('one-more/index.html'), patiently).toBe('One more');
    expect(await (await get('index.html')).text()).toContain('One more');
    await writeFile(source(), 'fewer');
    await expect.poll(async () => (await get('one-more/index.html')).status, patiently).toBe(404);
    expect(await (await get('index.html')).text()).not.toContain('One more');
  });
});
