import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadPages } from '../../src/site/page-bundle.ts';
import { hashSiteSources } from '../../src/site/site-sources.ts';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'filterscope bundle-'))));
afterEach(() => rm(folder, { recursive: true }));

const bundles = async (): Promise<string[]> =>
  (await readdir(folder)).filter((name) => name.endsWith('.mjs'));
const old = new Date(Date.now() - 8 * 24 * 3_600_000);

describe('loadPages', () => {
  it('compiles once, and again what is damaged, to the same bytes', async () => {
    await loadPages(folder);
    const [name] = await bundles();
    expect(name).toMatch(new RegExp(`^pages-${await hashSiteSources()}-[0-9a-f]{16}[.]mjs$`));
    const path = join(folder, name!);
    const text = await readFile(path);

    // It is not written when it is used.
    await writeFile(`${path}.1.01234567.tmp`, '');
    await utimes(`${path}.1.01234567.tmp`, old, old);
    expect((await loadPages(folder)).openPages).toBeTypeOf('function');
    expect(await readdir(folder)).toContain(`${name}.1.01234567.tmp`);

    await writeFile(path, text.subarray(0, text.length - 1));
    await writeFile(join(folder, 'pages-0123456789abcdef-0123456789abcdef.mjs'), 'of another version');
    await writeFile(join(folder, 'pages-fedcba9876543210-0123456789abcdef.mjs'), 'of an old version');
    await utimes(join(folder, 'pages-fedcba9876543210-0123456789abcdef.mjs'), old, old);
    await writeFile(join(folder, 'pages-of-mine.mjs'), '');
    await utimes(join(folder, 'pages-of-mine.mjs'), old, old);
    await loadPages(folder);
    expect((await readFile(path)).equals(text)).toBe(true);
    const kept = [name, 'pages-0123456789abcdef-0123456789abcdef.mjs', 'pages-of-mine.mjs'];
    expect((await readdir(folder)).filter((one) => one.includes('pages-'))).toEqual(kept.sort());
  });
});
