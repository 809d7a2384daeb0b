import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PREFIX } from '../../src/queue/connection.ts';
import { contractOf, queueName } from '../../src/queue/contract.ts';
import { predictBackend } from '../../src/backend/predict.ts';
import { galleryOf } from '../publish/small-gallery.ts';
import { PASSWORD, serverProgram } from './redis.ts';
import { slowExperiment, undisturbedGallery } from './shared-experiment.ts';
import { Stage } from './stage.ts';
import type { Actor } from './stage.ts';

/** Runs first in a process: every third of a second its clock jumps by up to a day, forward or back. */
const JUMPING = `data:text/javascript,${encodeURIComponent(`
  const now = Date.now; let shift = 0;
  setInterval(() => (shift = (Math.random() - 0.5) * 2 * 86_400_000), 300).unref();
  Date.now = () => Math.round(now() + shift);
`)}`;

describe.skipIf(!serverProgram)('faults of workers and queue (needs redis-server)', () => {
  let stage: Stage;
  let reference: readonly string[];
  const linesOf = (...actors: readonly Actor[]): string => actors.flatMap(({ lines }) => lines).join('\n');
  const made = (): Promise<readonly string[]> =>
    galleryOf({ ...stage.workspace, options: stage.options('build') });
  const until = async (isSo: () => boolean | Promise<boolean>): Promise<void> => {
    while (!(await isSo())) await sleep(20);
  };
  const name = (): string => {
    const { backend, nativeDir } = stage.workspace.options;
    return queueName(contractOf('0.0.0', predictBackend({ requested: backend, nativeDir }).family));
  };
  const waiting = async (): Promise<number> => {
    const keys = ['wait', 'prioritized', 'active'].map((kind) => `${PREFIX}:${name()}:${kind}`);
    return (await stage.redis.own.llen(keys[0]!)) + (await stage.redis.own.llen(keys[2]!));
  };

  beforeAll(async () => {
    stage = await Stage.open({ 'experiments/a.yaml': slowExperiment(24) });
    reference = await undisturbedGallery(stage.workspace);
  }, 120_000);
  afterAll(() => stage.close(), 30_000);
  afterEach(async () => {
    await stage.redis.own.flushall();
    await stage.round();
  });

  it('a queue that is full, read-only and emptied makes a build wait, and costs it nothing', async () => {
    const { own } = stage.redis;
    const build = stage.start('build', 'build');
    const worker = stage.start('work', 'worker');
    await until(() => build.units > 0);
    await own.config('SET', 'maxmemory', '1');
    await until(() => linesOf(build, worker).includes('no memory left'));
    await own.config('SET', 'maxmemory', '0');
    await own.replicaof('127.0.0.1', '1');
    await until(() => linesOf(build, worker).includes('is read-only'));
    await own.replicaof('NO', 'ONE');
    await own.flushall();
    await stage.redis.kill();
    await stage.redis.begin();
    await build.over;
    expect(build.failure).toBeUndefined();
    expect(await made()).toEqual(reference);
    expect(linesOf(build, worker)).toContain('is there again');
    expect(linesOf(build, worker)).not.toContain(PASSWORD);
    await worker.end('SIGTERM');
    expect(worker.failure).toBeUndefined();
  }, 60_000);

  it('three workers whose clocks jump, and `clean --unused` again and again, on one store', async () => {
    const jumping = { execArgv: ['--import', JUMPING] };
    const build = stage.start('build', 'build', jumping);
    const workers = [1, 2, 3].map((number) => stage.start('work', `worker${number}`, jumping));
    let cleans = 0;
    let isOver = false;
    void build.over.then(() => (isOver = true));
    do {
      const clean = stage.start('clean', 'cleaner');
      await clean.over;
      expect(clean.failure).toBeUndefined();
      cleans += 1;
    } while (!isOver && cleans < 2);
    await build.over;
    expect(build.failure).toBeUndefined();
    expect(await made()).toEqual(reference);
    expect(cleans).toBeGreaterThan(0);
    await Promise.all(workers.map((worker) => worker.end()));
  }, 60_000);

  it('a worker of another version takes no job, and says which versions', async () => {
    const version = { ...stage.options('other'), version: '0.9.1' };
    const early = stage.start('work', 'other', { options: version });
    await until(() => linesOf(early).includes('Waiting for jobs'));
    const build = stage.start('build', 'build');
    const why = 'The worker has Filterscope 0.9.1, the build 0.0.0.';
    await until(() => linesOf(early).includes(why) && linesOf(build).includes(why));
    const late = stage.start('work', 'other', { options: version });
    await late.over;
    expect(late.failure).toContain(why);
    expect(build.units).toBe(0);
    const keys = await stage.redis.own.keys(`${PREFIX}:${name()}:b*`);
    expect(keys.length).toBeGreaterThan(0);
    expect(await waiting()).toBe(keys.length);
    for (const key of keys) expect(await stage.redis.own.hmget(key, 'ats', 'atm')).toEqual([null, null]);
    await Promise.all([early.end(), build.end()]);
  }, 60_000);

  it('what is no batch is refused, and what the store has lost is sent again', async () => {
    const build = stage.start('build', 'build');
    await until(async () => (await waiting()) > 0);
    for (const entry of await readdir(join(stage.store, 'inputs'))) {
      await rm(join(stage.store, 'inputs', entry), { recursive: true });
    }
    const queue = new Queue(name(), { connection: stage.redis.own, prefix: PREFIX });
    const [first] = await queue.getWaiting(0, 0);
    const { brief } = first!.data as { brief: string };
    const forged: unknown[] = [
      ...[
        null,
        7,
        [],
        { brief: '../../../etc/passwd', jobs: [0] },
        { brief, jobs: [] },
        { brief, jobs: [-1] },
      ],
      ...[
        { brief, jobs: [1e6] },
        { brief, jobs: [0], run: 'rm' },
        { brief, scan: { layers: [0, 1e9], images: [0, 0] } },
      ],
      { brief: `${'0'.repeat(24)}.gz`, jobs: [0] },
    ];
    await queue.addBulk(
      forged.map((data, index) => ({ name: 'jobs', data, opts: { jobId: `forged${index}` } })),
    );
    const worker = stage.start('work', 'worker');
    await build.over;
    expect(build.failure).toBeUndefined();
    expect(await made()).toEqual(reference);
    await until(async () => (await queue.getFailedCount()) === forged.length);
    const reasons = (await queue.getFailed()).map(({ id, failedReason }) => [id, failedReason]);
    expect(reasons.map(([id]) => id).toSorted()).toEqual(
      forged.map((_, index) => `forged${index}`).toSorted(),
    );
    for (const [, reason] of reasons) expect(reason).toMatch(/"kind":"(?:refused|lost)"/);
    expect(JSON.stringify(reasons)).not.toContain(PASSWORD);
    await worker.end();
  }, 60_000);
});
