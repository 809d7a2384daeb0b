import { diskProblem, formatProblem, UserError, WorkError, type Problem } from '../errors.ts';
import { red } from '../terminal.ts';
import { visibleLines } from '../visible.ts';

export interface Failure {
  /** Ends without a newline. Nothing in it acts on a terminal but colours. */
  readonly text: string;
  readonly status: 1 | 2;
  readonly problems: readonly Problem[];
}

export interface FailureStyle {
  readonly colour: boolean;
  /** Whether to show the stack of an unexpected error. */
  readonly stack: boolean;
  /** What came of the command, for the closing line of several problems: `nothing was built`. */
  readonly consequence?: string;
}

/**
 * What to tell a person about an error and how to exit: 2 where the command or a file it names is wrong, 1 where the work
 * failed.
 */
export function describeFailure(error: unknown, { colour, stack, consequence }: FailureStyle): Failure {
  const paint = (text: string) => (colour ? paintFirstLine(text) : visibleLines(text));
  if (error instanceof UserError) {
    const { problems } = error;
    const parts = problems.map((problem) => paint(formatProblem(problem)));
    if (problems.length > 1) {
      parts.push(`${problems.length} problems${consequence ? `: ${consequence}` : ''}.`);
    }
    return { text: parts.join('\n\n'), status: 2, problems };
  }
  const known = error instanceof WorkError ? error.problems[0]! : diskProblem(error);
  if (known) {
    const trace = stack ? `\n${describeStack(error as Error)}` : '';
    return { text: `${paint(formatProblem(known))}${trace}`, status: 1, problems: [known] };
  }
  const message = error instanceof Error ? error.message : String(error);
  const problem: Problem = {
    what: `Filterscope failed: ${firstLine(message).replace(/([^.!?…])$/, '$1.')}`,
    hint: 'Set FILTERSCOPE_DEBUG=1 to print the stack.',
  };
  const trace = error instanceof Error ? describeStack(error) : undefined;
  const text =
    stack && trace ? `${paint(problem.what)}\n${visibleLines(trace)}` : paint(formatProblem(problem));
  return { text, status: 1, problems: [problem] };
}

function describeStack(error: Error): string {
  const own = error.stack ?? error.message;
  return error.cause instanceof Error ? `${own}\nCaused by: ${describeStack(error.cause)}` : own;
}

const firstLine = (text: string) => text.split('\n', 1)[0] ?? text;

function paintFirstLine(text: string): string {
  const [first = '', ...rest] = text.split('\n');
  return [red(first), ...rest.map(visibleLines)].join('\n');
}

/** Colour only on a terminal, unless it is turned off (no-color.org). */
export function wantsColour(stream: { isTTY?: boolean }, environment: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && !environment['NO_COLOR'] && environment['TERM'] !== 'dumb';
}
