import { existsSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { Command } from 'commander';
import { fileSize } from '../byte-size.ts';
import { UserError } from '../errors.ts';
import { displayPath } from '../paths.ts';
import type { CommitOptions } from '../publish/branch/commit-gallery.ts';
import { defineWork, type Task } from './shell.ts';

export function definePublish(program: Command): void {
  const command = program
    .command('publish')
    .description('write a workflow for GitHub Pages, or commit the gallery to a branch')
    .option('--branch <name>', 'commit the gallery to this branch instead, such as gh-pages')
    .option('--remote <name>', 'remote that the branch is pushed to (default: origin)')
    .option('--push', 'push the branch; without this, nothing is sent');
  defineWork(command, async (task) => {
    const { own } = task;
    if (own['branch'] !== undefined) return publishBranch(task);
    const without = ['remote', 'push'].find((name) => own[name] !== undefined);
    if (without !== undefined) {
      throw new UserError({
        what: `\`--${without}\` applies to a branch only.`,
        hint: 'Name the branch with `--branch`, such as `--branch gh-pages`.',
      });
    }
    return publishWorkflow(task);
  });
}

async function publishBranch({ own, options, effects, signal, print }: Task): Promise<number> {
  const { checkRemote, commitGallery, pushBranch } = await import('../publish/branch/commit-gallery.ts');
  const { log } = effects;
  const request: CommitOptions = {
    ...{ out: options.out, folder: process.cwd(), signal },
    branch: String(own['branch']),
    remote: String(own['remote'] ?? 'origin'),
  };
  const { branch, remote } = request;
  const push = own['push'] === true;
  if (push || own['remote'] !== undefined) await checkRemote(request);
  const result = await commitGallery(request);
  const { commit, changed, files, bytes } = result;
  const gallery = `${displayPath(options.out)} (${files.toLocaleString('en')} files, ${fileSize(bytes)})`;
  if (!options.json) {
    const id = commit.slice(0, 7);
    log.info(
      changed
        ? `Committed ${gallery} to ${branch}: ${id}.`
        : `${branch} already holds ${gallery}: ${id}. No commit was made.`,
    );
  }
  if (push) {
    if (!options.json) log.info(`Pushing ${branch} to ${remote}.`);
    await pushBranch(request);
  }
  if (options.json) print(JSON.stringify({ event: 'publish', branch, ...result, pushed: push }));
  else if (push) log.info(`Pushed.\n\nNext, once: ${PAGES} branch ${branch}, folder / (root).`);
  else log.info(`Nothing was sent.\n\nNext:\n  git push ${remote} ${branch}`);
  return 0;
}

const PAGES = 'in the settings of the repository on GitHub, under Pages, choose';

async function publishWorkflow({ options, effects, print, signal }: Task): Promise<number> {
  const { writeWorkflow, WORKFLOW_PATH } = await import('../starter/workflow.ts');
  const folder = process.cwd();
  await checkRoot(folder, signal);
  const isNew = await writeWorkflow(folder);
  if (options.json) {
    print(JSON.stringify({ event: 'publish', path: join(folder, WORKFLOW_PATH), written: isNew }));
    return 0;
  }
  const steps = [
    ...(existsSync(join(folder, 'package-lock.json'))
      ? []
      : ['npm install      # writes package-lock.json, which the workflow needs']),
    `git add ${WORKFLOW_PATH} && git commit -m "Publish the gallery"`,
    'git push',
  ];
  effects.log.info(
    [
      isNew
        ? `Wrote ${WORKFLOW_PATH}: GitHub builds and publishes the gallery after every push to main.`
        : `Kept ${WORKFLOW_PATH}, which exists.`,
      'Nothing was sent.',
      '',
      `Next:\n${steps.map((step) => `  ${step}`).join('\n')}`,
      '',
      `Once: ${PAGES} GitHub Actions as the source.`,
    ].join('\n'),
  );
  return 0;
}

/** GitHub reads workflows in the uppermost folder of a repository only. */
async function checkRoot(folder: string, signal: AbortSignal): Promise<void> {
  const { openGit } = await import('../publish/branch/git.ts');
  const { status, stdout } = await openGit({ cwd: folder, signal }).try(['rev-parse', '--show-prefix']);
  if (status !== 0 || stdout === '') return;
  const top = relative(folder, join(folder, '../'.repeat(stdout.split('/').length - 1)));
  throw new UserError({
    what: 'The working directory is a sub-folder of its Git repository.',
    why: `GitHub reads workflows in the uppermost folder only: \`${top.split(sep).join('/')}\`.`,
    hint: 'Run the command there and set `working-directory` in the workflow, or use `--branch gh-pages`.',
  });
}
