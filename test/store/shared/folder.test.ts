import { mkdtemp, readdir, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderObjects } from '../../../src/store/shared/folder.ts';
import { parseLocation } from '../../../src/store/shared/location.ts';
import { describeObjects } from './objects-contract.ts';

const emptyFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'filterscope-store-'));

describe('a store in a folder', () => {
  describeObjects(async () => {
    const folder = await emptyFolder();
    return {
      objects: folderObjects(folder),
      again: () => folderObjects(folder),
      foreign: (name) => writeFile(join(folder, name), 'x'),
    };
  });

  it('is never created by itself', async () => {
    const folder = join(await emptyFolder(), 'not-mounted');
    await expect(folderObjects(folder).open()).rejects.toThrow(
      `The shared store \`${folder}\` is not a folder that can be read.\n  It does not exist.`,
    );
  });

  it('shows no file that is being written, and removes what killed processes left', async () => {
    const folder = await emptyFolder();
    const objects = folderObjects(folder);
    await objects.write('raw/ab/abc.bin', Buffer.from('1'));
    const part = join(folder, 'raw', 'ab', '.0123abcd.89abcdef.part');
    await writeFile(part, 'half');
    const names: string[] = [];
    for await (const { name } of objects.list('')) names.push(name);
    expect(names).toEqual(['raw/ab/abc.bin']);
    const hour = new Date(Date.now() - 3_600_000);
    expect(await objects.sweep(hour.getTime())).toEqual({ files: 0, bytes: 0 });
    await utimes(part, hour, hour);
    expect(await objects.sweep(Date.now() - 1_800_000)).toEqual({ files: 1, bytes: 4 });
    expect(await readdir(join(folder, 'raw', 'ab'))).toEqual(['abc.bin']);
  });

  it('says that it cannot be listed, instead of looking empty: `clean` removes what nobody seems to use', async () => {
    const objects = folderObjects(await emptyFolder());
    const list = async (prefix: string): Promise<void> => {
      for await (const { name } of objects.list(prefix)) throw new Error(name);
    };
    await list('none/');
    await expect(list(`${'x'.repeat(300)}/`)).rejects.toThrow('The path is too long for the file system');
  });
});

describe('the address of a store', () => {
  it.each([
    ['/mnt/lab', { kind: 'folder', folder: '/mnt/lab' }],
    ['stores/a', { kind: 'folder', folder: 'stores/a' }],
    ['s3://lab', { kind: 's3', bucket: 'lab', prefix: '' }],
    ['s3://lab/a/b/', { kind: 's3', bucket: 'lab', prefix: 'a/b' }],
  ])('%s', (text, location) => {
    expect(parseLocation(text)).toEqual(location);
  });

  it.each([
    ['gs://lab/a', 'Unsupported kind of shared store: `gs://`.'],
    ['s3://', 'not of the form `s3://bucket/prefix`'],
    ['s3://Lab/a', 'not of the form `s3://bucket/prefix`'],
    ['s3://lab/../other', 'not of the form `s3://bucket/prefix`'],
    ['s3://lab/a?x', 'not of the form `s3://bucket/prefix`'],
  ])('%s is refused', (text, message) => {
    expect(() => parseLocation(text)).toThrow(message);
  });

  it('with credentials is refused without repeating them', () => {
    expect(() => parseLocation('s3://AKID:hunter2@lab/a')).toThrow(/contains credentials(?!.*hunter2)/s);
    expect(() => parseLocation('https://AKID:hunter2@host/lab')).toThrow(/`https:\/\/`(?!.*hunter2)/s);
  });
});
