import { describe, expect, it } from 'vitest';
import { Shares } from '../../src/site/shares.ts';

describe('shares of tasks', () => {
  it('gives each worker its neighbours in their order', () => {
    const shares = new Shares(7, 2);
    expect([0, 1, 0, 1, 0, 1, 1].map((worker) => shares.next(worker))).toEqual([0, 3, 1, 4, 2, 5, 6]);
    expect(shares.next(0)).toBeUndefined();
  });

  it('lets one that is done take the last tasks of the one that has most left', () => {
    const shares = new Shares(9, 3);
    expect([0, 0, 0, 1, 0, 0, 0, 2, 0].map((worker) => shares.next(worker))).toEqual([
      0, 1, 2, 3, 8, 5, 7, 6, 4,
    ]);
    expect([0, 1, 2].map((worker) => shares.next(worker))).toEqual([undefined, undefined, undefined]);
  });

  it('has nothing for workers without tasks', () => {
    expect(new Shares(0, 2).next(1)).toBeUndefined();
    const shares = new Shares(1, 4);
    expect([0, 1, 2, 3].map((worker) => shares.next(worker)).filter((task) => task !== undefined)).toEqual([
      0,
    ]);
  });
});
