import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Rebuilder, type RebuildResult } from '../../src/site/rebuilder.ts';

/** A rebuild that lasts until it is told to end. */
function controlled() {
  const calls: { changed: string[]; end: (result: RebuildResult) => void }[] = [];
  const results: RebuildResult[] = [];
  const rebuilder = new Rebuilder({
    quiet: 5,
    rebuild: (changed) => new Promise((end) => calls.push({ changed, end })),
    done: (result) => results.push(result),
  });
  return { calls, results, rebuilder };
}

describe('Rebuilder', () => {
  it('gathers a burst of changes into one rebuild', async () => {
    const { calls, rebuilder } = controlled();
    for (const file of ['b', 'a', 'b']) rebuilder.change(file);
    await expect.poll(() => calls.length).toBe(1);
    expect(calls[0]!.changed).toEqual(['a', 'b']);
  });

  it('runs one at a time and one more for what changed meanwhile', async () => {
    const { calls, results, rebuilder } = controlled();
    rebuilder.change('a');
    await expect.poll(() => calls.length).toBe(1);
    rebuilder.change('b');
    rebuilder.change('c');
    await sleep(30);
    expect(calls).toHaveLength(1);
    calls[0]!.end({ ok: true, changed: true });
    await expect.poll(() => calls.length).toBe(2);
    expect(calls[1]!.changed).toEqual(['b', 'c']);
    calls[1]!.end({ ok: false, message: 'no' });
    await expect.poll(() => results.length).toBe(2);
    await sleep(30);
    expect(calls).toHaveLength(2);
  });

  it('reports a rebuild that throws as one that failed', async () => {
    const results: RebuildResult[] = [];
    const rebuilder = new Rebuilder({
      quiet: 1,
      rebuild: () => Promise.reject(new Error('out of disk')),
      done: (result) => results.push(result),
    });
    rebuilder.change('a');
    await expect.poll(() => results).toEqual([{ ok: false, message: 'out of disk' }]);
  });

  it('closes after the rebuild in progress and takes nothing more', async () => {
    const { calls, results, rebuilder } = controlled();
    rebuilder.change('a');
    await expect.poll(() => calls.length).toBe(1);
    rebuilder.change('b');
    const closed = rebuilder.close();
    calls[0]!.end({ ok: true, changed: false });
    await closed;
    rebuilder.change('c');
    await sleep(30);
    expect(calls).toHaveLength(1);
    expect(results).toEqual([]);
  });
});
