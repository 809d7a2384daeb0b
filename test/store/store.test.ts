import { mkdtemp, readdir, readFile, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { prune } from '../../src/store/prune.ts';
import { sha256 } from '../../src/hash.ts';
import { keyOf, listFolder, openStore, writeWhole } from '../../src/store/store.ts';
import type { Store } from '../../src/store/store.ts';

let store: Store;
beforeEach(async () => {
  store = openStore(await mkdtemp(join(tmpdir(), 'filterscope-store-')));
});

describe('keyOf', () => {
  it('does not depend on the order of keys, and does on everything else', () => {
    expect(keyOf({ a: 1, b: { c: 2, d: [1, 2] } })).toBe(keyOf({ b: { d: [1, 2], c: 2 }, a: 1 }));
    const others = [
      { a: 1 },
      { a: '1' },
      { a: [1] },
      { a: null },
      { b: 1 },
      {},
      [1],
      1,
      '1',
      { a: 1, b: [2, 1] },
    ];
    expect(new Set(others.map(keyOf)).size).toBe(others.length);
  });
});

describe('the store', () => {
  it('gives an asset the name of its bytes, once', async () => {
    const bytes = Buffer.from('hello');
    const name = await store.putAsset(bytes, 'png');
    expect(name).toBe(`${sha256(bytes).slice(0, 24)}.png`);
    expect(await store.putAsset(bytes, 'png')).toBe(name);
    expect(await readFile(store.assetPath(name), 'utf8')).toBe('hello');
    expect(await store.assetSize(name)).toBe(5);
    expect(await store.assetSize('nothing.png')).toBeUndefined();
  });

  it('mends an asset that was cut short', async () => {
    const name = await store.putAsset(Buffer.from('hello'), 'png');
    await truncate(store.assetPath(name), 2);
    await store.putAsset(Buffer.from('hello'), 'png');
    expect(await readFile(store.assetPath(name), 'utf8')).toBe('hello');
  });

  it('knows no result that was never written, and no record that is not JSON', async () => {
    expect(await store.rawSize('k')).toBeUndefined();
    expect(await store.readRaw('k')).toBeUndefined();
    expect(await store.readRecord('sheet', 'k')).toBeUndefined();
    await writeWhole(join(store.folder, 'records/sheet/k.json'), '{"cut');
    expect(await store.readRecord('sheet', 'k')).toBeUndefined();
  });

  it('leaves no temporary file behind, even when many write the same thing at once', async () => {
    await Promise.all(Array.from({ length: 20 }, () => store.writeRaw('k', Buffer.from('result'))));
    expect(await readdir(join(store.folder, 'raw'))).toEqual(['k.bin']);
  });

  it('forgets a finding, or one that it never had', async () => {
    const name = { image: 'none', layer: 'layer', finding: 'maxima' };
    await store.removePartial(name);
    await store.writePartial(name, Buffer.from('found'));
    await store.writePartial({ ...name, finding: 'other' }, Buffer.from('other'));
    await store.removePartial(name);
    expect(await store.readPartial(name)).toBeUndefined();
    expect(String(await store.readPartial({ ...name, finding: 'other' }))).toBe('other');
  });

  it('prunes what is not needed and nothing else', async () => {
    const kept = await store.putAsset(Buffer.from('kept'), 'png');
    await store.putAsset(Buffer.from('dropped'), 'png');
    for (const key of ['kept', 'dropped']) {
      await store.writeRaw(key, Buffer.from(key));
      await store.writeRecord('sheet', key, key);
      await store.writeSite(`${key}/report.json`, '{}');
      await store.writePartial({ image: key, layer: 'kept', finding: 'maxima' }, Buffer.from(key));
    }
    await store.writeSite('kept/report.json', '{"changed":true}');
    await store.writeSite('gallery.json', '{}');
    await store.writePartial({ image: 'kept', layer: 'dropped', finding: 'maxima' }, Buffer.from('dropped'));
    const before = await listFolder(store.folder);
    const { files, bytes } = await prune(store, {
      raw: new Set(['kept']),
      partial: { images: new Set(['kept']), layers: new Set(['kept']) },
      records: new Set(['sheet/kept']),
      assets: new Set([kept]),
      experiments: new Set(['kept']),
    });
    // The folder of an experiment counts as one file.
    expect(files).toBe(6);
    const after = await listFolder(store.folder);
    const sizeOf = (list: typeof after): number => list.reduce((sum, { size }) => sum + size, 0);
    expect(bytes).toBe(sizeOf(before) - sizeOf(after));
    expect(after.map(({ path }) => path)).toEqual([
      `assets/${kept}`,
      'partial/kept/kept-maxima.bin',
      'raw/kept.bin',
      'records/sheet/kept.json',
      'site/gallery.json',
      'site/kept/report.json',
    ]);
  });
});
