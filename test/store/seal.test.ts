import { mkdir, mkdtemp, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readSealed, seal, sealedSize } from '../../src/store/seal.ts';

const payload = Buffer.from('numbers \0\n\xff', 'latin1');
const name = 'raw/k.bin';
let path: string;
beforeAll(async () => {
  path = join(await mkdtemp(join(tmpdir(), 'filterscope-seal-')), 'k.bin');
});

const readingOf = async (bytes: Uint8Array | string, as = name) => {
  await writeFile(path, bytes);
  return readSealed(path, as);
};

describe('a sealed entry', () => {
  it('gives back what was put in', async () => {
    for (const value of [payload, Buffer.alloc(0), Buffer.alloc(200_000, 7)]) {
      expect(await readingOf(seal(name, value))).toEqual({ state: 'sound', value });
    }
  });

  it('is not sound where any byte is another', async () => {
    const sealed = seal(name, payload);
    for (let index = 0; index < sealed.length; index++) {
      const bytes = Buffer.from(sealed);
      bytes[index]! ^= 1 << (index % 8);
      expect((await readingOf(bytes)).state, `byte ${index}`).not.toBe('sound');
    }
  });

  it('is not sound where bytes are missing or added', async () => {
    const sealed = seal(name, payload);
    for (let length = 0; length < sealed.length; length++) {
      expect((await readingOf(sealed.subarray(0, length))).state, `${length} bytes`).not.toBe('sound');
    }
    expect((await readingOf(Buffer.concat([sealed, Buffer.from(' ')]))).state).toBe('damaged');
    expect((await readingOf(Buffer.concat([sealed, Buffer.alloc(2 ** 17)]))).state).toBe('damaged');
  });

  it('is damaged under the name of another', async () => {
    expect(await readingOf(seal(name, payload), 'raw/l.bin')).toEqual({ state: 'damaged' });
  });

  it('is absent where there is nothing, a folder, or one of an earlier version', async () => {
    expect(await readSealed(`${path}.none`, name)).toEqual({ state: 'absent' });
    await mkdir(`${path}.folder`);
    expect(await readSealed(`${path}.folder`, name)).toEqual({ state: 'absent' });
    for (const text of ['{"asset":"a.png"}', '[]', '"text"', 'FSR2 and numbers', '{"store":1,"bytes":0}\n']) {
      expect(await readingOf(text), text).toEqual({ state: 'absent' });
    }
    expect(await readingOf('{"long":1}'.padEnd(100_000))).toEqual({ state: 'absent' });
  });

  it('is not read to its end where something huge is in its place', async () => {
    await writeFile(path, 'garbage');
    // Sparse: takes no room on the disk, and more than a buffer can hold.
    await truncate(path, 2 ** 33);
    expect(await readSealed(path, name)).toEqual({ state: 'damaged' });
  });

  it('shows its beginning and its length', async () => {
    await writeFile(path, seal(name, payload));
    expect(await sealedSize(path)).toBe(payload.length);
    await writeFile(path, seal(name, payload).subarray(0, -1));
    expect(await sealedSize(path)).toBeUndefined();
    expect(await sealedSize(`${path}.none`)).toBeUndefined();
  });
});
