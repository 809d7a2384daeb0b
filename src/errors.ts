import { displayPath } from './paths.ts';
import { visible } from './visible.ts';

/** Where in a text file something stands. Lines and columns count from 1. */
export interface Place {
  /** Path as the user would type it: relative to the working directory where that is shorter. */
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** The parts of a message to the user. `what` is one sentence; the others are optional sentences. */
export interface Problem {
  /** What is wrong, naming the offending value. */
  readonly what: string;
  readonly place?: Place | undefined;
  /** Why that is wrong. */
  readonly why?: string;
  /** What to do about it. */
  readonly hint?: string;
  /** The valid choices, the likeliest first; long lists are cut when printed. */
  readonly choices?: readonly string[];
}

/**
 * The command line, an experiment file or something it names is wrong: exit status 2.
 * Carries every problem found, so that a user corrects a file in one go.
 */
export class UserError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: Problem | readonly Problem[]) {
    const list = isProblem(problems) ? [problems] : problems;
    super(list.map(formatProblem).join('\n\n'));
    this.name = 'UserError';
    this.problems = list;
  }
}

/** Something an `optional: true` experiment needs cannot be had on this machine; fatal for any other experiment. */
export class UnavailableError extends UserError {
  constructor(problem: Problem) {
    super(problem);
    this.name = 'UnavailableError';
  }
}

/** The work failed for a reason outside this program and its inputs, such as a full disk: exit status 1. */
export class WorkError extends Error {
  readonly problems: readonly Problem[];

  constructor(problem: Problem, options?: ErrorOptions) {
    super(formatProblem(problem), options);
    this.name = 'WorkError';
    this.problems = [problem];
  }
}

const FREE_SPACE = 'Free some space, or name a folder on another disk, then run the command again.';

/** What an operating system's error means, by its code. */
const DISK_PROBLEMS: Readonly<Record<string, (path: string) => Problem>> = {
  ENOSPC: (path) => ({ what: `No space left on the disk: cannot write ${path}.`, hint: FREE_SPACE }),
  EDQUOT: (path) => ({ what: `The disk quota is used up: cannot write ${path}.`, hint: FREE_SPACE }),
  EFBIG: (path) => ({
    what: `The file is larger than this file system allows: cannot write ${path}.`,
    hint: 'Name a folder on another disk, then run the command again.',
  }),
  EROFS: (path) => ({
    what: `The file system is read-only: cannot write ${path}.`,
    hint: 'Name a folder on another disk, or make this one writable, then run the command again.',
  }),
  EACCES: (path) => ({
    what: `Permission denied: ${path}.`,
    hint: 'Change the permissions, or name another folder, then run the command again.',
  }),
  EPERM: (path) => ({
    what: `Operation not permitted: ${path}.`,
    hint: 'Change the permissions, or name another folder, then run the command again.',
  }),
  EMFILE: tooManyFiles,
  ENFILE: tooManyFiles,
  ENAMETOOLONG: (path) => ({
    what: `The path is too long for the file system: ${path}.`,
    hint: 'Use a folder with a shorter path, or shorter ids and file names.',
  }),
  EIO: (path) => ({
    what: `The disk reports an input/output error: ${path}.`,
    hint: 'Check the disk, or name a folder on another one, then run the command again.',
  }),
  ENOTDIR: (path) => ({
    what: `Part of the path is a file, not a folder: ${path}.`,
    hint: 'Move that file away, or name another folder.',
  }),
  EBUSY: (path) => ({
    what: `Another program or a mount uses ${path}.`,
    hint: 'Close the program, or name another folder, then run the command again.',
  }),
};

function tooManyFiles(path: string): Problem {
  return {
    what: `Too many open files: cannot open ${path}.`,
    hint: 'Raise the limit, for example with `ulimit -n 4096`, then run the command again.',
  };
}

/**
 * The problem that an error of the operating system stands for; undefined for any other error.
 * @param path what could not be read or written; by default, the path that the error itself names
 */
export function diskProblem(error: unknown, path?: string): Problem | undefined {
  if (!(error instanceof Error) || error instanceof WorkError) return undefined;
  const { code, path: source, dest } = error as NodeJS.ErrnoException & { dest?: string };
  const describe = code !== undefined && Object.hasOwn(DISK_PROBLEMS, code) ? DISK_PROBLEMS[code] : undefined;
  const named = path ?? dest ?? source;
  return describe?.(named === undefined ? 'a file' : `\`${displayPath(named)}\``);
}

/** Runs work on a file or folder; errors of the operating system name its path. @throws WorkError */
export async function namingPath<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const problem = diskProblem(error, path);
    throw problem ? new WorkError(problem, { cause: error }) : error;
  }
}

/** The error to throw where a file could not be opened only because too many others are; undefined for any other error. */
export function shortageOf(error: unknown, path: string): WorkError | undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'EMFILE' && code !== 'ENFILE') return undefined;
  return new WorkError(tooManyFiles(`\`${displayPath(path)}\``), { cause: error });
}

function isProblem(problems: Problem | readonly Problem[]): problems is Problem {
  return !Array.isArray(problems);
}

const MAX_CHOICES = 24;

/** `file:line:column: what`, then why, hint and choices, each on lines of its own and indented. */
export function formatProblem(problem: Problem): string {
  const parts = [problem.place ? `${formatPlace(problem.place)}: ${problem.what}` : problem.what];
  if (problem.why) parts.push(problem.why);
  if (problem.hint) parts.push(problem.hint);
  if (problem.choices?.length) {
    const shown = problem.choices.slice(0, MAX_CHOICES).join(', ');
    const rest = problem.choices.length - MAX_CHOICES;
    parts.push(`Valid: ${shown}${rest > 0 ? `, … (${rest} more)` : ''}`);
  }
  // A name with a newline in it must not look like a message of its own.
  return parts.join('\n').replaceAll('\n', '\n  ');
}

export function formatPlace({ file: path, line, column }: Place): string {
  const file = visible(path);
  if (line === undefined) return file;
  return column === undefined ? `${file}:${line}` : `${file}:${line}:${column}`;
}
