/** The `filterscope` command; scripts/filterscope.mjs compiles and starts it. */
import { runProgram } from './commands/program.ts';
import { reportFailure } from './commands/shell.ts';

// `filterscope layers vgg16 | head` is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
process.on('uncaughtException', (error) => process.exit(reportFailure(error)));

process.exitCode = await runProgram(process.argv.slice(2));
