import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build, check, dev, UserError } from '../../src/api/api.ts';
import { initProject } from '../../src/starter/init.ts';

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'filterscope api-'));
  await initProject({ folder: cwd, version: '0.0.0' });
  await rm(join(cwd, 'content'), { recursive: true });
  await writeFile(
    join(cwd, 'experiments/first-look.yaml'),
    'title: Tiny\nmodel: {zoo: patternnet}\nviews:\n  - {technique: kernels, layer: conv1, filters: 0-3}\n',
  );
  await writeFile(
    join(cwd, 'filterscope.config.mjs'),
    'export default { title: "Ours", url: "https://example.org/nets", out: "site" };',
  );
});
afterAll(() => rm(cwd, { recursive: true }));

describe('the package', () => {
  it('refuses plug-ins by name: other threads could not load them', async () => {
    const options = { cwd, colormaps: [] } as unknown as Parameters<typeof check>[0];
    await expect(check(options)).rejects.toThrow('`colormaps` cannot be given to a function.');
  });

  it('checks, builds, and says what was done', async () => {
    const { experiments, skipped } = await check({ cwd });
    expect(experiments).toMatchObject([{ id: 'first-look', title: 'Tiny', cached: 0 }]);
    expect(skipped).toEqual([]);
    const result = await build({ cwd, backend: 'wasm' });
    expect(result).toMatchObject({ out: join(cwd, 'site'), cached: 0 });
    expect(result.jobs).toBeGreaterThan(0);
    const page = await readFile(join(cwd, 'site/index.html'), 'utf8');
    expect(page).toContain('<title>Ours</title>');
    expect(page).toContain('<link rel="canonical" href="https://example.org/nets/">');
    const inner = await readFile(join(cwd, 'site/first-look/index.html'), 'utf8');
    expect(inner).toContain('<link rel="canonical" href="https://example.org/nets/first-look/">');
    expect(inner).toContain('<title>Tiny · Ours</title>');
    const mode = process.env['NODE_ENV'];
    expect(await build({ cwd, backend: 'wasm', title: 'Others' })).toMatchObject({ cached: result.jobs });
    expect(await readFile(join(cwd, 'site/index.html'), 'utf8')).toContain('<title>Others</title>');
    expect(process.env['NODE_ENV']).toBe(mode);
  });

  it('serves until it is closed', async () => {
    const server = await dev({ cwd, backend: 'wasm', port: 4671 });
    expect(await (await fetch(server.url)).text()).toContain('<title>Ours</title>');
    await server.close();
    await expect(fetch(server.url)).rejects.toThrow();
  });

  it('rejects with every problem', async () => {
    await expect(check({ cwd, url: 'nowhere' })).rejects.toBeInstanceOf(UserError);
    await expect(check({ cwd, ids: ['gone'] })).rejects.toThrow('There is no experiment `gone`.');
  });
});
