import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.ts';
import type { Report } from '../../src/schema/report.ts';
import { filterscope } from '../cli/run.ts';
import { serverProgram, TestRedis } from './redis.ts';

describe.skipIf(!serverProgram)('a technique that throws on a worker (needs redis-server)', () => {
  let redis: TestRedis;
  let folder: string;
  beforeAll(async () => {
    redis = await TestRedis.start();
    folder = await mkdtemp(join(tmpdir(), 'filterscope worker-'));
    await cp(join(packageRoot, 'test/plugins/project'), folder, { recursive: true });
    await mkdir(join(folder, 'store'));
    const path = join(folder, 'plugins/saliency.ts');
    const text = await readFile(path, 'utf8');
    const thrown = 'if (filter === 1) throw new RangeError("no such thing");\n        const places =';
    expect(text).toContain('const places =');
    await writeFile(path, text.replace('const places =', thrown));
  });
  afterAll(async () => {
    await redis.end();
    await rm(folder, { recursive: true });
  });

  const run = (command: readonly string[], ...more: string[]) => {
    const shared = ['--queue', redis.address.url, '--store', join(folder, 'store')];
    return filterscope([...command, ...shared, '--backend', 'wasm', ...more], { cwd: folder });
  };

  it('fails its own view in the build, and the worker takes the next job', { timeout: 120_000 }, async () => {
    const working = run(['worker'], '--cache', join(folder, 'worker-cache'), '--idle', '8');
    const { status, stdout, stderr } = await run(['build', 'own'], '--json');
    expect(status, stderr).toBe(1);
    const events = stdout
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events, stderr).toContainEqual({
      ...{ event: 'failed', experiment: 'own', view: 'saliency-second', technique: 'saliency' },
      message: expect.stringMatching(
        /^Technique `saliency` failed: RangeError: no such thing \(plugins\/saliency\.ts:\d+:\d+\)$/,
      ) as string,
    });
    const report = JSON.parse(await readFile(join(folder, 'dist/own/report.json'), 'utf8')) as Report;
    expect(report.views.map(({ id }) => id)).toEqual(['feature-maps-first']);
    expect(report.failedViews).toEqual([
      {
        ...{ id: 'saliency-second', title: 'Saliency of second', technique: 'saliency' },
        reason: 'RangeError: no such thing',
      },
    ]);
    expect(await readFile(join(folder, 'dist/own/index.html'), 'utf8')).toContain('no such thing');
    const worker = await working;
    expect(worker.status, worker.stderr).toBe(0);
    expect(worker.stderr).not.toContain('A batch failed');
  });
});
