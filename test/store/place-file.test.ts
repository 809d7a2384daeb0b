import { mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { linkInto } from '../../src/store/place-file.ts';
import { openStore } from '../../src/store/store.ts';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'filterscope-place-'))));

const inode = async (path: string): Promise<number> => (await stat(path)).ino;

it('gives a file a second name in place of what was there, also twice', async () => {
  const [source, target] = [join(folder, 'a'), join(folder, 'below/b')];
  await writeFile(source, 'new');
  await linkInto(source, target);
  await linkInto(source, target);
  expect(await inode(target)).toBe(await inode(source));
  await writeFile(join(folder, 'other'), 'other');
  await linkInto(join(folder, 'other'), target);
  expect([await readFile(target, 'utf8'), await readFile(source, 'utf8')]).toEqual(['other', 'new']);
  expect(await readdir(join(folder, 'below'))).toEqual(['b']);
});

it('shares images of maps with the gallery, and copies what only the network could make again', async () => {
  const store = openStore(join(folder, 'cache'));
  const names = await Promise.all(
    ['png', 'js', 'npy', 'webp'].map((kind) => store.putAsset(Buffer.from(kind), kind)),
  );
  expect(await store.copyAssets(names, join(folder, 'dist'))).toEqual([]);
  const shared: boolean[] = [];
  for (const name of names)
    shared.push((await inode(join(folder, 'dist', name))) === (await inode(store.assetPath(name))));
  expect(shared).toEqual([true, true, false, false]);
});

it('takes a shared file that was changed in the gallery for damaged, under both names', async () => {
  const damaged: string[] = [];
  const store = openStore(join(folder, 'cache'), { onDamaged: (path) => damaged.push(path) });
  const name = await store.putAsset(Buffer.from('image'), 'png');
  await store.copyAssets([name], join(folder, 'dist'));
  await writeFile(join(folder, 'dist', name), 'IMAGE');
  expect(await store.copyAssets([name], join(folder, 'next'))).toEqual([name]);
  expect(damaged).toEqual([`assets/${name}`]);
  expect(await store.assetSize(name)).toBeUndefined();
  expect(await readdir(join(folder, 'next'))).toEqual([]);
});

it('keeps a list of panels once, whatever names it has', async () => {
  const store = openStore(join(folder, 'cache'), { siteFolder: join(folder, 'cache/running/a/site') });
  const hash = await store.keepSite('cats/panels/a.json', '[]');
  await store.writeSite('cats/report.json', '{}');
  for (const path of ['cats/panels/a.json', 'cats/report.json'])
    expect(await store.placeSite(path, join(folder, 'dist', path))).toBe(true);
  expect(await store.placeSite('cats/absent.json', join(folder, 'dist/absent.json'))).toBe(false);
  expect((await stat(join(folder, 'cache/reports/files', hash))).nlink).toBe(3);
  expect((await stat(join(folder, 'dist/cats/report.json'))).nlink).toBe(1);
});
