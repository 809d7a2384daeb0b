import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { galleryOf } from '../publish/small-gallery.ts';
import { serverProgram } from './redis.ts';
import { slowExperiment, undisturbedGallery } from './shared-experiment.ts';
import { Stage } from './stage.ts';
import type { Actor } from './stage.ts';

/** FILTERSCOPE_KILLS=200 kills many more, and says what a kill costs. */
const MANY = process.env['FILTERSCOPE_KILLS'];
const KILLS = Number(MANY ?? 2);
const VICTIMS = ['worker', 'queue', 'build'] as const;
type Victim = (typeof VICTIMS)[number];

describe.skipIf(!serverProgram)('builds whose processes are killed (needs redis-server)', () => {
  let stage: Stage;
  let reference: readonly string[];

  beforeAll(async () => {
    stage = await Stage.open({ 'experiments/a.yaml': slowExperiment(60) });
    reference = await undisturbedGallery(stage.workspace);
  }, 120_000);
  afterAll(() => stage.close(), 30_000);

  it(
    `end with the bytes of an undisturbed one, ${KILLS} times`,
    async () => {
      const counts: Record<Victim, number> = { worker: 0, queue: 0, build: 0 };
      let killed = 0;
      /** Milliseconds of each build; the first one of many is not disturbed. */
      const durations: number[] = [];
      let rounds = 0;
      while (killed < KILLS) {
        const isCalm = MANY !== undefined && rounds === 0;
        rounds += 1;
        await stage.round();
        const start = performance.now();
        const options = stage.options('build');
        const workers = [0, 1].map((number) => stage.start('work', `worker${number}`));
        let build: Actor = stage.start('build', 'build');
        const isOver = { now: false };
        const watch = (): void => void build.over.then(() => (isOver.now = true));
        watch();
        while (!isOver.now) {
          await sleep(150 + Math.random() * 1_500);
          if (isOver.now || killed >= KILLS || isCalm) {
            await build.over;
            break;
          }
          const victim = VICTIMS[killed % VICTIMS.length]!;
          counts[victim] += 1;
          killed += 1;
          if (victim === 'worker') {
            const number = Math.floor(Math.random() * workers.length);
            await workers[number]!.end();
            workers[number] = stage.start('work', `worker${number}`);
          } else if (victim === 'queue') {
            await stage.redis.kill();
            await sleep(Math.random() * 500);
            await stage.redis.begin();
          } else {
            await build.end();
            build = stage.start('build', 'build');
            isOver.now = false;
            watch();
          }
        }
        const note = `round ${rounds}, ${JSON.stringify(counts)}`;
        expect(build.failure, `${note}\n${build.lines.join('\n')}`).toBeUndefined();
        expect(await galleryOf({ ...stage.workspace, options }), note).toEqual(reference);
        durations.push(performance.now() - start);
        await Promise.all(workers.map((worker) => worker.end()));
      }
      const [calm = 0, ...others] = durations.map((milliseconds) => milliseconds / 1000);
      const lost = others.reduce((sum, seconds) => sum + seconds - calm, 0) / KILLS;
      if (MANY !== undefined) {
        const told = {
          ...counts,
          builds: others.length,
          calm: calm.toFixed(1),
          lostPerKill: lost.toFixed(1),
        };
        process.stdout.write(`${JSON.stringify(told)}\n`);
      }
      expect(Object.values(counts).reduce((sum, count) => sum + count)).toBe(KILLS);
    },
    60_000 + KILLS * 20_000,
  );
});
