import { describe, expect, it } from 'vitest';
import measured from '../../scripts/simulate/measured.json' with { type: 'json' };
import { simulate } from '../../scripts/simulate/simulation.ts';
import type { BatchCost, Line } from '../../scripts/simulate/simulation.ts';

const free: Line = { latency: 0, atOnce: 1, bandwidth: Infinity, requests: Infinity };
const cost: BatchCost = {
  ...{ jobs: 1, compute: 100, first: 100, redisCommands: 0, redisTime: 0, redisBytes: 10 },
  ...{ reads: 1, readBytes: 0, writes: 1, writtenBytes: 0 },
};

describe('the simulation of workers', () => {
  it.each(measured.runs)('agrees with a measured build of $workers workers within 10 %', (run) => {
    const { workers, batches, seconds, first, compute } = run;
    const found = simulate(workers, batches, {
      cost: { ...measured.batch, first, compute },
      line: measured.store,
    });
    expect(Math.abs(found.seconds / seconds - 1)).toBeLessThan(0.1);
  });

  it('divides work that nothing limits among the workers', () => {
    expect(simulate(1, 1_000, { cost, line: free }).seconds).toBeCloseTo(100, 6);
    expect(simulate(10, 1_000, { cost, line: free }).seconds).toBeCloseTo(10, 6);
    // Three rounds of four; more workers than batches wait.
    expect(simulate(4, 10, { cost, line: free }).seconds).toBeCloseTo(0.3, 6);
    expect(simulate(100, 10, { cost, line: free })).toMatchObject({
      seconds: 0.1,
      waiting: 0.9,
      keys: 10,
      redisMemory: 100,
    });
  });

  it('is limited by Redis, by requests and by bandwidth', () => {
    // What is limited takes 100 s; the last batches then have their own way to go.
    const limited = (seconds: number, by: BatchCost, line: Line): void =>
      expect(Math.abs(simulate(1_000, 10_000, { cost: by, line }).seconds / seconds - 1)).toBeLessThan(0.02);
    limited(100, { ...cost, redisCommands: 2, redisTime: 5 }, free);
    limited(200, cost, { ...free, requests: 100 });
    limited(100, { ...cost, writtenBytes: 1e6 }, { ...free, bandwidth: 1e8 });
  });

  it('counts the first batch of each worker, which loads the model', () => {
    expect(simulate(2, 4, { cost: { ...cost, first: 1_000 }, line: free }).seconds).toBeCloseTo(1.1, 6);
  });
});
