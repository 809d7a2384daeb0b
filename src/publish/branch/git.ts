import { spawn } from 'node:child_process';
import { UserError, WorkError } from '../../errors.ts';

export interface GitOptions {
  /** Absolute. */
  readonly cwd: string;
  /** Names the repository and the index where they are not those of `cwd`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

export interface GitResult {
  readonly status: number;
  /** Without the newline at its end. */
  readonly stdout: string;
  readonly stderr: string;
}

/** A repository's git, which never asks for a password. */
export interface Git {
  /** @throws WorkError where git fails */
  run(args: readonly string[], input?: string | Uint8Array): Promise<string>;
  /** @throws UserError where there is no git */
  try(args: readonly string[], input?: string | Uint8Array): Promise<GitResult>;
}

export function openGit({ cwd, env = {}, signal }: GitOptions): Git {
  const attempt = (args: readonly string[], input?: string | Uint8Array): Promise<GitResult> =>
    new Promise((resolve, reject) => {
      const child = spawn('git', args, {
        cwd,
        env: { ...process.env, GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C', ...env },
        stdio: ['pipe', 'pipe', 'pipe'],
        ...(signal && { signal }),
      });
      let stdout = '';
      let stderr = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
      child.on('error', (error: NodeJS.ErrnoException) => reject(error.code === 'ENOENT' ? noGit() : error));
      child.on('close', (status) =>
        resolve({ status: status ?? 128, stdout: stdout.replace(/\n$/, ''), stderr }),
      );
      // A program that ends early does not read everything; its status says why.
      child.stdin.on('error', () => {});
      child.stdin.end(input);
    });
  return {
    try: attempt,
    async run(args, input) {
      const { status, stdout, stderr } = await attempt(args, input);
      if (status === 0) return stdout;
      throw gitFailed(args[0]!, stderr);
    },
  };
}

/** @param hint what to do about it */
export function gitFailed(command: string, stderr: string, hint?: string): WorkError {
  return new WorkError({
    what: `\`git ${command}\` failed.`,
    ...(stderr.trim() !== '' && { why: stderr.trim() }),
    ...(hint !== undefined && { hint }),
  });
}

const noGit = (): UserError =>
  new UserError({ what: 'There is no program `git`.', hint: 'Install Git, then run the command again.' });
