import type * as fs from 'node:fs/promises';
import { cp, readdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { describeFailure } from '../../src/cli/failure.ts';
import { shareHost } from '../../src/pipeline/compute/worker-host.ts';
import { listFolder } from '../../src/store/store.ts';
import { buildWithoutPages, galleryOf } from './small-gallery.ts';
import { makeWorkspace, SMALL_EXPERIMENT } from './workspace.ts';
import type { Workspace } from './workspace.ts';

/** What the operating system refuses: one call of those that change something, counted from 1, and all after it. */
const failing = vi.hoisted(() => ({ from: Infinity, code: 'ENOSPC', calls: 0 }));

vi.mock('node:fs/promises', async (importOriginal) => {
  const real = await importOriginal<typeof fs>();
  const guarded =
    <A extends unknown[], R>(name: string, work: (...args: A) => Promise<R>) =>
    (...args: A): Promise<R> => {
      failing.calls += 1;
      if (failing.calls < failing.from) return work(...args);
      // Of a write to a file that is open already, the system names no path.
      const paths =
        name === 'write' ? {} : name === 'copyfile' ? { path: args[0], dest: args[1] } : { path: args[0] };
      const error = new Error(`${failing.code}: refused, ${name}`);
      return Promise.reject(Object.assign(error, { code: failing.code, ...paths }));
    };
  return {
    ...real,
    writeFile: guarded('write', real.writeFile as (...args: unknown[]) => Promise<void>),
    copyFile: guarded('copyfile', real.copyFile as (...args: unknown[]) => Promise<void>),
    mkdir: guarded('mkdir', real.mkdir as (...args: unknown[]) => Promise<string | undefined>),
  };
});

describe('a build on a disk that refuses to write', () => {
  const sharedHost = shareHost();
  let workspace: Workspace;
  let before: readonly string[];
  let expected: readonly string[];
  let calls: number;

  const CHANGED = SMALL_EXPERIMENT.replace('title: Small', 'title: Changed').replace(
    'filters: 5',
    'filters: 6',
  );
  /** A gallery, and an experiment that was changed since. */
  const start = async (): Promise<void> => {
    await rm(workspace.folder, { recursive: true });
    await cp(`${workspace.folder}.pristine`, workspace.folder, { recursive: true });
  };

  beforeAll(async () => {
    workspace = await makeWorkspace({ 'experiments/small.yaml': SMALL_EXPERIMENT });
    await buildWithoutPages(workspace, sharedHost);
    await workspace.write({ 'experiments/small.yaml': CHANGED });
    await cp(workspace.folder, `${workspace.folder}.pristine`, { recursive: true });
    before = await galleryOf(workspace);
    // Copies as young as those of each trial: of files that just changed nothing is noted.
    await start();
    failing.calls = 0;
    await buildWithoutPages(workspace, sharedHost);
    calls = failing.calls;
    expected = await galleryOf(workspace);
    expect(expected).not.toEqual(before);
  });
  afterAll(() => sharedHost.close());

  it.each([
    ['ENOSPC', 0.02, /^No space left on the disk: cannot write `/],
    ['ENOSPC', 0.35, /^No space left on the disk: cannot write `/],
    ['EROFS', 0.6, /^The file system is read-only: cannot write `/],
    ['ENOSPC', 0.97, /^No space left on the disk: cannot write `/],
  ])(
    'ends with the path (%s, at %f of its work), keeps the old gallery, and goes on later',
    async (code, at, message) => {
      await start();
      Object.assign(failing, { calls: 0, code, from: Math.ceil(at * calls) });
      const error: unknown = await buildWithoutPages(workspace, sharedHost).catch(
        (thrown: unknown) => thrown,
      );
      failing.from = Infinity;
      const { text, status } = describeFailure(error, { colour: false, stack: false });
      expect(status).toBe(1);
      expect(text).toMatch(message);
      expect(text).toMatch(/`[^`]*[/\\][^`]*`/);
      // What is noted after the new gallery is in place makes the next build faster, and no more.
      expect([before, ...(at > 0.9 ? [expected] : [])]).toContainEqual(await galleryOf(workspace));
      await buildWithoutPages(workspace, sharedHost);
      expect(await galleryOf(workspace)).toEqual(expected);
      const left = (await listFolder(workspace.options.cache)).filter(({ path }) => path.endsWith('.tmp'));
      expect(left).toEqual([]);
      expect(
        (await readdir(dirname(workspace.options.out))).filter((name) => name.startsWith('.dist')),
      ).toEqual([]);
    },
  );
});
