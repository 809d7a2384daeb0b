import { cp, rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentProgress } from '../../src/pipeline/progress.ts';
import type { ProgressEvent } from '../../src/pipeline/progress.ts';
import { shareHost } from '../../src/pipeline/compute/worker-host.ts';
import { prepare } from '../../src/pipeline/plan/prepare.ts';
import { shareOf } from '../../src/pipeline/plan/shard.ts';
import { buildShard } from '../../src/publish/shard.ts';
import { openStore } from '../../src/store/store.ts';
import { parseShard } from '../../src/cli/shard-option.ts';
import { buildGallery } from '../../src/publish/gallery.ts';
import { buildWithoutPages, galleryOf } from '../publish/small-gallery.ts';
import { makeWorkspace } from '../publish/workspace.ts';
import type { Workspace } from '../publish/workspace.ts';
import { apart, SHARED_EXPERIMENT } from './shared-experiment.ts';

const sharedHost = shareHost();
const signal = new AbortController().signal;
let workspace: Workspace;
let reference: readonly string[];

beforeAll(async () => {
  workspace = await makeWorkspace({ 'experiments/a.yaml': SHARED_EXPERIMENT });
  const undisturbed = apart(workspace, 'undisturbed');
  await buildWithoutPages(undisturbed, sharedHost);
  reference = await galleryOf(undisturbed);
}, 60_000);
afterAll(async () => {
  await sharedHost.close();
  await rm(workspace.folder, { recursive: true });
});

const shard = ({ options, effects }: Workspace, index: number, count: number) =>
  buildShard({ ids: [], options, effects, sharedHost, progress: silentProgress, signal }, { index, count });

/** Jobs that a build computes. */
async function buildRest({ options, effects }: Workspace): Promise<number> {
  const events: ProgressEvent[] = [];
  await buildGallery({
    ...{ ids: [], options, effects, sharedHost, signal },
    progress: { tell: (event) => void events.push(event), stop: () => {} },
    startRenderer: () => ({
      render: () => Promise.resolve({ pages: 1, rendered: 1, parts: {}, units: {}, list: undefined }),
      stop: () => {},
    }),
  });
  return events.filter(({ event }) => event === 'unit').length;
}

describe('shards', () => {
  it('together compute every job, each by one of them, and a build finds all of them done', async () => {
    const shared = apart(workspace, 'together');
    const results = [];
    for (const index of [2, 1]) results.push(await shard(shared, index, 2));
    expect(results.map(({ cached }) => cached)).toEqual([0, 0]);
    expect(Math.min(...results.map(({ jobs }) => jobs))).toBeGreaterThan(4);
    expect(await buildRest(shared)).toBe(0);
    expect(await galleryOf(shared)).toEqual(reference);
  });

  it('find what they have done before, and leave the rest to a build', async () => {
    const some = apart(workspace, 'some');
    const first = await shard(some, 1, 2);
    expect(await shard(some, 1, 2)).toEqual({ ...first, cached: first.jobs });
    expect(await buildRest(some)).toBeGreaterThan(4);
    expect(await galleryOf(some)).toEqual(reference);
  });

  it('on stores of their own are joined by copying one over the other', async () => {
    const [one, two] = [apart(workspace, 'one'), apart(workspace, 'two')];
    await shard(one, 1, 2);
    await shard(two, 2, 2);
    await cp(two.options.cache, one.options.cache, { recursive: true });
    expect(await buildRest(one)).toBe(0);
    expect(await galleryOf(one)).toEqual(reference);
  });

  it('agree on their shares whatever is in the store, and have even ones', async () => {
    const other = SHARED_EXPERIMENT.replace('seed: 3', 'seed: 4');
    await workspace.write({ 'experiments/b.yaml': other });
    const plansIn = async ({ options, effects }: Workspace) =>
      (await prepare([], options, effects, openStore(options.cache))).planned.map(({ plan }) => plan);
    const [empty, full] = await Promise.all([
      plansIn(apart(workspace, 'empty')),
      plansIn(apart(workspace, 'undisturbed')),
    ]);
    const keys = (plans: typeof empty, index: number) =>
      shareOf(plans, { index, count: 4 }).flatMap((batches) =>
        batches.flatMap(({ jobs = [] }) => jobs.map(({ key }) => key)),
      );
    const shares = [1, 2, 3, 4].map((index) => keys(empty, index));
    expect([1, 2, 3, 4].map((index) => keys(full, index))).toEqual(shares);
    const all = new Set(
      empty.flatMap(({ views }) => views.flatMap(({ jobs }) => jobs.map(({ key }) => key))),
    );
    expect(shares.flat().toSorted()).toEqual([...all].toSorted());
    const costs = [1, 2, 3, 4].map((index) =>
      shareOf(empty, { index, count: 4 })
        .flat()
        .reduce((sum, { cost }) => sum + cost, 0),
    );
    expect(Math.max(...costs) / Math.min(...costs)).toBeLessThan(1.35);
  });
});

describe('--shard', () => {
  it('is a number of a count', () => {
    expect(parseShard('3/16')).toEqual({ index: 3, count: 16 });
    expect(parseShard('1/1')).toEqual({ index: 1, count: 1 });
  });

  it.each(['0/3', '4/3', '3', '1/0', 'a/b', '-1/3', '1/3/5', '1.5/3', '1/1000000', ''])(
    'is not `%s`',
    (text) => {
      expect(() => parseShard(text)).toThrow('is no shard');
    },
  );

  it('lists the valid ones', () => {
    expect(() => parseShard('4/3')).toThrow('Valid: 1/3, 2/3, 3/3');
    expect(() => parseShard('0/2')).toThrow('the first is 1 and the last 2');
  });
});
