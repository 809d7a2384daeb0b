import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { stateOf, thisOwner } from '../../src/processes.ts';
import { lock } from '../../src/publish/lock.ts';
import { CACHE_MARK, checkCacheFolder, markCache } from '../../src/store/cache-folder.ts';
import { takeLease, takeRemovalLease } from '../../src/store/leases.ts';
import { empty, prune } from '../../src/store/prune.ts';
import type { Needed } from '../../src/store/prune.ts';
import { listReports, openReports, projectOf } from '../../src/store/reports.ts';
import { sha256 } from '../../src/hash.ts';
import { listFolder, openStore } from '../../src/store/store.ts';
import { nameless } from '../nameless.ts';

let cache: string;
beforeEach(async () => {
  cache = join(await mkdtemp(join(tmpdir(), 'filterscope sharing-')), 'cache');
});
afterEach(() => rm(dirname(cache), { recursive: true }));

const signal = new AbortController().signal;
const silent = (): void => {};

async function write(path: string, text = path, age = 0): Promise<void> {
  const file = join(cache, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  const date = new Date(Date.now() - age);
  await utimes(file, date, date);
}

const paths = async (): Promise<string[]> =>
  (await listFolder(cache)).map(({ path }) => path).filter((path) => path !== CACHE_MARK);

const HOUR = 60 * 60_000;

/** A process that has ended. */
async function endedProcess(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'close');
  return child.pid!;
}

/** This process' owner with other parts. */
function ownerWith({ pid, start, host }: { pid?: number; start?: string; host?: string }): string {
  const [ownPid, ownStart, ownHost] = thisOwner().split('-');
  return `${pid ?? ownPid}-${start ?? ownStart}-${host ?? ownHost}`;
}

describe('the owner of a file', () => {
  it('runs, has ended, or is on another host', async () => {
    expect(stateOf(thisOwner())).toBe('running');
    expect(stateOf(`${thisOwner()}-01234567`)).toBe('running');
    expect(stateOf(ownerWith({ pid: await endedProcess() }))).toBe('ended');
    expect(stateOf(ownerWith({ host: '00000000' }))).toBe('unknown');
  });

  it.runIf(process.platform === 'linux')('is not a later process with the same number', () => {
    expect(stateOf(ownerWith({ start: '1' }))).toBe('ended');
  });
});

describe('a lease', () => {
  it('shows who uses the cache, until it is released', async () => {
    const lease = await takeLease(cache, 'build');
    await lease.use(signal, silent);
    await writeFile(join(cache, 'running/README'), 'not a lease');
    const { lease: removal, others } = await takeRemovalLease(cache, 'clean');
    expect(others).toMatchObject([{ command: 'build', pid: process.pid, siteFolder: lease.siteFolder }]);
    expect(Math.abs(others[0]!.since! - Date.now())).toBeLessThan(10_000);
    await removal.release();
    await lease.rest();
    const second = await takeRemovalLease(cache, 'clean');
    expect(second.others[0]!.since).toBeUndefined();
    await second.lease.release();
    await lease.release();
    const third = await takeRemovalLease(cache, 'clean');
    expect(third.others).toEqual([]);
    await third.lease.release();
    expect(await readdir(join(cache, 'running'))).toEqual(['README']);
  });

  it('lets nobody begin while things are removed, and can be given up', async () => {
    const { lease: removal } = await takeRemovalLease(cache, 'clean --unused');
    const lease = await takeLease(cache, 'build');
    const lines: string[] = [];
    let began = false;
    const using = lease.use(signal, (line) => lines.push(line)).then(() => (began = true));
    await vi.waitFor(() => expect(lines).not.toEqual([]), 60_000);
    expect(lines).toEqual([
      `Waiting for \`clean --unused\` (process ${process.pid}), which is removing results.`,
    ]);
    expect(began).toBe(false);
    const impatient = new AbortController();
    const other = await takeLease(cache, 'dev');
    const givenUp = other.use(impatient.signal, silent);
    impatient.abort();
    await expect(givenUp).rejects.toThrow(/abort/i);
    await removal.release();
    await using;
    expect(began).toBe(true);
    await lease.release();
    await other.release();
  });

  it('of a killed process goes with its temporary files, those of others stay', async () => {
    const dead = await endedProcess();
    await markCache(cache);
    await write(`running/${ownerWith({ pid: dead })}-01234567/lease.json`, '{"command":"build","since":1}');
    await write(`running/${ownerWith({ pid: dead })}-01234567/site/gallery.json`);
    await write(`raw/k.bin.${dead}.01234567.tmp`);
    await write(`partial/none/k.bin.${dead}.01234567.tmp`);
    await write(`records/sheet/k.json.${dead}.01234567.tmp`);
    await write(`raw/k.bin.${process.pid}.01234567.tmp`, '', 2 * HOUR);
    await write('raw/k.bin.99999999.01234567.tmp', '', HOUR / 2);
    await write('raw/k.bin.99999998.01234567.tmp', '', 2 * HOUR);
    await write('raw/notes.tmp', '', 2 * HOUR);
    const lease = await takeLease(cache, 'build');
    await lease.release();
    expect((await paths()).sort()).toEqual(
      ['raw/k.bin.99999999.01234567.tmp', `raw/k.bin.${process.pid}.01234567.tmp`, 'raw/notes.tmp'].sort(),
    );
  });

  it('of another host counts for as long as there are signs of life', async () => {
    const elsewhere = `running/${ownerWith({ host: '00000000' })}-01234567`;
    await markCache(cache);
    await write(`${elsewhere}/lease.json`, '{"command":"build","since":1}', 5 * 60_000);
    const first = await takeRemovalLease(cache, 'clean');
    expect(first.others).toMatchObject([{ command: 'build', since: 1 }]);
    await first.lease.release();
    await write(`${elsewhere}/lease.json`, '{"command":"build","since":1}', 11 * 60_000);
    const second = await takeRemovalLease(cache, 'clean');
    expect(second.others).toEqual([]);
    await second.lease.release();
    expect(await readdir(join(cache, 'running'))).toEqual([]);
  });
});

const none = new Set<string>();
const NOTHING: Needed = {
  ...{ raw: none, partial: { images: none, layers: none }, records: none, assets: none, experiments: none },
};

describe('removing unused things', () => {
  it('leaves what others have made or found since they began', async () => {
    const store = openStore(cache);
    const old = await store.putAsset(Buffer.from('old'), 'png');
    const found = await store.putAsset(Buffer.from('found'), 'png');
    for (const key of ['old', 'found']) await store.writeRaw(key, Buffer.from(key));
    for (const path of [`assets/${old}`, `assets/${found}`, 'raw/old.bin', 'raw/found.bin']) {
      const date = new Date(Date.now() - 10 * HOUR);
      await utimes(join(cache, path), date, date);
    }
    const began = Date.now();
    expect(await store.assetSize(found)).toBe(5);
    expect(await store.rawSize('found')).toBe(5);
    await store.writeRaw('made', Buffer.from('made'));
    expect((await prune(store, NOTHING, began - 2 * HOUR)).files).toBe(2);
    expect(await paths()).toEqual([`assets/${found}`, 'raw/found.bin', 'raw/made.bin']);
    // Nobody else is there any more.
    expect((await prune(store, NOTHING)).files).toBe(3);
    expect(await paths()).toEqual([]);
  });

  it('never has what another process has just found', async () => {
    const store = openStore(cache);
    const names = await Promise.all(
      Array.from({ length: 200 }, (_, index) => store.putAsset(Buffer.from(`asset ${index}`), 'png')),
    );
    const date = new Date(Date.now() - 10 * HOUR);
    for (const name of names) await utimes(store.assetPath(name), date, date);
    const began = Date.now();
    const [, ...sizes] = await Promise.all([
      prune(store, NOTHING, began - 2 * HOUR),
      ...names.map(async (name) => ({ name, size: await store.assetSize(name) })),
    ]);
    const left = new Set(await readdir(store.assetsFolder));
    expect(sizes.filter(({ name, size }) => size !== undefined && !left.has(name))).toEqual([]);
  });

  it('names what is not ours, and leaves it', async () => {
    await markCache(cache);
    const store = openStore(cache);
    await store.writeRaw('k', Buffer.from('k'));
    await store.writePartial({ image: 'p', layer: 'l', finding: 'f' }, Buffer.from('k'));
    for (const path of ['raw/notes.txt', 'assets/cat.png', 'weights/w.h5', 'mine/x']) await write(path);
    await write('astro/x');
    await mkdir(join(cache, 'photos'));
    await write('photos/one.png');
    await symlink(join(cache, 'photos'), join(cache, 'records'));
    const { files, foreign } = await empty(store, { assets: none });
    expect(files).toBe(3);
    expect([...foreign].sort()).toEqual(['assets/cat.png', 'raw/notes.txt', 'records/one.png']);
    expect(await paths()).toEqual([
      'assets/cat.png',
      'mine/x',
      'photos/one.png',
      'raw/notes.txt',
      'records',
      'weights/w.h5',
    ]);
  });
});

describe('a cache folder', () => {
  const message = async (path = cache): Promise<string> =>
    checkCacheFolder(path).then(
      (state) => state,
      (error: unknown) => nameless((error as Error).message, dirname(cache), '<folder>'),
    );

  it('is new, empty, marked, or holds what earlier versions put there', async () => {
    expect(await message()).toBe('absent');
    await mkdir(cache);
    expect(await message()).toBe('unmarked');
    await write(`raw/${'0'.repeat(40)}.bin`);
    await write(`records/sheet/${'a'.repeat(40)}.json`);
    await write(`assets/${'b'.repeat(24)}.png`);
    await write('site/gallery.json');
    await write('weights/vgg16.h5');
    expect(await message()).toBe('unmarked');
    await markCache(cache);
    await write('notes.txt');
    expect(await message()).toBe('ours');
  });

  it('is nothing else', async () => {
    await write('notes.txt');
    await write('raw/x.bin');
    expect(await message()).toMatchInlineSnapshot(`
      "The cache cannot be \`<folder>/cache\`.
        The folder contains other files: \`notes.txt\`.
        Name an empty folder, a new one, or a cache of Filterscope with \`--cache\`."
    `);
    await expect(takeLease(cache, 'build')).rejects.toThrow('notes.txt');
    await rm(join(cache, 'notes.txt'));
    // A photographer's folder.
    expect(await message()).toContain('`raw/x.bin`');
    expect(await message(join(cache, 'raw/x.bin'))).toContain('The path is a file.');
    await symlink(join(cache, 'gone'), join(cache, 'link'));
    expect(await message(join(cache, 'link'))).toContain('symbolic link to a path that does not exist');
  });
});

describe('kept reports', () => {
  const project = () => openReports(cache, '/projects/a/experiments');
  const put = async (folder: string, id: string, files: Record<string, string>): Promise<void> => {
    for (const [path, text] of Object.entries(files)) await write(`${folder}/${id}/${path}`, text);
  };

  it('come back whole, as they were last kept, for the same project', async () => {
    await put('mine', 'cats', { 'report.json': '{"a":1}', 'panels/maps-0.json': '[]' });
    await project().keep('cats', join(cache, 'mine'));
    await put('mine', 'cats', { 'report.json': '{"a":2}' });
    expect(await project().take('cats', join(cache, 'theirs'))).toBe('taken');
    expect(await readFile(join(cache, 'theirs/cats/report.json'), 'utf8')).toBe('{"a":1}');
    expect(await readFile(join(cache, 'theirs/cats/panels/maps-0.json'), 'utf8')).toBe('[]');
    expect(await project().ids()).toEqual(['cats']);
    expect(await project().take('dogs', join(cache, 'theirs'))).toBe('absent');
    const other = openReports(cache, '/projects/b/experiments');
    expect(await other.take('cats', join(cache, 'others'))).toBe('absent');
  });

  it('are never half old and half new', async () => {
    await write('mine/cats/report.json');
    const both = [1, 2].map(async (n) => {
      for (let turn = 0; turn < 30; turn++) {
        const text = `${n} ${turn}`;
        await put(`folder${n}`, 'cats', {
          'report.json': text,
          'panels/a.json': text,
          'panels/b.json': text,
        });
        await project().keep('cats', join(cache, `folder${n}`));
      }
    });
    let over = false;
    const writing = Promise.all(both).finally(() => (over = true));
    const mixed: string[][] = [];
    for (let turn = 0; !over; turn++) {
      const target = join(cache, 'taken', String(turn));
      if ((await project().take('cats', target)) !== 'taken') continue;
      const texts = await Promise.all(
        ['report.json', 'panels/a.json', 'panels/b.json'].map((path) =>
          readFile(join(target, 'cats', path), 'utf8'),
        ),
      );
      if (new Set(texts).size > 1) mixed.push(texts);
    }
    await writing;
    expect(mixed).toEqual([]);
  });

  it('are damaged where a byte of them is, and mended when they are kept again', async () => {
    await put('mine', 'cats', { 'report.json': 'good' });
    await project().keep('cats', join(cache, 'mine'));
    await writeFile(join(cache, 'reports/files', sha256('good')), 'gold');
    expect(await project().take('cats', join(cache, 'theirs'))).toBe('damaged');
    await expect(stat(join(cache, 'theirs'))).rejects.toThrow('ENOENT');
    await project().keep('cats', join(cache, 'mine'));
    expect(await project().take('cats', join(cache, 'theirs'))).toBe('taken');
  });

  it('go with their experiment', async () => {
    for (const id of ['cats', 'dogs']) {
      await put('mine', id, { 'report.json': id });
      await project().keep(id, join(cache, 'mine'));
    }
    await prune(openStore(cache), {
      ...NOTHING,
      experiments: new Set(['cats']),
      project: projectOf(cache, '/projects/a/experiments'),
    });
    const [left, ...more] = await listReports(cache);
    expect([left?.id, more]).toEqual(['cats', []]);
    expect(await readdir(join(cache, 'reports/files'))).toEqual([sha256('cats')]);
  });
});

describe('a lock', () => {
  it('is had by one at a time, in the order of asking, and is left by the dead', async () => {
    await mkdir(cache);
    const out = join(cache, 'dist');
    await write(`.dist.7-${ownerWith({ pid: await endedProcess() })}-01234567.lock`, 'build');
    const order: number[] = [];
    let inside = 0;
    let most = 0;
    const lines: string[] = [];
    const options = { command: 'build', signal, tell: (line: string) => void lines.push(line) };
    await Promise.all(
      Array.from({ length: 8 }, async (_, index) => {
        await sleep(index * 60);
        const turn = await lock(out, options);
        most = Math.max(most, (inside += 1));
        await sleep(90);
        order.push(index);
        inside -= 1;
        await turn.release();
      }),
    );
    expect(most).toBe(1);
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(new Set(lines)).toEqual(
      new Set([`Waiting for \`build\` (process ${process.pid}), which is writing ${out}.`]),
    );
    expect(await readdir(cache)).toEqual([]);
  });

  it('can be given up waiting for', async () => {
    await mkdir(cache);
    const controller = new AbortController();
    const held = await lock(join(cache, 'dist'), { command: 'build', signal, tell: silent });
    const waiting = lock(join(cache, 'dist'), { command: 'build', signal: controller.signal, tell: silent });
    await sleep(100);
    controller.abort();
    await expect(waiting).rejects.toThrow(/abort/i);
    await held.release();
    expect(await readdir(cache)).toEqual([]);
  });
});
