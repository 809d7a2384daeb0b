import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import { diskProblem, namingPath, shortageOf, WorkError } from '../../src/errors.ts';
import { makeFolder, readingFile, writeWhole } from '../../src/store/disk.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'filterscope-disk-'));
});

/** As Node makes it: a write to an open file names no path. */
const systemError = (code: string, paths: { path?: string; dest?: string } = {}): Error =>
  Object.assign(new Error(`${code}: something, write`), { code, ...paths });

describe('an error of the disk', () => {
  it.each([
    ['ENOSPC', 'No space left on the disk: cannot write `/cache/raw/a.bin`.'],
    ['EDQUOT', 'The disk quota is used up: cannot write `/cache/raw/a.bin`.'],
    ['EROFS', 'The file system is read-only: cannot write `/cache/raw/a.bin`.'],
    ['EACCES', 'Permission denied: `/cache/raw/a.bin`.'],
    ['EMFILE', 'Too many open files: cannot open `/cache/raw/a.bin`.'],
    ['ENFILE', 'Too many open files: cannot open `/cache/raw/a.bin`.'],
    ['ENAMETOOLONG', 'The path is too long for the file system: `/cache/raw/a.bin`.'],
    ['EIO', 'The disk reports an input/output error: `/cache/raw/a.bin`.'],
  ])('%s names the path and what to do', async (code, what) => {
    const failing = namingPath('/cache/raw/a.bin', () => Promise.reject(systemError(code)));
    const error = await failing.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(WorkError);
    expect((error as WorkError).problems).toEqual([{ what, hint: expect.stringMatching(/^[A-Z].*\.$/) }]);
  });

  it('is told by the path that it names itself, where it goes if there are two', () => {
    expect(diskProblem(systemError('ENOSPC', { path: '/a', dest: '/b' }))?.what).toContain('`/b`');
    expect(diskProblem(systemError('EROFS', { path: '/a' }))?.what).toContain('`/a`');
  });

  it('is no other error', async () => {
    expect(diskProblem(systemError('ENOENT'))).toBeUndefined();
    expect(diskProblem(systemError('toString'))).toBeUndefined();
    expect(diskProblem(new Error('wrong'))).toBeUndefined();
    const wrong = new TypeError('wrong');
    await expect(namingPath('/a', () => Promise.reject(wrong))).rejects.toBe(wrong);
    expect(shortageOf(systemError('EIO'), '/a')).toBeUndefined();
  });
});

describe('writeWhole', () => {
  it('names the file that it cannot write, and leaves nothing behind', async () => {
    await writeFile(join(folder, 'file'), '');
    const path = join(folder, 'file/below.bin');
    await expect(writeWhole(path, 'x')).rejects.toThrow(
      /^Part of the path is a file, not a folder: `.*file`/,
    );
    const long = join(folder, `${'x'.repeat(250)}.bin`);
    await expect(writeWhole(long, 'x')).rejects.toThrow(/^The path is too long/);
    expect(await readdir(folder)).toEqual(['file']);
  });

  it('replaces what is in the way, only within the folder that may be replaced', async () => {
    const path = join(folder, 'records/sheet/k.json');
    await mkdir(join(path, 'a folder'), { recursive: true });
    await expect(writeWhole(path, 'x')).rejects.toThrow();
    await writeWhole(path, 'x', { within: folder });
    expect(await readFile(path, 'utf8')).toBe('x');
    await rm(join(folder, 'records'), { recursive: true });
    await writeFile(join(folder, 'records'), 'a file');
    await expect(writeWhole(path, 'x')).rejects.toThrow();
    await writeWhole(path, 'y', { within: folder });
    expect(await readFile(path, 'utf8')).toBe('y');
  });

  it('does not remove the cache folder itself where that is a file', async () => {
    const cache = join(folder, 'cache');
    await writeFile(cache, 'precious');
    await expect(writeWhole(join(cache, 'raw/k.bin'), 'x', { within: cache })).rejects.toThrow(WorkError);
    expect(await readFile(cache, 'utf8')).toBe('precious');
  });

  it.skipIf(process.getuid?.() === 0)('says of a folder without permission that it has none', async () => {
    await chmod(folder, 0o500);
    await expect(writeWhole(join(folder, 'a/b.bin'), 'x')).rejects.toThrow(/^Permission denied: `.*b\.bin`/);
    await chmod(folder, 0o700);
  });
});

describe('makeFolder', () => {
  it('makes folders, and is content with those that are there', async () => {
    const path = join(folder, 'a/b/c');
    await Promise.all([makeFolder(path), makeFolder(path), makeFolder(join(folder, 'a'))]);
    await makeFolder(path);
    expect(await readdir(join(folder, 'a/b'))).toEqual(['c']);
  });

  it('says so where a file is in the way', async () => {
    await writeFile(join(folder, 'file'), '');
    for (const path of ['file', 'file/below/it']) {
      await expect(makeFolder(join(folder, path))).rejects.toThrow(
        /^Part of the path is a file.*\n.*Move that file/,
      );
    }
  });

  // Nobody may make folders there, whoever runs the test, and the code of the error is that of a missing parent.
  it.skipIf(process.platform !== 'linux')('ends where no folder can be made', async () => {
    await expect(makeFolder('/proc/filterscope/cache')).rejects.toThrow('/proc/filterscope');
  });
});

describe('readingFile', () => {
  const read = (path: string): Promise<Buffer | undefined> => readingFile(path, (file) => file.readFile());

  it('finds nothing where there is no regular file, and waits for none', async () => {
    expect(await read(join(folder, 'nothing'))).toBeUndefined();
    expect(await read(folder)).toBeUndefined();
    await symlink(join(folder, 'itself'), join(folder, 'itself'));
    expect(await read(join(folder, 'itself'))).toBeUndefined();
    if (process.platform === 'linux') {
      const pipe = join(folder, 'pipe');
      await promisify(execFile)('mkfifo', [pipe]);
      expect(await read(pipe)).toBeUndefined();
    }
  });

  it('takes too many open files for no sign of absence', async () => {
    const path = join(folder, 'file');
    await writeFile(path, 'here');
    const full = readingFile(path, () => Promise.reject(systemError('EMFILE')));
    await expect(full).rejects.toThrow(/^Too many open files: cannot open `.*file`/);
    const broken = readingFile(path, () => Promise.reject(systemError('EIO')));
    expect(await broken).toBeUndefined();
  });
});
