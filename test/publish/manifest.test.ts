import { mkdir, mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  compare,
  formatManifest,
  makeManifest,
  MANIFEST_NAME,
  readManifest,
} from '../../src/publish/manifest.ts';
import { sha256 } from '../../src/hash.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'filterscope manifest-'));
  for (const path of ['index.html', 'cats/index.html', 'assets/0123.png', 'assets/ä.png']) await write(path);
});
afterEach(() => rm(folder, { recursive: true }));

async function write(path: string, text = `text of ${path}`): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

/** Longer than the step of any file system's clock. */
const aMoment = () => sleep(2100);

describe('a manifest', () => {
  it('names every file with its size and hash, one a line, in an order of its own', async () => {
    const text = formatManifest(makeManifest(folder));
    expect(
      text
        .split('\n')
        .slice(1, -2)
        .map((line) => (JSON.parse(line.replace(/,$/, '')) as { path: string }).path),
    ).toEqual(['assets/0123.png', 'assets/ä.png', 'cats/index.html', 'index.html']);
    expect(text).toContain(`{"path":"index.html","size":18,"sha256":"${sha256('text of index.html')}"}`);
    await writeFile(join(folder, MANIFEST_NAME), text);
    expect(readManifest(folder)).toEqual({ ...(JSON.parse(text) as object), sha256: sha256(text) });
  });

  it.each([
    '',
    'null',
    '{}',
    '{"manifestVersion":2,"files":[]}',
    '{"manifestVersion":1,"files":[{"path":7}]}',
  ])('is none where it says %j', async (text) => {
    await writeFile(join(folder, MANIFEST_NAME), text);
    expect(readManifest(folder)).toBeUndefined();
  });

  it('finds a changed, a lost and a replaced file by their bytes', async () => {
    const manifest = makeManifest(folder);
    expect(compare(folder, manifest).changed).toEqual([]);
    await write('cats/index.html', 'Text of cats/index.html');
    await rm(join(folder, 'index.html'));
    await rm(join(folder, 'assets/0123.png'));
    await mkdir(join(folder, 'assets/0123.png'));
    expect(compare(folder, manifest).changed).toEqual(['assets/0123.png', 'cats/index.html', 'index.html']);
  });

  it('reads only what was touched since it was last read, and notices a byte changed behind the same size and date', async () => {
    const manifest = makeManifest(folder);
    expect(compare(folder, manifest).stamps).toEqual([]);
    const path = join(folder, 'cats/index.html');
    // A date that can be set again to the last digit.
    const date = new Date(1_700_000_000_000);
    await utimes(path, date, date);
    await aMoment();
    const { stamps } = compare(folder, manifest);
    expect(stamps.map(([path]) => path)).toEqual(manifest.files.map(({ path }) => path));

    // What the stamps vouch for is not read: a manifest that says otherwise is believed to be met.
    const lying = { ...manifest, files: manifest.files.map((file) => ({ ...file, sha256: '0'.repeat(64) })) };
    expect(compare(folder, lying, stamps).changed).toEqual([]);

    const before = await stat(path, { bigint: true });
    const bytes = await readFile(path);
    bytes[3]! ^= 1;
    await writeFile(path, bytes);
    await utimes(path, date, date);
    const after = await stat(path, { bigint: true });
    expect([after.mtimeNs, after.size, after.ino]).toEqual([before.mtimeNs, before.size, before.ino]);
    expect(compare(folder, manifest, stamps).changed).toEqual(['cats/index.html']);
  });
});
