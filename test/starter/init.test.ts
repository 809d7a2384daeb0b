import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { initProject } from '../../src/starter/init.ts';
import { filterscope } from '../cli/run.ts';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'filterscope init-'))));
afterEach(() => rm(folder, { recursive: true }));

const init = () => initProject({ folder, version: '1.2.3' });
const read = (path: string) => readFile(join(folder, path), 'utf8');
async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}
const FILES = [
  'experiments/first-look.yaml',
  'content/first-look.md',
  '.gitignore',
  '.github/workflows/gallery.yml',
];

describe('initProject', () => {
  it('writes a project that passes `check`', async () => {
    const result = await init();
    expect(result).toEqual({
      written: [...FILES, 'package.json'],
      ...{ kept: [], addedScripts: [], missingIgnores: [] },
    });
    expect(JSON.parse(await read('package.json'))).toMatchObject({
      dependencies: { filterscope: '^1.2.3' },
      scripts: { build: 'filterscope build', preview: 'filterscope preview' },
    });
    expect(await read('experiments/first-look.yaml')).toMatch(
      /^# yaml-language-server: \$schema=\.\.\/node_modules\/filterscope\/docs\/experiment\.schema\.json\n/,
    );
    const workflow = parse(await read('.github/workflows/gallery.yml')) as {
      jobs: { publish: { steps: readonly Record<string, unknown>[] } };
    };
    const { steps } = workflow.jobs.publish;
    expect(steps.map((step) => step['run']).filter(Boolean)).toContain('npx filterscope build');
    expect(steps.find((step) => String(step['uses']).startsWith('actions/cache@'))).toMatchObject({
      with: { path: '.filterscope' },
    });
    const { status, stdout } = await filterscope(['check'], { cwd: folder });
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'first-look: valid\n' });
  });

  it('changes nothing that is there, and says so', async () => {
    await init();
    const before = await Promise.all([...FILES, 'package.json'].map(read));
    const again = await init();
    expect(again).toMatchObject({ written: [], addedScripts: [], missingIgnores: [] });
    expect([...again.kept].sort()).toEqual(
      [...FILES.filter((path) => !path.startsWith('content/')), 'package.json'].sort(),
    );
    expect(await Promise.all([...FILES, 'package.json'].map(read))).toEqual(before);
  });

  it('adds only the scripts that are absent, in the indentation of the file', async () => {
    await write('package.json', '{\n\t"name": "mine",\n\t"scripts": {\n\t\t"build": "make"\n\t}\n}\n');
    await write('.gitignore', '/dist\n*.log\n');
    const result = await init();
    expect(result.addedScripts).toEqual(['dev', 'preview', 'check']);
    expect(result.missingIgnores).toEqual(['node_modules/', '.filterscope/', '.native/']);
    expect(await read('package.json')).toBe(
      '{\n\t"name": "mine",\n\t"scripts": {\n\t\t"build": "make",\n\t\t"dev": "filterscope dev",\n' +
        '\t\t"preview": "filterscope preview",\n\t\t"check": "filterscope check"\n\t}\n}\n',
    );
    expect(await read('.gitignore')).toBe('/dist\n*.log\n');
  });

  it('does not put a narrative beside an experiment of the same name', async () => {
    await write('experiments/first-look.yaml', 'title: Mine\n');
    expect((await init()).written).not.toContain('content/first-look.md');
  });

  it.each(['no JSON', '[]', '{"scripts": []}'])('writes nothing where package.json is %s', async (text) => {
    await write('package.json', text);
    await expect(init()).rejects.toThrow(/^package\.json: /);
    await expect(read('.gitignore')).rejects.toThrow('ENOENT');
  });

  it('is what the command does, with what comes next', async () => {
    const { status, stdout } = await filterscope(['init', 'mine'], { cwd: folder });
    expect(status).toBe(0);
    expect(stdout).toContain('Wrote experiments/first-look.yaml\n');
    expect(stdout).toContain('  cd mine\n  npm install\n  npx filterscope build');
    const again = await filterscope(['init', 'mine'], { cwd: folder });
    expect(again.stdout).toContain('Kept .gitignore, which exists\n');
  });
});
