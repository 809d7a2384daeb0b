import { link, mkdir, mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { silentLogger } from '../../src/effects.ts';
import { sha256 } from '../../src/hash.ts';
import { compare, formatManifest, makeManifest, MANIFEST_NAME, restamp } from '../../src/publish/manifest.ts';
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
  expect(old.take('cats/same', sha256('same file'))).toBe(true);
  expect(old.place(next())).toEqual({ moves: [], moved: [] });
  const [one, other] = await Promise.all(
    ['dist', 'next'].map((name) => stat(join(folder, name, 'cats/same'))),
  );
  expect(one!.ino).toBe(other!.ino);
  expect(old.entryOf('cats/same')).toEqual({
    path: 'cats/same',
    size: 9,
    sha256: sha256('same file'),
  });
  expect(makeManifest(next(), (path) => old.entryOf(path))).toEqual(makeManifest(next()));
});

it('takes nothing that was edited, is gone, or must have other bytes', async () => {
  expect(warnings.join()).toContain('2 files changed or removed');
  for (const name of ['edited', 'removed', 'never-there'])
    expect(old.take(`cats/${name}`, sha256(`${name} file`))).toBe(false);
  expect(old.take('cats/same', sha256('another'))).toBe(false);
  expect(old.entryOf('cats/edited')).toBeUndefined();
});

it('knows a file again that lost its first name, and none that was written meanwhile', async () => {
  const [first, second] = [join(folder, 'first'), join(folder, 'second')];
  await Promise.all([first, second].map((each) => mkdir(each)));
  for (const name of ['linked', 'edited', 'other']) await writeFile(join(first, name), name);
  const long = new Date(Date.now() - 60_000);
  for (const name of ['linked', 'edited', 'other']) await utimes(join(first, name), long, long);
  const manifest = makeManifest(first);
  const later = Date.now() + 60_000;
  vi.spyOn(Date, 'now').mockReturnValue(later);
  const { stamps } = compare(first, manifest);
  vi.restoreAllMocks();
  expect(stamps.map(([path]) => path)).toEqual(['edited', 'linked', 'other']);
  for (const name of ['linked', 'edited']) await link(join(first, name), join(second, name));
  await writeFile(join(second, 'other'), 'other');
  await utimes(join(second, 'other'), long, long);
  await rm(first, { recursive: true });
  await writeFile(join(second, 'edited'), 'EDITED');
  const known = restamp(second, stamps);
  expect(known.map(([path]) => path)).toEqual(['linked']);
  expect(compare(second, manifest, known).changed).toEqual(['edited']);
});
