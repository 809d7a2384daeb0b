import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkGalleryFolder } from '../../src/cli/gallery-folder.ts';
import type { SharedOptions } from '../../src/cli/shared-options.ts';
import { formatManifest, makeManifest, MANIFEST_NAME } from '../../src/publish/manifest.ts';
import { packageRoot } from '../../src/package-root.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'filterscope out-'));
});
afterEach(() => rm(folder, { recursive: true }));

const optionsFor = (out: string): SharedOptions => ({
  backend: 'auto',
  experiments: join(folder, 'in/experiments'),
  content: join(folder, 'in/content'),
  cache: join(folder, 'in/.filterscope'),
  out,
  json: false,
  quiet: false,
  base: '/',
  settings: {},
});

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

describe('the folder of the gallery', () => {
  it('may be new, empty, or a gallery', async () => {
    await checkGalleryFolder(optionsFor(join(folder, 'new')));
    await mkdir(join(folder, 'empty'));
    await checkGalleryFolder(optionsFor(join(folder, 'empty')));
    await write('built/index.html', '<title>All experiments - Filterscope</title>');
    await write('built/cats/index.html', '');
    await writeFile(
      join(folder, 'built', MANIFEST_NAME),
      formatManifest(makeManifest(join(folder, 'built'))),
    );
    await checkGalleryFolder(optionsFor(join(folder, 'built')));
    await checkGalleryFolder(optionsFor(join(folder, 'in/dist')));
  });

  it.each([
    ['the experiments', 'in/experiments'],
    ['a folder around the experiments', 'in'],
    ['the cache', 'in/.filterscope'],
  ])('may not be %s', async (_, out) => {
    await expect(checkGalleryFolder(optionsFor(join(folder, out)))).rejects.toThrow(
      /would be replaced as a whole/,
    );
  });

  it('may not hold the program itself', async () => {
    await expect(checkGalleryFolder(optionsFor(dirname(packageRoot)))).rejects.toThrow(/would be replaced/);
  });

  it('may not hold anything else', async () => {
    await write('letters/to-anna.txt', 'Dear Anna');
    await expect(checkGalleryFolder(optionsFor(join(folder, 'letters')))).rejects.toThrow(
      /not part of a gallery/,
    );
    await write('site/index.html', '<title>My other site</title>');
    await expect(checkGalleryFolder(optionsFor(join(folder, 'site')))).rejects.toThrow(
      /not part of a gallery/,
    );
    await write('file', '');
    await expect(checkGalleryFolder(optionsFor(join(folder, 'file')))).rejects.toThrow(
      /is a file, not a gallery/,
    );
  });
});
