import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runPipeline } from '../../src/pipeline/pipeline.ts';
import { silentProgress } from '../../src/pipeline/progress.ts';
import { hashFileSha256 } from '../../src/hash.ts';
import { listFolder } from '../../src/store/store.ts';
import { makeWorkspace } from '../publish/workspace.ts';

/** Maps that are made smaller and that are not, numbers, lists of panels of their own, a scale of all, and searches. */
const EXPERIMENT = `title: Threads
model:
  input: [40, 40]
  layers:
    - conv2d: {name: first, filters: 40, kernel: 3, activation: relu}
    - max_pool: {name: pool, pool: 2}
    - conv2d: {name: second, filters: 30, kernel: 3, activation: relu}
images: {generated: patterns, count: 26, size: 40}
seed: 3
views:
  - {id: maps, technique: feature-maps, layer: first, filters: all, images: all, tile: 20, values: true}
  - {id: more, technique: feature-maps, layer: second, filters: all, images: 0-2, normalize: layer}
  - {id: patches, technique: top-patches, layer: second, filters: {first: 2}, top: 3}
`;

it('gives the same bytes with one, two and four threads', async () => {
  const { options, effects } = await makeWorkspace({ 'experiments/threads.yaml': EXPERIMENT });
  const built = async (jobs: number): Promise<readonly string[]> => {
    const cache = `${options.cache}-${jobs}`;
    await runPipeline({
      ...{ ids: [], options: { ...options, cache, jobs }, effects, progress: silentProgress },
      signal: new AbortController().signal,
    });
    const files = (await listFolder(cache)).filter(({ path }) => /^(assets|site|raw|partial)\//.test(path));
    return Promise.all(files.map(async ({ path }) => `${path} ${await hashFileSha256(join(cache, path))}`));
  };
  const one = await built(1);
  expect(one.filter((file) => file.startsWith('site/threads/panels/'))).toHaveLength(1);
  expect(one.length).toBeGreaterThan(60);
  expect(await built(2)).toEqual(one);
  expect(await built(4)).toEqual(one);
}, 120_000);
