import { spawn } from 'node:child_process';

export interface CommandResult {
  /** Exit status; 127 where there is no such program, 128 where a signal ended it. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program without a shell; ends it when `signal` aborts. Tests pass their own. */
export type RunCommand = (
  program: string,
  args: readonly string[],
  options?: { readonly env?: NodeJS.ProcessEnv; readonly signal?: AbortSignal },
) => Promise<CommandResult>;

export const runCommand: RunCommand = (program, args, { env, signal } = {}) =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(env && { env }),
      ...(signal && { signal }),
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') resolve({ status: 127, stdout, stderr: error.message });
      else reject(error);
    });
    child.on('close', (status) => resolve({ status: status ?? 128, stdout, stderr }));
  });
