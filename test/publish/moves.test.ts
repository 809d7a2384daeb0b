import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLogger } from '../../src/effects.ts';
import { sha256 } from '../../src/hash.ts';
import { formatManifest, makeManifest, MANIFEST_NAME } from '../../src/publish/manifest.ts';
import { noteMoves } from '../../src/publish/moves.ts';
import { openOldGallery, type OldGallery } from '../../src/publish/old-gallery.ts';
import { nextFolder, recover, swap } from '../../src/publish/swap.ts';
import { listFolder } from '../../src/store/store.ts';
import type { Store } from '../../src/store/store.ts';

const MANY = 20;

let folder: string;
let real: string;
let next: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'filterscope moves-'));
  real = join(folder, 'dist');
  next = nextFolder(real);
  for (const layer of ['conv1', 'conv2', 'conv3'])
    for (let unit = 0; unit < MANY; unit++)
      await write(join(real, 'cats', layer, String(unit)), 'index.html');
  for (const unit of [0, 1]) await write(join(real, 'cats/few'), `${unit}.html`);
  await writeManifest(real);
  await mkdir(next);
});
afterEach(() => rm(folder, { recursive: true }));

async function write(path: string, name: string, text = `${basename(path)} ${name}`): Promise<void> {
  await mkdir(path, { recursive: true });
  await writeFile(join(path, name), text);
}

const writeManifest = (path: string): Promise<void> =>
  writeFile(join(path, MANIFEST_NAME), formatManifest(makeManifest(path)));

const open = (): Promise<OldGallery> =>
  openOldGallery(real, { readRecord: () => Promise.resolve(undefined) } as unknown as Store, silentLogger);

async function textsIn(path: string): Promise<Map<string, string>> {
  const files = await listFolder(path);
  return new Map(
    await Promise.all(
      files.map(async (file) => [file.path, await readFile(join(path, file.path), 'utf8')] as const),
    ),
  );
}

/** Takes all but one page, which is another in the new gallery. */
async function takeMost(old: OldGallery): Promise<void> {
  for (const path of (await textsIn(real)).keys())
    if (path !== 'cats/conv2/3/index.html' && path !== MANIFEST_NAME) {
      const text = await readFile(join(real, path), 'utf8');
      expect(old.take(path, sha256(text))).toBe(true);
    }
  await write(join(next, 'cats/conv2/3'), 'index.html', 'another');
}

it('moves folders with many files, all of which are taken, and links all others', async () => {
  const old = await open();
  const before = await textsIn(real);
  const { ino } = await stat(join(real, 'cats/conv1'));
  await takeMost(old);
  const { moves, moved } = old.place(next);
  expect(moves).toEqual(['cats/conv1', 'cats/conv3']);
  expect(moved).toHaveLength(2 * MANY);
  expect((await readdir(join(next, 'cats'))).sort()).toEqual(['conv2', 'few']);
  const manifest = makeManifest(next, (path) => old.entryOf(path), moved);
  await writeFile(join(next, MANIFEST_NAME), formatManifest(manifest));
  await swap(next, real, real, moves);
  expect((await stat(join(real, 'cats/conv1'))).ino).toBe(ino);
  const { [MANIFEST_NAME]: _before, ...expected } = Object.fromEntries(before);
  const { [MANIFEST_NAME]: written, ...files } = Object.fromEntries(await textsIn(real));
  expect(files).toEqual({ ...expected, 'cats/conv2/3/index.html': 'another' });
  await rm(join(real, MANIFEST_NAME));
  await writeManifest(real);
  expect(await readFile(join(real, MANIFEST_NAME), 'utf8')).toBe(written);
  expect(await readdir(folder)).toEqual(['dist']);
});

it('moves no folder in which a file was changed or left out', async () => {
  await writeFile(join(real, 'cats/conv1/0/index.html'), 'edited');
  const old = await open();
  for (const path of (await textsIn(real)).keys())
    if (!path.startsWith('cats/conv3/1/')) old.take(path, sha256(await readFile(join(real, path), 'utf8')));
  expect(old.place(next).moves).toEqual(['cats/conv2']);
});

it.each([0, 1, 2])('puts everything back after a crash when %i folders had moved', async (count) => {
  const before = await textsIn(real);
  // Of a process that ended long ago: one with this number and another start.
  const left = next.replace(/\.(\d+)-[0-9a-f]+-/, '.$1-1-');
  const aside = left.replace(/new$/, 'old');
  await rename(next, left);
  const moves = ['cats/conv1', 'cats/conv3'];
  noteMoves({ real, aside, next: left, moves });
  await rename(real, aside);
  for (const path of moves.slice(0, count)) await rename(join(aside, path), join(left, path));
  await recover(real, () => {});
  expect(await textsIn(real)).toEqual(before);
  expect(await readdir(folder)).toEqual(['dist']);
});

it('puts everything back where the new gallery cannot take its place', async () => {
  const before = await textsIn(real);
  await write(join(next, 'cats/conv3'), 'in-the-way.html');
  await expect(swap(next, real, real, ['cats/conv1', 'cats/conv3'])).rejects.toThrow('ENOTEMPTY');
  expect(await textsIn(real)).toEqual(before);
  expect((await readdir(folder)).sort()).toEqual([basename(next), 'dist']);
});
