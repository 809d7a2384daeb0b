/** The `filterscope` command; scripts/filterscope.mjs compiles and starts it. */
import { closeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { runProgram } from '../src/cli/program.ts';
import { reportFailure } from '../src/cli/shell.ts';
import { ownCommands } from './own-commands.ts';

// `filterscope layers vgg16 | head` is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  if (error.code !== 'EIO') throw error;
});
// A terminal that has been closed: the work in hand is finished all the same.
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EIO') throw error;
});
// Node restores a terminal's settings as it ends, and aborts where the terminal is gone.
const terminals = [0, 1, 2].filter((file) => isatty(file));
process.on('exit', () => {
  for (const file of terminals) if (!isatty(file)) closeSync(file);
});
process.on('uncaughtException', (error) => process.exit(reportFailure(error)));

process.exitCode = await runProgram(process.argv.slice(2), ownCommands);
