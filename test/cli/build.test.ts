import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.ts';
import { sha256 } from '../../src/hash.ts';
import { listFolder } from '../../src/store/store.ts';
import { filterscope, type Outcome } from './run.ts';

/** Images cut from one, and a layer slow enough to be interrupted. Its page of many columns is soon drawn. */
const experiment = (title = 'Pictures') => `title: ${title}
model:
  input: [96, 96]
  layers:
    - { type: conv2d, name: slow, filters: 16, kernel: 31 }
images:
  files: [../picture.png]
  tiles: 4x6
views:
  - { id: maps, technique: feature-maps, layer: slow, filters: 0-3, images: all, grid: 1x20 }
`;

const UNITS = 24;

let folder: string;
const experimentFile = () => join(folder, 'experiments/pictures.yaml');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'filterscope build-'));
  await mkdir(join(folder, 'experiments'));
  await writeFile(experimentFile(), experiment());
  const pixels = Buffer.from(Array.from({ length: 240 * 320 * 3 }, (_, index) => (index * 7919) % 251));
  await sharp(pixels, { raw: { width: 320, height: 240, channels: 3 } })
    .png()
    .toFile(join(folder, 'picture.png'));
});
afterAll(() => rm(folder, { recursive: true }));

const build = ['build', '--backend', 'wasm', '--json'];
const run = (name: string) =>
  filterscope([...build, '--cache', `${name}/cache`, '--out', `${name}/dist`], { cwd: folder });

/** Sends a signal once two jobs are done. */
function runUntil(name: string, signal: NodeJS.Signals): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [
        join(packageRoot, 'scripts/filterscope.mjs'),
        ...build,
        '--cache',
        `${name}/cache`,
        '--out',
        `${name}/dist`,
      ],
      { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let stdout = '';
    let stderr = '';
    let sent = false;
    child.stdout.on('data', (data) => {
      stdout += String(data);
      if (!sent && (stdout.match(/"event":"unit"/g)?.length ?? 0) >= 2) {
        sent = true;
        child.kill(signal);
      }
    });
    child.stderr.on('data', (data) => (stderr += String(data)));
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stdout, stderr }));
  });
}

const events = ({ stdout }: Outcome) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string; jobs?: number; cached?: number | boolean });

const cachedAtStart = (outcome: Outcome): number =>
  Number(events(outcome).find(({ event }) => event === 'start')!.cached);

async function hashes(name: string): Promise<string[]> {
  const dist = join(folder, name, 'dist');
  const files = await listFolder(dist);
  return Promise.all(files.map(async ({ path }) => `${path} ${sha256(await readFile(join(dist, path)))}`));
}

describe('filterscope build', () => {
  it('builds once, and nothing the second time', async () => {
    const first = await run('whole');
    expect(first).toMatchObject({ status: 0, stderr: '' });
    expect(events(first).at(-1)).toMatchObject({ event: 'end', units: UNITS, cached: 0 });
    expect(await hashes('whole')).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^index\.html /),
        expect.stringMatching(/^pictures\/report\.json /),
      ]),
    );
    const second = events(await run('whole'));
    expect(second.at(-1)).toMatchObject({ event: 'end', units: UNITS, cached: UNITS });
    expect(second.find(({ event }) => event === 'site')).toMatchObject({ cached: true });
  });

  it('goes on after SIGINT, after SIGHUP and after SIGKILL, to the very same gallery', async () => {
    const found: number[] = [];
    for (const signal of ['SIGINT', 'SIGHUP', 'SIGKILL'] as const) {
      const stopped = await runUntil('stopped', signal);
      if (signal !== 'SIGKILL') {
        expect(stopped.status).toBe(130);
        expect(stopped.stderr).toContain('Run the same command again to resume');
        expect(stopped.stderr.trim().split('\n')).toHaveLength(1);
      }
      expect(events(stopped).filter(({ event }) => event === 'end')).toEqual([]);
      found.push(cachedAtStart(stopped));
    }
    const resumed = await run('stopped');
    expect(resumed.status).toBe(0);
    found.push(cachedAtStart(resumed));
    // Each goes on from where the one before was stopped.
    expect(found).toEqual([...new Set(found)].sort((a, b) => a - b));
    expect([found[0], found[3]! < UNITS]).toEqual([0, true]);
    expect(await hashes('stopped')).toEqual(await hashes('whole'));
  });

  it('stops before any work where the folder holds what no build wrote, and touches nothing', async () => {
    const before = await hashes('whole');
    await writeFile(join(folder, 'whole/dist/notes.txt'), 'mine');
    const { status, stdout, stderr } = await run('whole');
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain('`notes.txt`');
    expect(await readFile(join(folder, 'whole/dist/notes.txt'), 'utf8')).toBe('mine');
    await rm(join(folder, 'whole/dist/notes.txt'));
    expect(await hashes('whole')).toEqual(before);
  });

  it('writes a gallery again in which a byte was changed, whatever its size and date', async () => {
    const before = await hashes('whole');
    const path = join(folder, 'whole/dist/pictures/index.html');
    const { atime, mtime } = await stat(path);
    const bytes = await readFile(path);
    bytes[100]! ^= 1;
    await writeFile(path, bytes);
    await utimes(path, atime, mtime);
    const { status, stderr } = await run('whole');
    expect(status).toBe(0);
    expect(stderr).toContain(
      ': 1 file changed or removed since the build. Written again: `pictures/index.html`.\n',
    );
    expect(await hashes('whole')).toEqual(before);
  });

  it('leaves the gallery as it was where an experiment is wrong', async () => {
    const before = await hashes('whole');
    await writeFile(experimentFile(), `${experiment('Changed')}colour: red\nsize: 3\n`);
    try {
      const { status, stderr } = await run('whole');
      expect(status).toBe(2);
      expect(stderr).toMatch(/pictures\.yaml:\d+:1/);
      expect(stderr.trimEnd().split('\n').at(-1)).toBe('2 problems: nothing was built.');
      expect(await hashes('whole')).toEqual(before);
    } finally {
      await writeFile(experimentFile(), experiment());
    }
  });

  it('removes what is not used any more, and in the end everything', async () => {
    const clean = (...args: string[]) =>
      filterscope(['clean', ...args, '--cache', 'whole/cache', '--out', 'whole/dist'], { cwd: folder });
    expect(await clean('--unused')).toMatchObject({
      status: 0,
      stdout: 'Removed 0 unused files (0 bytes).\n',
    });

    await writeFile(experimentFile(), experiment().replace('filters: 0-3', 'filters: 0-1'));
    const before = await run('whole');
    expect(before.status).toBe(0);
    const { stdout } = await clean('--unused');
    expect(Number(/^Removed (\d+) unused/.exec(stdout)?.[1])).toBeGreaterThanOrEqual(UNITS);
    // What is left is all that is needed.
    const places = ['--cache', 'whole/cache', '--out', 'whole/dist'];
    const plan = await filterscope(['check', '--backend', 'wasm', '--json', ...places], { cwd: folder });
    expect(events(plan)).toMatchObject([{ event: 'plan', units: UNITS, cached: UNITS }]);

    await writeFile(join(folder, 'whole/dist/pictures/notes.txt'), 'mine');
    await writeFile(join(folder, 'whole/cache/raw/notes.txt'), 'mine');
    const all = await clean();
    expect(all.status).toBe(0);
    expect(all.stderr).toContain('`pictures/notes.txt`');
    expect(all.stderr).toContain('`raw/notes.txt`');
    expect(await hashes('whole')).toEqual([`pictures/notes.txt ${sha256('mine')}`]);
    expect(await readFile(join(folder, 'whole/cache/raw/notes.txt'), 'utf8')).toBe('mine');
    const kept = (await listFolder(join(folder, 'whole/cache'))).map(({ path }) => path);
    expect(kept.sort()).toEqual(['.filterscope-cache', 'raw/notes.txt']);
    await rm(join(folder, 'whole/dist/pictures'), { recursive: true });
    expect(events(await run('whole')).at(-1)).toMatchObject({ units: UNITS, cached: 0 });
  });
});
