import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { folderObjects } from '../../../src/store/shared/folder.ts';
import { sendInput } from '../../../src/store/shared/inputs.ts';
import { takeSharedLease } from '../../../src/store/shared/leases.ts';
import { inputName, sharedName } from '../../../src/store/shared/names.ts';
import type { Objects } from '../../../src/store/shared/objects.ts';
import { joinStore } from '../../../src/store/shared/join-store.ts';
import type { SharedSession } from '../../../src/store/shared/join-store.ts';
import { pruneShared } from '../../../src/store/shared/prune-shared.ts';
import { openCache } from '../../../src/store/open-cache.ts';
import { sha256 } from '../../../src/hash.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe('clean --unused of a shared store', () => {
  let folder: string;
  let objects: Objects;
  let cache: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'filterscope-store-'));
    cache = await mkdtemp(join(tmpdir(), 'filterscope-cache-'));
    objects = folderObjects(folder);
    await objects.open();
  });

  /** Writes entries as an earlier build did, so long ago. */
  async function entries(keys: readonly string[], age: number): Promise<void> {
    const session = await joinStore(folder, { command: 'build' });
    const store = openCache(cache, { shared: session });
    for (const key of keys) await store.writeRaw(key, Buffer.from(key));
    await store.flush();
    await session.leave();
    for (const key of keys) await setAge(sharedName(`raw/${key}.bin`)!, age);
    await rm(cache, { recursive: true });
  }
  async function setAge(name: string, age: number): Promise<void> {
    const date = new Date(Date.now() - age);
    await utimes(join(folder, name), date, date);
  }
  const kept = async (): Promise<string[]> => {
    const found: string[] = [];
    for await (const { name } of objects.list('')) found.push(name);
    return found.filter((name) => name.startsWith('raw/') || name.startsWith('inputs/')).sort();
  };
  const keptKeys = async (): Promise<string[]> =>
    (await kept()).map((name) => name.slice('raw/ab/'.length, -'.bin'.length));
  const clean = async (unusedFor = 0, needed: readonly string[] = []): Promise<number> => {
    const { lease, leave } = await joinStore(folder, { command: 'clean --unused', removing: true });
    const isNeeded = (entry: string): boolean => needed.includes(entry);
    const { files } = await pruneShared(objects, lease!, unusedFor, isNeeded);
    await leave();
    return files;
  };
  const build = (): Promise<SharedSession> => joinStore(folder, { command: 'build' });

  it('removes what is neither needed nor was used for so long, and nothing that is not its own', async () => {
    await entries(['old1', 'old2', 'need3'], 40 * DAY);
    await entries(['new4'], 20 * DAY);
    await writeFile(join(folder, 'raw', 'thesis.pdf'), 'mine');
    expect(await clean(30 * DAY, ['raw/need3.bin'])).toBe(2);
    expect(await kept()).toEqual(['raw/ne/need3.bin', 'raw/ne/new4.bin', 'raw/thesis.pdf']);
  });

  it('keeps what a build that is under way has found or written, however old', async () => {
    await entries(['found1', 'size2', 'lost3'], 40 * DAY);
    const session = await build();
    const store = openCache(cache, { shared: session });
    expect((await store.readRaw('found1'))?.toString()).toBe('found1');
    expect(await store.rawSize('size2')).toBe(5);
    await store.writeRaw('made4', Buffer.from('x'));
    await store.flush();
    expect(await clean()).toBe(1);
    expect(await keptKeys()).toEqual(['found1', 'made4', 'size2']);
    await session.leave();
    expect(await clean()).toBe(3);
  });

  it('keeps what a build found that had been dated within a day before, without a new date', async () => {
    await entries(['late1'], 23 * HOUR);
    const session = await build();
    const store = openCache(cache, { shared: session });
    expect(await store.rawSize('late1')).toBe(5);
    await clean();
    expect(await keptKeys()).toEqual(['late1']);
    await session.leave();
  });

  it('keeps inputs that a build sends, also those that it found there', async () => {
    const session = await build();
    await writeFile(join(folder, '..', 'model.tmp'), 'weights');
    const sum = sha256('weights');
    await sendInput(session.objects, join(folder, '..', 'model.tmp'), sum);
    await setAge(inputName(sum), 40 * DAY);
    await sendInput(session.objects, join(folder, '..', 'model.tmp'), sum);
    await clean();
    expect(await kept()).toEqual([inputName(sum)]);
    await session.leave();
  });

  it('lets builds wait that begin while it removes', async () => {
    const removing = await joinStore(folder, { command: 'clean --unused', removing: true });
    const order: string[] = [];
    const times = { signOfLife: 30_000, patience: 60_000, look: 10 };
    const told: string[] = [];
    const waiting = takeSharedLease(objects, {
      command: 'build',
      times,
      tell: (line) => told.push(line),
    }).then((lease) => {
      order.push('build');
      return lease;
    });
    // It looks, and waits.
    await vi.waitFor(() => expect(told).toHaveLength(1), { timeout: 10_000 });
    order.push('end of clean');
    await removing.leave();
    const lease = await waiting;
    expect(order).toEqual(['end of clean', 'build']);
    expect(told).toEqual([`Waiting for \`clean --unused\`, which is removing entries of \`${folder}\`.`]);
    await lease.release();
  });

  it('takes a process on another host for ended after ten minutes by the clock of the store alone', async () => {
    await entries(['old1'], 40 * DAY);
    const lease = 'running/1-0-00000000-00000000.json';
    // It says that it began long ago, or in the future: the store knows when it was heard of last.
    await objects.write(lease, Buffer.from(JSON.stringify({ command: 'worker', since: 0 })));
    await setAge(lease, 9 * 60_000);
    expect(await clean()).toBe(0);
    await setAge(lease, 11 * 60_000);
    expect(await clean()).toBe(1);
    expect(await objects.find(lease)).toBeUndefined();
  });

  it('is not misled by a clock that jumps: a year ahead, a year back', async () => {
    await entries(['old1', 'mine2'], 2 * DAY);
    const real = Date.now;
    for (const jump of [365 * DAY, -365 * DAY]) {
      Date.now = () => real() + jump;
      try {
        const session = await build();
        const store = openCache(cache, { shared: session });
        expect((await store.readRaw('mine2'))?.toString()).toBe('mine2');
        await rm(cache, { recursive: true });
        await clean(DAY);
        expect(await keptKeys()).toContain('mine2');
        await session.leave();
      } finally {
        Date.now = real;
      }
      // What was found is dated by the store's clock.
      const { date } = (await objects.find(sharedName('raw/mine2.bin')!))!;
      expect(Math.abs(date - real())).toBeLessThan(HOUR);
    }
    expect(await keptKeys()).toEqual(['mine2']);
  });
});
