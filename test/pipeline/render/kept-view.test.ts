import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlannedJob } from '../../../src/pipeline/plan/plan.ts';
import type { View } from '../../../src/schema/report.ts';
import type { Store } from '../../../src/store/store.ts';
import type { ComputedPanel } from '../../../src/techniques/technique.ts';
import { openFakeStore, present } from './fake-view.ts';

/** More than a report lists itself: they go into a file of their own. */
const PANELS = 1010;

const job = (key: string): PlannedJob => ({
  ...{ key, label: key, view: 'view', technique: 'fake', group: 'all', payload: {}, panels: PANELS / 2 },
  ...{ maxSide: 16, layers: [0], images: [0] },
});
const JOBS = [job('one'), job('other')];
const panelsOf = (tint: number): ComputedPanel[] =>
  Array.from({ length: PANELS / 2 }, (_, filter) => ({
    ...{ kind: 'map', filter, image: 0, width: 2, height: 2, channels: 1, range: [0, 3 + tint] },
    ...(filter === 5 ? { flags: ['nan'] } : {}),
    data: Float32Array.from([0, 1, 2, filter === 5 ? NaN : 3 + tint]),
  }));
const RESULTS = { one: panelsOf(0), other: panelsOf(1) };

describe('a view that was described before', () => {
  let store: Store;
  let first: View;
  let list: string;
  beforeAll(async () => {
    store = await openFakeStore();
    first = await present(store, JOBS, RESULTS);
    list = await listOf();
  });
  afterAll(() => rm(store.folder, { recursive: true, force: true }));

  const listOf = async (): Promise<string> =>
    (await store.readSite(`fake/${first.panelFiles![0]!.src}`))!.toString('utf8');

  /** Renders it again, and says which records were read, and of which jobs numbers. */
  async function again(titles?: string[]): Promise<{ view: View; read: readonly string[] }> {
    const read: string[] = [];
    const noted: Store = {
      ...store,
      readRecord: (kind, key) => {
        read.push(kind);
        return store.readRecord(kind, key);
      },
      readRaw: (key) => {
        read.push(`raw ${key}`);
        return store.readRaw(key);
      },
    };
    return { view: await present(noted, JOBS, RESULTS, titles), read };
  }

  it('is read as one record, and its list of panels is put back', async () => {
    await store.removeSite('fake');
    const { view, read } = await again();
    expect(view).toEqual(first);
    // To plan, and to render.
    expect(read).toEqual(['view', 'view']);
    expect(await listOf()).toBe(list);
    expect(JSON.parse(list)).toHaveLength(PANELS);
  });

  it('is described again where anything that belongs to it is missing or shorter', async () => {
    const kinds = ['raw', 'records/job', 'records/sheet', 'records/figure', 'assets', 'reports/files'];
    for (const kind of kinds) {
      for (const name of await readdir(join(store.folder, kind))) {
        const path = join(store.folder, kind, name);
        for (const damage of ['missing', 'shorter']) {
          const sound = await readFile(path);
          if (damage === 'missing') await rm(path);
          else await writeFile(path, sound.subarray(0, -1));
          await store.removeSite('fake');
          const { view, read } = await again();
          expect([kind, name, damage, view]).toEqual([kind, name, damage, first]);
          expect(read.length, `${kind}/${name} ${damage}`).toBeGreaterThan(2);
          expect(await readFile(path), `${kind}/${name} ${damage}`).toEqual(sound);
          expect(await listOf()).toBe(list);
        }
      }
    }
  });

  it('is described again where its list of panels has another byte', async () => {
    const [name] = await readdir(join(store.folder, 'reports/files'));
    const path = join(store.folder, 'reports/files', name!);
    await writeFile(path, (await readFile(path, 'utf8')).replace('"filter":3', '"filter":4'));
    await store.removeSite('fake');
    const { view, read } = await again();
    expect(view).toEqual(first);
    expect(read.length).toBeGreaterThan(2);
    expect(await listOf()).toBe(list);
  });

  it('has only its figure composed again where titles change', async () => {
    for (const titles of [
      ['Other', 'Fake'],
      ['Other', 'Another experiment'],
    ]) {
      const { view, read } = await again(titles);
      const fresh = await openFakeStore();
      expect(view).toEqual(await present(fresh, JOBS, RESULTS, titles));
      await rm(fresh.folder, { recursive: true, force: true });
      expect(view.picture.src).not.toBe(first.picture.src);
      // One job has all panels that the figure shows.
      expect(read).toEqual(['view', 'view', 'job', 'figure', 'raw one']);
      expect((await again(titles)).read).toEqual(['view', 'view']);
    }
    expect((await again()).view).toEqual(first);
  });
});
