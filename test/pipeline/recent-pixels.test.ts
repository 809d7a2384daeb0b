import { describe, expect, it } from 'vitest';
import { RecentPixels } from '../../src/pipeline/compute/recent-pixels.ts';

function setUp(limit: number) {
  const loads: number[] = [];
  const recent = new RecentPixels((image) => {
    loads.push(image);
    if (image < 0) return Promise.reject(new Error('damaged'));
    return Promise.resolve({ height: 2, width: 5, channels: 1, data: new Uint8Array(10).fill(image) });
  }, limit);
  return { loads, recent };
}

describe('recent pixels', () => {
  it('are loaded once, also when two ask at the same time', async () => {
    const { loads, recent } = setUp(100);
    const [first, second] = await Promise.all([recent.of(3), recent.of(3)]);
    expect(first).toEqual({ height: 2, width: 5, channels: 1, data: new Uint8Array(10).fill(3) });
    expect(second).toEqual(first);
    expect(await recent.of(3)).toEqual(first);
    expect(loads).toEqual([3]);
  });

  it('are each a copy', async () => {
    const { recent } = setUp(100);
    (await recent.of(3)).data.fill(9);
    expect((await recent.of(3)).data[0]).toBe(3);
  });

  it('leave, those asked for longest ago first, where they become too many', async () => {
    const { loads, recent } = setUp(20);
    for (const image of [1, 2, 1, 3, 1, 2]) expect((await recent.of(image)).data[0]).toBe(image);
    expect(loads).toEqual([1, 2, 3, 2]);
  });

  it('that are larger than what is kept are given all the same', async () => {
    const { loads, recent } = setUp(5);
    expect((await recent.of(1)).data).toHaveLength(10);
    await recent.of(1);
    expect(loads).toEqual([1, 1]);
  });

  it('are asked for again after a failure, and after they were cleared', async () => {
    const { loads, recent } = setUp(100);
    await expect(recent.of(-1)).rejects.toThrow('damaged');
    await expect(recent.of(-1)).rejects.toThrow('damaged');
    await recent.of(1);
    recent.clear();
    await recent.of(1);
    expect(loads).toEqual([-1, -1, 1, 1]);
  });
});
