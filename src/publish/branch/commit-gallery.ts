/** Commits a gallery to a branch of its own, through Git's object store: working tree, index and HEAD stay as they are. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../errors.ts';
import { listNames } from '../../store/cache-folder.ts';
import { compare, inspect, readManifest } from '../manifest.ts';
import { gitFailed, openGit, type Git } from './git.ts';

export interface CommitOptions {
  /** The gallery's folder; absolute. */
  readonly out: string;
  /** A folder of the repository; absolute. */
  readonly folder: string;
  readonly branch: string;
  /** Where the branch may be known from, and is pushed to. */
  readonly remote: string;
  readonly signal?: AbortSignal;
}

export interface CommitResult {
  /** Of the branch. */
  readonly commit: string;
  /** False where the branch held just this gallery. */
  readonly changed: boolean;
  readonly files: number;
  readonly bytes: number;
}

/** A file that GitHub Pages takes as the request not to process the site: without it files that begin with `_` are left out. */
const NO_JEKYLL = '.nojekyll';
/** Files of a branch that stay: GitHub keeps the domain of a site there. */
const KEPT = ['CNAME'];

/** @throws UserError where there is no sound gallery, or the branch is not for galleries */
export async function commitGallery(options: CommitOptions): Promise<CommitResult> {
  const { out, folder, branch, remote, signal } = options;
  const gallery = readGallery(out);
  const here = openGit({ cwd: folder, ...(signal && { signal }) });
  const gitDir = await findRepository(here, folder);
  await checkBranch(here, branch);
  const local = await findCommit(here, `refs/heads/${branch}`);
  const parent = local ?? (await findCommit(here, `refs/remotes/${remote}/${branch}`));
  const kept = parent === undefined ? [] : await checkTip(here, parent, branch);

  const temporary = await mkdtemp(join(tmpdir(), 'filterscope-'));
  try {
    // Paths are taken from the gallery's folder, and its files as they are: nothing is converted.
    const env = { GIT_DIR: gitDir, GIT_WORK_TREE: undefined, GIT_INDEX_FILE: join(temporary, 'index') };
    const git = openGit({ cwd: out, env, ...(signal && { signal }) });
    const paths = gallery.map(({ path }) => path);
    const hashes = await git.run(
      ['hash-object', '-w', '--no-filters', '--stdin-paths'],
      paths.map((path) => `${path}\n`).join(''),
    );
    const empty = await git.run(['hash-object', '-w', '--stdin'], '');
    const blobs = hashes.split('\n').map((hash, index) => ({ path: paths[index]!, hash }));
    const entries = [...blobs, { path: NO_JEKYLL, hash: empty }];
    for (const each of kept) if (!paths.includes(each.path)) entries.push(each);
    await git.run(
      ['update-index', '-z', '--index-info'],
      entries.map(({ path, hash }) => `100644 ${hash}\t${path}\0`).join(''),
    );
    const tree = await git.run(['write-tree']);
    const size = { files: paths.length, bytes: gallery.reduce((sum, entry) => sum + entry.size, 0) };
    if (parent !== undefined && (await git.run(['rev-parse', `${parent}^{tree}`])) === tree) {
      await moveBranch(git, branch, local, parent);
      return { commit: parent, changed: false, ...size };
    }
    const parents = parent === undefined ? [] : ['-p', parent];
    const commit = await git.run(['commit-tree', tree, ...parents, '-m', 'Publish the gallery']);
    await moveBranch(git, branch, local, commit);
    return { commit, changed: true, ...size };
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Sends the branch, and nothing else. @throws WorkError where the remote does not take it */
export async function pushBranch({ folder, branch, remote, signal }: CommitOptions): Promise<void> {
  const git = openGit({ cwd: folder, ...(signal && { signal }) });
  const ref = `refs/heads/${branch}`;
  const { status, stderr } = await git.try(['push', remote, `${ref}:${ref}`]);
  if (status === 0) return;
  const isBehind = /\[rejected\]|non-fast-forward|fetch first/.test(stderr);
  throw gitFailed(
    'push',
    stderr,
    isBehind
      ? `\`${remote}\` has commits that this branch lacks. Run \`git fetch ${remote} ${branch}:${branch}\`, then this command again.`
      : 'The commit stays on the branch. Run the command again, or push the branch yourself.',
  );
}

/** @throws UserError where the remote is none of the repository's */
export async function checkRemote({ folder, remote }: CommitOptions): Promise<void> {
  const remotes = (await openGit({ cwd: folder }).run(['remote'])).split('\n').filter(Boolean);
  if (remotes.includes(remote)) return;
  throw new UserError({
    what: `The repository has no remote \`${remote}\`.`,
    hint: remotes.length > 0 ? 'Name one with `--remote`.' : 'Add one with `git remote add`.',
    choices: remotes,
  });
}

interface GalleryFile {
  readonly path: string;
  readonly size: number;
}

/** @throws UserError where the folder holds no gallery, or not just what a build wrote */
function readGallery(out: string): readonly GalleryFile[] {
  const manifest = readManifest(out);
  const build = 'Run `npx filterscope build`, then this command again.';
  if (!manifest) throw new UserError({ what: `There is no gallery at \`${out}\`.`, hint: build });
  const { changed } = compare(out, manifest);
  if (changed.length > 0) {
    throw new UserError({
      what: `The gallery at \`${out}\` has changed since the build: ${listNames(changed)}.`,
      hint: build,
    });
  }
  const { foreign } = inspect(out, manifest);
  if (foreign.length > 0) {
    throw new UserError({
      what: `\`${out}\` contains files that no build wrote: ${listNames(foreign)}.`,
      hint: 'Move them to another folder, then run the command again.',
    });
  }
  return manifest.files;
}

async function findRepository(git: Git, folder: string): Promise<string> {
  const { status, stdout } = await git.try(['rev-parse', '--absolute-git-dir']);
  if (status === 0) return stdout;
  throw new UserError({
    what: `\`${folder}\` is in no Git repository.`,
    hint: 'Run the command in the repository that is to hold the gallery, or `git init` first.',
  });
}

async function checkBranch(git: Git, branch: string): Promise<void> {
  const { status } = await git.try(['check-ref-format', `refs/heads/${branch}`]);
  if (status !== 0 || branch.startsWith('-')) {
    throw new UserError({
      what: `\`${branch}\` cannot be the name of a branch.`,
      hint: 'Use letters, digits and hyphens, such as `gh-pages`.',
    });
  }
  const worktrees = await git.run(['worktree', 'list', '--porcelain']);
  if (!worktrees.split('\n').includes(`branch refs/heads/${branch}`)) return;
  throw new UserError({
    what: `The branch \`${branch}\` is checked out.`,
    why: 'The gallery would take the place of its files.',
    hint: 'Name a branch for the gallery alone, such as `--branch gh-pages`.',
  });
}

async function findCommit(git: Git, ref: string): Promise<string | undefined> {
  const { status, stdout } = await git.try(['rev-parse', '--verify', '--quiet', `${ref}^{commit}`]);
  return status === 0 ? stdout : undefined;
}

/** @returns what stays of the branch's files. @throws UserError where they are something else than a gallery */
async function checkTip(git: Git, tip: string, branch: string): Promise<{ path: string; hash: string }[]> {
  const entries = (await git.run(['ls-tree', '-z', tip])).split('\0').flatMap((line) => {
    const [, hash, path] = /^\d+ \w+ (\w+)\t(.+)$/s.exec(line) ?? [];
    return hash === undefined || path === undefined ? [] : [{ hash, path }];
  });
  const start = entries.find(({ path }) => path === 'index.html');
  const others = entries.filter(({ path }) => ![NO_JEKYLL, ...KEPT].includes(path));
  const isGallery =
    start !== undefined && /filterscope/i.test(await git.run(['cat-file', 'blob', start.hash]));
  if (isGallery || others.length === 0) return entries.filter(({ path }) => KEPT.includes(path));
  throw new UserError({
    what: `The branch \`${branch}\` holds other files than a gallery: ${listNames(others.map(({ path }) => path))}.`,
    why: 'The gallery would take their place.',
    hint: 'Name another branch with `--branch`, or delete this one if you need nothing in it.',
  });
}

/** Fails where the branch has been moved meanwhile. @param from the commit that it was at */
async function moveBranch(git: Git, branch: string, from: string | undefined, to: string): Promise<void> {
  if (from === to) return;
  const old = from ?? '0'.repeat(to.length);
  await git.run(['update-ref', '-m', 'filterscope publish', `refs/heads/${branch}`, to, old]);
}
