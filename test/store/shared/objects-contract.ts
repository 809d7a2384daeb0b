import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sha256 } from '../../../src/hash.ts';
import { fetchInput, sendInput } from '../../../src/store/shared/inputs.ts';
import { inputName } from '../../../src/store/shared/names.ts';
import type { Objects } from '../../../src/store/shared/objects.ts';

/** What holds for every kind of shared store. @param make a store that is empty, or the same one seen by another process */
export function describeObjects(
  make: () => Promise<{ readonly objects: Objects; again(): Objects; foreign(name: string): Promise<void> }>,
): void {
  const names = async (objects: Objects, prefix = ''): Promise<string[]> => {
    const found: string[] = [];
    for await (const { name } of objects.list(prefix)) found.push(name);
    return found.sort();
  };

  it('keeps objects whole, replaces and removes them', async () => {
    const { objects, again } = await make();
    const bytes = Buffer.from('one\0two');
    expect(await objects.read('raw/ab/abc.bin')).toBeUndefined();
    expect(await objects.find('raw/ab/abc.bin')).toBeUndefined();
    await objects.write('raw/ab/abc.bin', bytes);
    await objects.write('raw/cd/cde.bin', Buffer.alloc(0));
    const other = again();
    expect((await other.read('raw/ab/abc.bin'))?.bytes).toEqual(bytes);
    expect((await other.find('raw/ab/abc.bin'))?.size).toBe(7);
    expect((await other.read('raw/cd/cde.bin'))?.bytes.length).toBe(0);
    await other.write('raw/ab/abc.bin', Buffer.from('three'));
    expect((await objects.read('raw/ab/abc.bin'))?.bytes.toString()).toBe('three');
    expect(await names(objects, 'raw/')).toEqual(['raw/ab/abc.bin', 'raw/cd/cde.bin']);
    expect(await names(objects, 'records/')).toEqual([]);
    await objects.remove(['raw/ab/abc.bin', 'raw/cd/none.bin']);
    expect(await names(objects)).toEqual(['raw/cd/cde.bin']);
    other.close();
    objects.close();
  });

  it('dates objects by its own clock, and again when they are touched', async () => {
    const { objects } = await make();
    await objects.write('a/b', Buffer.from('1'));
    const written = (await objects.find('a/b'))!.date;
    expect((await objects.read('a/b'))!.date).toBe(written);
    expect(Math.abs(written - Date.now())).toBeLessThan(60_000);
    await new Promise((resolve) => setTimeout(resolve, 1_050)); // S3 has seconds
    await objects.touch('a/b', written, written + 5_000);
    const touched = (await objects.find('a/b'))!;
    expect(touched.date).toBeGreaterThan(written);
    expect((await objects.read('a/b'))!.bytes.toString()).toBe('1');
    await objects.touch('none', written, written);
    expect(await objects.find('none')).toBeUndefined();
    objects.close();
  });

  it('keeps files under their SHA-256, and fetches them checked', async () => {
    const { objects } = await make();
    const folder = await mkdtemp(join(tmpdir(), 'filterscope-'));
    const bytes = Buffer.alloc(300_000, 'weights');
    const sum = sha256(bytes);
    await writeFile(join(folder, 'model.h5'), bytes);
    await sendInput(objects, join(folder, 'model.h5'), sum);
    await fetchInput(objects, sum, join(folder, 'cache', 'copy.h5'));
    expect((await readFile(join(folder, 'cache', 'copy.h5'))).equals(bytes)).toBe(true);
    // Other bytes of the same length.
    await objects.write(inputName(sum), Buffer.alloc(300_000, 'poison!'));
    await expect(fetchInput(objects, sum, join(folder, 'bad.h5'))).rejects.toThrow(
      `Checksum mismatch: expected SHA-256 ${sum}`,
    );
    await expect(readFile(join(folder, 'bad.h5'))).rejects.toThrow('ENOENT');
    await expect(fetchInput(objects, sha256('other'), join(folder, 'none'))).rejects.toThrow(
      'There is no such object.',
    );
    objects.close();
  });

  it('is marked, and refuses what is no store or one of another version', async () => {
    const { objects, again, foreign } = await make();
    await objects.open();
    await again().open();
    expect(await names(objects)).toEqual(['filterscope-store.json']);
    await objects.write('filterscope-store.json', Buffer.from('{"filterscopeStore":99}'));
    await expect(again().open()).rejects.toThrow(
      'Its entries have form 99, and this version reads and writes form 3.',
    );
    await objects.remove(['filterscope-store.json']);
    await foreign('thesis.pdf');
    await expect(again().open()).rejects.toThrow('`thesis.pdf`');
    objects.close();
  });
}
