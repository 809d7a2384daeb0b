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
 * Carries every problem found, so that a user mends a file in one go.
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
