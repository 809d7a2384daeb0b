import { Command, CommanderError } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { writeError, writeOutput } from '../terminal.ts';
import { defineBuild } from './build.ts';
import { defineCheck } from './check.ts';
import { defineClean } from './clean.ts';
import { defineDev } from './dev.ts';
import { defineDiff } from './diff.ts';
import { defineExport } from './export.ts';
import { defineInit } from './init.ts';
import { defineLayers } from './layers.ts';
import { defineNew } from './new.ts';
import { definePreview } from './preview.ts';
import { definePublish } from './publish.ts';
import { defineSetupNative } from './setup-native.ts';
import { reportFailure } from './shell.ts';
import { defineWeights } from './weights.ts';
import { defineWorker } from './worker.ts';

/** In the order of `filterscope --help`. */
const commands = [
  defineInit,
  defineNew,
  defineBuild,
  defineDev,
  definePreview,
  defineExport,
  definePublish,
  defineWorker,
  defineCheck,
  defineLayers,
  defineDiff,
  defineWeights,
  defineClean,
  defineSetupNative,
];

/** @param more commands that are defined elsewhere */
export function createProgram(more: readonly ((program: Command) => void)[] = []): Command {
  const program = new Command('filterscope')
    .description(manifest.description)
    .version(manifest.version)
    .helpCommand(false)
    // Commands inherit this: it comes before they are defined. A mistyped argument is repeated in the message.
    .configureOutput({ writeOut: writeOutput, writeErr: writeError })
    .showHelpAfterError('Run with --help to list commands and options.')
    .addHelpText(
      'after',
      '\nExit status: 0 done; 1 the work failed; 2 the command or an experiment file is wrong.',
    )
    .exitOverride();
  for (const define of [...commands, ...more]) define(program);
  return program;
}

/** @returns the exit status; never throws */
export async function runProgram(
  args: readonly string[],
  more?: readonly ((program: Command) => void)[],
): Promise<number> {
  try {
    await createProgram(more).parseAsync(args, { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    // Help asked for is 0, and commander has printed whatever there was to say.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return reportFailure(error);
  }
}
