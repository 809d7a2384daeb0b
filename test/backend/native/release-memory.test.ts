import { mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readNativeManifest } from '../../../src/backend/native/manifest.ts';
import { releaseMemory } from '../../../src/backend/native/release-memory.ts';
import { tf } from '../../../src/backend/tf.ts';
import { availableBackends, nativeDir, useBackend } from '../with-backend.ts';

/** Megabytes of TensorFlow's library that are in memory. */
function loaded(): number {
  const parts = readFileSync('/proc/self/smaps', 'utf8').split(/\n(?=[0-9a-f]+-[0-9a-f]+ )/);
  const kilobytes = parts
    .filter((part) => /^.*libtensorflow/.test(part) && /^\S+ r-/.test(part))
    .map((part) => Number(/^Rss: +(\d+)/m.exec(part)![1]));
  return kilobytes.reduce((sum, each) => sum + each, 0) / 1024;
}

const compute = (): number[] => [...tf.tidy(() => tf.relu(tf.tensor1d([-1, 2])).dataSync())];

describe.runIf(availableBackends.includes('tensorflow'))('memory of the native backend', () => {
  it('is handed back with the code of the library, which is read again when it is needed', async () => {
    await useBackend('tensorflow');
    expect(compute()).toEqual([0, 2]);
    const before = loaded();
    expect(before).toBeGreaterThan(50);
    releaseMemory(nativeDir);
    expect(loaded()).toBeLessThan(before / 2);
    expect(compute()).toEqual([0, 2]);
  });

  it('stays where an older setup has made the addon', () => {
    const folder = mkdtempSync(join(tmpdir(), 'older-'));
    for (const name of readdirSync(nativeDir)) {
      if (name !== 'manifest.json') symlinkSync(join(nativeDir, name), join(folder, name));
    }
    const manifest = JSON.parse(readFileSync(join(nativeDir, 'manifest.json'), 'utf8')) as object;
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ ...manifest, memory: undefined }));
    expect(readNativeManifest(folder)).toBeDefined();
    const before = loaded();
    releaseMemory(folder);
    expect(loaded()).toBe(before);
  });
});
