import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FileNotes } from '../src/file-notes.ts';
import { foundInFiles, sumsOfFile } from '../src/file-notes.ts';
import { hashFile } from '../src/hash.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'file-notes-'));
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(folder, { recursive: true });
});

function memory(): FileNotes & { readonly notes: Map<string, unknown> } {
  const notes = new Map<string, unknown>();
  return {
    notes,
    read: (key) => Promise.resolve(notes.get(key)),
    write: (key, value) => Promise.resolve(void notes.set(key, JSON.parse(JSON.stringify(value)))),
  };
}

/** As if the files had been written long ago. */
function later(): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
}

describe('what was found in files', () => {
  it('is taken from the notes as long as every file is the same', async () => {
    const paths = ['a', 'b'].map((name) => join(folder, name));
    for (const path of paths) await writeFile(path, 'one');
    later();
    const notes = memory();
    const find = vi.fn(() => Promise.resolve({ value: { found: 1 }, files: paths }));
    const ask = () => foundInFiles(['question'], notes, find);
    expect([await ask(), await ask()]).toEqual([{ found: 1 }, { found: 1 }]);
    expect(find).toHaveBeenCalledTimes(1);
    await foundInFiles(['another question'], notes, find);
    expect(find).toHaveBeenCalledTimes(2);
    // Of the same size, and with the time of the file it replaces.
    await writeFile(paths[1]!, 'two');
    later();
    await ask();
    expect(find).toHaveBeenCalledTimes(3);
    await ask();
    expect(find).toHaveBeenCalledTimes(3);
    await rm(paths[0]!);
    await ask();
    expect(find).toHaveBeenCalledTimes(4);
  });

  it('is found again where only the time of modification is as it was', async () => {
    const path = join(folder, 'a');
    await writeFile(path, 'one');
    await utimes(path, 1000, 1000);
    later();
    const notes = memory();
    const before = await sumsOfFile(path, notes);
    expect(notes.notes.size).toBe(1);
    await writeFile(path, 'two');
    await utimes(path, 1000, 1000);
    const after = await sumsOfFile(path, notes);
    expect(after).not.toEqual(before);
    expect(after).toEqual(await hashFile(path));
  });

  it('is not noted of a file that could change again within the same tick of its clock', async () => {
    const path = join(folder, 'a');
    await writeFile(path, 'one');
    const notes = memory();
    expect(await sumsOfFile(path, notes)).toEqual(await hashFile(path));
    expect(notes.notes.size).toBe(0);
  });

  it('is not noted of a file that changes while it is read', async () => {
    const path = join(folder, 'a');
    await writeFile(path, 'one');
    const notes = memory();
    await foundInFiles(['question'], notes, async () => {
      await writeFile(path, 'two');
      return { value: 'one', files: [path] };
    });
    expect(notes.notes.size).toBe(0);
  });
});
