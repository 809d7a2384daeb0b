import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shareHost } from '../../src/pipeline/compute/worker-host.ts';
import type { SharedHost } from '../../src/pipeline/compute/worker-host.ts';
import { listFolder } from '../../src/store/store.ts';
import { buildWithoutPages, galleryOf } from './small-gallery.ts';
import { makeWorkspace } from './workspace.ts';
import type { Workspace } from './workspace.ts';

/** Every kind of entry: numbers, arrays, dreams, searches, sprite sheets, figures, drawn images. */
const EXPERIMENT = `title: Everything
model:
  input: [16, 16]
  layers:
    - conv2d: {name: first, filters: 4, kernel: 3, activation: relu}
    - conv2d: {name: second, filters: 3, kernel: 3, activation: relu}
images:
  folder: ../photos
seed: 3
views:
  - {id: maps, technique: feature-maps, layer: first, images: all, values: true, grid: 1x20}
  - {id: dreams, technique: activation-maximization, layer: first, filters: {first: 1}, size: 16, steps: 4, values: true, grid: 1x20}
  - {id: patches, technique: top-patches, layer: second, filters: {first: 2}, top: 2, grid: 1x20}
`;
const DRAWN = `title: Drawn
model:
  input: [16, 16]
  layers:
    - conv2d: {name: only, filters: 2, kernel: 3, activation: relu}
images:
  generated: patterns
  limit: 2
views:
  - {technique: feature-maps, layer: only, images: all, grid: 1x20}
`;

const host = shareHost();
afterAll(() => host.close());

/** A build that computes anything fails. */
const noHost: SharedHost = {
  get: () => Promise.reject(new Error('A model was going to be run.')),
  close: () => Promise.resolve(),
};

/** One machine: its own cache and gallery, and a store that it shares with others. */
async function machine(store: string): Promise<Workspace> {
  const workspace = await makeWorkspace({
    'experiments/everything.yaml': EXPERIMENT,
    'experiments/drawn.yaml': DRAWN,
  });
  return { ...workspace, options: { ...workspace.options, store } };
}

async function forget({ options }: Workspace): Promise<void> {
  await rm(options.cache, { recursive: true });
  await rm(options.out, { recursive: true });
}

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
    const { options, ...rest } = await machine(store);
    const { store: _, ...withoutStore } = options;
    const single = { ...rest, options: withoutStore };
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

  it.each(['flipped', 'cut', 'empty', 'absent'] as const)(
    'never gives a damaged entry to a build: every third one %s',
    async (damage) => {
      const entries = (await listFolder(store)).filter(({ path }) => path.includes('/'));
      for (const { path } of entries.filter((_, index) => index % 3 === damage.length % 3)) {
        const file = join(store, path);
        const bytes = await readFile(file);
        if (damage === 'flipped') bytes[bytes.length >> 1]! ^= 1;
        if (damage === 'absent') await rm(file);
        else await writeFile(file, { flipped: bytes, cut: bytes.subarray(0, -3), empty: '' }[damage]);
      }
      await forget(second);
      await buildWithoutPages(second, host);
      expect(await galleryOf(second)).toEqual(alone);
      // It is mended for the others.
      await forget(first);
      await buildWithoutPages(first, noHost);
      expect(await galleryOf(first)).toEqual(alone);
    },
  );
});
