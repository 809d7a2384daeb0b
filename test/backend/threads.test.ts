import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.ts';
import { availableBackends, nativeDir } from './with-backend.ts';

/*
 * What only shows in a process of its own: that it ends, what it prints, and backends in worker threads. Programs are
 * bundled as the command is, packages outside, into a folder of the package.
 */
const folder = mkdtempSync(join(packageRoot, 'node_modules', '.filterscope-threads-'));
afterAll(() => rmSync(folder, { recursive: true }));

const programs = ['bits', 'heap', 'workers', 'quiet'] as const;

beforeAll(() =>
  build({
    entryPoints: programs.map((name) => join(packageRoot, 'test', 'backend', 'programs', `${name}.ts`)),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  }),
);

const execute = promisify(execFile);

async function run(program: (typeof programs)[number], ...args: string[]): Promise<string> {
  const { stdout, stderr } = await execute(process.execPath, [join(folder, `${program}.mjs`), ...args], {
    timeout: 60_000,
  });
  expect(stderr).toBe('');
  return stdout.trim();
}

describe.each(availableBackends)('a process on %s', (backend) => {
  it('ends by itself, has nothing to say, and leaves no handler behind', async () => {
    expect(await run('quiet', backend, nativeDir)).toBe('listeners 0 0');
  });

  it('computes the same bits each time', async () => {
    const runs = await Promise.all(['2', '2'].map((threads) => run('bits', backend, nativeDir, threads)));
    expect(runs[0]).toMatch(/^[0-9a-f]{64} \S+$/);
    expect(runs[1]).toBe(runs[0]);
  });

  it('computes the same bits with another number of threads, or says that they may differ', async () => {
    const runs = await Promise.all(
      ['1', '3'].map(async (threads) => (await run('bits', backend, nativeDir, threads)).split(' ')),
    );
    const [one, three] = runs as [[string, string], [string, string]];
    expect(one[1] !== three[1] || one[0] === three[0]).toBe(true);
    if (backend === 'wasm') expect(three).toEqual(one);
  });

  it('computes in worker threads, one after the other', async () => {
    expect(await run('workers', backend, nativeDir)).toBe('6 6 6');
  });
});

describe('the heap of WebAssembly', () => {
  it('grows while gradients are computed, and says when it is full', async () => {
    expect(await run('heap', nativeDir)).toBe(
      'same after growing: true\nThe WebAssembly backend is out of memory',
    );
  });
});
