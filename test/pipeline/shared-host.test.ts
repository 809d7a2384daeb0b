import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { shareHost } from '../../src/pipeline/compute/worker-host.ts';
import { Interrupted, runPipeline } from '../../src/pipeline/pipeline.ts';
import { silentProgress } from '../../src/pipeline/progress.ts';
import { makeWorkspace, modelJson, SMALL_EXPERIMENT } from '../publish/workspace.ts';
import type { Workspace } from '../publish/workspace.ts';
import { listFolder } from '../../src/store/store.ts';

const sharedHost = shareHost();
afterAll(() => sharedHost.close());

const run = (
  { options, effects }: Workspace,
  signal = new AbortController().signal,
  tell: () => void = () => {},
) => runPipeline({ ids: [], options, effects, signal, sharedHost, progress: { ...silentProgress, tell } });

/** Numbers of all jobs of a workspace: their keys, with sizes. */
const results = async ({ options }: Workspace): Promise<string[]> =>
  (await listFolder(options.cache)).flatMap(({ path, size }) =>
    path.startsWith('raw/') ? [`${path} ${size}`] : [],
  );

const other = SMALL_EXPERIMENT.replace('seed: 3', 'seed: 8');

it('is used by one build after the other, each with its own network', { timeout: 60_000 }, async () => {
  expect(other).not.toBe(SMALL_EXPERIMENT);
  const alone = await Promise.all(
    [SMALL_EXPERIMENT, other].map((text) => makeWorkspace({ 'experiments/small.yaml': text })),
  );
  for (const workspace of alone) await run(workspace);
  const together = await Promise.all(
    [SMALL_EXPERIMENT, other].map((text) => makeWorkspace({ 'experiments/small.yaml': text })),
  );
  await Promise.all(together.map((workspace) => run(workspace)));
  for (const [i, workspace] of together.entries())
    expect(await results(workspace)).toEqual(await results(alone[i]!));
});

it('is not waited for by a build that is stopped', { timeout: 60_000 }, async () => {
  const [first, second] = await Promise.all(
    [SMALL_EXPERIMENT, other].map((text) => makeWorkspace({ 'experiments/small.yaml': text })),
  );
  const stop = new AbortController();
  const stopped = run(second!, stop.signal).catch((error: unknown) => error);
  const done = run(first!);
  stop.abort();
  expect(await stopped).toBeInstanceOf(Interrupted);
  expect((await done).jobs).toBeGreaterThan(0);
});

it('loads a model again whose weights were replaced under the same name', { timeout: 60_000 }, async () => {
  const values = (start: number): Uint8Array =>
    new Uint8Array(Float32Array.from({ length: 6 }, (_, i) => start + i / 8).buffer);
  const files = (start: number) => ({
    'm/model.json': modelJson(),
    'm/weights.bin': values(start),
    'experiments/small.yaml': `title: Own
model: {file: ../m/model.json}
images: {folder: ../photos}
views:
  - {technique: feature-maps, layer: conv, images: all, grid: 1x20}
`,
  });
  const numbers = async ({ options }: Workspace): Promise<Map<string, string>> =>
    new Map(
      (await listFolder(options.cache))
        .filter(({ path }) => path.startsWith('raw/'))
        .map(({ path }) => [path, readFileSync(join(options.cache, path), 'hex')]),
    );
  const replaced = await makeWorkspace(files(1));
  await run(replaced);
  await replaced.write(files(-3));
  await run(replaced);
  const fresh = await makeWorkspace(files(-3));
  await run(fresh);
  const expected = await numbers(fresh);
  expect(expected.size).toBe(3);
  expect([...(await numbers(replaced))]).toEqual(expect.arrayContaining([...expected]));
});
