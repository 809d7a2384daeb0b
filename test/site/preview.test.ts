import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
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
  await writeFile(join(folder, 'secret'), 'secret');
  server = await servePreview({ dir: dist, port: 0, host: '127.0.0.1', base: 'some/where' });
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

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
    const { port, hostname } = new URL(server.url);
    // fetch would tidy these paths up before sending them.
    const raw = (path: string, method = 'GET') =>
      new Promise<number>((resolve, reject) => {
        const sent = request({ hostname, port, path, method }, (response) => {
          response.resume();
          resolve(response.statusCode!);
        });
        sent.on('error', reject);
        sent.end();
      });
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
    await expect(attempt).rejects.toThrow(`Port ${port} is taken`);
  });
});
