import { expect, it } from 'vitest';
import { computeJobs } from '../../../src/pipeline/compute/compute-jobs.ts';
import { encodeJob } from '../../../src/pipeline/compute/encode-job.ts';
import type { ComputedJob } from '../../../src/pipeline/compute/protocol.ts';
import type { ModelHost } from '../../../src/pipeline/compute/worker-host.ts';
import type { PlannedJob } from '../../../src/pipeline/plan/plan.ts';
import { findJob } from '../../../src/pipeline/results/stored-job.ts';
import { TechniqueError } from '../../../src/techniques/technique-error.ts';
import { openFakeStore, planOf } from '../render/fake-view.ts';

/** One job a group. */
const jobs = ['a', 'b', 'c'].map(
  (key) =>
    ({
      ...{ key, technique: 'fake', group: key, label: key, layers: [0], images: [0] },
      ...{ payload: {}, panels: 1, maxSide: 8 },
    }) as unknown as PlannedJob,
);

interface Asked {
  readonly jobs: readonly PlannedJob[];
}
type Take = (result: ComputedJob) => Promise<void>;

/** Hands over one map for each group, which nobody waits for. @param failing keys of jobs whose technique throws */
function hostOf(failing: readonly string[] = []): { host: ModelHost; asked: string[] } {
  const asked: string[] = [];
  const compute = async ({ jobs: [job] }: Asked, { take }: { take: Take }) => {
    asked.push(job!.key);
    if (failing.includes(job!.key)) throw new TechniqueError('fake', 'broken');
    const data = Float32Array.of(1, 2, 3, 4);
    const map = { kind: 'map', height: 2, width: 2, channels: 1, data, range: [1, 4] } as const;
    const taken = take(encodeJob(job!, { job: 0, panels: [map] }).result);
    taken.catch(() => {});
    return { taken };
  };
  return { host: { backend: { family: 'fake' }, compute } as unknown as ModelHost, asked };
}

const signal = new AbortController().signal;

it('computes a group while results of the one before are dealt with, and waits for all of them', async () => {
  const store = await openFakeStore();
  const { host, asked } = hostOf();
  const ended: string[] = [];
  let goOn = (): void => {};
  const held = new Promise<void>((resolve) => (goOn = resolve));
  const failed = await computeJobs(planOf(jobs).plan, jobs, host, store, signal, async ({ key }) => {
    // The first is dealt with only once the second has been asked for.
    if (key === 'a') await held;
    else goOn();
    ended.push(key);
  });
  expect(failed).toEqual([]);
  expect(asked).toEqual(['a', 'b', 'c']);
  expect(ended.sort()).toEqual(['a', 'b', 'c']);
  for (const { key } of jobs) expect((await findJob(store, key))?.panels).toHaveLength(1);
});

it.each(['a', 'b', 'c'])(
  'fails where the result of `%s` cannot be dealt with, after the others',
  async (bad) => {
    const store = await openFakeStore();
    const { host } = hostOf();
    const ended: string[] = [];
    const computing = computeJobs(planOf(jobs).plan, jobs, host, store, signal, async ({ key }) => {
      if (key === bad) throw new Error(`no room for ${key}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
      ended.push(key);
    });
    await expect(computing).rejects.toThrow(`no room for ${bad}`);
    const started = ended.length;
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(ended).toHaveLength(started);
  },
);

it('computes the groups beside one whose technique throws', async () => {
  const store = await openFakeStore();
  const { host } = hostOf(['b']);
  const failed = await computeJobs(planOf(jobs).plan, jobs, host, store, signal, async () => {});
  expect(failed.map(({ job }) => job.key)).toEqual(['b']);
  for (const key of ['a', 'c']) expect(await findJob(store, key)).toBeDefined();
});
