/** What all commands share: how their work is started, stopped and reported. */
import type { Command } from 'commander';
import { loadConfig } from '../config/load-config.ts';
import { nodeEffects, type Effects, type Logger } from '../effects.ts';
import { writeError, writeOutput, writePaintedError } from '../terminal.ts';
import { describeFailure, wantsColour } from './failure.ts';
import { INTERRUPTED, listenForInterrupts } from './interrupt.ts';
import { addSharedOptions, readSharedOptions, type SharedOptions } from './shared-options.ts';

/** What a command is given to work with. */
export interface Task {
  readonly options: SharedOptions;
  /** The command's own options, as commander read them. */
  readonly own: Readonly<Record<string, unknown>>;
  /** The command's arguments, in order; undefined for an optional one left out. */
  readonly args: readonly unknown[];
  readonly effects: Effects;
  readonly signal: AbortSignal;
  /** Writes a result to standard output, whatever --quiet says; a newline is added. */
  readonly print: (text: string) => void;
}

/** Resolves to the exit status. */
export type Work = (task: Task) => Promise<number>;

export interface WorkStyle {
  /** Said after several problems: `nothing was built`. */
  readonly consequence?: string;
  /** Said at the first Ctrl-C. */
  readonly interrupted?: string;
  /** Problems are those of the machine, not of the arguments: they exit with 1, not 2. */
  readonly machineAtFault?: boolean;
  /** Does not read the project's configuration. */
  readonly withoutConfig?: boolean;
}

/** Gives a command its shared options and its work. The exit status is left in `process.exitCode`. */
export function defineWork(command: Command, work: Work, style: WorkStyle = {}): void {
  addSharedOptions(command);
  command.action(async () => {
    const interrupts = listenForInterrupts(process, style.interrupted);
    try {
      const own = command.opts();
      const config = style.withoutConfig ? {} : await loadConfig(process.cwd());
      const options = readSharedOptions(own, process.cwd(), config);
      const task: Task = {
        options,
        own,
        args: command.processedArgs,
        effects: { ...nodeEffects, log: chooseLogger(options) },
        signal: interrupts.signal,
        print: (text) => writeOutput(`${text}\n`),
      };
      process.exitCode = await work(task);
    } catch (error) {
      const status = interrupts.signal.aborted ? INTERRUPTED : reportFailure(error, style.consequence);
      process.exitCode = status === 2 && style.machineAtFault ? 1 : status;
    } finally {
      interrupts.stop();
    }
  });
}

/** Prints to standard error. @returns the exit status */
export function reportFailure(error: unknown, consequence?: string): number {
  const { text, status } = describeFailure(error, {
    colour: wantsColour(process.stderr, process.env),
    stack: Boolean(process.env['FILTERSCOPE_DEBUG']),
    ...(consequence === undefined ? {} : { consequence }),
  });
  writePaintedError(`${text}\n`);
  return status;
}

/** With --json standard output belongs to the program that reads it; with --quiet only warnings and errors are printed. */
function chooseLogger({ json, quiet }: SharedOptions): Logger {
  const toStandardError = (line: string) => writeError(`${line}\n`);
  const { log } = nodeEffects;
  if (quiet) return { ...log, info: () => {} };
  return json ? { ...log, info: toStandardError } : log;
}
