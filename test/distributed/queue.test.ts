import { mkdir, readdir, rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProgressEvent } from '../../src/pipeline/progress.ts';
import { shareHost } from '../../src/pipeline/compute/worker-host.ts';
import { buildGallery } from '../../src/publish/gallery.ts';
import { runWorker } from '../../src/queue/run-worker.ts';
import type { FinishedBatch } from '../../src/queue/run-worker.ts';
import { buildWithoutPages, galleryOf } from '../publish/small-gallery.ts';
import { makeWorkspace, modelJson } from '../publish/workspace.ts';
import type { Workspace } from '../publish/workspace.ts';
import { PASSWORD, serverProgram, TestRedis } from './redis.ts';
import { apart, SHARED_EXPERIMENT } from './shared-experiment.ts';

const FILE_EXPERIMENT = `title: From a file
model:
  file: ../models/tiny/model.json
images:
  generated: patterns
  limit: 3
views:
  - technique: feature-maps
    layer: conv
    images: all
`;

describe.skipIf(!serverProgram)('a build by workers (needs redis-server)', () => {
  const sharedHost = shareHost();
  let redis: TestRedis;
  let workspace: Workspace;
  let reference: readonly string[];
  let store: string;

  beforeAll(async () => {
    redis = await TestRedis.start();
    const weights = Buffer.from(new Float32Array([1, 2, 3, 4, 5, 6]).buffer);
    workspace = await makeWorkspace({
      'experiments/a.yaml': SHARED_EXPERIMENT,
      'experiments/b.yaml': FILE_EXPERIMENT,
      'models/tiny/model.json': modelJson(),
      'models/tiny/weights.bin': weights,
    });
    store = `${workspace.folder}/store`;
    await mkdir(store);
    const undisturbed = apart(workspace, 'undisturbed');
    await buildWithoutPages(undisturbed, sharedHost);
    reference = await galleryOf(undisturbed);
    await sharedHost.close();
  }, 60_000);
  afterAll(async () => {
    await redis.end();
    await rm(workspace.folder, { recursive: true });
  });

  const work = (name: string, signal: AbortSignal, lines: string[], done: FinishedBatch[]): Promise<void> => {
    // A worker has no experiments: only the store.
    const { options, effects } = apart(workspace, name);
    const log = {
      info: (line: string) => lines.push(line),
      warn: (line: string) => lines.push(line),
      error: (line: string) => lines.push(line),
    };
    return runWorker({
      ...{
        address: redis.address,
        signal,
        effects: { ...effects, log },
        onBatch: (batch) => void done.push(batch),
      },
      options: { ...options, store, experiments: '/nowhere', content: '/nowhere', jobs: 1 },
      times: { lock: 2_000, stalled: 500, look: 200 },
    });
  };

  const build = async (name: string, lines: string[], signal = new AbortController().signal) => {
    const { options, effects } = apart(workspace, name);
    const log = {
      info: (line: string) => lines.push(line),
      warn: (line: string) => lines.push(line),
      error: (line: string) => lines.push(line),
    };
    const events: ProgressEvent[] = [];
    await buildGallery({
      ...{
        ids: [],
        options: { ...options, store },
        effects: { ...effects, log },
        signal,
        queue: { address: redis.address },
      },
      progress: { tell: (event) => void events.push(event), stop: () => {} },
      startRenderer: () => ({
        render: () => Promise.resolve({ pages: 1, rendered: 1, parts: {}, units: {}, list: undefined }),
        stop: () => {},
      }),
    });
    return events;
  };

  it('ends with the bytes of one process, counts every job, and prints no password', async () => {
    const end = new AbortController();
    const lines: string[] = [];
    const done: FinishedBatch[] = [];
    const workers = [work('one', end.signal, lines, done), work('two', end.signal, lines, done)];
    const events = await build('queued', lines);
    end.abort();
    await Promise.all(workers);
    expect(await galleryOf(apart(workspace, 'queued'))).toEqual(reference);
    const units = events.filter((event) => event.event === 'unit');
    expect(units).toHaveLength(units[0]!.total);
    expect(units.map(({ done }) => done)).toEqual(units.map((_, index) => index + 1));
    expect(done.reduce((sum, { jobs }) => sum + jobs, 0)).toBe(units.length);
    expect(new Set(done.map(({ experiment }) => experiment))).toEqual(new Set(['a', 'b']));
    expect(lines.join('\n')).not.toContain(PASSWORD);
    const kept = await redis.own.keys('filterscope:*');
    expect(kept.filter((key) => /:(?:build:|builds|wait|active|b[0-9a-f]{32})/.test(key))).toEqual([]);
    expect(await readdir(`${workspace.folder}/one/cache/running`)).toEqual([]);
  }, 60_000);

  it('computes nothing that is in the store', async () => {
    const events = await build('again', []);
    expect(events.filter(({ event }) => event === 'unit')).toEqual([]);
    expect(await galleryOf(apart(workspace, 'again'))).toEqual(reference);
  }, 30_000);
});
