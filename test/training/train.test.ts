import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digits } from '../../scripts/training/drawers.ts';
import { lenetRecipe } from '../../scripts/training/lenet.ts';
import type { ModelCard } from '../../scripts/training/model-card.ts';
import { type Job, train } from '../../scripts/training/train.ts';
import { tf } from '../../src/backend/tf.ts';
import { nodeEffects, silentLogger } from '../../src/effects.ts';
import { availableBackends, nativeDir } from '../backend/with-backend.ts';
import { temporaryFolder } from '../model/opening.ts';

const folder = temporaryFolder();
const job: Job = { recipe: { ...lenetRecipe, epochs: 3 }, drawer: digits, perClass: 20, testPerClass: 3 };

/** @param stopAt a line of progress at which the run is interrupted */
async function run(name: string, cache: string, stopAt?: RegExp, fresh = false): Promise<string[]> {
  const lines: string[] = [];
  const stop = new AbortController();
  const info = (line: string): void => {
    lines.push(line);
    if (stopAt?.test(line)) stop.abort();
  };
  await train(job, {
    ...{ seed: 5, to: join(folder, name), cache: join(folder, cache), nativeDir, threads: 2, fresh },
    effects: { ...nodeEffects, log: { ...silentLogger, info } },
    signal: stop.signal,
  });
  return lines;
}

const bytes = (name: string): string =>
  ['model.json', 'weights.bin'].map((file) => readFileSync(join(folder, name, file), 'hex')).join();

describe.runIf(availableBackends.includes('tensorflow'))('training', () => {
  it('goes on where it was stopped, to the same bits as in one go', async () => {
    await run('whole', 'cache-1');
    const stopped = await run('pieces', 'cache-2', /^epoch 2\/3 {2}step 3\/3/);
    expect(stopped.at(-1)).toBe('Stopped. The next run resumes after epoch 2 of 3.');
    expect(existsSync(join(folder, 'pieces'))).toBe(false);
    const resumed = await run('pieces', 'cache-2');
    expect(resumed.some((line) => line.startsWith('Resuming after epoch 2 of 3'))).toBe(true);
    expect(resumed.some((line) => line.startsWith('epoch 2/3'))).toBe(false);
    expect(bytes('pieces')).toBe(bytes('whole'));
  });

  it('tells epoch, step, loss, accuracy, time gone and time left, and leaves no tensor behind', async () => {
    const { numTensors } = tf.memory();
    const lines = await run('again', 'cache-1', undefined, true);
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(lines.filter((line) => line.startsWith('epoch'))[0]).toMatch(
      /^epoch 1\/3 {2}step \d+\/3 {2}loss \d+\.\d{3} {2}accuracy \d\.\d{3} {2}\d+:\d\d elapsed, \d+:\d\d left$/,
    );
    expect(bytes('again')).toBe(bytes('whole'));
  });

  it('leaves the model, what it is worth, and nothing half-done', () => {
    expect(readdirSync(join(folder, 'whole')).sort()).toEqual([
      'card.json',
      'card.md',
      'model.json',
      'weights.bin',
    ]);
    expect(readdirSync(folder).sort()).toEqual(['again', 'cache-1', 'cache-2', 'pieces', 'whole']);
    const card = JSON.parse(readFileSync(join(folder, 'whole', 'card.json'), 'utf8')) as ModelCard;
    expect(card.test.images).toBe(30);
    expect(card.test.confusion.map((row) => row.reduce((sum, n) => sum + n, 0))).toEqual(Array(10).fill(3));
    expect(card.training.epochs).toHaveLength(3);
    const right = card.test.confusion.reduce((sum, row, i) => sum + row[i]!, 0);
    expect(card.test.accuracy).toBeCloseTo(right / 30, 10);
    expect(readFileSync(join(folder, 'whole', 'card.md'), 'utf8')).toMatch(/^\| 7 \| \d+\.\d % \|/m);
  });

  it('learns something', () => {
    const { training } = JSON.parse(readFileSync(join(folder, 'whole', 'card.json'), 'utf8')) as ModelCard;
    const losses = training.epochs.map(({ loss }) => loss);
    expect(losses[2]!).toBeLessThan(losses[0]!);
  });
});
