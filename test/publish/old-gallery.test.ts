import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { silentLogger } from '../../src/effects.ts';
import { sha256 } from '../../src/hash.ts';
import { formatManifest, makeManifest, MANIFEST_NAME } from '../../src/publish/manifest.ts';
import { openOldGallery, type OldGallery } from '../../src/publish/old-gallery.ts';
import type { Store } from '../../src/store/store.ts';

let folder: string;
let old: OldGallery;
const next = () => join(folder, 'next');
const warnings: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'filterscope old-'));
  const real = join(folder, 'dist');
  await mkdir(join(real, 'cats'), { recursive: true });
  await mkdir(next());
  for (const name of ['same', 'edited', 'removed']) await writeFile(join(real, 'cats', name), `${name} file`);
  await writeFile(join(real, MANIFEST_NAME), formatManifest(makeManifest(real)));
  await writeFile(join(real, 'cats/edited'), 'edited by hand');
  await rm(join(real, 'cats/removed'));
  const store = { readRecord: () => Promise.resolve(undefined) } as unknown as Store;
  const log = { ...silentLogger, warn: (line: string) => void warnings.push(line) };
  old = await openOldGallery(real, store, log);
});
afterAll(() => rm(folder, { recursive: true }));

it('gives what is as it was written a second name, and knows it again', async () => {
  expect(await old.take('cats/same', sha256('same file'), next())).toBe(true);
  const [one, other] = await Promise.all(
    ['dist', 'next'].map((name) => stat(join(folder, name, 'cats/same'))),
  );
  expect(one!.ino).toBe(other!.ino);
  expect(old.entryOf('cats/same', next())).toEqual({
    path: 'cats/same',
    size: 9,
    sha256: sha256('same file'),
  });
  expect(makeManifest(next(), (path) => old.entryOf(path, next()))).toEqual(makeManifest(next()));
});

it('takes nothing that was edited, is gone, or must have other bytes', async () => {
  expect(warnings.join()).toContain('2 files changed or removed');
  expect(Object.keys(old.sums)).toEqual(['cats/same']);
  for (const name of ['edited', 'removed', 'never-there'])
    expect(await old.take(`cats/${name}`, sha256(`${name} file`), next())).toBe(false);
  expect(await old.take('cats/same', sha256('another'), next())).toBe(false);
});

it('knows no file of the new gallery by its name alone', async () => {
  await rm(join(next(), 'cats/same'));
  await writeFile(join(next(), 'cats/same'), 'another');
  expect(old.entryOf('cats/same', next())).toBeUndefined();
  expect(await readFile(join(folder, 'dist/cats/same'), 'utf8')).toBe('same file');
});
