import type * as fs from 'node:fs/promises';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { writeWhole } from '../../src/store/disk.ts';

/** What another writer does between two steps of this one: once, after a file was found in the way. */
const other = vi.hoisted(() => ({ act: undefined as (() => Promise<unknown>) | undefined }));

vi.mock('node:fs/promises', async (importOriginal) => {
  const real = await importOriginal<typeof fs>();
  return {
    ...real,
    stat: async (path: string) => {
      const found = await real.stat(path);
      const { act } = other;
      if (act && found.isFile()) {
        other.act = undefined;
        await act();
      }
      return found;
    },
  };
});

it.each([
  ['removed it', () => rm(inTheWay)],
  ['put a folder in its place', () => rm(inTheWay).then(() => mkdir(inTheWay))],
])('a file in the way is no trouble where another writer has just %s', async (_, act) => {
  const folder = await mkdtemp(join(tmpdir(), 'filterscope-disk-'));
  inTheWay = join(folder, 'records');
  await writeFile(inTheWay, 'a file');
  other.act = act;
  const path = join(inTheWay, 'sheet/k.json');
  await writeWhole(path, 'x', { within: folder });
  expect(other.act).toBeUndefined();
  expect(await readFile(path, 'utf8')).toBe('x');
});
let inTheWay: string;
