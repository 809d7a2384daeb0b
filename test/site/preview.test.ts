import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { servePreview, type RunningServer } from '../../src/site/preview.ts';

let folder: string;
let server: RunningServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'filterscope-preview-'));
  const dist = join(folder, 'dist');
  await mkdir(join(dist, 'cats', 'a~1'), { recursive: true });
  await mkdir(join(dist, 'assets'));
  await writeFile(join(dist, 'index.html'), 'first');
  await writeFile(join(dist, 'cats', 'a~1', 'index.html'), 'deep');
  await writeFile(join(dist, 'assets', '1f.webp'), 'webp');
  await writeFile(join(dist, 'assets', '1f.npy'), 'npy');
  await writeFile(join(dist, 'assets', '1f.txt'), '0123456789');
  await writeFile(join(dist, '.manifest.json'), 'hidden');
  await writeFile(join(folder, 'secret'), 'secret');
  await mkdir(join(folder, 'dist-beside'));
  await writeFile(join(folder, 'dist-beside', 'index.html'), 'secret');
  await symlink(join(folder, 'secret'), join(dist, 'link.html'));
  await symlink(join(folder, 'dist-beside'), join(dist, 'linked'));
  await symlink('cats/a~1/index.html', join(dist, 'inside.html'));
  server = await servePreview({ dir: dist, port: 0, host: '127.0.0.1', base: 'some/where' });
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** As written: fetch would tidy paths up and choose the Host itself. */
function ask(
  path: string,
  {
    url = server.url,
    method = 'GET',
    headers = {},
  }: { url?: string; method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { port, hostname } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, text }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

const get = (path: string) => fetch(server.url + path, { redirect: 'manual' });

describe('servePreview', () => {
  it('serves files with their type, and index.html for folders', async () => {
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/some\/where\/$/);
    expect(await (await get('')).text()).toBe('first');
    const deep = await get('cats/a~1/');
    expect([await deep.text(), deep.headers.get('content-type')]).toEqual([
      'deep',
      'text/html; charset=utf-8',
    ]);
    expect((await get('cats/a~1/index.html?q=1')).status).toBe(200);
    expect((await get('assets/1f.webp')).headers.get('content-type')).toBe('image/webp');
    expect((await get('assets/1f.npy')).headers.get('content-type')).toBe('application/octet-stream');
    expect((await get('assets/1f.npy')).headers.get('cache-control')).toContain('immutable');
  });

  it('sends a folder without its slash to the one with it', async () => {
    const response = await get('cats/a~1');
    expect([response.status, response.headers.get('location')]).toEqual([301, 'a~1/']);
  });

  it('says no to what is not there, and to everything outside', async () => {
    expect((await get('nothing.html')).status).toBe(404);
    expect((await get('cats/')).status).toBe(404);
    const raw = async (path: string, method = 'GET') => (await ask(path, { method })).status;
    expect(await raw('/some/where/../../secret')).toBe(400);
    expect(await raw('/some/where/..%2f..%2fsecret')).toBe(400);
    expect(await raw('/some/where/%2e%2e/%2e%2e/secret')).toBe(400);
    expect(await raw('/some/where/%')).toBe(400);
    expect(await raw('/some/where/a%00b')).toBe(400);
    expect(await raw('/elsewhere/')).toBe(404);
    expect(await raw('/some/where/', 'POST')).toBe(405);
    expect(await raw('/some/where/', 'HEAD')).toBe(200);
  });

  it('explains a taken port', async () => {
    const port = Number(new URL(server.url).port);
    const attempt = servePreview({ dir: folder, port, host: '127.0.0.1' });
    await expect(attempt).rejects.toThrow(UserError);
    await expect(attempt).rejects.toThrow(`Another program uses port ${port}.`);
  });

  it('answers for this machine only, and for hosts that are allowed', async () => {
    for (const host of ['evil.example', 'evil.example:4321', '192.168.7.7', 'localhost.evil.example']) {
      const { status, text } = await ask('/some/where/', { headers: { host } });
      expect([status, text.includes('--allowed-host')], host).toEqual([403, true]);
      expect((await ask('/some/where/assets/1f.txt', { headers: { host } })).text).not.toContain('0123');
    }
    for (const host of ['localhost:4321', 'a.localhost', '127.0.0.2', '[::1]:80']) {
      expect((await ask('/some/where/', { headers: { host } })).status, host).toBe(200);
    }
    const other = await servePreview({
      ...{ dir: join(folder, 'dist'), port: 0, host: '127.0.0.1', allowedHosts: ['cats.example'] },
    });
    const of = async (host: string) => (await ask('/', { url: other.url, headers: { host } })).status;
    expect([await of('cats.example'), await of('dogs.example')]).toEqual([200, 403]);
    await other.close();
  });

  it('sends parts of a file, and nothing where the reader has it already', async () => {
    const path = '/some/where/assets/1f.txt';
    const whole = await ask(path);
    const etag = String(whole.headers['etag']);
    expect(etag).toMatch(/^(?:W\/)?"[^"]+"$/);
    expect(whole.headers).toMatchObject({ 'accept-ranges': 'bytes', 'x-content-type-options': 'nosniff' });
    for (const value of [etag, etag.replace(/^W\//, ''), `"other", ${etag}`, '*']) {
      const { status, text } = await ask(path, { headers: { 'if-none-match': value } });
      expect([status, text], value).toEqual([304, '']);
    }
    expect((await ask(path, { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
    for (const [range, text, content] of [
      ['bytes=0-0', '0', 'bytes 0-0/10'],
      ['bytes=2-4', '234', 'bytes 2-4/10'],
      ['bytes=7-', '789', 'bytes 7-9/10'],
      ['bytes=-3', '789', 'bytes 7-9/10'],
      ['bytes=5-99', '56789', 'bytes 5-9/10'],
    ]) {
      const part = await ask(path, { headers: { range: range! } });
      expect([part.status, part.text, part.headers['content-range']]).toEqual([206, text, content]);
      const stale = await ask(path, { headers: { range: range!, 'if-range': '"other"' } });
      expect([stale.status, stale.text]).toEqual([200, '0123456789']);
      const fresh = await ask(path, { headers: { range: range!, 'if-range': etag } });
      expect([fresh.status, fresh.text]).toEqual([206, text]);
    }
    const beyond = await ask(path, { headers: { range: 'bytes=10-' } });
    expect([beyond.status, beyond.headers['content-range']]).toEqual([416, 'bytes */10']);
    for (const range of ['bytes=x', 'lines=1-2', 'bytes=4-2']) {
      expect((await ask(path, { headers: { range } })).status, range).not.toBe(206);
    }
    const head = await ask(path, { method: 'HEAD' });
    expect([head.status, head.text, head.headers['content-length']]).toEqual([200, '', '10']);
    expect((await ask('/some/where/', { method: 'PUT' })).headers['allow']).toBe('GET, HEAD');
  });

  it('lets pages be asked for again each time, and keeps assets', async () => {
    expect((await ask('/some/where/')).headers['cache-control']).toBe('no-cache');
    expect((await ask('/some/where/assets/1f.webp')).headers['cache-control']).toContain('immutable');
    expect((await ask('/some/where/none')).headers['cache-control']).toBe('no-store');
  });

  it('follows no link out of the gallery, and shows no hidden file', async () => {
    for (const path of [
      'link.html',
      'linked/',
      'linked',
      'linked/index.html',
      '.manifest.json',
      '../dist-beside/index.html',
    ]) {
      const { status, text } = await ask(`/some/where/${path}`);
      expect([400, 404], path).toContain(status);
      expect(text, path).not.toMatch(/secret|hidden/);
      expect(text, path).not.toContain(folder);
    }
    expect((await ask('/some/where/inside.html')).text).toBe('deep');
  });

  it('serves the new gallery once it has replaced the old one, through a link too', async () => {
    const site = join(folder, 'site');
    const make = async (name: string, text: string) => {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, 'index.html'), text);
    };
    await make('first', 'first');
    await symlink('first', site);
    const other = await servePreview({ dir: site, port: 0, host: '127.0.0.1' });
    const text = async () => (await ask('/', { url: other.url })).text;
    expect(await text()).toBe('first');
    await make('second', 'other');
    await rename(join(folder, 'first'), join(folder, 'old'));
    await rename(join(folder, 'second'), join(folder, 'first'));
    expect(await text()).toBe('other');
    await writeFile(join(folder, 'first', '404.html'), 'lost');
    const lost = await ask('/none', { url: other.url, headers: { range: 'bytes=0-1' } });
    expect([lost.status, lost.text, lost.headers['content-type']]).toEqual([
      404,
      'lost',
      'text/html; charset=utf-8',
    ]);
    await other.close();
  });

  it.each([
    ['/my team/', '/my%20team/'],
    ['my%20team', '/my%20team/'],
    ['/ünï/', '/%C3%BCn%C3%AF/'],
    ['/u\u0308ni\u0308/', '/%C3%BCn%C3%AF/'],
    ['/%C3%BCn%c3%af', '/%C3%BCn%C3%AF/'],
    ['/100%/', '/100%25/'],
    ['//a//b', '/a/b/'],
    ['/a?b#c/', '/a%3Fb%23c/'],
    ['', '/'],
  ])('lies under %s', async (base, path) => {
    const other = await servePreview({ dir: join(folder, 'dist'), port: 0, host: '127.0.0.1', base });
    const { url } = other;
    expect(new URL(url).pathname).toBe(path);
    expect((await fetch(`${url}cats/a~1/index.html`)).status).toBe(200);
    // Without percent-encoding where it is not needed, with it where it is not.
    expect((await ask(path.replace('t', '%74'), { url })).text).toBe('first');
    if (path !== '/') {
      expect((await ask('/', { url })).status).toBe(404);
      const bare = await fetch(url.replace(/\/$/, '?x=1'), { redirect: 'manual' });
      expect(bare.status).toBe(301);
      expect(new URL(bare.headers.get('location')!, bare.url).href).toBe(`${url}?x=1`);
    }
    await other.close();
  });

  it.each(['/a/../b', '/a/%2e%2e/', '/a%2fb/', '/a\\b/', '/a\nb/'])('cannot lie under %s', async (base) => {
    const attempt = servePreview({ dir: folder, port: 0, host: '127.0.0.1', base });
    await expect(attempt).rejects.toThrow(UserError);
    await expect(attempt).rejects.toThrow('--base');
  });

  it('explains an address that is not here', async () => {
    const attempt = servePreview({ dir: folder, port: 0, host: '203.0.113.9' });
    await expect(attempt).rejects.toThrow('`203.0.113.9` is not a name or address of this machine.');
  });
});
