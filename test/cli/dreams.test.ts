import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { nodeFiles, silentLogger } from '../../src/effects.ts';
import type { TargetCheckpoint } from '../../src/optim/dream.ts';
import { packageRoot } from '../../src/package-root.ts';
import { runPipeline } from '../../src/pipeline/pipeline.ts';
import { silentProgress } from '../../src/pipeline/progress.ts';
import { chooseCover } from '../../src/site/cover.ts';
import { packageVersion } from '../../src/site/render.ts';
import { readSealed, seal } from '../../src/store/seal.ts';
import { sha256 } from '../../src/hash.ts';
import { listFolder } from '../../src/store/store.ts';
import { decode, encode } from '../../src/techniques/dreams/encode.ts';
import { filterscope } from './run.ts';

/** One batch of three dreams that takes some seconds. */
const experiment = `title: Three dreams
model:
  input: [64, 64]
  layers:
    - { type: conv2d, name: first, filters: 16, kernel: 5 }
    - { type: conv2d, name: second, filters: 16, kernel: 5 }
images: { generated: patterns, count: 2 }
views:
  - { technique: activation-maximization, layer: second, filters: 0-2, size: 64, steps: 100, frames: 3, grid: 1x20 }
`;
const MARK = 123456;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'filterscope dreams-'));
  await mkdir(join(folder, 'experiments'));
  await writeFile(join(folder, 'experiments/three.yaml'), experiment);
  expect(await build('whole')).toMatchObject({ status: 0 });
});
afterAll(() => rm(folder, { recursive: true }));

const command = (name: string): string[] => {
  const places = ['--cache', `${name}/cache`, '--out', `${name}/dist`];
  return ['build', '--backend', 'wasm', '--json', ...places];
};
const build = (name: string) => filterscope(command(name), { cwd: folder });

/** The report that a build goes on to write, without the pages: what they are made of is in it. */
async function goOn(name: string): Promise<string> {
  const cache = cacheOf(name);
  await runPipeline({
    ids: [],
    options: {
      ...{ backend: 'wasm', version: await packageVersion(), jobs: 2, cache },
      experiments: join(folder, 'experiments'),
      content: join(folder, 'content'),
      nativeDir: join(folder, 'no-native'),
    },
    effects: { log: silentLogger, files: nodeFiles, now: () => performance.now() },
    progress: silentProgress,
    signal: new AbortController().signal,
    chooseCover,
  });
  return readFile(join(cache, 'site/three/report.json'), 'utf8');
}

async function hashes(name: string): Promise<string[]> {
  const dist = join(folder, name, 'dist');
  const files = await listFolder(dist);
  return Promise.all(files.map(async ({ path }) => `${path} ${sha256(await readFile(join(dist, path)))}`));
}

const cacheOf = (name: string): string => join(folder, name, 'cache');

/** Paths in the cache of whole files that were saved while dreams are made. */
async function saved(name: string): Promise<string[]> {
  const files = await readdir(join(cacheOf(name), 'partial/none')).catch(() => []);
  return files.filter((file) => file.endsWith('.bin')).map((file) => `partial/none/${file}`);
}

/** Sends a signal as soon as all three have been saved on their way. */
function buildUntilSaved(name: string, signal: NodeJS.Signals): Promise<void> {
  return new Promise((resolve, reject) => {
    const program = join(packageRoot, 'scripts/filterscope.mjs');
    const child = spawn(process.execPath, [program, ...command(name)], { cwd: folder, stdio: 'ignore' });
    const watch = setInterval(() => {
      void saved(name).then((files) => files.length === 3 && child.kill(signal));
    }, 20);
    child.on('error', reject);
    child.on('close', () => {
      clearInterval(watch);
      resolve();
    });
  });
}

it.each(['SIGKILL', 'SIGINT'] as const)(
  'a build that ends by %s in the midst of a batch goes on there, to the very same gallery',
  async (signal) => {
    await buildUntilSaved(signal, signal);
    const onTheirWay = await saved(signal);
    expect(onTheirWay).toHaveLength(3);
    await cp(join(folder, signal, 'cache'), join(folder, `${signal} copy`, 'cache'), { recursive: true });
    if (signal === 'SIGKILL') {
      expect(await build(signal)).toMatchObject({ status: 0 });
      expect(await hashes(signal)).toEqual(await hashes('whole'));
    } else {
      expect(await goOn(signal)).toBe(await readFile(join(folder, 'whole/dist/three/report.json'), 'utf8'));
    }
    // What was saved on the way is gone, what was dreamt is there.
    const dreamt = await saved(signal);
    expect(dreamt).toHaveLength(3);
    expect(dreamt.filter((file) => onTheirWay.includes(file))).toEqual([]);
  },
);

it('steps that were made are not made again', async () => {
  // What they found, changed by hand, is what the report tells.
  const name = 'SIGKILL copy';
  for (const file of await saved(name)) {
    const entry = await readSealed(join(cacheOf(name), file), file);
    const checkpoint = decode((entry as { value: Buffer }).value) as TargetCheckpoint;
    expect(checkpoint.step).toBeGreaterThan(0);
    const images = checkpoint.images.map((one) => ({ ...one, curve: one.curve.with(0, MARK) }));
    await writeFile(join(cacheOf(name), file), seal(file, encode({ ...checkpoint, images })));
  }
  expect((await goOn(name)).match(new RegExp(String(MARK), 'g'))).toHaveLength(3);
});
