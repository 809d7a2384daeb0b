import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { filterscopeHere } from '../cli/run-here.ts';
import { buildSample } from './sample-gallery.ts';

const ID = 'cats-through-convolutions';

let folder: string;
let dist: string;
let cwd: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'filterscope export-'));
  dist = await buildSample(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(async () => {
  cwd = await mkdtemp(join(folder, 'work-'));
});

const run = (...args: string[]) => filterscopeHere(['export', '--out', dist, ...args], { cwd });

/** Addresses that a file names, but for those inside it and namespaces. */
const addresses = (html: string): string[] =>
  [...html.matchAll(/(?:src|href|content|srcset|poster|data-\w+)="([^"]*)"|url\("?([^)"]*)/g)]
    .map(([, attribute, style]) => attribute ?? style!)
    .filter((value) => /^(?:\.|\/|https?:|file:|assets)|\.(?:html|png|webp|css|js|npy|json)$/.test(value));

describe('export', () => {
  it('says the size, and writes one file that names no other', async () => {
    const outcome = await run(ID);
    const html = await readFile(join(cwd, `${ID}.html`), 'utf8');
    const size = Buffer.byteLength(html);
    expect(size).toBeGreaterThan(100_000);
    expect(outcome).toEqual({
      ...{ status: 0, stderr: '' },
      stdout: `Writing ${ID}.html, ${(size / 1e6).toFixed(1)} MB.\n`,
    });
    expect(await readdir(cwd)).toEqual([`${ID}.html`]);
    expect(addresses(html)).toEqual([]);
    expect(html).not.toMatch(/<form|<link rel="stylesheet"|<script src|class="pager"/);
    const policy = /<meta http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)![1]!;
    expect(policy).toMatch(
      /^default-src 'none'; script-src(?: 'sha256-[^ ']+')+; style-src 'sha256-.+'; img-src data:;/,
    );
    expect(policy).not.toMatch(/unsafe|self|file:|https?:/);
  });

  it('holds an image once that is shown several times', async () => {
    await run(ID);
    const html = await readFile(join(cwd, `${ID}.html`), 'utf8');
    const images = [...html.matchAll(/data:image\/(?:png|webp);base64,[\w+/=]{300,}/g)].map(([data]) => data);
    expect(images.length).toBeGreaterThan(1);
    expect(new Set(images).size).toBe(images.length);
    const shown = html.match(/<img /g)!.length;
    expect(shown).toBeGreaterThan(images.length);
    expect(html).toMatch(/class="[^"]*\bshared-1\b[^"]*"/);
  });

  it('writes the page of a unit or an image, by its names', async () => {
    expect((await run(ID, '--unit', 'conv_10x10/1', '--json')).stdout).toMatch(
      /^\{"event":"export","path":"[^"]+\/cats-through-convolutions-conv_10x10-1\.html","bytes":\d+\}\n$/,
    );
    const unit = await readFile(join(cwd, `${ID}-conv_10x10-1.html`), 'utf8');
    expect(unit).toMatch(/<h1[^>]*>Filter 1\b/);
    const report = JSON.parse(await readFile(join(dist, ID, 'report.json'), 'utf8')) as {
      images: { id: string; file: string }[];
    };
    const { file } = report.images[0]!;
    expect((await run(ID, '--image', file, '--to', 'image.html')).status).toBe(0);
    expect(await readFile(join(cwd, 'image.html'), 'utf8')).toContain(file);
  });

  it('makes plain file names of names that are not', async () => {
    const { images } = JSON.parse(await readFile(join(dist, 'hostile-names/report.json'), 'utf8')) as {
      images: { id: string }[];
    };
    expect((await run('hostile-names', '--image', images[0]!.id)).status).toBe(0);
    const [name] = await readdir(cwd);
    expect(name).toMatch(/^hostile-names-[a-z0-9._~-]+\.html$/);
  });

  it('writes a zip file with the pages of the report and what they show', async () => {
    const outcome = await run(ID, '--zip');
    expect(outcome.stdout).toMatch(/^Writing .+\.zip, .+\.\nUnpack it and open .+\/index\.html\.\n$/);
    const bytes = await readFile(join(cwd, `${ID}.zip`));
    const files = unzipSync(bytes);
    expect(Object.keys(files)).toContain(`${ID}/layers/conv_10x10/1/index.html`);
    for (const [name, contents] of Object.entries(files)) {
      if (name.endsWith('.html')) {
        const html = Buffer.from(contents).toString('utf8');
        for (const [, address] of html.matchAll(/(?:src|href)="([^"#]*)(?:#[^"]*)?"/g)) {
          if (address === '') continue;
          const target = decodeURIComponent(new URL(address!, `http://x/${name}`).pathname.slice(1));
          expect(Object.keys(files), `${address} in ${name}`).toContain(target);
        }
      } else {
        expect(Buffer.from(contents).equals(await readFile(join(dist, name))), name).toBe(true);
      }
    }
    expect(Object.keys(files).some((name) => name.endsWith('.woff2'))).toBe(true);
    await run(ID, '--zip', '--to', 'again.zip');
    expect((await readFile(join(cwd, 'again.zip'))).equals(bytes)).toBe(true);
  });

  it('never replaces a file without --force', async () => {
    const path = join(cwd, `${ID}.html`);
    await writeFile(path, 'mine');
    const outcome = await run(ID);
    expect(outcome).toMatchObject({ status: 2, stdout: '' });
    expect(outcome.stderr).toBe(
      `\`${ID}.html\` already exists.\n  Add \`--force\` to replace it, or name another file with \`--to\`.\n`,
    );
    expect(await readFile(path, 'utf8')).toBe('mine');
    expect((await run(ID, '--force')).status).toBe(0);
    expect(await readFile(path, 'utf8')).toMatch(/^<!DOCTYPE html>/);
    expect(await readdir(cwd)).toEqual([`${ID}.html`]);
  });

  it.each([
    [
      'a layer that is not there',
      [ID, '--unit', 'conv_10x1/1'],
      /no layer `conv_10x1`.*Did you mean `conv_10x10`/s,
    ],
    ['a unit without a page', [ID, '--unit', 'conv_10x10/999'], /has no page for unit `conv_10x10\/999`/],
    ['no filter', [ID, '--unit', 'conv_10x10'], /`--unit` is not a layer and a filter/],
    ['an image that is not there', [ID, '--image', 'nobody'], /has no image `nobody`/],
    ['both', [ID, '--image', 'a', '--unit', 'b/1'], /`--unit` and `--image` exclude each other/],
    ['a folder', [ID, '--to', '.'], /is a folder/],
  ])('refuses %s', async (_, args, message) => {
    const outcome = await run(...args);
    expect(outcome).toMatchObject({ status: 2, stdout: '' });
    expect(outcome.stderr).toMatch(message);
    expect(await readdir(cwd)).toEqual([]);
  });

  it('refuses to write into the gallery, and to read what has changed in it', async () => {
    const inside = join(dist, 'export.html');
    expect((await run(ID, '--to', inside)).stderr).toMatch(/is in the folder of the gallery/);
    expect(existsSync(inside)).toBe(false);
    const page = join(dist, ID, 'index.html');
    const before = await readFile(page);
    await writeFile(page, '<h1>changed</h1>');
    try {
      const outcome = await run(ID);
      expect(outcome.status).toBe(2);
      expect(outcome.stderr).toMatch(/index\.html` has changed since the build/);
    } finally {
      await writeFile(page, before);
    }
  });

  it('names an experiment that does not exist', async () => {
    await mkdir(join(cwd, 'experiments'));
    const outcome = await filterscopeHere(['export', 'nobody', '--out', join(cwd, 'none')], { cwd });
    expect(outcome.status).toBe(2);
    expect(outcome.stderr).toMatch(/`nobody`|no experiment/i);
  });
});
