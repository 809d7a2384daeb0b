import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from '../../scripts/training/checkpoint.ts';
import { temporaryFolder } from '../model/opening.ts';

const folder = temporaryFolder();
const floats = (...values: number[]) => Float32Array.from(values);
const checkpoint: Checkpoint = {
  state: {
    epoch: 3,
    parameters: new Map([
      ['a/kernel', { shape: [2, 2], data: floats(1, -2, 3.5, 1e-20) }],
      ['a/bias', { shape: [1], data: floats(0.1) }],
    ]),
    statistics: new Map([['a/mean', floats(7, 8, 9)]]),
    optimizer: {
      steps: 1234,
      first: new Map([
        ['a/kernel', floats(1, 2, 3, 4)],
        ['a/bias', floats(5)],
      ]),
      second: new Map([
        ['a/kernel', floats(6, 7, 8, 9)],
        ['a/bias', floats(10)],
      ]),
    },
  },
  progress: { epochs: [{ loss: 1.5, accuracy: 0.25 }], wall: 12.5, cpu: 20 },
};

describe('a checkpoint', () => {
  it('comes back as it was', async () => {
    const path = join(folder, 'whole');
    await writeCheckpoint(path, 'key', checkpoint);
    expect(await readCheckpoint(path, 'key')).toEqual(checkpoint);
  });

  it('is none for other settings, where there is none, or where it is torn or changed', async () => {
    const path = join(folder, 'torn');
    expect(await readCheckpoint(path, 'key')).toBeUndefined();
    await writeCheckpoint(path, 'key', checkpoint);
    expect(await readCheckpoint(path, 'other')).toBeUndefined();
    const bytes = readFileSync(path);
    for (const length of [0, 10, bytes.indexOf(10) + 1, bytes.length - 1]) {
      writeFileSync(path, bytes.subarray(0, length));
      expect(await readCheckpoint(path, 'key')).toBeUndefined();
    }
    for (let index = 0; index < bytes.length; index += 7) {
      const changed = Buffer.from(bytes);
      changed[index]! ^= 1;
      writeFileSync(path, changed);
      expect(await readCheckpoint(path, 'key')).toBeUndefined();
    }
  });
});
