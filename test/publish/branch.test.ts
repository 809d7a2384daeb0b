import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatManifest, makeManifest, MANIFEST_NAME } from '../../src/publish/manifest.ts';
import { filterscopeHere } from '../cli/run-here.ts';

let folder: string;
let work: string;
let dist: string;

const git = (...args: string[]): string =>
  execFileSync('git', args, { cwd: work, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
const run = (...args: string[]) => filterscopeHere(['publish', ...args], { cwd: work });

/** What a build would leave. */
async function build(files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  await rm(dist, { recursive: true, force: true });
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dist, path)), { recursive: true });
    await writeFile(join(dist, path), text);
  }
  await writeFile(join(dist, MANIFEST_NAME), formatManifest(makeManifest(dist)));
}

const PAGE = '<meta name="generator" content="Filterscope 0.1.0">';
const GALLERY = {
  'index.html': PAGE,
  'assets/abc.webp': Uint8Array.of(0, 13, 10, 255),
  'assets/text.js': 'one\r\ntwo\r\n',
  'cats/index.html': PAGE,
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'filterscope publish-'));
  work = join(folder, 'work');
  dist = join(work, 'dist');
  execFileSync('git', ['init', '--quiet', '--bare', join(folder, 'remote.git')]);
  execFileSync('git', ['init', '--quiet', '--initial-branch=main', work]);
  git('config', 'user.name', 'Ada');
  git('config', 'user.email', 'ada@example.org');
  git('remote', 'add', 'origin', join(folder, 'remote.git'));
  // Settings that would change what is committed.
  await writeFile(join(work, '.gitattributes'), '* text=auto eol=lf\n');
  await writeFile(join(work, '.gitignore'), 'dist/\n');
  git('add', '.');
  git('commit', '--quiet', '-m', 'start');
  await writeFile(join(work, 'staged'), 'staged');
  git('add', 'staged');
  await writeFile(join(work, 'unstaged'), 'unstaged');
  await build(GALLERY);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** All that must stay: what is checked out, staged, and there. */
const state = (): string =>
  [
    git('symbolic-ref', 'HEAD'),
    git('rev-parse', 'HEAD'),
    git('status', '--porcelain'),
    git('ls-files', '-s'),
  ].join('\n');

describe('publish --branch', () => {
  it('commits the gallery, and neither sends nor touches anything', async () => {
    const before = state();
    const outcome = await run('--branch', 'gh-pages');
    const commit = git('rev-parse', 'gh-pages');
    expect(outcome).toEqual({
      ...{ status: 0, stderr: '' },
      stdout: `Committed dist (4 files, 116 bytes) to gh-pages: ${commit.slice(0, 7)}.\nNothing was sent.\n\nNext:\n  git push origin gh-pages\n`,
    });
    expect(state()).toBe(before);
    expect(git('ls-tree', '-r', '--name-only', 'gh-pages').split('\n')).toEqual(
      ['.nojekyll', ...Object.keys(GALLERY)].sort(),
    );
    expect(git('log', '--format=%an %s', 'gh-pages')).toBe('Ada Publish the gallery');
    const bytes = execFileSync('git', ['cat-file', 'blob', 'gh-pages:assets/text.js'], { cwd: work });
    expect(bytes.equals(await readFile(join(dist, 'assets/text.js')))).toBe(true);
    expect(git('ls-remote', 'origin')).toBe('');
  });

  it('adds a commit for another gallery, and none for the same', async () => {
    await run('--branch', 'gh-pages');
    const first = git('rev-parse', 'gh-pages');
    const again = await run('--branch', 'gh-pages');
    expect(again.stdout).toMatch(/^gh-pages already holds dist .+\. No commit was made\.$/m);
    expect(git('rev-parse', 'gh-pages')).toBe(first);
    await build({ 'index.html': `${PAGE}2` });
    await run('--branch', 'gh-pages');
    expect(git('rev-parse', 'gh-pages^')).toBe(first);
    expect(git('ls-tree', '-r', '--name-only', 'gh-pages').split('\n')).toEqual(['.nojekyll', 'index.html']);
  });

  it('pushes when it is told to, and keeps the domain of the site', async () => {
    const outcome = await run('--branch', 'gh-pages', '--push');
    expect(outcome.stdout).toMatch(/^Pushing gh-pages to origin\.\nPushed\.$/m);
    expect(git('ls-remote', 'origin')).toBe(`${git('rev-parse', 'gh-pages')}\trefs/heads/gh-pages`);

    const blob = execFileSync('git', ['hash-object', '-w', '--stdin'], { cwd: work, input: 'x.org\n' });
    const tree = execFileSync('git', ['mktree'], {
      cwd: work,
      input: `${git('ls-tree', 'gh-pages')}\n100644 blob ${blob.toString().trim()}\tCNAME\n`,
    });
    const commit = git('commit-tree', tree.toString().trim(), '-p', 'gh-pages', '-m', 'domain');
    git('push', '--quiet', 'origin', `${commit}:refs/heads/gh-pages`);
    // Only the remote's branch has it.
    git('update-ref', '-d', 'refs/heads/gh-pages');
    git('fetch', '--quiet', 'origin');
    await build({ 'index.html': `${PAGE}2` });
    expect((await run('--branch', 'gh-pages', '--push', '--json')).stdout).toMatch(
      /^\{"event":"publish","branch":"gh-pages","commit":"\w{40}","changed":true,"files":1,"bytes":\d+,"pushed":true\}\n$/,
    );
    expect(git('rev-parse', 'gh-pages^')).toBe(commit);
    expect(git('show', 'gh-pages:CNAME')).toBe('x.org');
  });

  it('says what to do where the remote has gone ahead', async () => {
    await run('--branch', 'gh-pages', '--push');
    const commit = git('commit-tree', 'gh-pages^{tree}', '-p', 'gh-pages', '-m', 'theirs');
    git('push', '--quiet', 'origin', `${commit}:refs/heads/gh-pages`);
    await build({ 'index.html': `${PAGE}2` });
    const outcome = await run('--branch', 'gh-pages', '--push');
    expect(outcome.status).toBe(1);
    expect(outcome.stderr).toMatch(/`git push` failed\.[^]*Run `git fetch origin gh-pages:gh-pages`/);
  });

  it.each([
    ['the branch that is checked out', ['--branch', 'main'], /The branch `main` is checked out/],
    ['no branch name', ['--branch', 'a..b'], /`a\.\.b` cannot be the name of a branch/],
    [
      'an unknown remote',
      ['--branch', 'x', '--push', '--remote', 'nobody'],
      /no remote `nobody`.*Valid: origin/s,
    ],
    ['a push without a branch', ['--push'], /`--push` applies to a branch only/],
  ])('refuses %s', async (_, args, message) => {
    const before = `${state()}${git('for-each-ref')}`;
    const outcome = await run(...args);
    expect(outcome).toMatchObject({ status: 2, stdout: '' });
    expect(outcome.stderr).toMatch(message);
    expect(`${state()}${git('for-each-ref')}`).toBe(before);
  });

  it('refuses a branch with other files', async () => {
    git('branch', 'work');
    const outcome = await run('--branch', 'work');
    expect(outcome.status).toBe(2);
    expect(outcome.stderr).toMatch(/holds other files than a gallery: .*\.gitattributes/);
  });

  it.each([
    ['no gallery', () => rm(dist, { recursive: true }), /There is no gallery at/],
    ['a folder that no build wrote', () => rm(join(dist, MANIFEST_NAME)), /There is no gallery at/],
    [
      'a damaged gallery',
      () => writeFile(join(dist, 'cats/index.html'), 'x'),
      /has changed since the build: .*cats\/index\.html/,
    ],
    ['files of others', () => writeFile(join(dist, 'mine.txt'), 'x'), /no build wrote: .*mine\.txt/],
  ])('refuses %s', async (_, spoil, message) => {
    await spoil();
    const outcome = await run('--branch', 'gh-pages');
    expect(outcome).toMatchObject({ status: 2, stdout: '' });
    expect(outcome.stderr).toMatch(message);
    expect(git('for-each-ref', '--format=%(refname)')).toBe('refs/heads/main');
  });

  it('names a folder that is in no repository', async () => {
    await rm(join(work, '.git'), { recursive: true });
    const outcome = await run('--branch', 'gh-pages');
    expect(outcome.status).toBe(2);
    expect(outcome.stderr).toMatch(/is in no Git repository/);
  });
});

describe('publish', () => {
  const path = '.github/workflows/gallery.yml';

  it('writes the workflow of `init`, and says what to do next', async () => {
    const outcome = await run();
    expect(outcome).toMatchObject({ status: 0, stderr: '' });
    expect(outcome.stdout).toMatch(
      /^Wrote \.github\/workflows\/gallery\.yml: .+\nNothing was sent\.\n\nNext:\n/,
    );
    expect(await readFile(join(work, path), 'utf8')).toContain('npx filterscope build');
    expect(git('ls-remote', 'origin')).toBe('');
  });

  it('keeps a workflow that is there', async () => {
    await mkdir(dirname(join(work, path)), { recursive: true });
    await writeFile(join(work, path), 'mine');
    const outcome = await run();
    expect(outcome.stdout).toMatch(/^Kept \.github\/workflows\/gallery\.yml, which exists\.\n/);
    expect(await readFile(join(work, path), 'utf8')).toBe('mine');
  });

  it('names the folder that GitHub reads workflows in', async () => {
    const below = join(work, 'a/b');
    await mkdir(below, { recursive: true });
    const outcome = await filterscopeHere(['publish'], { cwd: below });
    expect(outcome.status).toBe(2);
    expect(outcome.stderr).toMatch(/uppermost folder only: `\.\.\/\.\.`/);
  });
});
