import { afterAll, expect, it } from 'vitest';
import { shareHost } from '../../src/pipeline/compute/worker-host.ts';
import { Interrupted, runPipeline } from '../../src/pipeline/pipeline.ts';
import { silentProgress } from '../../src/pipeline/progress.ts';
import { makeWorkspace, SMALL_EXPERIMENT } from '../publish/workspace.ts';
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
