import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shareHost } from '../../src/pipeline/compute/worker-host.ts';
import { joinStore } from '../../src/store/shared/join-store.ts';
import { pruneShared } from '../../src/store/shared/prune-shared.ts';
import { listFolder } from '../../src/store/store.ts';
import { forget, machine, noHost } from './machines.ts';
import { buildWithoutPages, galleryOf } from './small-gallery.ts';
import { makeWorkspace } from './workspace.ts';
import type { Workspace } from './workspace.ts';

const host = shareHost();
afterAll(() => host.close());

describe('a shared store in a folder', () => {
  let store: string;
  let first: Workspace;
  let second: Workspace;
  let alone: readonly string[];

  beforeAll(async () => {
    const { folder } = await makeWorkspace();
    store = join(folder, 'store');
    await mkdir(store);
    [first, second] = await Promise.all([machine(store), machine(store)]);
    const single = await machine();
    await buildWithoutPages(single, host);
    alone = await galleryOf(single);
  });

  it('has what another machine computed: nothing is computed again, and the gallery has the same bytes', async () => {
    await buildWithoutPages(first, host);
    expect(await galleryOf(first)).toEqual(alone);
    await buildWithoutPages(second, noHost);
    expect(await galleryOf(second)).toEqual(alone);
    expect([...first.warnings, ...second.warnings]).toEqual([]);
  });

  it('keeps entries under two digits of their key, and nothing of this machine', async () => {
    const names = (await listFolder(store)).map(({ path }) => path);
    const kinds = new Set(
      names.map((name) => name.replace(/[0-9a-f]{16,}/g, 'KEY').replace(/\b[0-9a-f]{2}\//, 'ab/')),
    );
    expect([...kinds].sort()).toEqual([
      ...[
        'assets/ab/KEY.js',
        'assets/ab/KEY.npy',
        'assets/ab/KEY.png',
        'assets/ab/KEY.webp',
        'filterscope-store.json',
      ],
      ...['partial/ab/KEY/KEY-KEY.bin', 'partial/no/none/KEY-KEY.bin', 'raw/ab/KEY.bin'],
      ...['backend', 'drawing', 'figure', 'image', 'job', 'sheet', 'weights'].map(
        (kind) => `records/${kind}/ab/KEY.json`,
      ),
    ]);
    for (const name of names) {
      expect((await readFile(join(store, name))).includes(first.folder), name).toBe(false);
    }
  });

  it('is given what only the cache of a machine has', async () => {
    const { folder } = await makeWorkspace();
    const empty = join(folder, 'empty');
    await mkdir(empty);
    const paths = async (of: string) => (await listFolder(of)).map(({ path }) => path);
    await buildWithoutPages({ ...first, options: { ...first.options, store: empty } }, noHost);
    const sent = await paths(empty);
    expect(sent.filter((path) => path.startsWith('raw/'))).toEqual(
      (await paths(store)).filter((path) => path.startsWith('raw/')),
    );
    await forget(second);
    await buildWithoutPages({ ...second, options: { ...second.options, store: empty } }, noHost);
    expect(await galleryOf(second)).toEqual(alone);
  });

  it('gives the same bytes while `clean` removes all that it may, over and over', async () => {
    await Promise.all([forget(first), forget(second)]);
    const another = shareHost();
    let building = true;
    let times = 0;
    const cleanOnce = async (): Promise<number> => {
      const { objects, lease, leave } = await joinStore(store, { command: 'clean --unused', removing: true });
      const { files } = await pruneShared(objects, lease!, 0, () => false);
      await leave();
      return files;
    };
    const clean = async (): Promise<void> => {
      for (; building; times++) {
        await cleanOnce();
        await sleep(20);
      }
    };
    // Nobody uses what builds before have left; what those now find or write is theirs, so that there may be nothing to remove.
    expect(await cleanOnce()).toBeGreaterThan(0);
    const cleaning = clean();
    try {
      await Promise.all([buildWithoutPages(first, host), buildWithoutPages(second, another)]);
      expect(await galleryOf(first)).toEqual(alone);
      expect(await galleryOf(second)).toEqual(alone);
    } finally {
      building = false;
      await cleaning;
      await another.close();
    }
    expect(times).toBeGreaterThan(1);
    await forget(first);
    await buildWithoutPages(first, host);
    expect(await galleryOf(first)).toEqual(alone);
  });

  it('never gives a damaged entry to a build: flipped, cut, empty, absent', async () => {
    const entries = (await listFolder(store)).filter(({ path }) => path.includes('/'));
    for (const [index, { path }] of entries.entries()) {
      const file = join(store, path);
      const bytes = await readFile(file);
      const damage = index % 6;
      if (damage === 0) bytes[bytes.length >> 1]! ^= 1;
      if (damage < 3) await writeFile(file, [bytes, bytes.subarray(0, -3), ''][damage]!);
      if (damage === 3) await rm(file);
    }
    await forget(second);
    await buildWithoutPages(second, host);
    expect(await galleryOf(second)).toEqual(alone);
    expect(second.warnings.join()).toContain(`cache entries were damaged and have been made again`);
    // It is mended for the others.
    await forget(first);
    await buildWithoutPages(first, noHost);
    expect(await galleryOf(first)).toEqual(alone);
  });
});
