import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.ts';

/** A checkout in small: the real launcher before a program of two lines. */
let checkout: string;

beforeEach(async () => {
  checkout = await mkdtemp(join(tmpdir(), 'filterscope launch-'));
  await mkdir(join(checkout, 'scripts'));
  await mkdir(join(checkout, 'src/pipeline/compute'), { recursive: true });
  for (const name of ['compile.mjs', 'filterscope.mjs']) {
    await cp(join(packageRoot, 'scripts', name), join(checkout, 'scripts', name));
  }
  await symlink(join(packageRoot, 'node_modules'), join(checkout, 'node_modules'), 'dir');
  await write('package.json', '{"type": "module"}');
  await write('tsconfig.json', '{}');
  await write('src/pipeline/compute/worker.ts', 'export {};');
  await write('src/answer.ts', 'export const answer: number = 1;');
  await write(
    'scripts/filterscope.ts',
    `import { existsSync } from 'node:fs';
     import { answer } from '../src/answer.ts';
     console.log(answer, existsSync(new URL('./worker.js', import.meta.url)), ...process.argv.slice(2));`,
  );
});
afterEach(() => rm(checkout, { recursive: true }));

const write = (path: string, text: string) => writeFile(join(checkout, path), text);

function launch(...args: string[]): Promise<{ status: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(checkout, 'scripts/filterscope.mjs'), ...args]);
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data) => (stdout += String(data)));
    child.stderr.on('data', (data) => (stderr += String(data)));
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stdout, stderr }));
  });
}

/** Names in .build/; each must be a whole build. */
const builds = () => readdir(join(checkout, '.build'));

describe('the launcher', () => {
  it('runs what the sources say now', async () => {
    expect(await launch('a', 'b c')).toEqual({ status: 0, stdout: '1 true a b c\n', stderr: '' });
    expect((await launch()).stdout).toBe('1 true\n');
    expect(await builds()).toHaveLength(1);
    await write('src/answer.ts', 'export const answer: number = 2;');
    expect((await launch()).stdout).toBe('2 true\n');
    expect(await builds()).toHaveLength(2);
  });

  it('lets several start at once', async () => {
    const outcomes = await Promise.all(Array.from({ length: 4 }, () => launch()));
    expect(outcomes.map(({ stdout, stderr }) => stdout + stderr)).toEqual(Array(4).fill('1 true\n'));
    const names = await builds();
    expect(names).toHaveLength(1);
    // And nobody's claim is left behind.
    const files = await readdir(join(checkout, '.build', names[0]!));
    expect(files.filter((name) => name.startsWith('process-'))).toEqual([]);
  });

  it('says which line does not compile', async () => {
    await write('src/answer.ts', 'export const answer = ;');
    const { status, stderr } = await launch();
    expect(status).toBe(1);
    expect(stderr).toContain('src/answer.ts:1:22');
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(await launch()).toMatchObject({ status: 1 });
  });

  it('points at the TypeScript source of an error', async () => {
    await write('src/answer.ts', '\n\nthrow new Error("at line three");\nexport const answer = 1;');
    const { stderr } = await launch();
    expect(stderr).toMatch(/src[/\\]answer\.ts:3/);
  });

  it('removes builds that nobody has used for long, but none in use', async () => {
    const old = new Date(Date.now() - 86_400_000);
    const named = (name: string): string => (name.includes('-') ? name : name.padEnd(16, '0'));
    // Others keep what they build in the same folder.
    for (const [index, name] of ['0', '1', 'c', 'b', 'a', 'tmp-1-dead', 'addon-1'].entries()) {
      const folder = join(checkout, '.build', named(name));
      await mkdir(folder, { recursive: true });
      if (name === '1') await writeFile(join(folder, `process-${process.pid}`), '');
      await utimes(folder, old, new Date(old.getTime() + index * 1000));
    }
    await launch();
    const kept = (await builds()).filter((name) => name.includes('-') || /000$/.test(name));
    expect(kept.sort()).toEqual([...['1', 'a', 'addon-1'].map(named), ...['b', 'c'].map(named)].sort());
  });

  it('says what to do where the packages are missing', async () => {
    await rm(join(checkout, 'node_modules'));
    const { status, stderr } = await launch();
    expect(status).toBe(1);
    expect(stderr).toContain('Run npm ci in its folder first.');
  });
});
